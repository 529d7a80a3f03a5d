import { env } from "cloudflare:workers";
import { createRoute, z } from "@hono/zod-openapi";
import { describe, expect, it } from "vitest";
import { newKey } from "../../src/auth/keys.ts";
import { issueToken } from "../../src/auth/tokens.ts";
import { app } from "../../src/http/app.ts";
import { guardedBy } from "../../src/http/guards/guarded-by.ts";
import { requireRole } from "../../src/http/guards/require-user.ts";
import { newRouter } from "../../src/http/openapi.ts";
import type { AuditedStore, Store } from "../../src/store/db.ts";
import { deleteEcg, findEcg } from "../../src/store/ecgs.ts";
import { newId } from "../../src/store/ids.ts";
import { deleteKey, type NewKey } from "../../src/store/keys.ts";
import { type Role, SCOPES, type Scope } from "../../src/store/schema.ts";
import { deleteUser, findUser, findUserByName, listUsers, updateUser } from "../../src/store/users.ts";
import {
  type Caller,
  logIn,
  newCaller,
  newKeyOf,
  newName,
  PASSWORD,
  request,
  store,
  storedEcg,
} from "../support/api.ts";

type Operation = { operationId: string; security: object[] };

/** The operations of the document that everybody may call. All others want a token. */
const OPEN = ["createToken", "logOut", "getHealth", "getReadiness"];
/** The operations of the document that take a key, and the scope that it must have. No key opens the others. */
const KEY_SCOPES: Record<string, Scope> = {
  createEcg: "ecg:write",
  listEcgs: "ecg:read",
  getEcg: "ecg:read",
  updateEcg: "ecg:write",
  deleteEcg: "ecg:write",
  appendSamples: "ecg:write",
  closeEcg: "ecg:write",
  listAnnotations: "ecg:read",
  listAnnotators: "ecg:read",
  getAnnotations: "ecg:read",
  replaceAnnotations: "ecg:write",
  deleteAnnotations: "ecg:write",
  compareAnnotations: "ecg:read",
  getInsights: "ecg:read",
};
const ANNOTATOR = "mine";
const UNKNOWN_ID = "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b";

const { paths } = await (await request("GET", "/openapi.json")).json<{
  paths: Record<string, Record<string, Operation>>;
}>();
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId, security }]) => {
    return { operationId, security, method: method.toUpperCase(), path };
  }),
);
const guarded = operations.filter(({ operationId }) => !OPEN.includes(operationId));

function rolesOf(path: string): Role[] {
  if (path.startsWith("/admin/")) return ["admin"];
  return path.startsWith("/users/me") && !path.startsWith("/users/me/keys") ? ["admin", "user"] : ["user"];
}

function call(method: string, path: string, authorization: string | undefined, id = UNKNOWN_ID): Promise<Response> {
  const query = path.endsWith("/compare") ? "?with=insights" : "";
  const filled = path
    .replace("{id}", id)
    .replace("{share}", UNKNOWN_ID)
    .replace("{annotator}", ANNOTATOR)
    .replace("{kind}", "measure");
  return request(method, `${filled}${query}`, {
    headers: { ...(authorization && { Authorization: authorization }), "Content-Type": "application/json" },
    body: method === "GET" || method === "DELETE" ? undefined : "{}",
  });
}

async function tokenOf(end: (caller: Caller) => Promise<unknown>): Promise<string> {
  const caller = await newCaller();
  await end(caller);
  return caller.authorization;
}

async function newUsersKey(fields: Partial<NewKey> = {}): Promise<string> {
  return newKeyOf((await newCaller()).user, fields);
}

async function keyOf(end: (caller: Caller) => Promise<unknown>): Promise<string> {
  const caller = await newCaller();
  const authorization = await newKeyOf(caller.user);
  await end(caller);
  return authorization;
}

/** Sends a form to a route of log-in. */
function send(path: string, fields: Record<string, string>): Promise<Response> {
  return request("POST", path, { body: new URLSearchParams(fields) });
}

/** The header of a user who has stayed logged in, and that of one who has logged out since. */
const HOLDERS: { name: string; authorization: (role: Role) => Promise<string> }[] = [
  { name: "who has refreshed", authorization: async (role) => (await refreshed(role)).authorization },
  {
    // The access token lasts until its end, which the document says.
    name: "who has logged out a moment ago",
    authorization: async (role) => {
      const { authorization, refreshToken } = await refreshed(role);
      expect((await send("/auth/logout", { refresh_token: refreshToken })).status).toBe(204);
      const again = await send("/auth/token", { grant_type: "refresh_token", refresh_token: refreshToken });
      expect(again.status).toBe(401);
      return authorization;
    },
  },
];

async function refreshed(role: Role) {
  const { user } = await newCaller(role);
  const first = await (await logIn(user.username, PASSWORD)).json<{ refresh_token: string }>();
  const answer = await send("/auth/token", { grant_type: "refresh_token", refresh_token: first.refresh_token });
  const { access_token, refresh_token } = await answer.json<{ access_token: string; refresh_token: string }>();
  return { authorization: `Bearer ${access_token}`, refreshToken: refresh_token };
}

/** Headers of callers who are nobody, and the challenge that each is answered. */
const NOBODIES: { name: string; challenge: string; authorization: () => Promise<string | undefined> }[] = [
  { name: "without a token", challenge: "Bearer", authorization: async () => undefined },
  { name: "with Basic", challenge: "Bearer", authorization: async () => "Basic YWRhOnNlY3JldA==" },
  { name: "with a token that is none", challenge: "invalid", authorization: async () => "Bearer abc.def.ghi" },
  {
    name: "with a token of another key",
    challenge: "invalid",
    authorization: async () => {
      const { user } = await newCaller();
      const subject = { userId: user.id, credentialsVersion: user.credentialsVersion };
      return `Bearer ${await issueToken("another secret, which is long enough too", subject, 60)}`;
    },
  },
  {
    name: "with a token that has expired",
    challenge: "invalid",
    authorization: async () => {
      const { user } = await newCaller();
      const subject = { userId: user.id, credentialsVersion: user.credentialsVersion };
      return `Bearer ${await issueToken(env.TOKEN_SECRET, subject, -60)}`;
    },
  },
  {
    name: "with a refresh token",
    challenge: "invalid",
    authorization: async () => `Bearer ${(await refreshed("user")).refreshToken}`,
  },
  {
    name: "who was disabled",
    challenge: "invalid",
    authorization: () => tokenOf(({ user }) => updateUser(store, user.id, { disabled: true })),
  },
  {
    name: "who was erased",
    challenge: "invalid",
    authorization: () => tokenOf(({ user }) => deleteUser(store, user.id)),
  },
  {
    name: "whose password has changed",
    challenge: "invalid",
    authorization: () =>
      tokenOf(({ user }) => updateUser(store, user.id, { passwordHash: "$scrypt$ln=1,r=1,p=1$A$A" })),
  },
  {
    name: "with a key that nobody has",
    challenge: "invalid",
    authorization: async () => `Bearer ${newKey("key", UNKNOWN_ID).key}`,
  },
  {
    name: "with a key of another secret",
    challenge: "invalid",
    authorization: async () => {
      const id = newId();
      await newKeyOf((await newCaller()).user, { id });
      return `Bearer ${newKey("key", id).key}`;
    },
  },
  {
    name: "with a key that was cut",
    challenge: "invalid",
    authorization: async () => (await newUsersKey()).slice(0, -1),
  },
  {
    name: "with a key that has expired",
    challenge: "invalid",
    authorization: () => newUsersKey({ expiresAt: Date.now() - 1 }),
  },
  {
    name: "with a key that was revoked",
    challenge: "invalid",
    authorization: async () => {
      const { user } = await newCaller();
      const id = newId();
      const authorization = await newKeyOf(user, { id });
      await deleteKey(store, user.id, id);
      return authorization;
    },
  },
  {
    name: "with a share of an ECG that was erased",
    challenge: "invalid",
    authorization: async () => {
      const caller = await newCaller();
      const { id } = await storedEcg(caller);
      const authorization = await newKeyOf(caller.user, { ecgId: id });
      await deleteEcg(store, caller.user.id, id);
      return authorization;
    },
  },
  {
    name: "with a key of a user who was disabled",
    challenge: "invalid",
    authorization: () => keyOf(({ user }) => updateUser(store, user.id, { disabled: true })),
  },
  {
    name: "with a key of a user who was made an admin",
    challenge: "invalid",
    authorization: () => keyOf(({ user }) => updateUser(store, user.id, { role: "admin" })),
  },
  {
    name: "with a key of a user who was erased",
    challenge: "invalid",
    authorization: () => keyOf(({ user }) => deleteUser(store, user.id)),
  },
];

/** Sends a body that comes after its caller's credentials have ended. */
async function sendLate(
  method: string,
  path: string,
  authorization: string,
  end: () => Promise<unknown>,
  body: object,
) {
  const pull = async (controller: ReadableStreamDefaultController) => {
    await end();
    controller.enqueue(new TextEncoder().encode(JSON.stringify(body)));
    controller.close();
  };
  return app.request(
    path,
    {
      method,
      headers: { Authorization: authorization, "Content-Type": "application/json" },
      body: new ReadableStream({ pull }, { highWaterMark: 0 }),
    },
    env,
  );
}

describe.each([
  {
    name: "a user's password has changed",
    begin: async (caller: Caller) => ({
      authorization: caller.authorization,
      end: () => updateUser(store, caller.user.id, { passwordHash: "$scrypt$ln=1,r=1,p=1$A$A" }),
    }),
  },
  {
    name: "a key was revoked",
    begin: async ({ user }: Caller) => {
      const id = newId();
      return { authorization: await newKeyOf(user, { id }), end: () => deleteKey(store, user.id, id) };
    },
  },
])("what is sent after $name", ({ begin }) => {
  it.each([
    { method: "PATCH", path: "", body: { note: "late" } },
    { method: "PUT", path: `/annotations/${ANNOTATOR}`, body: { items: [{ time: 0, code: "N" }] } },
    { method: "POST", path: "/samples", body: { leads: [{ name: "II", start_sample: 5, signal: [1] }] } },
  ])("changes nothing by $method /ecg/{id}$path", async ({ method, path, body }) => {
    const caller = await newCaller();
    const { id } = await storedEcg(caller, { open: true });
    const before = await findEcg(store, id);
    const { authorization, end } = await begin(caller);
    expect((await sendLate(method, `/ecg/${id}${path}`, authorization, end, body)).status).toBe(401);
    expect(await findEcg(store, id)).toEqual(before);
  });
});

it.each(guarded.filter(({ method, path }) => ["POST", "PUT", "PATCH"].includes(method) && !path.endsWith("/retry")))(
  "$method $path reads nothing of a body that comes without a valid token",
  async ({ method, path }) => {
    const expired = await issueToken(env.TOKEN_SECRET, { userId: newId(), credentialsVersion: 1 }, -1);
    for (const authorization of [
      undefined,
      "Bearer no.such.token",
      `Bearer ${expired}`,
      `Bearer ecgk_${"A".repeat(70)}`,
    ]) {
      let isRead = false;
      const pull = () => {
        isRead = true;
      };
      const answer = await app.request(
        path.replaceAll(/\{\w+\}/g, UNKNOWN_ID),
        {
          method,
          headers: { "Content-Type": "application/json", ...(authorization && { Authorization: authorization }) },
          body: new ReadableStream({ pull }, { highWaterMark: 0 }),
        },
        env,
      );
      expect([answer.status, isRead]).toEqual([401, false]);
    }
  },
);

/** The name of an account that is to be made too late. */
const LATE_NAME = newName();

it.each([
  {
    method: "POST",
    path: () => "/admin/users",
    body: { username: LATE_NAME, email: "a@example.org", role: "admin", password: PASSWORD },
  },
  { method: "PATCH", path: (id: string) => `/admin/users/${id}`, body: { role: "admin" } },
])(
  "makes nobody an admin by a $method of one who was disabled before its body came",
  async ({ method, path, body }) => {
    const [admin, other] = [await newCaller("admin"), await newCaller()];
    await newCaller("admin");
    const end = () => updateUser(store, admin.user.id, { disabled: true });
    expect((await sendLate(method, path(other.user.id), admin.authorization, end, body)).status).toBe(401);
    expect((await findUser(store, other.user.id))?.role).toBe("user");
    expect(await findUserByName(store, LATE_NAME, LATE_NAME)).toBeUndefined();
  },
);

it("wants a token or a key for every operation but those that are open, and says so", () => {
  expect(guarded.length).toBeGreaterThan(10);
  for (const { operationId, security } of operations) {
    const scope = KEY_SCOPES[operationId];
    const byKey = scope === undefined ? [] : [{ key: [scope] }];
    expect(security, operationId).toEqual(OPEN.includes(operationId) ? [] : [{ oauth2: [] }, ...byKey]);
  }
});

it.each(guarded.filter(({ method }) => ["POST", "PUT", "PATCH"].includes(method)))(
  "$method $path refuses who may not call before it says what is wrong with a body",
  async ({ method, path }) => {
    const [url, body] = [path.replaceAll(/\{\w+\}/g, UNKNOWN_ID), "x".repeat(100_000)];
    expect((await request(method, url)).status).toBe(401);
    expect((await request(method, url, { body })).status).toBe(401);
    const other = rolesOf(path).includes("user") ? "admin" : "user";
    const { authorization } = await newCaller(other);
    const { status } = await request(method, url, { headers: { Authorization: authorization }, body });
    if (rolesOf(path).includes(other)) expect([401, 403]).not.toContain(status);
    else expect(status).toBe(403);
  },
);

describe.each(guarded)("$method $path", ({ operationId, method, path }) => {
  it.each(NOBODIES)("refuses a caller $name", async ({ authorization, challenge }) => {
    const answer = await call(method, path, await authorization());
    expect([answer.status, await answer.json()]).toMatchObject([401, { title: "Unauthorized", status: 401 }]);
    const expected = challenge === "Bearer" ? "Bearer" : 'Bearer error="invalid_token"';
    expect(answer.headers.get("www-authenticate")).toBe(expected);
  });

  it.each(["admin", "user"] as const)("is for its roles: %s", async (role) => {
    const { status } = await call(method, path, (await newCaller(role)).authorization);
    if (rolesOf(path).includes(role)) expect([401, 403, 500]).not.toContain(status);
    else expect(status).toBe(403);
  });

  it.each(SCOPES)("is for keys of its scope: %s", async (scope) => {
    const answer = await call(method, path, await newUsersKey({ scopes: [scope] }));
    if (scope === KEY_SCOPES[operationId]) expect([401, 403, 429, 500]).not.toContain(answer.status);
    else expectNoScope(answer, KEY_SCOPES[operationId]);
  });

  it("is for shares if it reads one ECG, and for no other ECG", async () => {
    const caller = await newCaller();
    const [shared, other] = [await storedEcg(caller), await storedEcg(caller)];
    await caller.put(`/ecg/${shared.id}/annotations/${ANNOTATOR}`, { items: [] });
    const authorization = await newKeyOf(caller.user, { ecgId: shared.id });
    const answers = await Promise.all(
      [shared.id, other.id, UNKNOWN_ID].map((id) => call(method, path, authorization, id)),
    );
    if (!isForShares({ operationId, path })) {
      for (const answer of answers) expectNoScope(answer, KEY_SCOPES[operationId]);
      return;
    }
    const [ofIt, ofOther, ofUnknown] = answers;
    expect([ofIt.status, ofOther.status]).toEqual([200, 404]);
    const [foreign, unknown] = await Promise.all([ofOther, ofUnknown].map((answer) => answer.json<object>()));
    expect({ ...foreign, request_id: "" }).toEqual({ ...unknown, request_id: "" });
  });

  it.each(HOLDERS)("lets in a caller of its roles $name", async ({ authorization }) => {
    const { status } = await call(method, path, await authorization(rolesOf(path)[0]));
    expect([401, 403, 500]).not.toContain(status);
  });
});

function isForShares({ operationId, path }: { operationId: string; path: string }): boolean {
  return path.startsWith("/ecg/{id}") && KEY_SCOPES[operationId] === "ecg:read";
}

/** RFC 6750, section 3.1; nothing is said of a scope where none would do. */
function expectNoScope(answer: Response, scope: Scope | undefined): void {
  expect(answer.status).toBe(403);
  const expected = `Bearer error="insufficient_scope"${scope === undefined ? "" : `, scope="${scope}"`}`;
  expect(answer.headers.get("www-authenticate")).toBe(expected);
}

it.each([
  { name: "a key to read", authorization: () => newUsersKey({ scopes: ["ecg:read"] }), challenge: "ecg:write" },
  { name: "an admin", authorization: async () => (await newCaller("admin")).authorization, challenge: undefined },
])("refuses an ECG of $name alike, whether it could be stored or not", async ({ authorization, challenge }) => {
  const headers = { Authorization: await authorization(), "Content-Type": "application/json" };
  const body = JSON.stringify({ leads: [{ name: "II", signal: [1] }] });
  const expected = challenge === undefined ? null : `Bearer error="insufficient_scope", scope="${challenge}"`;
  for (const init of [
    { headers, body },
    { headers, body: "{}" },
    // By itself it would be a 409 with Retry-After, and this one a 415 with Accept-Encoding.
    { headers: { ...headers, "Idempotency-Key": newId() }, body },
    { headers: { ...headers, "Content-Encoding": "br" }, body },
  ]) {
    const answer = await request("POST", "/ecg", init);
    const named = ["WWW-Authenticate", "Retry-After", "Accept-Encoding"].map((name) => answer.headers.get(name));
    expect([answer.status, ...named]).toEqual([403, expected, null, null]);
  }
});

describe.each(guarded.filter(({ path }) => path.startsWith("/ecg/{id}")))("$method $path", ({ method, path }) => {
  it("answers for another's ECG as for one that is not there", async () => {
    const { id } = await storedEcg(await newCaller(), { open: true });
    const { authorization } = await newCaller();
    const [foreign, unknown] = await Promise.all(
      [id, UNKNOWN_ID].map(async (one) => {
        const answer = await call(method, path, authorization, one);
        return [answer.status, { ...(await answer.json<object>()), request_id: "" }];
      }),
    );
    expect(foreign).toEqual(unknown);
    expect(foreign[0]).toBe(404);
  });
});

it("a handler has a store only behind a guard, which is for the compiler to see", () => {
  const route = createRoute({
    ...guardedBy(requireRole("admin")),
    method: "get",
    path: "/guarded",
    responses: { 200: { description: "Some", content: { "application/json": { schema: z.array(z.string()) } } } },
  });
  const { security: _, middleware: __, ...unguarded } = route;
  const replaced = createRoute({ ...route, middleware: [async (_: unknown, next: () => Promise<void>) => next()] });
  newRouter()
    .openapi(route, async (c) => c.json(await listIds(c.var.store), 200))
    // @ts-expect-error what leaves no entry in the audit trail does not take the store before the request has left one
    .openapi(route, async (c) => c.json(await listUnrecorded(c.var.store), 200))
    // @ts-expect-error a route that lost its guard gives its handler no store
    .openapi(unguarded, async (c) => c.json(await listIds(c.var.store), 200))
    // @ts-expect-error nor does one whose guard another middleware has replaced
    .openapi(replaced, async (c) => c.json(await listIds(c.var.store), 200));
  expect(route.security).toEqual([{ oauth2: [] }]);
});

async function listUnrecorded(store: Store): Promise<string[]> {
  return [(await findEcg(store, UNKNOWN_ID))?.id ?? ""];
}

async function listIds(store: AuditedStore): Promise<string[]> {
  return (await listUsers(store, 1)).map(({ id }) => id);
}
