import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import type { JobMessage } from "../../src/store/db.ts";
import { newId } from "../../src/store/ids.ts";
import { recordMeasuring, settleJob, takeJob } from "../../src/store/jobs.ts";
import type { JobKind, JobRow } from "../../src/store/schema.ts";
import { deleteUser } from "../../src/store/users.ts";
import { type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { doJobs, listJobsOf, takeMessage, watchQueue } from "../support/jobs.ts";
import { newNoise } from "../support/signals.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { watchDatabase } from "../support/watched-database.ts";

const MINUTE_MS = 60_000;
/** 40 chunks, which are more than a group. */
const LONG = [...newNoise(640_000)];

/** Records a job as whatever causes it does. */
async function plantJob(kind: JobKind, subjectId: string, fields: Record<string, number> = {}): Promise<JobMessage> {
  const { createdAt = Date.now(), notBefore = 0, failedAt = null } = fields;
  await env.DB.prepare("insert into jobs (kind, subject_id, created_at, not_before, failed_at) values (?, ?, ?, ?, ?)")
    .bind(kind, subjectId, createdAt, notBefore, failedAt)
    .run();
  return { kind, subjectId };
}

/** An ECG that is to be measured, or hashed. */
async function newEcg(caller: Caller): Promise<string> {
  return (await storedEcg(caller, toEcgJson(syntheticEcg({ seconds: 10, samplingRate: 250 })))).id;
}

/** All that is stored, but for when the job runs. */
async function readAll(): Promise<unknown> {
  const tables = [
    "users",
    "ecgs",
    "signal_chunks",
    "insights",
    "annotations",
    "loose_objects",
    "jobs",
    "job_positions",
  ];
  const results = await env.DB.batch<object>(tables.map((name) => env.DB.prepare(`select * from ${name}`)));
  return results.map(({ results: rows }) => rows);
}

it.each<{ kind: JobKind; plant: (caller: Caller) => Promise<string> }>([
  { kind: "measure", plant: newEcg },
  {
    kind: "hash",
    plant: async (caller) => {
      const id = await newEcg(caller);
      await env.DB.prepare("update ecgs set samples_sha256 = null where id = ?").bind(id).run();
      return id;
    },
  },
  {
    kind: "archive",
    plant: async (caller) => (await storedEcg(caller, { leads: [{ name: "II", signal: LONG }] })).id,
  },
  {
    kind: "erase-ecg",
    plant: async (caller) => {
      const id = await newEcg(caller);
      await env.DB.prepare("update ecgs set complete = 0 where id = ?").bind(id).run();
      return id;
    },
  },
  {
    kind: "erase-user",
    plant: async (caller) => {
      await newEcg(caller);
      await deleteUser(store, caller.user.id);
      await env.DB.prepare("delete from jobs where subject_id = ?").bind(caller.user.id).run();
      return caller.user.id;
    },
  },
  ...["sweep-uploads", "sweep-objects", "sweep-sessions", "sweep-audit", "find-unmeasured", "complete-looks"].map(
    (name) => ({ kind: "sweep" as const, plant: async () => name }),
  ),
])("$kind runs twice without harm, one run after the other and both at once", async ({ kind, plant }) => {
  const subjectId = await plant(await newCaller());
  const runs = async (message: JobMessage, attempts: number) => {
    let count = 0;
    do await takeMessage(message, { attempts });
    while ((await listJobsOf(subjectId)).some((job) => job.kind === kind) && ++count < 10);
  };
  const message = await plantJob(kind, subjectId);
  // The second is a retry of the first, as if that had not told that it was done.
  await Promise.all([runs(message, 1), runs(message, 2)]);
  expect((await listJobsOf(subjectId)).filter((job) => job.kind === kind)).toEqual([]);
  const after = await readAll();
  await plantJob(kind, subjectId);
  await runs(message, 1);
  expect(await readAll()).toEqual(after);
});

it("does nothing for a job whose ECG is gone, or that is done", async () => {
  const message = await plantJob("measure", newId());
  expect(await takeMessage(message)).toBeUndefined();
  expect(await listJobsOf(message.subjectId)).toEqual([]);
  expect(await takeMessage(message)).toBeUndefined();
});

it("a job that is under way is left to its run, unless that has broken off", async () => {
  const id = await newEcg(await newCaller());
  const message = await plantJob("measure", id, { notBefore: Date.now() + MINUTE_MS });
  expect(await takeMessage(message)).toBeUndefined();
  await doJobs();
  expect(await listJobsOf(id)).toHaveLength(1);
  expect(await takeMessage(message, { attempts: 2 })).toBeUndefined();
  expect(await listJobsOf(id)).toEqual([]);
});

it("a job that is caused anew while it runs is not settled", async () => {
  const id = await newEcg(await newCaller());
  const message = await plantJob("measure", id, { createdAt: 1 });
  const { database } = watchDatabase(env.DB, ([sql]) => {
    if (sql.startsWith('delete from "insights"')) {
      caused = env.DB.prepare("update jobs set created_at = 2, not_before = 0 where subject_id = ?").bind(id).run();
    }
  });
  let caused: Promise<unknown> | undefined;
  await takeMessage(message, { DB: database });
  await caused;
  expect(await listJobsOf(id)).toMatchObject([{ kind: "measure", notBefore: 0 }]);
});

it("a job that is caused anew within the same millisecond is another one", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const id = await newEcg(await newCaller());
  await recordMeasuring(store, [id]);
  const job = await takeJob(store, { kind: "measure", subjectId: id }, false);
  await recordMeasuring(store, [id]);
  vi.useRealTimers();
  await settleJob(store, job as JobRow);
  expect(await listJobsOf(id)).toMatchObject([{ kind: "measure", tries: 0 }]);
});

/** A database in which nothing measured can be kept. */
function newFailing() {
  return watchDatabase(env.DB, (statements) => {
    if (statements.some((sql) => sql.startsWith('insert into "insights"'))) throw new TypeError("D1_ERROR: is away");
  }).database;
}

it("a job that fails is put off, each time for longer, and then marked as failed for good", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const DB = newFailing();
  const id = await newEcg(await newCaller());
  const message = await plantJob("measure", id);
  for (const [i, delay] of [30, 60, 120].entries()) {
    const before = Date.now();
    expect(await takeMessage(message, { attempts: i + 1, DB })).toBe(delay);
    const [job] = await listJobsOf(id);
    expect(job).toMatchObject({ tries: i + 1, failedAt: null, error: "D1_ERROR" });
    expect(job.notBefore).toBeGreaterThanOrEqual(before + 1000 * delay);
  }
  await takeMessage(message, { queue: "ecg-api-jobs-dead" });
  expect(await listJobsOf(id)).toMatchObject([{ tries: 3, failedAt: expect.any(Number), error: "D1_ERROR" }]);
  // Nobody tries it again.
  await doJobs();
  expect(await takeMessage(message, { attempts: 2 })).toBeUndefined();
  expect(await listJobsOf(id)).toMatchObject([{ tries: 3 }]);
  errors.mockRestore();
});

it("waits while the database is away, each time for longer, and loses no job", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const id = await newEcg(await newCaller());
  const message = await plantJob("measure", id);
  const { database } = watchDatabase(env.DB, () => {
    throw new Error("D1 DB is overloaded");
  });
  for (const [i, delay] of [60, 120, 240].entries()) {
    expect(await takeMessage(message, { attempts: i + 1, DB: database })).toBe(delay);
  }
  await takeMessage(message, { queue: "ecg-api-jobs-dead" });
  expect(await listJobsOf(id)).toMatchObject([{ failedAt: expect.any(Number), error: "unavailable" }]);
  await env.DB.prepare("update jobs set not_before = 0 where subject_id = ?").bind(id).run();
  await doJobs();
  expect(await listJobsOf(id)).toEqual([]);
  errors.mockRestore();
});

it.each([
  { name: "done", plant: async (id: string) => void (await takeMessage(await plantJob("measure", id))) },
  {
    name: "of an ECG that is gone",
    plant: async (id: string) => void (await env.DB.exec(`delete from ecgs where id = '${id}'`)),
  },
])("a job that is $name is not marked as failed, whatever messages of it are dead", async ({ plant }) => {
  const id = await newEcg(await newCaller());
  await plant(id);
  for (const unrecorded of [undefined, true] as const) {
    await takeMessage({ kind: "measure", subjectId: id, unrecorded }, { queue: "ecg-api-jobs-dead" });
    expect(await listJobsOf(id)).toEqual([]);
  }
});

it("a run that was killed each time is no outage, and is not tried for ever", async () => {
  const id = await newEcg(await newCaller());
  const message = await plantJob("measure", id);
  await env.DB.prepare("update jobs set tries = 6 where subject_id = ?").bind(id).run();
  await takeMessage(message, { queue: "ecg-api-jobs-dead" });
  expect(await listJobsOf(id)).toMatchObject([{ failedAt: expect.any(Number), error: null }]);
});

it("a short ECG that cannot be measured is a failed job in the end", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const id = await newEcg(await newCaller());
  const message = { kind: "measure", subjectId: id, unrecorded: true } as const;
  expect(await takeMessage(message, { DB: newFailing() })).toBe(60);
  expect(await listJobsOf(id)).toEqual([]);
  await takeMessage(message, { queue: "ecg-api-jobs-dead" });
  expect(await listJobsOf(id)).toMatchObject([{ kind: "measure", failedAt: expect.any(Number) }]);
  errors.mockRestore();
});

it("without a queue a job whose runs were all ended from outside has failed, and the trigger goes on", async () => {
  const caller = await newCaller();
  const [id, other] = [await newEcg(caller), await newEcg(caller)];
  for (const subjectId of [id, other]) await plantJob("measure", subjectId);
  await env.DB.prepare("update jobs set tries = 6 where subject_id = ?").bind(id).run();
  await doJobs();
  expect(await listJobsOf(id)).toMatchObject([{ tries: 6, failedAt: expect.any(Number) }]);
  expect(await listJobsOf(other)).toEqual([]);
});

it("without a queue what must be done at some time is tried on and on, also after it has failed", async () => {
  const { user } = await newCaller();
  await deleteUser(store, user.id);
  const age = () =>
    env.DB.prepare("update jobs set tries = 6, not_before = 0 where subject_id = ?").bind(user.id).run();
  await age();
  await doJobs();
  expect(await listJobsOf(user.id)).toMatchObject([{ failedAt: expect.any(Number) }]);
  await age();
  await doJobs();
  expect(await listJobsOf(user.id)).toEqual([]);
});

it("an ECG whose hash would take more reads than D1 answers a run has none", async () => {
  const { user } = await newCaller();
  const id = newId();
  // 901 groups of 32 chunks.
  const leads = JSON.stringify([["II", 901 * 32 * 1000, 250, null, 0, 0, 0, 1000]]);
  await env.DB.prepare("insert into ecgs (id, owner_id, recorded_at, created_at, leads) values (?, ?, 0, 0, ?)")
    .bind(id, user.id, leads)
    .run();
  const message = await plantJob("hash", id);
  const { database, statements } = watchDatabase(env.DB);
  await takeMessage(message, { DB: database });
  expect(statements.some(({ sql }) => sql.includes("signal_chunks"))).toBe(false);
  const hash = await env.DB.prepare("select samples_sha256 from ecgs where id = ?").bind(id).first("samples_sha256");
  expect([hash, await listJobsOf(id)]).toEqual(["", []]);
});

it("without a queue, too, a job is tried some times and then failed", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const id = await newEcg(await newCaller());
  await plantJob("measure", id);
  for (let tries = 1; tries <= 6; tries++) {
    await doJobs({ DB: newFailing() });
    expect(await listJobsOf(id)).toMatchObject([{ tries, failedAt: tries < 6 ? null : expect.any(Number) }]);
    await env.DB.prepare("update jobs set not_before = 0 where subject_id = ?").bind(id).run();
  }
  await doJobs();
  expect(await listJobsOf(id)).toMatchObject([{ tries: 6 }]);
  errors.mockRestore();
});

it("what must be done at some time is tried again after it has failed for good", async () => {
  const { user } = await newCaller();
  await deleteUser(store, user.id);
  await takeMessage({ kind: "erase-user", subjectId: user.id }, { queue: "ecg-api-jobs-dead" });
  await doJobs();
  expect(await listJobsOf(user.id)).toMatchObject([{ failedAt: expect.any(Number) }]);
  await env.DB.prepare("update jobs set not_before = 0 where subject_id = ?").bind(user.id).run();
  await doJobs();
  expect(await listJobsOf(user.id)).toEqual([]);
});

it("the trigger sends the sweeps, and the jobs that nobody has taken or that have broken off", async () => {
  const waiting = await plantJob("measure", newId());
  const underWay = await plantJob("measure", newId(), { notBefore: Date.now() + MINUTE_MS });
  const failed = await plantJob("measure", newId(), { failedAt: 1 });
  const erasing = await plantJob("erase-ecg", newId(), { failedAt: 1 });
  const { queue, sent } = watchQueue();
  await doJobs({ JOBS: queue });
  const sweeps = sent.filter(({ kind }) => kind === "sweep").map(({ subjectId }) => subjectId);
  expect(sweeps).toContain("sweep-uploads");
  expect(new Set(sweeps).size).toBe(sweeps.length);
  for (const [job, isSent] of [
    [waiting, true],
    [underWay, false],
    [failed, false],
    [erasing, true],
  ] as const) {
    expect(sent.some(({ subjectId }) => subjectId === job.subjectId)).toBe(isSent);
  }
  for (const { subjectId } of [waiting, underWay, failed, erasing]) {
    await env.DB.prepare("delete from jobs where subject_id = ?").bind(subjectId).run();
  }
});

it("the trigger goes over a thousand jobs a run, and on from there in the next", async () => {
  await env.DB.prepare("delete from jobs").run();
  await env.DB.prepare(
    "insert into jobs (subject_id, kind, created_at) select printf('%08d', value), 'measure', 0 from json_each(?)",
  )
    .bind(JSON.stringify(Array.from({ length: 1200 }, (_, i) => i)))
    .run();
  const runs: number[] = [];
  for (let i = 0; i < 3; i++) {
    const { queue, sent } = watchQueue();
    const { database, statements } = watchDatabase(env.DB);
    await doJobs({ JOBS: queue, DB: database });
    runs.push(sent.filter(({ kind }) => kind === "measure").length);
    expect(statements.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThan(1100);
  }
  expect(runs).toEqual([1000, 200, 1000]);
  await env.DB.batch([env.DB.prepare("delete from jobs"), env.DB.prepare("delete from job_positions")]);
});

it("a sweep that fails ends none of the others, and says so until it succeeds", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const { database, statements } = watchDatabase(env.DB, ([sql]) => {
    if (sql.startsWith('delete from "sessions"')) throw new Error("D1 is away");
  });
  await doJobs({ DB: database });
  expect(statements.some(({ sql }) => sql.startsWith('delete from "audit"'))).toBe(true);
  expect(await listJobsOf("sweep-sessions")).toMatchObject([{ tries: 1, error: "unavailable" }]);
  expect(await listJobsOf("sweep-audit")).toEqual([]);
  await takeMessage({ kind: "sweep", subjectId: "sweep-sessions" }, { queue: "ecg-api-jobs-dead" });
  await doJobs();
  expect(await listJobsOf("sweep-sessions")).toMatchObject([{ failedAt: expect.any(Number) }]);
  await env.DB.prepare("update jobs set not_before = 0").run();
  await doJobs();
  expect(await listJobsOf("sweep-sessions")).toEqual([]);
  errors.mockRestore();
});
