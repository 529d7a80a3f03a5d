import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { newKey } from "../../src/auth/keys.ts";
import { app } from "../../src/http/app.ts";
import { newId } from "../../src/store/ids.ts";
import type { AuditRow } from "../../src/store/schema.ts";
import { newAddress, newCaller, newKeyOf, newName, PASSWORD, request, storedEcg } from "../support/api.ts";
import { plantFailed } from "../support/jobs.ts";
import { watchDatabase } from "../support/watched-database.ts";

type Json = Record<string, unknown>;
/** A request as a test makes it: `form` is sent as a form, `body` as JSON. */
type Call = { method: string; path: string; authorization?: string; body?: unknown; form?: Record<string, string> };
/** Who and what there is: a user with an open ECG, a key and a share, an admin, and another user of whom a job has failed. */
type Scene = Awaited<ReturnType<typeof newScene>>;
/** How an operation is called so that it is done, and what its entry says beside what is alike. */
type Operation = { call: (scene: Scene) => Omit<Call, "method">; entry: (scene: Scene, answer: Json) => Json };

const UNKNOWN_ID = "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b";
const ADDRESS = "2001:db8:1:2:3:4:5:6";

const { paths } = await (await request("GET", "/openapi.json")).json<{
  paths: Record<string, Record<string, { operationId: string; security: Record<string, string[]>[] }>>;
}>();
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId, security }]) => {
    return { operationId, path, method: method.toUpperCase(), keyScope: security.find(({ key }) => key)?.key[0] };
  }),
);

async function newScene() {
  const [user, admin, other] = [await newCaller(), await newCaller("admin"), await newCaller()];
  const ecg = (await storedEcg(user, { open: true })).id;
  await user.put(`/ecg/${ecg}/annotations/mine`, { items: [{ time: 0, code: "N" }] });
  await plantFailed({ kind: "erase-user", subjectId: other.user.id });
  const [key, share] = [newId(), newId()];
  await newKeyOf(user.user, { id: key });
  const byShare = await newKeyOf(user.user, { id: share, ecgId: ecg });
  const form = { username: user.user.username, password: PASSWORD };
  const login = await send({ method: "POST", path: "/auth/token", form });
  const { refresh_token: refreshToken } = await login.json<{ refresh_token: string }>();
  return { user, admin, other, ecg, key, share, byShare, refreshToken };
}

function send({ method, path, authorization, body, form }: Call, bindings: object = env): Promise<Response> {
  const headers: Record<string, string> = { "CF-Connecting-IP": form ? newAddress() : ADDRESS };
  if (authorization) headers.Authorization = authorization;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return Promise.resolve(
    app.request(
      path,
      {
        method,
        headers,
        body: form ? new URLSearchParams(form) : body === undefined ? undefined : JSON.stringify(body),
      },
      bindings,
    ),
  );
}

/** The entries that the request of an answer has left. */
async function entriesOf(answer: Response): Promise<Omit<AuditRow, "id" | "at" | "keptUntil">[]> {
  const { results } = await env.DB.prepare(
    `select account_id as accountId, user_id as userId, key_id as keyId, action, subject_id as subjectId, outcome,
       request_id as requestId, address from audit where request_id = ?`,
  )
    .bind(answer.headers.get("x-request-id"))
    .all<AuditRow>();
  return results;
}

/** An operation of the user on `path`; `{id}` is the user's ECG. */
function byUser(path: string, more: Partial<Call> = {}): Operation["call"] {
  return ({ user, ecg }) => ({ path: path.replace("{id}", ecg), authorization: user.authorization, ...more });
}

function byAdmin(path: string, more: Partial<Call> = {}): Operation["call"] {
  return ({ admin, other }) => ({
    path: path.replace("{id}", other.user.id),
    authorization: admin.authorization,
    ...more,
  });
}

const ofUser = ({ user }: Scene) => ({ accountId: user.user.id, userId: user.user.id });
const ofUsersEcg = (scene: Scene) => ({ ...ofUser(scene), subjectId: scene.ecg });
const ofAdmin = ({ admin }: Scene) => ({ accountId: admin.user.id, userId: admin.user.id });
const ofOther = ({ admin, other }: Scene) => ({
  accountId: other.user.id,
  userId: admin.user.id,
  subjectId: other.user.id,
});

const LEADS = [{ name: "II", signal: [1, 2] }];
const NEXT = [{ name: "II", start_sample: 5, signal: [1, 2] }];
const EXPIRY = new Date(Date.now() + 24 * 3600 * 1000).toISOString();

/** Every operation but those of health, which are about nobody. */
const OPERATIONS: Record<string, Operation> = {
  createToken: {
    call: ({ user }) => ({ path: "/auth/token", form: { username: user.user.username, password: PASSWORD } }),
    entry: ofUser,
  },
  logOut: {
    call: ({ refreshToken }) => ({ path: "/auth/logout", form: { refresh_token: refreshToken } }),
    entry: ofUser,
  },
  createEcg: {
    call: byUser("/ecg", { body: { leads: LEADS } }),
    entry: (scene, { id }) => ({ ...ofUser(scene), subjectId: id }),
  },
  listEcgs: { call: byUser("/ecg"), entry: ofUser },
  getEcg: { call: byUser("/ecg/{id}?format=csv"), entry: ofUsersEcg },
  updateEcg: { call: byUser("/ecg/{id}", { body: { note: "New" } }), entry: ofUsersEcg },
  deleteEcg: { call: byUser("/ecg/{id}"), entry: ofUsersEcg },
  appendSamples: { call: byUser("/ecg/{id}/samples", { body: { leads: NEXT } }), entry: ofUsersEcg },
  closeEcg: { call: byUser("/ecg/{id}/close"), entry: ofUsersEcg },
  listAnnotations: { call: byUser("/ecg/{id}/annotations"), entry: ofUsersEcg },
  listAnnotators: { call: byUser("/ecg/{id}/annotators"), entry: ofUsersEcg },
  getAnnotations: { call: byUser("/ecg/{id}/annotations/mine"), entry: ofUsersEcg },
  replaceAnnotations: { call: byUser("/ecg/{id}/annotations/mine", { body: { items: [] } }), entry: ofUsersEcg },
  deleteAnnotations: { call: byUser("/ecg/{id}/annotations/mine"), entry: ofUsersEcg },
  compareAnnotations: { call: byUser("/ecg/{id}/annotations/mine/compare?with=insights"), entry: ofUsersEcg },
  getInsights: { call: byUser("/ecg/{id}/insights"), entry: ofUsersEcg },
  createShare: {
    call: byUser("/ecg/{id}/shares", { body: { expires_at: EXPIRY } }),
    entry: (scene, { id }) => ({ ...ofUser(scene), subjectId: id }),
  },
  listShares: { call: byUser("/ecg/{id}/shares"), entry: ofUsersEcg },
  revokeShare: {
    call: ({ user, ecg, share }) => ({ path: `/ecg/${ecg}/shares/${share}`, authorization: user.authorization }),
    entry: (scene) => ({ ...ofUser(scene), subjectId: scene.share }),
  },
  createKey: {
    call: byUser("/users/me/keys", { body: { name: "Device", scopes: ["ecg:write"] } }),
    entry: (scene, { id }) => ({ ...ofUser(scene), subjectId: id }),
  },
  listKeys: { call: byUser("/users/me/keys"), entry: ofUser },
  revokeKey: {
    call: ({ user, key }) => ({ path: `/users/me/keys/${key}`, authorization: user.authorization }),
    entry: (scene) => ({ ...ofUser(scene), subjectId: scene.key }),
  },
  getOwnUser: { call: byUser("/users/me"), entry: ofUser },
  changeOwnPassword: {
    call: byUser("/users/me/password", {
      body: { current_password: PASSWORD, new_password: "a brand new passphrase" },
    }),
    entry: ofUser,
  },
  listOwnAudit: { call: byUser("/users/me/audit"), entry: ofUser },
  exportOwnData: { call: byUser("/users/me/export"), entry: ofUser },
  createUser: {
    call: (scene) =>
      byAdmin("/admin/users", {
        body: { username: newName(), email: "new@example.org", role: "user", password: "a brand new passphrase" },
      })(scene),
    entry: ({ admin }, { id }) => ({ accountId: id, userId: admin.user.id, subjectId: id }),
  },
  listUsers: { call: byAdmin("/admin/users"), entry: ofAdmin },
  getUser: { call: byAdmin("/admin/users/{id}"), entry: ofOther },
  updateUser: { call: byAdmin("/admin/users/{id}", { body: { email: "new@example.org" } }), entry: ofOther },
  deleteUser: { call: byAdmin("/admin/users/{id}"), entry: ofOther },
  listAudit: { call: byAdmin("/admin/audit"), entry: ofAdmin },
  listFailedJobs: { call: byAdmin("/admin/jobs"), entry: ofAdmin },
  retryJob: {
    call: byAdmin("/admin/jobs/erase-user/{id}/retry"),
    entry: (scene) => ({ ...ofAdmin(scene), subjectId: scene.other.user.id }),
  },
};

const done = operations
  .filter(({ operationId }) => !["getHealth", "getReadiness"].includes(operationId))
  .map((operation) => ({ ...operation, ...OPERATIONS[operation.operationId] }));
const guarded = done.filter(({ path }) => !path.startsWith("/auth/"));

it("knows how every operation of the document is called", () => {
  expect(done.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(OPERATIONS).sort());
});

it.each(done)("$method $path leaves one entry", async ({ method, path, call, entry }) => {
  const scene = await newScene();
  const sent = { method, ...call(scene) };
  const answer = await send(sent);
  expect(answer.status).toBeLessThan(300);
  const isJson = answer.headers.get("content-type")?.startsWith("application/json");
  // To its end, since memory is held for an answer until then.
  const bytes = await answer.bytes();
  const body: Json = isJson ? JSON.parse(new TextDecoder().decode(bytes)) : {};
  const made = await entriesOf(answer);
  expect(made).toEqual([
    {
      keyId: null,
      subjectId: null,
      ...entry(scene, body),
      action: `${method} ${path}`,
      outcome: "done",
      requestId: answer.headers.get("x-request-id"),
      address: sent.form ? expect.stringMatching(/^10\./) : ADDRESS,
    },
  ]);
});

it.each(done)(
  "$method $path answers nothing and changes nothing when its entry cannot be made",
  async ({ method, call }) => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const scene = await newScene();
    const tables = ["users", "ecgs", "signal_chunks", "annotations", "sessions", "access_keys", "jobs"];
    const readAll = async () => {
      const all = await env.DB.batch(tables.map((table) => env.DB.prepare(`select * from ${table} order by 1`)));
      return all.map(({ results }) => results);
    };
    const before = await readAll();
    let isAskedFor = false;
    const { database } = watchDatabase(env.DB, (sql) => {
      if (!sql.some((one) => one.startsWith('insert into "audit"'))) return;
      isAskedFor = true;
      throw new Error("D1 is away");
    });
    const answer = await send({ method, ...call(scene) }, { ...env, DB: database });
    expect([answer.status, await answer.json()]).toMatchObject([503, { title: "Service Unavailable" }]);
    expect(isAskedFor).toBe(true);
    expect(await readAll()).toEqual(before);
  },
);

it.each(guarded)("$method $path leaves one entry when the role does not allow it", async ({ method, path, call }) => {
  const scene = await newScene();
  const stranger = path.startsWith("/admin/") ? scene.user : scene.admin;
  const { authorization: _, ...sent } = call(scene);
  const answer = await send({ method, ...sent, authorization: stranger.authorization });
  if (answer.status !== 403) return expect(path).toMatch(/^\/users\/me(\/audit|\/export|\/password)?$/);
  expect(await entriesOf(answer)).toMatchObject([
    { accountId: stranger.user.id, userId: stranger.user.id, action: `${method} ${path}`, outcome: "refused" },
  ]);
});

it.each(guarded.filter(({ path }) => path.includes("{id}")))(
  "$method $path leaves one entry when there is nothing",
  async ({ method, path, call }) => {
    const scene = await newScene();
    const caller = path.startsWith("/admin/") ? scene.admin : scene.other;
    const sent = call(scene);
    const answer = await send({
      method,
      ...sent,
      path: sent.path.replace(scene.other.user.id, UNKNOWN_ID),
      authorization: caller.authorization,
    });
    expect(answer.status).toBe(404);
    const { id } = caller.user;
    const subjectId = sent.path
      .match(/[\da-f-]{36}/g)
      ?.at(-1)
      ?.replace(scene.other.user.id, UNKNOWN_ID);
    expect(await entriesOf(answer)).toMatchObject([
      { accountId: id, userId: id, action: `${method} ${path}`, subjectId, outcome: "not-found" },
    ]);
  },
);

it.each(guarded)("$method $path leaves no entry of who has no valid credential", async ({ method, call }) => {
  const scene = await newScene();
  const { authorization: _, ...sent } = call(scene);
  await scene.admin.delete(`/admin/users/${scene.other.user.id}`);
  const strangers = [undefined, "Bearer a.b.c", `Bearer ${newKey("key", newId()).key}`, scene.other.authorization];
  for (const authorization of strangers) {
    const answer = await send({ method, ...sent, authorization });
    expect([answer.status, await entriesOf(answer)]).toEqual([401, []]);
  }
});

it.each(guarded.filter(({ keyScope }) => keyScope))(
  "$method $path by a key names the key",
  async ({ method, path, call, keyScope }) => {
    const scene = await newScene();
    const [good, bad] = [newId(), newId()];
    const byGood = await newKeyOf(scene.user.user, { id: good, scopes: [keyScope as "ecg:read"] });
    const other = keyScope === "ecg:read" ? "ecg:write" : "ecg:read";
    const byBad = await newKeyOf(scene.user.user, { id: bad, scopes: [other] });
    const { id } = scene.user.user;
    const common = { accountId: id, userId: id, action: `${method} ${path}` };
    const refused = await send({ method, ...call(scene), authorization: byBad });
    expect(refused.status).toBe(403);
    expect(await entriesOf(refused)).toMatchObject([{ ...common, keyId: bad, outcome: "refused" }]);
    const answer = await send({ method, ...call(scene), authorization: byGood });
    expect(answer.status).toBeLessThan(300);
    expect(await entriesOf(answer)).toMatchObject([{ ...common, keyId: good, outcome: "done" }]);
  },
);

it("an owner sees who has read a shared ECG by which share, and another's try at it is in the other's trail", async () => {
  const { user, other, ecg, share, byShare } = await newScene();
  const answer = await send({ method: "GET", path: `/ecg/${ecg}`, authorization: byShare });
  expect(answer.status).toBe(200);
  expect((await other.get(`/ecg/${ecg}`)).status).toBe(404);
  const { items } = await (await user.get("/users/me/audit?limit=1")).json<{ items: Json[] }>();
  expect(items).toEqual([
    {
      id: expect.any(String),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      account_id: user.user.id,
      user_id: user.user.id,
      key_id: share,
      action: "GET /ecg/{id}",
      subject_id: ecg,
      outcome: "done",
      request_id: answer.headers.get("x-request-id"),
      address: ADDRESS,
    },
  ]);
  const theirs = await (await other.get("/users/me/audit?limit=1")).json<{ items: Json[] }>();
  expect(theirs.items).toMatchObject([{ user_id: other.user.id, subject_id: ecg, outcome: "not-found" }]);
});

it("a 304 is a read", async () => {
  const { user, ecg } = await newScene();
  const etag = (await user.get(`/ecg/${ecg}`)).headers.get("etag") ?? "";
  const answer = await user.get(`/ecg/${ecg}`, { "If-None-Match": etag });
  expect([answer.status, await entriesOf(answer)]).toMatchObject([304, [{ subjectId: ecg, outcome: "done" }]]);
});

it.each([
  { name: "an unknown parameter of a list", call: byUser("/ecg?colour=red", { method: "GET" }) },
  { name: "a body that is not valid", call: byUser("/ecg", { method: "POST", body: { leads: [] } }) },
  { name: "a change that is not valid", call: byUser("/ecg/{id}", { method: "PATCH", body: { leads: [] } }) },
  {
    name: "samples that start elsewhere",
    call: byUser("/ecg/{id}/samples", {
      method: "POST",
      body: { leads: [{ name: "II", start_sample: 0, signal: [1] }] },
    }),
  },
])("$name does nothing, and leaves no entry", async ({ call }) => {
  const answer = await send(call(await newScene()) as Call);
  expect(answer.status).toBeGreaterThanOrEqual(409);
  expect(await entriesOf(answer)).toEqual([]);
});

it("an entry has no more of an address than an address is long: without Cloudflare anybody may send the header", async () => {
  const { authorization } = await newCaller();
  const headers = { Authorization: authorization, "CF-Connecting-IP": "x".repeat(60) };
  const [{ address }] = await entriesOf(await request("GET", "/users/me", { headers }));
  expect(address).toBe("x".repeat(45));
});

it("an append of no samples leaves an entry, too", async () => {
  const scene = await newScene();
  const body = { leads: [{ name: "II", start_sample: 5, signal: [] }] };
  const answer = await send({ method: "POST", ...byUser("/ecg/{id}/samples", { body })(scene) });
  expect([answer.status, await entriesOf(answer)]).toMatchObject([200, [{ subjectId: scene.ecg, outcome: "done" }]]);
});

it("a refused log-in is about its account if there is one, and keeps no name", async () => {
  const { user } = await newScene();
  const tried = newName();
  const ofNobody = await send({ method: "POST", path: "/auth/token", form: { username: tried, password: "x" } });
  expect(await entriesOf(ofNobody)).toMatchObject([{ accountId: "", userId: null, outcome: "refused" }]);
  const form = { username: user.user.username, password: "not the password" };
  const ofUser = await send({ method: "POST", path: "/auth/token", form });
  expect(await entriesOf(ofUser)).toMatchObject([{ accountId: user.user.id, userId: null, outcome: "refused" }]);
  const { results } = await env.DB.prepare("select * from audit").all();
  expect(JSON.stringify(results)).not.toContain(tried);
});

it("a wrong current password is refused in the trail", async () => {
  const { user } = await newScene();
  const body = { current_password: "not the password", new_password: "a brand new passphrase" };
  const answer = await user.put("/users/me/password", body);
  expect([answer.status, await entriesOf(answer)]).toMatchObject([
    422,
    [{ accountId: user.user.id, userId: user.user.id, outcome: "refused" }],
  ]);
});

it("a refresh is done, and one by a stolen token refused, with the log-in's account", async () => {
  const { user, refreshToken } = await newScene();
  const refresh = (token: string) =>
    send({ method: "POST", path: "/auth/token", form: { grant_type: "refresh_token", refresh_token: token } });
  const answer = await refresh(refreshToken);
  const { id } = user.user;
  expect([answer.status, await entriesOf(answer)]).toMatchObject([
    200,
    [{ accountId: id, userId: id, outcome: "done" }],
  ]);
  await env.DB.prepare("update sessions set rotated_at = 0 where user_id = ?").bind(id).run();
  const stolen = await refresh(refreshToken);
  expect([stolen.status, await entriesOf(stolen)]).toMatchObject([
    401,
    [{ accountId: id, userId: null, outcome: "refused" }],
  ]);
  const unknown = await refresh(refreshToken);
  expect([unknown.status, await entriesOf(unknown)]).toEqual([401, []]);
});

it("the trail of an erased account stays for admins, and ends with its erasure", async () => {
  const { admin, other } = await newScene();
  await storedEcg(other);
  await admin.delete(`/admin/users/${other.user.id}`);
  const page = await (await admin.get(`/admin/audit?user=${other.user.id}`)).json<{ items: Json[] }>();
  expect(page.items.map(({ action, user_id }) => [action, user_id])).toEqual([
    ["DELETE /admin/users/{id}", admin.user.id],
    ["POST /ecg", other.user.id],
  ]);
});

it.each([
  { name: "an own trail", who: "user", path: "/users/me/audit?" },
  { name: "an account's, for an admin", who: "admin", path: "/admin/audit?user={id}&" },
] as const)("pages through $name by cursor, action and time", async ({ who, path }) => {
  const scene = await newScene();
  const { user } = scene;
  const posted: string[] = [];
  for (let i = 0; i < 5; i++) posted.unshift((await storedEcg(user)).id);
  const list = async (query: string) => {
    const subjects: unknown[] = [];
    for (let cursor = ""; ; ) {
      const answer = await scene[who].get(`${path.replace("{id}", user.user.id)}limit=2&${query}${cursor}`);
      expect(answer.status).toBe(200);
      const { items, next_cursor } = await answer.json<{ items: Json[]; next_cursor: string | null }>();
      subjects.push(...items.map(({ subject_id }) => subject_id));
      if (next_cursor === null) return subjects;
      cursor = `&cursor=${next_cursor}`;
    }
  };
  const action = `action=${encodeURIComponent("POST /ecg")}`;
  expect((await list(action)).slice(0, 5)).toEqual(posted);
  expect(await list(`${action}&from=2100-01-01T00:00:00Z`)).toEqual([]);
  expect(await list(`${action}&to=2020-01-01T00:00:00Z`)).toEqual([]);
  expect(await list(`to=2100-01-01T00:00:00Z&${action}`)).toHaveLength(6);
});

it("knows an account by its id in upper case, too: an empty trail would say that nobody has read anything", async () => {
  const { admin, user } = await newScene();
  const { id } = await storedEcg(user);
  const answer = await admin.get(`/admin/audit?user=${user.user.id.toUpperCase()}&limit=1`);
  expect(await answer.json()).toMatchObject({ items: [{ subject_id: id, account_id: user.user.id }] });
});

it("lists all accounts for an admin, newest first", async () => {
  const { admin, user, other } = await newScene();
  const [first, second] = [await storedEcg(user), await storedEcg(other)];
  const { items } = await (await admin.get("/admin/audit?limit=2")).json<{ items: Json[] }>();
  expect(items.map(({ subject_id, account_id }) => [subject_id, account_id])).toEqual([
    [second.id, other.user.id],
    [first.id, user.user.id],
  ]);
  expect((await admin.get("/admin/audit?cursor=nonsense")).status).toBe(422);
});

it("a request is billed one row more for its entry", async () => {
  const { user, ecg } = await newScene();
  const { database, statements } = watchDatabase(env.DB);
  for (const call of [
    { method: "GET", path: `/ecg/${ecg}`, authorization: user.authorization },
    { method: "POST", path: "/ecg", authorization: user.authorization, body: { leads: LEADS } },
  ]) {
    statements.length = 0;
    await send(call, { ...env, DB: database });
    const entries = statements.filter(({ sql }) => sql.startsWith('insert into "audit"'));
    expect(entries.map(({ rowsWritten }) => rowsWritten)).toEqual([1]);
  }
});
