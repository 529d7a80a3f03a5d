import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { app } from "../../src/http/app.ts";
import { runJob } from "../../src/jobs/run-job.ts";
import { sweepObjects } from "../../src/store/archive.ts";
import { findEcg } from "../../src/store/ecgs.ts";
import { sweepUploads } from "../../src/store/erasure.ts";
import type { Job } from "../../src/store/schema.ts";
import { readSpans } from "../../src/store/signal-reader.ts";
import { type Caller, newCaller, store } from "../support/api.ts";
import { type Fails, newFailingStorage } from "../support/failing-storage.ts";
import { runs } from "../support/runs.ts";
import { newNoise, newSignal } from "../support/signals.ts";

/**
 * What is promised when the storage fails between any two steps, and what no test of one failure holds: whatever call fails, before it does
 * anything or after, once or from then on, an ECG is there as a whole or not at all, what was acknowledged is there, an
 * answer says what happened, sending again does it once, and the sweeps leave nothing behind.
 */
type Operation = {
  name: string;
  /** The ECG that there is before, if one, in JSON. */
  before?: string;
  method: string;
  path: string;
  body?: string;
  type?: string;
  /** The status when all is well; the same again, or what is said when it was done already. */
  status: number;
  again?: number[];
  /** Whether the archive has a part in it, where there is one: an ECG of one chunk comes there when it is old, by a sweep. */
  isLong?: true;
};

const SIGNAL = [...newSignal(4000)];
const LEADS = [{ name: "II", gain: 1000, signal: SIGNAL }];
const SHORT = JSON.stringify({ sampling_rate: 250, leads: LEADS });
const OPEN = JSON.stringify({ sampling_rate: 250, leads: LEADS, open: true });
/** More samples than a group of chunks has: twice as many are stored in three batches. */
const MANY = 135_000;
/** With an archive twice as many come to a megabyte, since their bits do not get smaller; without one their bits do not matter. */
const SAMPLES = store.archive
  ? Array.from(newNoise(MANY), (sample, i) => Math.imul(sample, 0x10001 + i) || 1)
  : [...newSignal(MANY)];
const newLong = (about: object) =>
  JSON.stringify({ sampling_rate: 1, ...about, leads: [{ name: "II", signal: [...SAMPLES, ...SAMPLES] }] });
const LONG = newLong({});
const OPEN_LONG = newLong({ open: true });
const LINES = [
  { sampling_rate: 1, leads: [{ name: "II", signal: SAMPLES }] },
  { leads: [{ name: "II", start_sample: MANY, signal: SAMPLES }] },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join("");

const next = (start: number, signal: number[]) =>
  JSON.stringify({ leads: [{ name: "II", start_sample: start, signal }] });

const OPERATIONS: Operation[] = [
  { name: "create", method: "POST", path: "/ecg", body: SHORT, status: 201 },
  {
    name: "create a long one",
    method: "POST",
    path: "/ecg",
    body: LINES,
    type: "application/jsonl",
    status: 201,
    isLong: true,
  },
  {
    name: "append",
    before: OPEN,
    method: "POST",
    path: "/ecg/{id}/samples",
    body: next(4000, [1, 2, 3]),
    status: 200,
    again: [409],
  },
  {
    name: "append much",
    before: OPEN,
    method: "POST",
    path: "/ecg/{id}/samples",
    body: next(4000, SAMPLES),
    status: 200,
    again: [409],
    isLong: true,
  },
  { name: "close", before: OPEN, method: "POST", path: "/ecg/{id}/close", status: 200 },
  {
    name: "close a long one",
    before: OPEN_LONG,
    method: "POST",
    path: "/ecg/{id}/close",
    status: 200,
    isLong: true,
  },
  {
    name: "patch",
    before: SHORT,
    method: "PATCH",
    path: "/ecg/{id}",
    body: JSON.stringify({ note: "new" }),
    status: 200,
  },
  { name: "delete", before: SHORT, method: "DELETE", path: "/ecg/{id}", status: 204, again: [404] },
  {
    name: "delete a long one",
    before: LONG,
    method: "DELETE",
    path: "/ecg/{id}",
    status: 204,
    again: [404],
    isLong: true,
  },
  { name: "insights", before: SHORT, method: "GET", path: "/ecg/{id}/insights", status: 200 },
  {
    name: "annotations",
    before: SHORT,
    method: "PUT",
    path: "/ecg/{id}/annotations/mine",
    body: JSON.stringify({ items: [{ time: 1, code: "N" }] }),
    status: 200,
  },
  { name: "export", before: SHORT, method: "GET", path: "/ecg/{id}?format=wfdb", status: 200 },
];

/** Calls of an operation that are made to fail, one after the other, at the most: of a long one every so many. */
const MOST_CALLS = 5;

/** The ways to fail, of the call `at`. */
const WAYS: [string, (at: number) => Fails][] = [
  ["before it", (at) => (call) => (call === at ? "before" : undefined)],
  ["after it and all that follow", (at) => (call) => (call >= at ? "after" : undefined)],
  ["after it", (at) => (call) => (call === at ? "after" : undefined)],
  ["before it and all that follow", (at) => (call) => (call >= at ? "before" : undefined)],
];

beforeEach(() => {
  for (const level of ["log", "error"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

// What the archive has no part in is the same with one and without: it is tried without.
it.each(OPERATIONS.filter(({ isLong }) => isLong || !store.archive))(
  "$name: whatever call fails, nothing is half there, lost, done twice or left behind",
  async (operation) => {
    // Tests share their database: what others have left there is none of this one's.
    await sweep();
    const others = await countOrphans();
    const well = await run(operation, () => undefined);
    expect(well.answer.status).toBe(operation.status);
    expect(well.calls).toBeGreaterThanOrEqual(2);
    const done = await readAll(well.caller);
    for (const [way, newFails] of WAYS.slice(0, runs(10))) {
      for (let at = 0; at < well.calls; at += Math.ceil(well.calls / MOST_CALLS)) {
        const where = `${way}, call ${at} of ${well.calls}`;
        const { caller, answer, before, send } = await run(operation, newFails(at));
        const after = await readAll(caller);
        const text = await answer.text().catch(() => undefined);
        // What has failed says so, and that it may be sent again; what is acknowledged is done.
        expect([operation.status, 503], `${where}: ${text}`).toContain(answer.status);
        if (answer.status === 503) expect(answer.headers.get("retry-after"), where).toBe("5");
        else expect(after, where).toEqual(done);
        if (!isSame(after, before)) expect(after, where).toEqual(done);

        let again = await send();
        if (again.status === 409 && operation.status === 201) {
          // What has begun to store it is gone, and keeps others out for a while.
          expect(again.headers.get("retry-after"), where).toBe("5");
          await env.DB.prepare("update ecgs set created_at = created_at - 1800000 where not complete").run();
          again = await send();
        }
        expect([operation.status, ...(operation.again ?? [])], where).toContain(again.status);
        await again.arrayBuffer();
        expect(await readAll(caller), where).toEqual(done);
        await sweep();
        expect(await countOrphans(), where).toEqual(others);
        expect(await readAll(caller), where).toEqual(done);
      }
    }
  },
  300_000,
);

/** Does an operation of a new user's, with a storage that fails. */
async function run({ before: ecg, method, path, body, type = "application/json" }: Operation, fails: Fails) {
  const caller = await newCaller();
  const id = ecg ? (await (await caller.post("/ecg", ecg)).json<{ id: string }>()).id : "";
  const before = await readAll(caller);
  const { bindings, countCalls } = newFailingStorage(fails);
  const headers = { Authorization: caller.authorization, "Content-Type": type, "Idempotency-Key": '"once"' };
  const send = async (to: typeof bindings) => app.request(path.replace("{id}", id), { method, headers, body }, to);
  const answer = await send(bindings);
  const calls = countCalls();
  return { caller, answer, calls, before, send: () => send(env as typeof bindings) };
}

/** All that a user has, without what differs from one to the next, as ids do, and what is left to jobs: hashes and what is measured. */
async function readAll(caller: Caller): Promise<object[]> {
  const { items } = await (await caller.get("/ecg")).json<{ items: { id: string }[] }>();
  return Promise.all(
    items.map(async ({ id }) => {
      const ecg = await (await caller.get(`/ecg/${id}?signals=none`)).json<Record<string, unknown>>();
      const annotations = await (await caller.get(`/ecg/${id}/annotations`)).json();
      const { id: _, created_at, date, heart_rate, qtc, findings, samples_sha256, ...rest } = ecg;
      return { ...rest, annotations, signals: await readSignals(id) };
    }),
  );
}

/** The length and the hash of each lead's samples. */
async function readSignals(id: string): Promise<[number, number][]> {
  const row = await findEcg(store, id);
  if (!row) throw new Error("an ECG that is listed is gone");
  const spans = row.leads.map(({ sampleCount }, lead) => ({ lead, from: 0, to: sampleCount }));
  return (await readSpans(store, row, spans)).map((samples) => [samples.length, hash(samples)]);
}

function isSame(one: object[], other: object[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function hash(signal: Int32Array): number {
  return signal.reduce((sum, sample) => (Math.imul(sum, 31) + sample) | 0, 7);
}

/** What is left to jobs, and what the sweeps will take when all that is left behind is old enough. */
async function sweep(): Promise<void> {
  const later = Date.now() + 24 * 3600 * 1000;
  while (await sweepUploads(store, later));
  const query = "select kind, subject_id as subjectId from jobs where kind in ('archive', 'erase-ecg')";
  const { results } = await env.DB.prepare(query).all<Job>();
  for (const job of results) while ((await runJob(store, env, job, false)).as === "more");
  await sweepObjects(store, later);
}

async function countOrphans() {
  const count = async (query: string) => (await env.DB.prepare(query).first<number>("n")) ?? 0;
  const referred = await env.DB.prepare("select distinct object from signal_chunks where object is not null").all<{
    object: string;
  }>();
  const known = new Set(referred.results.map(({ object }) => object));
  const objects = (await store.archive?.list())?.objects ?? [];
  return {
    incomplete: await count("select count(*) as n from ecgs where not complete"),
    chunks: await count("select count(*) as n from signal_chunks where ecg_id not in (select id from ecgs)"),
    loose: await count("select count(*) as n from loose_objects"),
    objects: objects.filter(({ key }) => !known.has(key)).length,
  };
}
