import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { expect, it, vi } from "vitest";
import { KEY_PATTERN, newKey } from "../../src/auth/keys.ts";
import { app } from "../../src/http/app.ts";
import { openStore } from "../../src/store/db.ts";
import { deleteEcg } from "../../src/store/ecgs.ts";
import { newId } from "../../src/store/ids.ts";
import { insertKey, MAX_KEYS } from "../../src/store/keys.ts";
import { accessKeys, SCOPES } from "../../src/store/schema.ts";
import { deleteUser, updateUser } from "../../src/store/users.ts";
import { type Caller, db, newAddress, newCaller, newKeyOf, request, store, storedEcg } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";
import { watchDatabase } from "../support/watched-database.ts";
import { withinMinute } from "../support/within-minute.ts";

type Key = { id: string; key: string };

const DAY_MS = 24 * 3600 * 1000;
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const fields = (more: object = {}) => ({ name: "Device 7", scopes: ["ecg:read", "ecg:write"], ...more });

async function createdKey(caller: Caller, more: object = {}): Promise<Key> {
  return (await caller.post("/users/me/keys", fields(more))).json();
}

async function createdShare(caller: Caller, ecgId: string): Promise<Key> {
  return (await caller.post(`/ecg/${ecgId}/shares`, { expires_at: inDays(30) })).json();
}

function read(path: string, key: string): Promise<Response> {
  return request("GET", path, { headers: { Authorization: `Bearer ${key}` } });
}

it("makes a key that sends and reads ECGs, and shows it once", async () => {
  const caller = await newCaller();
  const expiresAt = "2126-01-31T10:30:00+01:00";
  const answer = await caller.post("/users/me/keys", fields({ expires_at: expiresAt }));
  const { key, ...created } = await answer.json<Key>();
  expect([answer.status, created]).toEqual([
    201,
    {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      ...fields({ expires_at: "2126-01-31T09:30:00Z" }),
      ecg_id: null,
      prefix: key.slice(0, 26),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      last_used_at: null,
    },
  ]);
  expect(key).toMatch(KEY_PATTERN);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const sent = await request("POST", "/ecg", {
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: '{ "leads": [{ "name": "II", "signal": [1, -1] }] }',
  });
  expect(sent.status).toBe(201);
  const { id } = await sent.json<{ id: string }>();
  expect((await read(`/ecg/${id}`, key)).status).toBe(200);
  expect((await caller.get(`/ecg/${id}`)).status).toBe(200);
  const listed = await (await caller.get("/users/me/keys")).json();
  expect(listed).toEqual({
    items: [{ ...created, last_used_at: expect.stringMatching(/T\d\d:\d\d:00Z$/) }],
    next_cursor: null,
  });
});

it("keeps nothing of a key but its hash", async () => {
  const caller = await newCaller();
  const { id, key } = await createdKey(caller);
  const ecg = await storedEcg(caller);
  const share = await createdShare(caller, ecg.id);
  for (const made of [{ id, key }, share]) {
    const row = await env.DB.prepare("select * from access_keys where id = ?").bind(made.id).first();
    expect(row?.key_hash).toBe(createHash("sha256").update(made.key).digest("base64url"));
    expect(JSON.stringify(row)).not.toContain(made.key.slice(27, -6));
  }
});

it("shares an ECG until a date, and shows the key once", async () => {
  const caller = await newCaller();
  const ecg = await storedEcg(caller, { sampling_rate: 250 });
  const path = `/ecg/${ecg.id}/shares`;
  const expires = inDays(365);
  const answer = await caller.post(path, { expires_at: expires, note: "For Dr. Byron" });
  const { key, ...created } = await answer.json<Key>();
  expect([answer.status, created]).toEqual([
    201,
    {
      id: expect.any(String),
      note: "For Dr. Byron",
      prefix: key.slice(0, 26),
      created_at: expect.any(String),
      expires_at: expires,
      last_used_at: null,
    },
  ]);
  expect(key).toMatch(/^ecgs_/);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const list = await caller.get(path);
  expect([await list.json(), list.headers.get("cache-control")]).toEqual([
    { items: [created], next_cursor: null },
    "no-store",
  ]);
  for (const rest of ["", "?start=0&format=csv", "/insights", "/annotations"]) {
    expect((await read(`/ecg/${ecg.id}${rest}`, key)).status, rest).toBe(200);
  }
  const both = await (await caller.get("/users/me/keys")).json<{ items: object[] }>();
  expect(both.items).toMatchObject([{ id: created.id, ecg_id: ecg.id, name: "For Dr. Byron", scopes: ["ecg:read"] }]);
});

it.each([
  { name: "no scope", body: fields({ scopes: [] }), path: "scopes" },
  { name: "an unknown scope", body: fields({ scopes: ["session"] }), path: "scopes.0" },
  { name: "a scope twice", body: fields({ scopes: ["ecg:read", "ecg:read"] }), path: "scopes" },
  { name: "an empty name", body: fields({ name: "" }), path: "name" },
  { name: "a name with a line break", body: fields({ name: "a\nb" }), path: "name" },
  { name: "an end in the past", body: fields({ expires_at: inDays(-1) }), path: "expires_at" },
  { name: "an end that is no time", body: fields({ expires_at: "tomorrow" }), path: "expires_at" },
  { name: "an ECG", body: fields({ ecg_id: "x" }), path: "ecg_id" },
])("refuses a key with $name", async ({ body, path }) => {
  const answer = await (await newCaller()).post("/users/me/keys", body);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path }] }]);
});

it.each([
  { name: "no end", body: { note: "x" }, path: "expires_at" },
  { name: "an end in the past", body: { expires_at: inDays(-1) }, path: "expires_at" },
  { name: "an end in more than a year", body: { expires_at: inDays(367) }, path: "expires_at" },
  { name: "scopes", body: { expires_at: inDays(1), scopes: ["ecg:write"] }, path: "scopes" },
])("refuses a share with $name", async ({ body, path }) => {
  const caller = await newCaller();
  const answer = await caller.post(`/ecg/${(await storedEcg(caller)).id}/shares`, body);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path }] }]);
});

it("ends a key and a share at once when they are revoked", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const [key, share, other] = [
    await createdKey(caller),
    await createdShare(caller, id),
    await createdShare(caller, id),
  ];
  expect((await caller.delete(`/users/me/keys/${key.id}`)).status).toBe(204);
  expect((await caller.delete(`/ecg/${id}/shares/${share.id}`)).status).toBe(204);
  for (const ended of [key, share]) expect((await read(`/ecg/${id}`, ended.key)).status).toBe(401);
  expect((await read(`/ecg/${id}`, other.key)).status).toBe(200);
  expect((await caller.delete(`/users/me/keys/${other.id}`)).status).toBe(204);
  expect((await read(`/ecg/${id}`, other.key)).status).toBe(401);
});

it("revokes nobody else's key, and no key or other ECG's share as a share of an ECG", async () => {
  const [caller, other] = [await newCaller(), await newCaller()];
  const [one, two] = [await storedEcg(caller), await storedEcg(caller)];
  const [key, share] = [await createdKey(caller), await createdShare(caller, one.id)];
  const tries = [
    other.delete(`/users/me/keys/${key.id}`),
    other.delete(`/ecg/${one.id}/shares/${share.id}`),
    caller.delete(`/ecg/${two.id}/shares/${share.id}`),
    caller.delete(`/ecg/${one.id}/shares/${key.id}`),
    caller.delete(`/users/me/keys/${newId()}`),
  ];
  expect((await Promise.all(tries)).map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  for (const left of [key, share]) expect((await read(`/ecg/${one.id}`, left.key)).status).toBe(200);
});

it.each([
  { name: "the ECG", end: (caller: Caller, id: string) => deleteEcg(store, caller.user.id, id), left: 1 },
  { name: "the user", end: (caller: Caller) => deleteUser(store, caller.user.id), left: 0 },
])("erases shares with $name", async ({ end, left }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  await createdKey(caller);
  await createdShare(caller, id);
  await end(caller, id);
  await doJobs();
  const count = "select count(*) as n from access_keys where owner_id = ?";
  expect(await env.DB.prepare(count).bind(caller.user.id).first("n")).toBe(left);
});

it("goes on with a key when the password changes, and not when the user is disabled", async () => {
  const caller = await newCaller();
  const { key } = await createdKey(caller);
  await updateUser(store, caller.user.id, { passwordHash: "$scrypt$ln=1,r=1,p=1$AAAA$AAAA" });
  expect((await read("/ecg", key)).status).toBe(200);
  await updateUser(store, caller.user.id, { disabled: true });
  expect((await read("/ecg", key)).status).toBe(401);
});

it.each([
  { what: "key", path: () => "/users/me/keys", body: fields() },
  { what: "share", path: (ecgId: string) => `/ecg/${ecgId}/shares`, body: { expires_at: inDays(1) } },
])("makes no $what of a body that comes after the password has changed", async ({ path, body }) => {
  const caller = await newCaller();
  const ecg = await storedEcg(caller);
  const pull = async (controller: ReadableStreamDefaultController) => {
    await updateUser(store, caller.user.id, { passwordHash: "$scrypt$ln=1,r=1,p=1$AAAA$AAAA" });
    controller.enqueue(new TextEncoder().encode(JSON.stringify(body)));
    controller.close();
  };
  const init = {
    method: "POST",
    headers: { Authorization: caller.authorization, "Content-Type": "application/json" },
    body: new ReadableStream({ pull }, { highWaterMark: 0 }),
  };
  expect((await app.request(path(ecg.id), init, env)).status).toBe(401);
  const count = "select count(*) as n from access_keys where owner_id = ?";
  expect(await env.DB.prepare(count).bind(caller.user.id).first("n")).toBe(0);
});

it.each([
  { name: "was erased", sql: "delete from ecgs where id = ?" },
  { name: "is being erased in steps", sql: "update ecgs set complete = 0 where id = ?" },
])("makes no share of an ECG that $name since it was looked up", async ({ sql }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  await env.DB.prepare(sql).bind(id).run();
  await expect(newKeyOf(caller.user, { ecgId: id })).rejects.toMatchObject({ code: "not-found" });
  const count = "select count(*) as n from access_keys where owner_id = ?";
  expect(await env.DB.prepare(count).bind(caller.user.id).first("n")).toBe(0);
});

it("lists keys page by page, each once and in their order", async () => {
  const caller = await newCaller();
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.push((await createdKey(caller)).id);
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const answer = await caller.get(`/users/me/keys?limit=2${cursor && `&cursor=${cursor}`}`);
    const page: { items: Key[]; next_cursor: string | null } = await answer.json();
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(made.sort());
});

it("refuses a key beyond the most that an account has, until one has ended", async () => {
  const caller = await newCaller();
  const numbers = JSON.stringify(Array.from({ length: MAX_KEYS - 1 }, (_, i) => i));
  await env.DB.prepare(
    `insert into access_keys (id, owner_id, name, scopes, key_hash, created_at)
     select ?1 || '/' || value, ?1, '', '[]', '', 0 from json_each(?2)`,
  )
    .bind(caller.user.id, numbers)
    .run();
  const statuses = async () => [
    (await caller.post("/users/me/keys", fields())).status,
    (await caller.post("/users/me/keys", fields())).status,
  ];
  expect(await statuses()).toEqual([201, 409]);
  await env.DB.prepare("update access_keys set expires_at = 1 where id = ?").bind(`${caller.user.id}/0`).run();
  expect(await statuses()).toEqual([201, 409]);
});

it.each([
  { what: "a read of an ECG", method: "GET", path: "", rowsMore: 6 },
  { what: "a read of its insights", method: "GET", path: "/insights", rowsMore: 6 },
  { what: "an append", method: "POST", path: "/samples", rowsMore: 4 },
])("takes no more trips to the database for $what by a key than by a token", async ({ method, path, rowsMore }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { open: true, sampling_rate: 250 });
  const body = '{ "leads": [{ "name": "II", "start_sample": 5, "signal": [] }] }';
  const costOf = async (authorization: string) => {
    let trips = 0;
    const { database, statements } = watchDatabase(env.DB, () => trips++);
    const headers = { Authorization: authorization, "Content-Type": "application/json" };
    const init = { method, headers, body: method === "POST" ? body : undefined };
    const { status } = await app.request(`/ecg/${id}${path}`, init, { ...env, DB: database });
    const sum = (count: "rowsRead" | "rowsWritten") => statements.reduce((total, one) => total + one[count], 0);
    return { status, trips, read: sum("rowsRead"), written: sum("rowsWritten") };
  };
  await costOf(caller.authorization);
  const byToken = await costOf(caller.authorization);
  expect(byToken.status).toBe(200);
  const keys = [await newKeyOf(caller.user), await newKeyOf(caller.user, { ecgId: id })];
  for (const authorization of method === "GET" ? keys : keys.slice(0, 1)) {
    const byKey = await costOf(authorization);
    expect(byKey).toMatchObject({ status: 200, trips: byToken.trips, written: byToken.written + 1 });
    const again = await costOf(authorization);
    expect(again).toMatchObject({ status: 200, trips: byToken.trips, written: byToken.written });
    expect(again.read - byToken.read).toBeLessThanOrEqual(rowsMore);
  }
});

it("bills a key with two rows, and a share with three", async () => {
  const caller = await newCaller();
  const ecg = await storedEcg(caller);
  const { database, statements } = watchDatabase(env.DB);
  const row = { name: "", scopes: [...SCOPES], keyHash: "", expiresAt: null };
  for (const [ecgId, expected] of [[null, 2] as const, [ecg.id, 3] as const]) {
    statements.length = 0;
    await insertKey(openStore({ DB: database }), caller.user, { ...row, id: newId(), ecgId });
    expect(statements.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)).toBe(expected);
  }
});

it("takes one trip to send an ECG by a key, and none to refuse what is no key", async () => {
  const { user } = await newCaller();
  const authorization = await newKeyOf(user);
  const tripsOf = async (sent: string) => {
    let trips = 0;
    const { database } = watchDatabase(env.DB, () => trips++);
    const body = '{ "leads": [{ "name": "II", "signal": [1] }] }';
    const headers = {
      Authorization: sent,
      "Content-Type": "application/json",
      "Content-Length": String(body.length),
      "CF-Connecting-IP": newAddress(),
    };
    const { status } = await app.request("/ecg", { method: "POST", headers, body }, { ...env, DB: database });
    return { status, trips };
  };
  expect(await tripsOf(authorization)).toEqual({ status: 201, trips: 1 });
  const flipped = authorization.slice(0, -20) + (authorization.at(-20) === "A" ? "B" : "A") + authorization.slice(-19);
  expect(await tripsOf(flipped)).toEqual({ status: 401, trips: 0 });
  expect(await tripsOf(authorization.slice(0, -1))).toEqual({ status: 401, trips: 0 });
});

it.each<{ name: string; headers: Record<string, string> }>([
  { name: "long", headers: { "Content-Length": String(1024 * 1024 + 1) } },
  { name: "of unknown length", headers: {} },
  { name: "compressed", headers: { "Content-Length": "100", "Content-Encoding": "gzip" } },
])("looks up a key before it reads a body that is $name", async ({ headers }) => {
  const caller = await newCaller();
  const send = async (authorization: string) => {
    let pulls = 0;
    const pull = (controller: ReadableStreamDefaultController) => {
      pulls++;
      controller.close();
    };
    const init = {
      method: "POST",
      headers: { Authorization: authorization, "CF-Connecting-IP": newAddress(), ...headers },
      body: new ReadableStream({ pull }, { highWaterMark: 0 }),
    };
    const { status } = await app.request("/ecg", init, env);
    return { status, pulls };
  };
  expect(await send(`Bearer ${newKey("key", newId()).key}`)).toEqual({ status: 401, pulls: 0 });
  expect(await send(await newKeyOf(caller.user, { scopes: ["ecg:read"] }))).toEqual({ status: 403, pulls: 0 });
  expect(await send(await newKeyOf(caller.user))).toMatchObject({ pulls: 1 });
});

it.each([
  { name: "a key that only reads", status: 403, fields: () => ({ scopes: ["ecg:read" as const] }) },
  { name: "a share", status: 403, fields: (ecgId: string) => ({ ecgId }) },
  { name: "a share that could write", status: 403, fields: (ecgId: string) => ({ ecgId, scopes: [...SCOPES] }) },
  { name: "a key that has expired", status: 401, fields: () => ({ expiresAt: Date.now() - 1 }) },
])("stores nothing that is sent by $name", async ({ status, fields }) => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller);
  const authorization = await newKeyOf(caller.user, fields(id));
  const answer = await request("POST", "/ecg", {
    headers: { Authorization: authorization, "Content-Type": "application/json" },
    body: '{ "leads": [{ "name": "II", "signal": [1] }] }',
  });
  expect(answer.status).toBe(status);
  const { items } = await (await caller.get("/ecg")).json<{ items: { id: string }[] }>();
  expect(items.map((item) => item.id)).toEqual([id]);
});

it("reads nothing more of what comes with made-up keys, when some have come from an address", async () => {
  const address = newAddress();
  const send = async (authorization: string, from = address) => {
    const body = '{ "leads": [{ "name": "II", "signal": [1] }] }';
    const headers = {
      Authorization: authorization,
      "Content-Type": "application/json",
      "Content-Length": String(body.length),
      "CF-Connecting-IP": from,
    };
    const sent = new Request("http://ecg.test/ecg", { method: "POST", body, headers });
    const reading = vi.spyOn(sent, "arrayBuffer");
    const { status } = await app.request(sent, undefined, env);
    return [status, reading.mock.calls.length];
  };
  const made = () => `Bearer ${newKey("key", newId()).key}`;
  const { answers, elsewhere } = await withinMinute(async () => {
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await send(made()));
    return { answers, elsewhere: await send(made(), newAddress()) };
  });
  expect(answers.slice(-2)).toEqual([
    [401, 0],
    [401, 0],
  ]);
  expect(elsewhere).toEqual([401, 1]);
  const { user } = await newCaller();
  expect(await send(await newKeyOf(user))).toEqual([201, 1]);
});

it("notes a key's last use once a minute", async () => {
  const { user } = await newCaller();
  const id = newId();
  const authorization = await newKeyOf(user, { id });
  const use = async (time: string) => {
    vi.setSystemTime(time);
    const { database, statements } = watchDatabase(env.DB);
    await app.request("/ecg", { headers: { Authorization: authorization } }, { ...env, DB: database });
    const [{ rowsWritten }] = statements.filter(({ sql }) => sql.startsWith('update "access_keys"'));
    return rowsWritten;
  };
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const times = ["10:00:05", "10:00:59", "10:01:00", "10:00:30"].map((time) => `2126-01-31T${time}Z`);
    const written = [];
    for (const time of times) written.push(await use(time));
    expect(written).toEqual([1, 0, 1, 0]);
  } finally {
    vi.useRealTimers();
  }
  const rows = await db.select().from(accessKeys);
  expect(rows.find((row) => row.id === id)?.lastUsedAt).toBe(Date.parse("2126-01-31T10:01:00Z"));
});

it("opens nothing with a key of who is an admin by now, until that changes back", async () => {
  const caller = await newCaller();
  const { key } = await createdKey(caller);
  // Nobody is the last admin.
  await newCaller("admin");
  const statuses = [];
  for (const role of ["user", "admin", "user"] as const) {
    await updateUser(store, caller.user.id, { role });
    statuses.push((await read("/ecg", key)).status);
  }
  expect(statuses).toEqual([200, 401, 200]);
});

it("brakes a key by itself, and neither another of the same user nor one that is made up of its id", async () => {
  const { first, second, others } = await withinMinute(async () => {
    const { user } = await newCaller();
    const id = newId();
    const [one, two] = [await newKeyOf(user, { id }), await newKeyOf(user)];
    const send = (authorization: string) => request("GET", "/ecg", { headers: { Authorization: authorization } });
    const first = await send(one);
    const key = createHash("sha256").update(one.slice("Bearer ".length)).digest("base64url");
    await Promise.all(Array.from({ length: 599 }, () => env.KEY_RATE.limit({ key })));
    const second = await send(one);
    const others = [await send(two), await send(`Bearer ${newKey("key", id).key}`)];
    return { first, second, others };
  });
  expect([first, second, ...others].map(({ status }) => status)).toEqual([200, 429, 200, 401]);
  expect(second.headers.get("retry-after")).toBe("60");
});

it("brakes whoever tries many wrong keys from one address", async () => {
  const key = `Bearer ecgk_${"A".repeat(70)}`;
  const { tries, elsewhere } = await withinMinute(async () => {
    const address = newAddress();
    const send = (from: string) =>
      request("GET", "/ecg", { headers: { Authorization: key, "CF-Connecting-IP": from } }).then(
        ({ status }) => status,
      );
    const tries = [];
    for (let i = 0; i < 61; i++) tries.push(await send(address));
    return { tries, elsewhere: await send(newAddress()) };
  });
  expect([tries[0], tries[59], tries[60], elsewhere]).toEqual([401, 401, 429, 401]);
});
