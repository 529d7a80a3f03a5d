import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { cutChunks } from "../../src/store/chunk-plan.ts";
import { openStore } from "../../src/store/db.ts";
import type { NewEcg } from "../../src/store/ecg-writer.ts";
import { findEcg } from "../../src/store/ecgs.ts";
import { sweepUploads } from "../../src/store/erasure.ts";
import { newId } from "../../src/store/ids.ts";
import { findSentEcg, insertEcg, newClaim } from "../../src/store/incoming-ecgs.ts";
import { deleteUser, updateUser } from "../../src/store/users.ts";
import { accessOf, type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { doJobs } from "../support/jobs.ts";
import { newSignal } from "../support/signals.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";
import { watchDatabase } from "../support/watched-database.ts";

it("writes at most four rows, as D1 bills them, for a 12-lead ECG of 10 s", async () => {
  const { leads } = syntheticEcg();
  const { caller, ecg, samples } = await newEcg(leads.map((lead) => lead.samples));
  const results: D1Result[] = [];
  const batch = async <T>(statements: D1PreparedStatement[]) => {
    const answers = await env.DB.batch<T>(statements);
    results.push(...answers);
    return answers;
  };
  await insertEcg(openStore({ DB: withBatch(batch) }), newClaim(accessOf(caller.user)), ecg, [stretchOf(ecg, samples)]);
  const written = results.reduce((sum, { meta }) => sum + meta.rows_written, 0);
  expect(written).toBeGreaterThanOrEqual(2);
  expect(written).toBeLessThanOrEqual(4);
});

it.each([{ batches: 1 }, { batches: 2 }])(
  "shows nothing of an upload that breaks off after $batches batches",
  async ({ batches }) => {
    // 66 chunks, which are three groups.
    const { caller, ecg, samples } = await newEcg([newSignal(2_100_000), newSignal(2_100_000)]);
    let count = 0;
    const batch = async <T>(statements: D1PreparedStatement[]) => {
      if (count++ >= batches) throw new Error("the connection is lost");
      return env.DB.batch<T>(statements);
    };
    await expect(
      insertEcg(openStore({ DB: withBatch(batch) }), newClaim(accessOf(caller.user)), ecg, [stretchOf(ecg, samples)]),
    ).rejects.toMatchObject({ code: "unavailable", cause: { message: "the connection is lost" } });
    expect(await countRows(ecg.id)).toBeGreaterThan(1);
    expect((await caller.get(`/ecg/${ecg.id}`)).status).toBe(404);
    expect(await (await caller.get("/ecg")).json()).toEqual({ items: [], next_cursor: null });
  },
);

it("sweeps up what such an upload has left, after some hours and not before", async () => {
  const { caller, ecg, samples } = await newEcg([newSignal(2_100_000), newSignal(2_100_000)]);
  let count = 0;
  const batch = async <T>(statements: D1PreparedStatement[]) => {
    if (count++ >= 1) throw new Error("the connection is lost");
    return env.DB.batch<T>(statements);
  };
  await expect(
    insertEcg(openStore({ DB: withBatch(batch) }), newClaim(accessOf(caller.user)), ecg, [stretchOf(ecg, samples)]),
  ).rejects.toThrow();
  const { id } = await storedEcg(caller);
  expect(await sweepUploads(store, ecg.createdAt + 3600_000)).toBe(false);
  expect(await countRows(ecg.id)).toBeGreaterThan(1);
  while (await sweepUploads(store, ecg.createdAt + 7 * 3600_000)) {}
  expect(await countRows(ecg.id)).toBe(0);
  expect((await caller.get(`/ecg/${id}`)).status).toBe(200);
});

it("sweeps whenever the Worker's trigger runs", async () => {
  const { caller, ecg, samples } = await newEcg([newSignal(100)]);
  await insertEcg(store, newClaim(accessOf(caller.user)), ecg, [stretchOf(ecg, samples)]);
  await env.DB.prepare("update ecgs set complete = 0, created_at = 0 where id = ?").bind(ecg.id).run();
  await doJobs();
  expect(await countRows(ecg.id)).toBe(0);
});

it("sweeps uploads though another sweep of the same run fails", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const { caller, ecg, samples } = await newEcg([newSignal(100)]);
  await insertEcg(store, newClaim(accessOf(caller.user)), ecg, [stretchOf(ecg, samples)]);
  await env.DB.prepare("update ecgs set complete = 0, created_at = 0 where id = ?").bind(ecg.id).run();
  const failing = watchDatabase(env.DB, ([sql]) => {
    if (sql.startsWith('delete from "sessions"')) throw new Error("D1 is away");
  });
  await doJobs({ DB: failing.database });
  expect(await countRows(ecg.id)).toBe(0);
  expect(errors.mock.calls.join()).toMatch(/sweep-sessions.*D1 is away/);
  errors.mockRestore();
});

/** The samples of a group of chunks of a thousand samples. */
const GROUP_SAMPLES = 32_000;

const ENDS = [
  { name: "disabled", end: (id: string) => updateUser(store, id, { disabled: true }) },
  { name: "made an admin", end: (id: string) => updateUser(store, id, { role: "admin" }) },
  { name: "erased", end: (id: string) => deleteUser(store, id) },
];

it.each(ENDS)("stores nothing for an owner who was $name before the first samples came", async ({ end }) => {
  const { caller, ecg, samples } = await newEcg([newSignal(100)]);
  await newCaller("admin");
  await end(caller.user.id);
  await expect(insertEcg(store, newClaim(accessOf(caller.user)), ecg, [stretchOf(ecg, samples)])).rejects.toMatchObject(
    {
      code: "unauthorized",
    },
  );
  await expect(insertEcg(store, newClaim(accessOf(caller.user)), ecg, [])).rejects.toMatchObject({
    code: "unauthorized",
  });
  expect(await countRows(ecg.id)).toBe(0);
});

it.each(ENDS)("shows nothing of an owner who was $name when some samples were stored", async ({ end }) => {
  const signal = newSignal(4 * GROUP_SAMPLES);
  const { caller, ecg } = await newEcg([signal]);
  const [lead] = ecg.leads.map((one) => ({ ...one, chunkSamples: GROUP_SAMPLES / 32 }));
  await newCaller("admin");
  let stored = 0;
  async function* stretches() {
    for (let from = 0; from < signal.length; from += GROUP_SAMPLES) {
      if (from === 3 * GROUP_SAMPLES) {
        stored = await countRows(ecg.id);
        await end(caller.user.id);
      }
      const samples = [signal.subarray(from, from + GROUP_SAMPLES)];
      yield { samples, leads: [{ ...lead, sampleCount: from + GROUP_SAMPLES }], annotations: [] };
    }
  }
  const upload = insertEcg(store, newClaim(accessOf(caller.user)), { ...ecg, leads: [lead] }, stretches());
  await expect(upload).rejects.toMatchObject({ code: "unauthorized" });
  expect(stored).toBeGreaterThan(32);
  expect(await findEcg(store, ecg.id)).toBeUndefined();
});

const HOUR_MS = 3600 * 1000;
const claimOf = (caller: Caller) => newClaim(accessOf(caller.user));

it.each([
  {
    name: "another with its key",
    ageMs: HOUR_MS / 3,
    erase: (caller: Caller) => findSentEcg(store, claimOf(caller), "key"),
  },
  { name: "the sweep", ageMs: 7 * HOUR_MS, erase: () => sweepUploads(store) },
  {
    name: "the sweep, which finds it in its last moment",
    ageMs: 7 * HOUR_MS,
    erase: async (_: Caller, end: () => Promise<unknown>) => {
      const batch: D1Database["batch"] = async (statements) => {
        await end();
        return env.DB.batch(statements);
      };
      await sweepUploads(openStore({ DB: withBatch(batch) }));
    },
  },
])("an upload that is under way while its rows are erased for $name is not seen", async ({ ageMs, erase }) => {
  // 224 chunks, of which a step erases a hundred, and then as many again as are written together.
  const signal = newSignal(8 * GROUP_SAMPLES);
  const { caller, ecg } = await newEcg([signal]);
  const [lead] = ecg.leads.map((one) => ({ ...one, chunkSamples: 1000 }));
  let goOn = () => {};
  const isHeld = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let isWaiting = false;
  async function* stretches() {
    for (let from = 0; from < signal.length; from += GROUP_SAMPLES) {
      isWaiting = from === 7 * GROUP_SAMPLES;
      if (isWaiting) await isHeld;
      const end = from + GROUP_SAMPLES;
      yield { samples: [signal.subarray(from, end)], leads: [{ ...lead, sampleCount: end }], annotations: [] };
    }
  }
  const old = { ...ecg, leads: [lead], createdAt: Date.now() - ageMs };
  const sending = { key: "key", finish: async () => ({ body: "", notes: [] }) };
  const upload = insertEcg(store, claimOf(caller), old, stretches(), sending).catch((error) => error);
  await vi.waitFor(() => expect(isWaiting).toBe(true));
  const end = () => {
    goOn();
    return upload;
  };
  await erase(caller, end);
  expect(await end()).toMatchObject({ code: "unauthorized" });
  expect((await caller.get(`/ecg/${ecg.id}`)).status).toBe(404);
  await doJobs();
  while (await sweepUploads(store)) {}
  expect(await countRows(ecg.id)).toBe(0);
});

async function newEcg(samples: Int32Array[]) {
  const caller = await newCaller();
  const about = {
    subject: "P-0042",
    device: null,
    note: null,
    open: false,
    recordedAt: 0,
    dateSource: "recorded" as const,
    createdAt: Date.now(),
  };
  const leads = samples.map((signal, i) => {
    const lead = { name: `lead ${i}`, samplingRate: 500, sampleCount: signal.length, gain: null, baseline: 0 };
    return { ...lead, zeroCrossings: 0, lastSign: 0 };
  });
  const chunkSamples = cutChunks(leads);
  const cut = leads.map((lead, i) => ({ ...lead, chunkSamples: chunkSamples[i] }));
  const ecg: NewEcg = { ...about, id: newId(), leads: cut };
  return { caller, ecg, samples };
}

function stretchOf({ leads }: NewEcg, samples: Int32Array[]) {
  return { samples, leads, annotations: [] };
}

/** The rows of an ECG in all tables. */
async function countRows(id: string): Promise<number> {
  const query =
    "select (select count(*) from ecgs where id = ?1) + (select count(*) from signal_chunks where ecg_id = ?1) as n";
  return (await env.DB.prepare(query).bind(id).first<number>("n")) ?? 0;
}

/** The database with another `batch`. */
function withBatch(batch: D1Database["batch"]): D1Database {
  return new Proxy(env.DB, {
    get: (target, key) => (key === "batch" ? batch : Reflect.get(target, key).bind(target)),
  });
}
