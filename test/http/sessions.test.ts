import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, expect, it, vi } from "vitest";
import { parseRefreshToken } from "../../src/auth/refresh-tokens.ts";
import { issueToken } from "../../src/auth/tokens.ts";
import worker from "../../src/index.ts";
import { sessions } from "../../src/store/schema.ts";
import { deleteUser, updateUser } from "../../src/store/users.ts";
import { db, logIn, newAddress, newCaller, PASSWORD, request, store } from "../support/api.ts";

afterEach(() => vi.useRealTimers());

const DAY_SECONDS = 24 * 3600;

type Token = { access_token: string; refresh_token: string; refresh_expires_in: number };
type Init = { headers?: Record<string, string>; address?: string };

function post(path: string, fields: Record<string, string>, { headers, address = newAddress() }: Init = {}) {
  const body = new URLSearchParams(fields);
  return request("POST", path, { body, headers: { "CF-Connecting-IP": address, ...headers } });
}

function refresh(token: string, init?: Init): Promise<Response> {
  return post("/auth/token", { grant_type: "refresh_token", refresh_token: token }, init);
}

/** A user who is logged in by a password. */
async function loggedIn() {
  const { user } = await newCaller();
  return { user, token: await (await logIn(user.username, PASSWORD)).json<Token>() };
}

async function statusOf(token: string): Promise<number> {
  return (await request("GET", "/users/me", { headers: { Authorization: `Bearer ${token}` } })).status;
}

async function isThere(token: string): Promise<boolean> {
  return (await db.$count(sessions, eq(sessions.id, parseRefreshToken(token)?.sessionId ?? ""))) === 1;
}

const REFUSAL = {
  title: "Unauthorized",
  status: 401,
  detail: "The refresh token is not valid, or no longer: log in again.",
  error: "invalid_grant",
  error_description: "The refresh token is not valid, or no longer: log in again.",
};

it("refreshes, again and again, with other tokens each time that work", async () => {
  const { token } = await loggedIn();
  const tokens = [token.refresh_token];
  for (let i = 0; i < 3; i++) {
    const answer = await refresh(tokens[i]);
    expect([answer.status, answer.headers.get("cache-control"), answer.headers.get("set-cookie")]).toEqual([
      200,
      "no-store",
      null,
    ]);
    const next = await answer.json<Token>();
    expect(next).toEqual({
      access_token: expect.any(String),
      token_type: "bearer",
      expires_in: 900,
      refresh_token: expect.stringMatching(/^ecgr_[0-9a-f-]{36}\.[\w-]{43}$/),
      refresh_expires_in: expect.closeTo(30 * DAY_SECONDS, -2),
    });
    expect(await statusOf(next.access_token)).toBe(200);
    tokens.push(next.refresh_token);
  }
  expect(new Set(tokens).size).toBe(4);
});

it("stores no token", async () => {
  const { token } = await loggedIn();
  const next = await (await refresh(token.refresh_token)).json<Token>();
  const rows = JSON.stringify(await db.select().from(sessions));
  expect(rows).toContain(parseRefreshToken(token.refresh_token)?.sessionId);
  for (const { refresh_token } of [token, next]) expect(rows).not.toContain(parseRefreshToken(refresh_token)?.secret);
});

it("answers a retry with the same refresh token, which goes on", async () => {
  const { token } = await loggedIn();
  const [first, retry] = [await refresh(token.refresh_token), await refresh(token.refresh_token)];
  const next = await first.json<Token>();
  expect(await retry.json()).toMatchObject({ refresh_token: next.refresh_token });
  expect((await refresh(next.refresh_token)).status).toBe(200);
});

it("answers refreshes at once with one refresh token", async () => {
  const { token } = await loggedIn();
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(token.refresh_token)));
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
  const tokens = await Promise.all(answers.map(async (answer) => (await answer.json<Token>()).refresh_token));
  expect(new Set(tokens).size).toBe(1);
  expect((await refresh(tokens[0])).status).toBe(200);
});

it("ends the log-in when an older token is used, for the thief and for the user", async () => {
  const { token } = await loggedIn();
  const second = await (await refresh(token.refresh_token)).json<Token>();
  const third = await (await refresh(second.refresh_token)).json<Token>();
  const stolen = await refresh(token.refresh_token);
  expect([stolen.status, await stolen.json(), stolen.headers.get("www-authenticate")]).toMatchObject([
    401,
    REFUSAL,
    "Bearer",
  ]);
  const latest = await refresh(third.refresh_token);
  expect([latest.status, await latest.json()]).toMatchObject([401, REFUSAL]);
});

it("ends the log-in when a token is used again after the time for retries", async () => {
  const { token } = await loggedIn();
  const next = await (await refresh(token.refresh_token)).json<Token>();
  await db
    .update(sessions)
    .set({ rotatedAt: Date.now() - 10_000 })
    .where(eq(sessions.id, parseRefreshToken(next.refresh_token)?.sessionId ?? ""));
  expect((await refresh(token.refresh_token)).status).toBe(401);
  expect((await refresh(next.refresh_token)).status).toBe(401);
});

it("ends after 30 days, however often it is refreshed", async () => {
  const { token } = await loggedIn();
  const began = Date.now();
  vi.useFakeTimers({ toFake: ["Date"] });
  const call = (refreshToken: string) =>
    worker.fetch(
      new Request("http://ecg.test/auth/token", {
        method: "POST",
        body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }),
        headers: { "CF-Connecting-IP": newAddress() },
      }),
      env,
    );
  vi.setSystemTime(began + 29 * DAY_SECONDS * 1000);
  const next = await (await call(token.refresh_token)).json<Token>();
  expect(next.refresh_expires_in).toBeCloseTo(DAY_SECONDS, -2);
  vi.setSystemTime(began + 30 * DAY_SECONDS * 1000);
  expect((await call(next.refresh_token)).status).toBe(401);
});

it.each([
  { name: "is none", token: async () => "not a token" },
  { name: "is an access token", token: async () => (await loggedIn()).token.access_token },
  { name: "is of no session", token: async () => `ecgr_0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b.${"A".repeat(43)}` },
])("refuses a refresh token that $name", async ({ token }) => {
  const answer = await refresh(await token());
  expect([answer.status, await answer.json()]).toMatchObject([401, REFUSAL]);
});

it("does not take a refresh token for an access token", async () => {
  expect(await statusOf((await loggedIn()).token.refresh_token)).toBe(401);
});

it.each([
  { name: "disabling", end: (id: string) => updateUser(store, id, { disabled: true }) },
  { name: "another role", end: (id: string) => updateUser(store, id, { role: "admin" }) },
  { name: "erasing", end: (id: string) => deleteUser(store, id) },
])("$name ends all log-ins of a user", async ({ end }) => {
  const { user, token } = await loggedIn();
  const other = await (await logIn(user.username, PASSWORD)).json<Token>();
  await end(user.id);
  expect([(await refresh(token.refresh_token)).status, (await refresh(other.refresh_token)).status]).toEqual([
    401, 401,
  ]);
});

it("changing the own password ends all log-ins, and a new one begins", async () => {
  const { user, token } = await loggedIn();
  const changed = await request("PUT", "/users/me/password", {
    headers: { Authorization: `Bearer ${token.access_token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ current_password: PASSWORD, new_password: "another horse battery" }),
  });
  expect(changed.status).toBe(204);
  expect((await refresh(token.refresh_token)).status).toBe(401);
  const again = await (await logIn(user.username, "another horse battery")).json<Token>();
  expect((await refresh(again.refresh_token)).status).toBe(200);
});

it("logs out one device: its log-in ends and the other's goes on, and so does its access token", async () => {
  const { user, token } = await loggedIn();
  const other = await (await logIn(user.username, PASSWORD)).json<Token>();
  const answer = await post("/auth/logout", { refresh_token: token.refresh_token });
  expect([answer.status, await answer.text(), answer.headers.get("set-cookie")]).toEqual([204, "", null]);
  expect(await isThere(token.refresh_token)).toBe(false);
  expect((await refresh(token.refresh_token)).status).toBe(401);
  expect((await refresh(other.refresh_token)).status).toBe(200);
  expect(await statusOf(token.access_token)).toBe(200);
});

it("logs out with a token that was used before, too", async () => {
  const { token } = await loggedIn();
  const next = await (await refresh(token.refresh_token)).json<Token>();
  expect((await post("/auth/logout", { refresh_token: token.refresh_token })).status).toBe(204);
  expect((await refresh(next.refresh_token)).status).toBe(401);
});

it.each([
  "",
  "refresh_token=",
  "refresh_token=none",
  `refresh_token=ecgr_0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b.${"A".repeat(43)}`,
])("logs out with nothing to end: %j", async (form) => {
  const answer = await request("POST", "/auth/logout", { body: new URLSearchParams(form) });
  expect([answer.status, answer.headers.get("set-cookie")]).toEqual([204, null]);
});

it("does not take JSON for a log-out", async () => {
  const { token } = await loggedIn();
  const answer = await request("POST", "/auth/logout", {
    body: JSON.stringify({ refresh_token: token.refresh_token }),
    headers: { "Content-Type": "application/json" },
  });
  expect([answer.status, await isThere(token.refresh_token)]).toEqual([415, true]);
});

const COOKIE =
  /^__Secure-ecg-refresh=(ecgr_[0-9a-f-]{36}\.[\w-]{43}); Max-Age=(\d+); Path=\/auth; HttpOnly; Secure; SameSite=Strict$/;

/** A user who is logged in by a password, with the refresh token in a cookie. */
async function loggedInByCookie(init?: Init) {
  const { user } = await newCaller();
  const answer = await post(
    "/auth/token",
    { username: user.username, password: PASSWORD, refresh_cookie: "true" },
    init,
  );
  return { user, answer, cookie: cookieOf(answer) };
}

/** The header that a browser sends back, of the cookie that an answer sets. */
function cookieOf(answer: Response): string {
  return answer.headers.get("set-cookie")?.split(";")[0] ?? "";
}

function refreshByCookie(Cookie: string, headers: Record<string, string> = {}, fields: Record<string, string> = {}) {
  return post("/auth/token", { grant_type: "refresh_token", ...fields }, { headers: { Cookie, ...headers } });
}

it("puts the refresh token into a cookie for the routes of log-in, which no script reads, and not into the body", async () => {
  const { answer } = await loggedInByCookie();
  expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(COOKIE)]);
  expect(COOKIE.exec(answer.headers.get("set-cookie") ?? "")?.[2]).toBe(String(30 * DAY_SECONDS));
  const body = await answer.text();
  expect(body).not.toContain("ecgr_");
  expect(Object.keys(JSON.parse(body))).toEqual(["access_token", "token_type", "expires_in", "refresh_expires_in"]);
});

it("refreshes by the cookie, which is set anew", async () => {
  const { cookie } = await loggedInByCookie();
  const answer = await refreshByCookie(cookie, { Origin: "http://ecg.test" });
  expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(COOKIE)]);
  const body = await answer.text();
  expect(body).not.toContain("ecgr_");
  expect(await statusOf(JSON.parse(body).access_token)).toBe(200);
  expect(cookieOf(answer)).not.toBe(cookie);
  expect((await refreshByCookie(cookieOf(answer))).status).toBe(200);
});

it("never gives a token of the cookie to a script, which could ask for it", async () => {
  const { cookie } = await loggedInByCookie();
  const answer = await refreshByCookie(cookie, {}, { refresh_cookie: "false" });
  expect(await answer.text()).not.toContain("ecgr_");
  expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(COOKIE)]);
});

it("takes the field before the cookie, and moves its token into the cookie if asked to", async () => {
  const { cookie } = await loggedInByCookie();
  const { token } = await loggedIn();
  const fields = { refresh_token: token.refresh_token };
  const kept = await refreshByCookie(cookie, {}, fields);
  expect(kept.headers.get("set-cookie")).toBeNull();
  const { refresh_token } = await kept.json<Token>();
  expect(parseRefreshToken(refresh_token)?.sessionId).toBe(parseRefreshToken(token.refresh_token)?.sessionId);
  const moved = await refreshByCookie("", {}, { refresh_token, refresh_cookie: "true" });
  expect(moved.headers.getSetCookie()).toEqual([expect.stringMatching(COOKIE)]);
  expect(await moved.text()).not.toContain("ecgr_");
});

it("logs out by the cookie, and removes it", async () => {
  const { cookie } = await loggedInByCookie();
  const answer = await post("/auth/logout", {}, { headers: { Cookie: cookie } });
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([
    204,
    ["__Secure-ecg-refresh=; Max-Age=0; Path=/auth; HttpOnly; Secure; SameSite=Strict"],
  ]);
  expect((await refreshByCookie(cookie)).status).toBe(401);
});

it.each(["https://evil.test", "http://sub.ecg.test", "http://ecg.test:8080", "null"])(
  "lets no page of %s set, use or end the cookie's log-in",
  async (Origin) => {
    const headers = { Origin };
    const { answer } = await loggedInByCookie({ headers });
    expect([answer.status, answer.headers.get("set-cookie"), await answer.json()]).toMatchObject([
      403,
      null,
      { title: "Forbidden" },
    ]);
    const { cookie } = await loggedInByCookie();
    expect((await refreshByCookie(cookie, headers)).status).toBe(403);
    expect((await post("/auth/logout", {}, { headers: { Cookie: cookie, ...headers } })).status).toBe(403);
    // None of it used the token up.
    expect((await refreshByCookie(cookie)).status).toBe(200);
  },
);

it("lets pages of CORS_ORIGINS use the cookie, and read what is answered on the routes of log-in", async () => {
  const { cookie } = await loggedInByCookie();
  const Origin = "https://app.ecg.test";
  const call = (method: string, path: string, headers: Record<string, string>, body?: URLSearchParams) =>
    worker.fetch(
      new Request(`http://ecg.test${path}`, {
        method,
        body,
        headers: { "CF-Connecting-IP": newAddress(), Origin, ...headers },
      }),
      { ...env, CORS_ORIGINS: `https://other.test, ${Origin}` },
    );
  const answer = await call(
    "POST",
    "/auth/token",
    { Cookie: cookie },
    new URLSearchParams({ grant_type: "refresh_token" }),
  );
  expect([
    answer.status,
    answer.headers.get("access-control-allow-origin"),
    answer.headers.get("access-control-allow-credentials"),
  ]).toEqual([200, Origin, "true"]);
  const elsewhere = await call("GET", "/health", {});
  expect([
    elsewhere.headers.get("access-control-allow-origin"),
    elsewhere.headers.get("access-control-allow-credentials"),
  ]).toEqual([Origin, null]);
});

it("changes the signing secret without logging anybody out", async () => {
  const { user, token } = await loggedIn();
  const NEXT = "the next secret, which is long enough too";
  const call = (bindings: object, path: string, init: RequestInit) =>
    worker.fetch(new Request(`http://ecg.test${path}`, init), { ...env, ...bindings });
  const me = async (bindings: object, access: string) =>
    (await call(bindings, "/users/me", { headers: { Authorization: `Bearer ${access}` } })).status;
  const during = { TOKEN_SECRET_NEXT: NEXT };
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token.refresh_token });
  const next = await (await call(during, "/auth/token", { method: "POST", body })).json<Token>();
  expect([await me(during, token.access_token), await me(during, next.access_token)]).toEqual([200, 200]);
  const after = { TOKEN_SECRET: NEXT };
  expect([await me(after, token.access_token), await me(after, next.access_token)]).toEqual([401, 200]);
  const forged = await issueToken(
    "a forger's secret, which is long enough",
    { userId: user.id, credentialsVersion: 1 },
    60,
  );
  expect(await me(during, forged)).toBe(401);
});
