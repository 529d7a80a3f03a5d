import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { users } from "../../src/store/schema.ts";
import { type Caller, db, logIn, newCaller, newName, PASSWORD, storedEcg } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";

const fields = () => ({ username: newName(), email: "ada@example.org", role: "user", password: PASSWORD });

it("registers a user who can log in, and shows no hash", async () => {
  const admin = await newCaller("admin");
  const body = fields();
  const answer = await admin.post("/admin/users", body);
  const user = await answer.json<{ id: string }>();
  expect([answer.status, user]).toEqual([
    201,
    {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      username: body.username,
      email: body.email,
      role: "user",
      disabled: false,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/),
    },
  ]);
  expect(answer.headers.get("location")).toBe(`/admin/users/${user.id}`);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(await (await admin.get(`/admin/users/${user.id}`)).json()).toEqual(user);
  expect((await logIn(body.username, PASSWORD)).status).toBe(200);
});

it("refuses a taken name with 409 and keeps the user who has it", async () => {
  const admin = await newCaller("admin");
  const { user } = await newCaller();
  const answer = await admin.post("/admin/users", { ...fields(), username: user.username });
  expect([answer.status, await answer.json()]).toMatchObject([
    409,
    { title: "Conflict", detail: "This username is taken." },
  ]);
  expect((await logIn(user.username, PASSWORD)).status).toBe(200);
});

it.each([
  { name: "no body", body: "", status: 400, paths: undefined },
  { name: "no JSON", body: "{", status: 400, paths: undefined },
  { name: "an empty object", body: {}, status: 422, paths: ["username", "email", "role", "password"] },
  { name: "a short password", body: { ...fields(), password: "1234567" }, status: 422, paths: ["password"] },
  { name: "11 characters", body: { ...fields(), password: "correct hor" }, status: 422, paths: ["password"] },
  { name: "a common password", body: { ...fields(), password: "Password1234" }, status: 422, paths: ["password"] },
  {
    name: "a password made of the name",
    body: { ...fields(), username: "florence", password: "florence-florence" },
    status: 422,
    paths: ["password"],
  },
  { name: "a long password", body: { ...fields(), password: "x".repeat(129) }, status: 422, paths: ["password"] },
  { name: "a password with a NUL", body: { ...fields(), password: `${PASSWORD}\0` }, status: 422, paths: ["password"] },
  {
    name: "a password with half of a surrogate pair",
    body: { ...fields(), password: `${PASSWORD}\ud800` },
    status: 422,
    paths: ["password"],
  },
  { name: "no e-mail address", body: { ...fields(), email: "ada" }, status: 422, paths: ["email"] },
  {
    name: "an e-mail address whose local part is too long",
    body: { ...fields(), email: `${"a".repeat(65)}@example.org` },
    status: 422,
    paths: ["email"],
  },
  { name: "an unknown role", body: { ...fields(), role: "root" }, status: 422, paths: ["role"] },
  { name: "an empty name", body: { ...fields(), username: "" }, status: 422, paths: ["username"] },
  { name: "an unknown field", body: { ...fields(), disabled: true }, status: 422, paths: ["disabled"] },
])("refuses $name with $status", async ({ body, status, paths }) => {
  const answer = await (await newCaller("admin")).post("/admin/users", body);
  const problem = await answer.json<{ errors?: { path: string }[] }>();
  expect([answer.status, problem.errors?.map((error) => error.path)]).toEqual([status, paths]);
});

it("lists the users page by page, each once", async () => {
  const admin = await newCaller("admin");
  const names: string[] = [];
  for (let i = 0; i < 5; i++) names.push((await newCaller()).user.username);
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const answer = await admin.get(`/admin/users?limit=3${cursor && `&cursor=${cursor}`}`);
    const page: { items: { username: string }[]; next_cursor: string | null } = await answer.json();
    expect(page.items.length).toBeLessThanOrEqual(3);
    seen.push(...page.items.map((user) => user.username));
    cursor = page.next_cursor;
  }
  expect(seen.filter((name) => names.includes(name)).sort()).toEqual(names.sort());
  expect(new Set(seen).size).toBe(seen.length);
});

it.each(["limit=0", "limit=101", "limit=x", "cursor=%00", "cursor=WzFd", "page=2"])(
  "refuses ?%s with 422",
  async (query) => {
    expect((await (await newCaller("admin")).get(`/admin/users?${query}`)).status).toBe(422);
  },
);

it("changes a user's e-mail address, role, password and whether it is disabled", async () => {
  const admin = await newCaller("admin");
  const { user } = await newCaller();
  const changes = { email: "new@example.org", role: "admin", disabled: true };
  const answer = await admin.patch(`/admin/users/${user.id}`, { ...changes, password: "another password" });
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { id: user.id, username: user.username, ...changes },
  ]);
  await admin.patch(`/admin/users/${user.id}`, { disabled: false });
  expect((await logIn(user.username, PASSWORD)).status).toBe(401);
  expect((await logIn(user.username, "another password")).status).toBe(200);
});

it.each([
  { name: "the username", password: ({ user }: Caller) => `${user.username}!` },
  { name: "the present e-mail address", password: () => "someone@example.org" },
])("refuses $name as a new password, of an admin and of the user", async ({ password }) => {
  const [admin, caller] = [await newCaller("admin"), await newCaller()];
  const changed = await admin.patch(`/admin/users/${caller.user.id}`, { password: password(caller) });
  expect([changed.status, await changed.json()]).toMatchObject([422, { errors: [{ path: "password" }] }]);
  const own = await caller.put("/users/me/password", { current_password: PASSWORD, new_password: password(caller) });
  expect([own.status, await own.json()]).toMatchObject([422, { errors: [{ path: "new_password" }] }]);
  expect((await logIn(caller.user.username, PASSWORD)).status).toBe(200);
});

it("holds a new password against the e-mail address that comes with it", async () => {
  const { user } = await newCaller();
  const changes = { email: "rosalind.franklin@example.org", password: "RosalindFranklin1" };
  const answer = await (await newCaller("admin")).patch(`/admin/users/${user.id}`, changes);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "password" }] }]);
});

it("takes a change of nothing", async () => {
  const { user } = await newCaller();
  const answer = await (await newCaller("admin")).patch(`/admin/users/${user.id}`, {});
  expect([answer.status, await answer.json()]).toMatchObject([200, { id: user.id }]);
});

it("erases a user with all the user's ECGs and samples", async () => {
  const admin = await newCaller("admin");
  const caller = await newCaller();
  const ecg = await storedEcg(caller);
  expect((await admin.delete(`/admin/users/${caller.user.id}`)).status).toBe(204);
  expect((await admin.get(`/admin/users/${caller.user.id}`)).status).toBe(404);
  expect((await caller.get(`/ecg/${ecg.id}`)).status).toBe(401);
  await doJobs();
  const left = await env.DB.prepare(
    "select (select count(*) from ecgs where id = ?1) + (select count(*) from signal_chunks where ecg_id = ?1) as n",
  )
    .bind(ecg.id)
    .first("n");
  expect(left).toBe(0);
});

it.each(["get", "delete"] as const)("answers 404 to %s of a user who is not there", async (method) => {
  const answer = await (await newCaller("admin"))[method]("/admin/users/nobody");
  expect([answer.status, await answer.json()]).toMatchObject([404, { title: "Not Found" }]);
});

it.each([
  { name: "be disabled", act: (admin: Caller) => admin.patch(`/admin/users/${admin.user.id}`, { disabled: true }) },
  { name: "become a user", act: (admin: Caller) => admin.patch(`/admin/users/${admin.user.id}`, { role: "user" }) },
  { name: "be erased", act: (admin: Caller) => admin.delete(`/admin/users/${admin.user.id}`) },
])("the last enabled admin cannot $name", async ({ act }) => {
  await db.delete(users);
  const admin = await newCaller("admin");
  const answer = await act(admin);
  expect([answer.status, await answer.json()]).toMatchObject([409, { detail: "This is the last enabled admin." }]);
  expect((await admin.get("/users/me")).status).toBe(200);
  await newCaller("admin");
  expect((await act(admin)).status).toBeLessThan(300);
});

it.each(["admin", "user"] as const)("shows and changes an own account of role %s", async (role) => {
  const caller = await newCaller(role);
  expect(await (await caller.get("/users/me")).json()).toMatchObject({ id: caller.user.id, role });
  const wrong = await caller.put("/users/me/password", {
    current_password: "not this one",
    new_password: "another password",
  });
  expect([wrong.status, await wrong.json()]).toMatchObject([422, { errors: [{ path: "current_password" }] }]);
  const right = await caller.put("/users/me/password", {
    current_password: PASSWORD,
    new_password: "another password",
  });
  expect(right.status).toBe(204);
  expect((await caller.get("/users/me")).status).toBe(401);
  expect((await logIn(caller.user.username, "another password")).status).toBe(200);
});

it("changes an own password no more once the credentials have changed", async () => {
  const caller = await newCaller();
  const passwords = ["another password", "yet another password"];
  const answers = await Promise.all(
    passwords.map((new_password) => caller.put("/users/me/password", { current_password: PASSWORD, new_password })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
  const first = answers.findIndex(({ status }) => status === 204);
  expect((await logIn(caller.user.username, passwords[first])).status).toBe(200);
});

it("keeps one admin when two disable each other at once", async () => {
  await db.delete(users);
  const [one, other] = [await newCaller("admin"), await newCaller("admin")];
  await Promise.all([
    one.patch(`/admin/users/${other.user.id}`, { disabled: true }),
    other.patch(`/admin/users/${one.user.id}`, { disabled: true }),
  ]);
  const rows = await db.select().from(users).all();
  expect(rows.filter((row) => !row.disabled)).toHaveLength(1);
});
