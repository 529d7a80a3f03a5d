import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { MAX_CHUNKS } from "../../src/ecg/limits.ts";
import { archiveAged } from "../../src/jobs/archive-aged.ts";
import { moveToArchive } from "../../src/store/archive.ts";
import { openStore, type Store } from "../../src/store/db.ts";
import { deleteEcg, findEcg } from "../../src/store/ecgs.ts";
import { eraseEcgStep } from "../../src/store/erasure.ts";
import { newId } from "../../src/store/ids.ts";
import { insertEcg, newClaim } from "../../src/store/incoming-ecgs.ts";
import { readSpans } from "../../src/store/signal-reader.ts";
import { deleteUser } from "../../src/store/users.ts";
import { accessOf, type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { doJobs, listJobsOf, takeMessage } from "../support/jobs.ts";
import { newNoise, newSignal } from "../support/signals.ts";
import { watchDatabase } from "../support/watched-database.ts";

const bucket = store.archive as R2Bucket;
const DAY_MS = 24 * 3600 * 1000;

afterEach(() => void vi.useRealTimers());

/** Has the sweep go over everything at a later time. */
async function sweepAfter(
  days: number,
  archive = store.archive,
  ARCHIVE_AFTER_DAYS = "30",
): Promise<{ rowsWritten: number }> {
  const { database, statements } = watchDatabase(env.DB);
  const watched = openStore({ ...env, JOBS: undefined, ARCHIVE: archive, DB: database, ARCHIVE_AFTER_DAYS });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + days * DAY_MS });
  while (await archiveAged(watched));
  vi.useRealTimers();
  return { rowsWritten: statements.reduce((sum, statement) => sum + statement.rowsWritten, 0) };
}

/** The samples' bytes that the database has of an ECG, and all that it has of it. */
async function measureEcg(id: string) {
  const samples = await env.DB.prepare(
    "select count(data) as kept, count(object) as moved from signal_chunks where ecg_id = ? and chunk_index >= 0",
  )
    .bind(id)
    .first<{ kept: number; moved: number }>();
  const row = (columns: string, table: string, key: string) =>
    env.DB.prepare(`select coalesce(sum(${columns}), 0) as bytes from ${table} where ${key} = ?`).bind(id);
  const sizes = await env.DB.batch<{ bytes: number }>([
    row("octet_length(leads) + 200", "ecgs", "id"),
    row("coalesce(octet_length(data), 0) + coalesce(octet_length(object), 0) + 60", "signal_chunks", "ecg_id"),
    row("octet_length(data) + 60", "insights", "ecg_id"),
  ]);
  return { ...samples, bytes: sizes.reduce((sum, { results }) => sum + results[0].bytes, 0) };
}

async function storeTwelve(caller: Caller): Promise<{ id: string; signals: number[][] }> {
  const names = ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"];
  const signals = names.map((_, i) => [...newSignal(5000, i + 1)]);
  const leads = names.map((name, i) => ({ name, gain: 1000, signal: signals[i] }));
  return { id: (await storedEcg(caller, { sampling_rate: 500, leads })).id, signals };
}

async function readSignals(caller: Caller, id: string): Promise<number[][]> {
  const { leads } = await (await caller.get(`/ecg/${id}`)).json<{ leads: { signal: number[] }[] }>();
  return leads.map(({ signal }) => signal);
}

it("moves short ECGs when they are old and not before, and leaves less than 1 kB of each in the database", async () => {
  const caller = await newCaller();
  const { id, signals } = await storeTwelve(caller);
  const measured = await (await caller.get(`/ecg/${id}/insights`)).json();
  const summary = await (await caller.get(`/ecg/${id}?signals=none`)).json();
  await sweepAfter(29);
  expect(await measureEcg(id)).toMatchObject({ kept: 1, moved: 0 });
  const { rowsWritten } = await sweepAfter(31);
  // Its chunk, its own row, its insights, the position, and the object while it was on its way.
  expect(rowsWritten).toBe(6);
  const { bytes, ...where } = await measureEcg(id);
  expect(where).toEqual({ kept: 0, moved: 1 });
  expect(bytes).toBeLessThan(1000);
  expect(await (await caller.get(`/ecg/${id}?signals=none`)).json()).toEqual(summary);
  expect(await readSignals(caller, id)).toEqual(signals);
  expect(await (await caller.get(`/ecg/${id}/insights`)).json()).toEqual(measured);
  expect((await caller.delete(`/ecg/${id}`)).status).toBe(204);
  expect((await bucket.list({ prefix: id })).objects).toEqual([]);
});

it("passes over no ECG that is not old yet, where the days are no whole number of milliseconds", async () => {
  const { id } = await storeTwelve(await newCaller());
  // Two hours, as somebody would write them.
  await sweepAfter(0.05, store.archive, "0.083333");
  expect(await measureEcg(id)).toMatchObject({ kept: 1, moved: 0 });
  await sweepAfter(0.1, store.archive, "0.083333");
  expect(await measureEcg(id)).toMatchObject({ kept: 0, moved: 1 });
});

it("a run of the trigger without a queue asks less than D1 answers, whatever there is to be moved, and does other jobs, too", async () => {
  const caller = await newCaller();
  const ids: string[] = [];
  for (let i = 0; i < 120; i++) ids.push((await storedEcg(caller)).id);
  await env.DB.prepare("insert into jobs (kind, subject_id, created_at) values ('measure', ?, 0)").bind(ids[0]).run();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31 * DAY_MS });
  const { database, statements } = watchDatabase(env.DB);
  await doJobs({ DB: database });
  expect(statements.length).toBeLessThan(1000);
  expect(await listJobsOf(ids[0])).toEqual([]);
  for (let i = 0; i < 20; i++) await doJobs();
  vi.useRealTimers();
  expect(await measureEcg(ids[119])).toMatchObject({ kept: 0, moved: 1 });
});

it("moves as many ECGs a step as there are queries for, where each has many chunks that came before there was an archive", async () => {
  const { user } = await newCaller();
  const ids = Array.from({ length: 10 }, (_, i) => newId(Date.now() - 60 * DAY_MS + i));
  const leads = JSON.stringify([["II", 8 * 1000, 250, null, 0, 0, 0, 1000]]);
  const plant = env.DB.prepare(
    "insert into ecgs (id, owner_id, recorded_at, created_at, leads) values (?, ?, 0, 0, ?)",
  );
  // Two come to an object.
  const chunks = env.DB.prepare(
    "insert into signal_chunks (ecg_id, chunk_index, data) select ?, value, ? from json_each('[0,1,2,3,4,5,6,7]')",
  );
  const data = "A".repeat(700_000);
  for (const id of ids) await env.DB.batch([plant.bind(id, user.id, leads), chunks.bind(id, data)]);
  await env.DB.prepare("delete from job_positions").run();
  const counts: number[] = [];
  for (let isLeft = true; isLeft; ) {
    const { database, statements } = watchDatabase(env.DB);
    isLeft = await archiveAged(openStore({ ...env, JOBS: undefined, ARCHIVE: bucket, DB: database }));
    counts.push(statements.length);
  }
  expect(Math.max(...counts)).toBeLessThan(200);
  for (const id of ids) expect(await measureEcg(id)).toMatchObject({ kept: 0, moved: 8 });
  await deleteUser(store, user.id);
  await doJobs();
});

it("has a job move what it could not, which tries again until it can", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const caller = await newCaller();
  const { id, signals } = await storeTwelve(caller);
  const put = () => Promise.reject(new Error("R2 is away"));
  const failing = { put } as unknown as R2Bucket;
  await sweepAfter(31, failing);
  expect(await measureEcg(id)).toMatchObject({ kept: 1, moved: 0 });
  expect(await listJobsOf(id)).toMatchObject([{ kind: "archive" }]);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 32 * DAY_MS });
  expect(await takeMessage({ kind: "archive", subjectId: id }, { ARCHIVE: failing })).toBeGreaterThan(0);
  vi.setSystemTime(Date.now() + DAY_MS);
  expect(await takeMessage({ kind: "archive", subjectId: id })).toBeUndefined();
  vi.useRealTimers();
  expect(await listJobsOf(id)).toEqual([]);
  expect(await measureEcg(id)).toMatchObject({ kept: 0, moved: 1 });
  expect(await readSignals(caller, id)).toEqual(signals);
  errors.mockRestore();
});

it("leaves an open ECG, whose samples are moved when it is closed", async () => {
  const caller = await newCaller();
  const signal = [...newSignal(1000)];
  const { id } = await storedEcg(caller, { open: true, sampling_rate: 250, leads: [{ name: "II", signal }] });
  await sweepAfter(31);
  expect(await measureEcg(id)).toMatchObject({ kept: 1, moved: 0 });
  await env.DB.prepare("update ecgs set created_at = created_at - ? where id = ?")
    .bind(31 * DAY_MS, id)
    .run();
  expect((await caller.post(`/ecg/${id}/close`, undefined)).status).toBe(200);
  expect(await measureEcg(id)).toMatchObject({ kept: 0, moved: 1 });
  expect(await readSignals(caller, id)).toEqual([signal]);
});

it("an ECG of as many chunks as there may be is stored, moved, read and erased with fewer queries than D1 answers a run", async () => {
  const { user } = await newCaller();
  const chunkSamples = 160;
  const lead = {
    name: "II",
    sampleCount: MAX_CHUNKS * chunkSamples,
    samplingRate: 250,
    gain: null,
    baseline: 0,
    zeroCrossings: 0,
    lastSign: 0,
    chunkSamples,
  };
  const samples = newNoise(lead.sampleCount);
  const about = { subject: null, device: null, note: null, open: false, dateSource: "recorded" as const };
  const ecg = { ...about, id: newId(), recordedAt: 0, createdAt: Date.now(), leads: [{ ...lead, sampleCount: 0 }] };
  async function* stretches() {
    for (let at = 0; at < samples.length; at += 2 ** 20) {
      const part = samples.subarray(at, at + 2 ** 20);
      yield { samples: [part], leads: [{ ...lead, sampleCount: at + part.length }], annotations: [] };
    }
  }
  const counts: Record<string, number> = {};
  const count = async <T>(what: string, run: (watched: Store) => Promise<T>): Promise<T> => {
    const { database, statements } = watchDatabase(env.DB);
    const result = await run(openStore({ ...env, JOBS: undefined, ARCHIVE: bucket, DB: database }));
    counts[what] = Math.max(counts[what] ?? 0, statements.length);
    return result;
  };
  await count("store", (watched) => insertEcg(watched, newClaim(accessOf(user)), ecg, stretches()));
  const read = async () => {
    const row = await findEcg(store, ecg.id);
    if (!row) throw new Error("the ECG is gone");
    return row;
  };
  for (let isLeft = true; isLeft; ) {
    isLeft = await count("move", async (watched) => moveToArchive(watched, await read()));
  }
  expect((await read()).archivedChunks).toBeGreaterThan(MAX_CHUNKS / 2);
  const all = { lead: 0, from: 0, to: lead.sampleCount };
  const [found] = await count("read", async (watched) => readSpans(watched, await read(), [all]));
  expect(found).toEqual(samples);
  const window = { lead: 0, from: samples.length - 2500, to: samples.length };
  await count("window", async (watched) => readSpans(watched, await read(), [window]));
  await count("erase", (watched) => deleteEcg(watched, user.id, ecg.id));
  while (await count("erase a step", (watched) => eraseEcgStep(watched, ecg.id)));
  expect((await bucket.list({ prefix: ecg.id })).objects).toEqual([]);
  for (const [what, statements] of Object.entries(counts)) expect([what, statements < 1000]).toEqual([what, true]);
  expect([counts.window, counts.erase]).toEqual([1, expect.any(Number)]);
}, 300_000);
