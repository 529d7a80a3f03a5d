import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { foldName, lookOfName } from "../../src/auth/names.ts";
import { hashPassword } from "../../src/auth/passwords.ts";
import { insertUser, updateUser } from "../../src/store/users.ts";
import { logIn, newAddress, newCaller, newName, PASSWORD, request, store } from "../support/api.ts";
import { withinMinute } from "../support/within-minute.ts";

it("gives a token for a good log-in, with which calls are answered", async () => {
  const { user } = await newCaller();
  const answer = await logIn(user.username, PASSWORD);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const token = await answer.json<{ access_token: string }>();
  expect(token).toEqual({
    access_token: expect.any(String),
    token_type: "bearer",
    expires_in: 900,
    refresh_token: expect.stringMatching(/^ecgr_/),
    refresh_expires_in: 30 * 24 * 3600,
  });
  const me = await request("GET", "/users/me", { headers: { Authorization: `Bearer ${token.access_token}` } });
  expect([me.status, await me.json()]).toMatchObject([200, { username: user.username }]);
});

it("logs in with a hash of the full cost", async () => {
  const username = newName();
  const passwordHash = await hashPassword(PASSWORD);
  await insertUser(store, { username, email: "a@example.org", role: "user", passwordHash }, lookOfName);
  expect((await logIn(username, PASSWORD)).status).toBe(200);
});

it.each([
  { name: "a wrong password", prepare: async () => [(await newCaller()).user.username, "wrong password"] },
  { name: "an unknown user", prepare: async () => [newName(), PASSWORD] },
  {
    name: "a disabled user",
    prepare: async () => {
      const { user } = await newCaller();
      await updateUser(store, user.id, { disabled: true });
      return [user.username, PASSWORD];
    },
  },
])("refuses $name alike", async ({ prepare }) => {
  const [username, password] = await prepare();
  const answer = await logIn(username, password);
  const requestId = answer.headers.get("x-request-id");
  expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  expect([answer.status, await answer.json()]).toEqual([
    401,
    {
      type: "urn:problem-type:ecg-api:unauthorized",
      title: "Unauthorized",
      status: 401,
      detail: "Wrong username or password.",
      request_id: requestId,
      error: "invalid_grant",
      error_description: "Wrong username or password.",
    },
  ]);
});

it("takes what Swagger UI sends: a scope, client fields and an empty Basic header", async () => {
  const { user } = await newCaller();
  const answer = await request("POST", "/auth/token", {
    body: new URLSearchParams({
      grant_type: "password",
      username: user.username,
      password: PASSWORD,
      scope: "",
      client_id: "",
    }),
    headers: { Authorization: "Basic Og==" },
  });
  expect(answer.status).toBe(200);
});

it.each([
  { name: "no password", body: new URLSearchParams({ username: "ada" }), status: 422 },
  {
    name: "another grant",
    body: new URLSearchParams({ grant_type: "client_credentials", username: "a", password: "b" }),
    status: 400,
  },
  { name: "JSON", body: "{}", status: 415 },
  { name: "more than 64 KiB", body: new URLSearchParams({ username: "a", password: "x".repeat(65536) }), status: 413 },
])("refuses $name with $status", async ({ body, status }) => {
  const headers: Record<string, string> = typeof body === "string" ? { "Content-Type": "application/json" } : {};
  const answer = await request("POST", "/auth/token", { body, headers });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
});

it.each([
  { name: "no username and no password", form: "grant_type=password", paths: ["username", "password"] },
  { name: "a password without a value", form: "username=ada&password=", paths: ["password"] },
  { name: "a refresh without a token", form: "grant_type=refresh_token", paths: ["refresh_token"] },
  {
    name: "a refresh token without a value",
    form: "grant_type=refresh_token&refresh_token=",
    paths: ["refresh_token"],
  },
  { name: "a username twice", form: "username=ada&username=bob&password=b", paths: ["username"] },
  {
    name: "a cookie that is neither true nor false",
    form: "username=a&password=b&refresh_cookie=1",
    paths: ["refresh_cookie"],
  },
])("refuses $name in OAuth2's words too", async ({ form, paths }) => {
  const answer = await request("POST", "/auth/token", { body: new URLSearchParams(form) });
  const problem = await answer.json<{ errors: { path: string }[] }>();
  expect([answer.status, problem]).toMatchObject([422, { title: "Unprocessable Content", error: "invalid_request" }]);
  expect(problem.errors.map(({ path }) => path)).toEqual(paths);
});

it("refuses a grant that there is not in OAuth2's words too", async () => {
  const body = new URLSearchParams({ grant_type: "authorization_code", code: "x" });
  const answer = await request("POST", "/auth/token", { body });
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    {
      title: "Bad Request",
      detail: "The grant_type is password or refresh_token.",
      error: "unsupported_grant_type",
      error_description: "The grant_type is password or refresh_token.",
    },
  ]);
});

it("takes a grant_type without a value for one that is left out", async () => {
  const { user } = await newCaller();
  const body = new URLSearchParams({ grant_type: "", username: user.username, password: PASSWORD });
  expect((await request("POST", "/auth/token", { body })).status).toBe(200);
});

it("brakes the eleventh try of a minute for one name from one address, and no other", async () => {
  const { answers, fromElsewhere, ofAnother } = await withinMinute(async () => {
    const { user } = await newCaller();
    const address = newAddress();
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push(await logIn(user.username, PASSWORD, address));
    const fromElsewhere = await logIn(user.username, PASSWORD);
    return { answers, fromElsewhere, ofAnother: await logIn((await newCaller()).user.username, PASSWORD, address) };
  });
  expect(answers.map((answer) => answer.status)).toEqual([...Array(10).fill(200), 429]);
  expect(answers[10].headers.get("retry-after")).toBe("60");
  expect(await answers[10].json()).toMatchObject({ title: "Too Many Requests", status: 429 });
  expect(fromElsewhere.status).toBe(200);
  expect(ofAnother.status).toBe(200);
});

it("brakes the hundred-and-first try of a minute for one name, from whatever addresses and in whatever spelling", async () => {
  const { first, last, ofAnother } = await withinMinute(async () => {
    const name = `zo\u00eb-${newName()}`;
    const first = await env.LOGIN_RATE_BY_NAME_ALONE.limit({ key: foldName(name) });
    for (let i = 1; i < 100; i++) await env.LOGIN_RATE_BY_NAME_ALONE.limit({ key: foldName(name) });
    const spelling = name.toUpperCase().normalize("NFD");
    return { first, last: await logIn(spelling, PASSWORD), ofAnother: await logIn(newName(), PASSWORD) };
  });
  expect(first.success).toBe(true);
  expect([last.status, ofAnother.status]).toEqual([429, 401]);
});

it("counts the spellings of one name as one from one address", async () => {
  const statuses = await withinMinute(async () => {
    const [name, address] = [newName(), newAddress()];
    const statuses = [];
    for (let i = 0; i < 11; i++) {
      statuses.push((await logIn(i % 2 === 0 ? name : ` ${name.toUpperCase()}`, PASSWORD, address)).status);
    }
    return statuses;
  });
  expect(statuses).toEqual([...Array(10).fill(401), 429]);
});

it("brakes the sixty-first try of a minute from one address, whatever the names", async () => {
  const { first, last } = await withinMinute(async () => {
    const address = newAddress();
    const first = await env.LOGIN_RATE_BY_ADDRESS.limit({ key: address });
    for (let i = 1; i < 60; i++) await env.LOGIN_RATE_BY_ADDRESS.limit({ key: address });
    return { first, last: await logIn(newName(), PASSWORD, address) };
  });
  expect(first.success).toBe(true);
  expect(last.status).toBe(429);
});

it("brakes the sixty-first refresh of a minute from one address", async () => {
  const answer = await withinMinute(async () => {
    const address = newAddress();
    for (let i = 0; i < 60; i++) await env.LOGIN_RATE_BY_ADDRESS.limit({ key: address });
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: "none" });
    return request("POST", "/auth/token", { body, headers: { "CF-Connecting-IP": address } });
  });
  expect(answer.status).toBe(429);
});

it.each([
  { first: "2001:db8:1:2::1", second: "2001:db8:1:2:ffff:0:0:9", status: 429 },
  { first: "2001:db8:1:2::1", second: "2001:db8:1:3::1", status: 401 },
])("counts $second with $first: $status", async ({ first, second, status }) => {
  const answer = await withinMinute(async () => {
    const prefix = newAddress().split(".").slice(1).map(Number);
    const [a, b] = [first, second].map((address) =>
      address.replace("db8:1", `${prefix[0].toString(16)}:${prefix[1].toString(16)}`),
    );
    const username = newName();
    for (let i = 0; i < 10; i++)
      await env.LOGIN_RATE_BY_NAME.limit({ key: `${a.split(":").slice(0, 4).join(":")} ${username}` });
    return logIn(username, PASSWORD, b);
  });
  expect(answer.status).toBe(status);
});

it.each([
  { name: "disabling", changes: { disabled: true } },
  { name: "another role", changes: { role: "admin" as const } },
  { name: "another password", changes: { passwordHash: "$scrypt$ln=1,r=1,p=1$AAAA$AAAA" } },
])("$name ends every earlier token at once", async ({ changes }) => {
  const caller = await newCaller();
  expect((await caller.get("/users/me")).status).toBe(200);
  await updateUser(store, caller.user.id, changes);
  expect((await caller.get("/users/me")).status).toBe(401);
});

it("does not bring a token back when its user is enabled again", async () => {
  const caller = await newCaller();
  await updateUser(store, caller.user.id, { disabled: true });
  await updateUser(store, caller.user.id, { disabled: false });
  expect((await caller.get("/users/me")).status).toBe(401);
});

it("leaves tokens alone when nothing of the credentials changes", async () => {
  const caller = await newCaller();
  await updateUser(store, caller.user.id, { email: "new@example.org", role: "user", disabled: false });
  expect((await caller.get("/users/me")).status).toBe(200);
});
