import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import { newSteadyDatabase } from "../../src/store/outages.ts";
import { type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { LOST, newFailingStorage } from "../support/failing-storage.ts";
import { newNoise } from "../support/signals.ts";

/** What D1 throws when it is not the statement that is wrong (https://developers.cloudflare.com/d1/observability/debug-d1/). */
const OVERLOADED = "D1_ERROR: D1 DB is overloaded. Requests queued for too long.";
const OUTAGES = [
  OVERLOADED,
  LOST,
  "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
  "D1_ERROR: D1 DB reset because its code was updated.",
  "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
  "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.",
  "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
  "D1_ERROR: Memory limit would be exceeded before EOF.",
  "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
  "D1_ERROR: Can't read from request stream because client disconnected.",
  "D1 is away",
];

let errors: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  errors = vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => errors.mockRestore());

/** The database, which fails the first so many times that it is asked for anything. */
function newFailing(times: number, message: string, isAnswered = false) {
  const { bindings, countCalls } = newFailingStorage(
    (call) => (call < times ? (isAnswered ? "after" : "before") : undefined),
    message,
  );
  return { database: bindings.DB, countAsked: countCalls };
}

const ECG = { leads: [{ name: "II", signal: [1, 2] }] };

type Call = { name: string; method: string; path: string; body?: object };
const READS: Call[] = [
  { name: "the list", method: "GET", path: "/ecg" },
  { name: "an ECG", method: "GET", path: "/ecg/{id}" },
  { name: "a window", method: "GET", path: "/ecg/{id}?start=0&end=1" },
  { name: "annotations", method: "GET", path: "/ecg/{id}/annotations" },
  { name: "the account", method: "GET", path: "/users/me" },
];
const WRITES: Call[] = [
  { name: "an upload", method: "POST", path: "/ecg", body: ECG },
  {
    name: "an append",
    method: "POST",
    path: "/ecg/{id}/samples",
    body: { leads: [{ name: "II", start_sample: 2, signal: [3] }] },
  },
  { name: "a change", method: "PATCH", path: "/ecg/{id}", body: { note: "new" } },
  { name: "the end", method: "POST", path: "/ecg/{id}/close" },
  { name: "an erasure", method: "DELETE", path: "/ecg/{id}" },
  { name: "a log-in", method: "POST", path: "/auth/token" },
];

function call(caller: Caller, id: string, { method, path, body }: Call, database: D1Database) {
  const form =
    path === "/auth/token" ? new URLSearchParams({ grant_type: "password", username: "x", password: "y" }) : undefined;
  const headers = { Authorization: caller.authorization, ...(body && { "Content-Type": "application/json" }) };
  const init = { method, headers, body: form ?? (body && JSON.stringify(body)) };
  return app.request(path.replace("{id}", id), init, { ...env, DB: database });
}

async function newOpenEcg() {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, { open: true, sampling_rate: 500, ...ECG });
  return { caller, id };
}

it.each([...READS, ...WRITES])("answers 503 to $name while the database is away", async (asked) => {
  const { caller, id } = await newOpenEcg();
  for (const message of asked === READS[0] || asked === WRITES[0] ? OUTAGES : [OVERLOADED, LOST]) {
    const answer = await call(caller, id, asked, newFailing(Number.POSITIVE_INFINITY, message).database);
    expect([message, answer.status, answer.headers.get("retry-after")]).toEqual([message, 503, "5"]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  }
  expect((await caller.get(`/ecg/${id}`)).status).toBe(200);
});

it.each(READS)("tries $name once more", async (asked) => {
  const { caller, id } = await newOpenEcg();
  for (const message of [OVERLOADED, LOST]) {
    const { database, countAsked } = newFailing(1, message);
    expect((await call(caller, id, asked, database)).status).toBe(200);
    expect(countAsked()).toBeGreaterThanOrEqual(2);
  }
  expect((await call(caller, id, asked, newFailing(2, LOST).database)).status).toBe(503);
});

it("tries an upload once more that the database has not begun with, and no other", async () => {
  const { caller, id } = await newOpenEcg();
  const count = async () => (await (await caller.get("/ecg")).json<{ items: unknown[] }>()).items.length;
  expect((await call(caller, id, WRITES[0], newFailing(1, OVERLOADED).database)).status).toBe(201);
  expect(await count()).toBe(2);
  for (const isAnswered of [false, true]) {
    const before = await count();
    // The second time the database is asked is to look the user up for the refusal.
    const { database, countAsked } = newFailing(1, LOST, isAnswered);
    expect((await call(caller, id, WRITES[0], database)).status).toBe(503);
    expect(countAsked()).toBe(2);
    expect((await count()) - before).toBe(isAnswered ? 1 : 0);
  }
});

it("makes no second entry in the trail of a read whose answer was lost", async () => {
  const { caller, id } = await newOpenEcg();
  const entries = () =>
    env.DB.prepare("select count(*) as n from audit where account_id = ?").bind(caller.user.id).first<number>("n");
  const before = (await entries()) ?? 0;
  // With a filter the caller is looked up in a trip of its own, which reads nothing else.
  const filtered = { ...READS[0], path: "/ecg?subject=P-1" };
  expect((await call(caller, id, filtered, newFailing(2, LOST, true).database)).status).toBe(503);
  expect(await entries()).toBe(before);
  for (const [i, read] of READS.slice(0, 2).entries()) {
    expect((await call(caller, id, read, newFailing(1, LOST, true).database)).status).toBe(503);
    expect(await entries()).toBe(before + 1 + i);
  }
});

it.each(["D1_ERROR: no such table: ecgs: SQLITE_ERROR", "D1_TYPE_ERROR: Type 'undefined' not supported"])(
  "answers 500 to what is wrong with a statement: %s",
  async (message) => {
    const { caller, id } = await newOpenEcg();
    const { database, countAsked } = newFailing(Number.POSITIVE_INFINITY, message);
    expect((await call(caller, id, READS[0], database)).status).toBe(500);
    expect(countAsked()).toBe(1);
  },
);

it.runIf(store.archive)("reads once more from the archive, and answers 503 when that is away", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, {
    sampling_rate: 250,
    leads: [{ name: "II", signal: [...newNoise(1_000_000)] }],
  });
  for (const { times, status } of [
    { times: 1, status: 200 },
    { times: 2, status: 503 },
  ]) {
    let left = times;
    const archive = new Proxy(store.archive as R2Bucket, {
      get: (target, key) =>
        key === "get" && left-- > 0
          ? () => Promise.reject(new Error("get: We encountered an internal error. Please try again. (10001)"))
          : Reflect.get(target, key).bind(target),
    });
    const headers = { Authorization: caller.authorization };
    const answer = await app.request(`/ecg/${id}?start=0&end=1`, { headers }, { ...env, ARCHIVE: archive });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, status === 503 ? "5" : null]);
  }
});

it("refuses a batch with a statement that another made, rather than leave it out", () => {
  const [one, other] = [newSteadyDatabase(env.DB), newSteadyDatabase(env.DB)];
  expect(() => one.batch([one.prepare("select 1"), other.prepare("select 2")])).toThrow(TypeError);
});
