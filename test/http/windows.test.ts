import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { MISSING } from "../../src/recording/recording.ts";
import { toSampleRange } from "../../src/recording/window.ts";
import { selectEcg } from "../../src/store/ecgs.ts";
import { ecgs } from "../../src/store/schema.ts";
import { type Caller, newCaller, store, storedEcg } from "../support/api.ts";
import { runs } from "../support/runs.ts";
import { newSignal } from "../support/signals.ts";

type Lead = {
  name: string;
  start_sample: number;
  signal?: (number | null)[];
  samples_per_bucket?: number;
  buckets?: ([number, number] | null)[];
};

const toJson = (samples: Int32Array) => Array.from(samples, (sample) => (sample === MISSING ? null : sample));

/** Leads of several chunks, of two rates, with a gap that is longer than a block. */
const SIGNALS = [newSignal(120_000, 1), newSignal(24_000, 2), newSignal(90_000, 3)];
SIGNALS[0].fill(MISSING, 40_000, 47_000);
const RATES = [500, 100, 500];
const ECG = {
  sampling_rate: 500,
  leads: SIGNALS.map((samples, i) => ({ name: `L${i}`, sampling_rate: RATES[i], signal: toJson(samples) })),
};

async function newReader() {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, ECG);
  const read = async (query: string) => {
    const answer = await caller.get(`/ecg/${id}?${query}`);
    expect(answer.status, query).toBe(200);
    return (await answer.json<{ leads: Lead[] }>()).leads;
  };
  return { caller, id, read };
}

it("gives exactly the samples of a window", async () => {
  const { read } = await newReader();
  const time = fc.oneof(
    fc.nat(240_000).map((ms) => ms / 1000),
    fc.nat(7).map((chunk) => chunk * 32),
  );
  await fc.assert(
    fc.asyncProperty(time, time, fc.constantFrom("", "&leads=L1", "&leads=L2,L0"), async (a, b, leads) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      fc.pre(start < 240);
      for (const lead of await read(`start=${start}&end=${end}${leads}`)) {
        const i = Number(lead.name.slice(1));
        const { from, to } = toSampleRange(start, end, RATES[i], SIGNALS[i].length);
        expect([lead.start_sample, lead.signal]).toEqual([from, toJson(SIGNALS[i].subarray(from, to))]);
      }
    }),
    { numRuns: runs(60) },
  );
});

it.each([
  { query: "start=239.99", from: [119_995, 23_999, 90_000] },
  { query: "end=0.01", from: [0, 0, 0] },
  { query: "start=0&end=0", from: [0, 0, 0] },
  { query: "start=100&end=100", from: [50_000, 10_000, 50_000] },
  { query: "start=200&end=1000000", from: [100_000, 20_000, 90_000] },
])("reads ?$query", async ({ query, from }) => {
  const { read } = await newReader();
  expect((await read(query)).map((lead) => lead.start_sample)).toEqual(from);
});

it("gives in each bucket the lowest and highest sample, for any window and any number of points", async () => {
  const { read } = await newReader();
  const time = fc.nat(240_000).map((ms) => ms / 1000);
  const points = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20_000 }));
  await fc.assert(
    fc.asyncProperty(time, time, points, async (a, b, most) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      fc.pre(start < 240);
      for (const lead of await read(`start=${start}&end=${end}&max_points=${most}`)) {
        const i = Number(lead.name.slice(1));
        expectOverview(lead, SIGNALS[i], toSampleRange(start, end, RATES[i], SIGNALS[i].length), most);
      }
    }),
    { numRuns: runs(60) },
  );
});

it.each([1, 7, 100, 2000, 20_000])("gives an overview of the whole in %d points", async (most) => {
  const { read } = await newReader();
  for (const [i, lead] of (await read(`max_points=${most}`)).entries()) {
    expectOverview(lead, SIGNALS[i], { from: 0, to: SIGNALS[i].length }, most);
  }
});

it("gives an overview of one chunk, too", async () => {
  const caller = await newCaller();
  const samples = newSignal(5000);
  const { id } = await storedEcg(caller, { leads: [{ name: "II", signal: toJson(samples) }] });
  for (const most of [1, 99, 4999, 5000]) {
    const { leads } = await (await caller.get(`/ecg/${id}?max_points=${most}`)).json<{ leads: Lead[] }>();
    expectOverview(leads[0], samples, { from: 0, to: 5000 }, most);
  }
});

it.each([
  "start=2&end=1",
  "start=240",
  "start=1000&end=2000",
  "start=-1",
  "end=-1",
  "start=x",
  "start=",
  "end=0x10",
  "max_points=0",
  "max_points=20001",
  "max_points=1.5",
  "leads=L9",
  "leads=L0,&start=1",
  "leads=L0,L1,L0",
])("refuses ?%s with 422", async (query) => {
  const { caller, id } = await newReader();
  expect((await caller.get(`/ecg/${id}?${query}`)).status).toBe(422);
});

it("refuses a window of a lead without a sampling rate", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, {
    leads: [
      { name: "II", signal: [1, 2] },
      { name: "V1", sampling_rate: 1, signal: [1, 2] },
    ],
  });
  const answer = await caller.get(`/ecg/${id}?start=1`);
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "start" }] }]);
  expect((await caller.get(`/ecg/${id}?start=1&leads=V1`)).status).toBe(200);
});

it("reads only the chunks that a window touches, and none for a 304", async () => {
  const { caller, id, read } = await newReader();
  await env.DB.prepare("update signal_chunks set data = 'damaged' where ecg_id = ? and chunk_index <> 1")
    .bind(id)
    .run();
  expect((await read("start=32&end=63.9"))[0].signal).toHaveLength(15_950);
  expect((await caller.get(`/ecg/${id}?start=30&end=40`)).status).toBe(500);
  const etag = (await caller.get(`/ecg/${id}?start=32&end=33`)).headers.get("etag") ?? "";
  expect((await caller.get(`/ecg/${id}`, { "If-None-Match": etag })).status).toBe(304);
});

it("reads for an overview nothing but the extremes", async () => {
  const { caller, id, read } = await newReader();
  await env.DB.prepare("update signal_chunks set data = 'damaged' where ecg_id = ? and chunk_index >= 0")
    .bind(id)
    .run();
  expectOverview((await read("max_points=20"))[0], SIGNALS[0], { from: 0, to: 120_000 }, 20);
  await env.DB.prepare("update signal_chunks set data = 'damaged' where ecg_id = ?").bind(id).run();
  const answer = await caller.get(`/ecg/${id}?max_points=20`);
  expect([answer.status, await answer.json()]).toMatchObject([500, { title: "Damaged Signal" }]);
});

it("withholds an overview of which a row is gone", async () => {
  const { caller, id } = await newReader();
  await env.DB.prepare("delete from signal_chunks where ecg_id = ? and chunk_index < 0").bind(id).run();
  expect((await caller.get(`/ecg/${id}?max_points=20`)).status).toBe(500);
});

it("says it when a long answer is damaged from the start", async () => {
  const { caller, id } = await newLong();
  await env.DB.prepare("update signal_chunks set data = 'damaged' where ecg_id = ? and chunk_index = 0").bind(id).run();
  const answer = await caller.get(`/ecg/${id}`);
  expect([answer.status, await answer.json()]).toMatchObject([500, { title: "Damaged Signal" }]);
});

it("does not take one chunk for another of the same size", async () => {
  const { caller, id } = await newReader();
  await env.DB.prepare(
    "update signal_chunks set data = (select data from signal_chunks where ecg_id = ?1 and chunk_index = 2) where ecg_id = ?1 and chunk_index = 1",
  )
    .bind(id)
    .run();
  expect((await caller.get(`/ecg/${id}?start=32&end=33`)).status).toBe(500);
  expect((await caller.get(`/ecg/${id}?start=64&end=65`)).status).toBe(200);
});

it("streams an ECG of more than a million samples whole", async () => {
  const { caller, samples, id } = await newLong();
  const { leads } = await (await caller.get(`/ecg/${id}`)).json<{ leads: Lead[] }>();
  expect(leads[0].signal).toHaveLength(samples.length);
  expect(Int32Array.from(leads[0].signal ?? [], (sample) => sample ?? MISSING)).toEqual(samples);
});

it("breaks a long answer off rather than give wrong samples", async () => {
  const { caller, id } = await newLong();
  await env.DB.prepare("update signal_chunks set data = 'damaged' where ecg_id = ? and chunk_index = 50")
    .bind(id)
    .run();
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const answer = await caller.get(`/ecg/${id}`);
  await expect(answer.text()).rejects.toThrow();
  const [line] = errors.mock.calls.map(([text]) => JSON.parse(text));
  errors.mockRestore();
  expect(line).toEqual({ request_id: answer.headers.get("x-request-id"), error: expect.any(Array) });
  expect(line.error.join()).toContain("failed its checksum");
});

async function newLong(): Promise<{ caller: Caller; samples: Int32Array; id: string }> {
  const caller = await newCaller();
  const samples = newSignal(1_100_000);
  const { id } = await storedEcg(caller, { sampling_rate: 250, leads: [{ name: "II", signal: toJson(samples) }] });
  return { caller, samples, id };
}

function expectOverview(lead: Lead, signal: Int32Array, { from, to }: { from: number; to: number }, most: number) {
  expect(lead.start_sample).toBe(from);
  if (to - from <= most) return expect(lead.signal).toEqual(toJson(signal.subarray(from, to)));
  const step = lead.samples_per_bucket ?? 0;
  const expected = [];
  for (let start = Math.floor(from / step) * step; start < to; start += step) {
    const present = signal
      .subarray(Math.max(start, from), Math.min(start + step, to))
      .filter((sample) => sample !== MISSING);
    expected.push(present.length === 0 ? null : [Math.min(...present), Math.max(...present)]);
  }
  expect(lead.buckets).toEqual(expected);
  expect(expected.length).toBeLessThanOrEqual(most);
}

it("refuses at once what takes more queries than a request has, and not a window or a lead of it", async () => {
  const caller = await newCaller();
  const { id } = await storedEcg(caller, {
    sampling_rate: 500,
    leads: [
      { name: "I", signal: [1] },
      { name: "II", signal: [1] },
    ],
  });
  const [ecg] = await selectEcg(store, caller.user.id, id);
  // 960 reads of 32 chunks, of which nothing is there.
  const leads = ecg.leads.map((lead) => ({ ...lead, sampleCount: 480 * 32 * lead.chunkSamples }));
  await store.db.update(ecgs).set({ leads }).where(eq(ecgs.id, id));
  const answer = await caller.get(`/ecg/${id}`);
  const detail = "It is too long for one answer: ask for some leads, or for windows of it with start and end.";
  expect([answer.status, await answer.json()]).toMatchObject([406, { detail }]);
  for (const query of ["?leads=II", "?start=100000", "?signals=none&leads=I"]) {
    expect((await caller.get(`/ecg/${id}${query}`)).status, query).not.toBe(406);
  }
});
