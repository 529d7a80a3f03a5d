import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { expect, it } from "vitest";
import { appendToEcg } from "../../src/ecg/append.ts";
import { MAX_CHUNKS } from "../../src/ecg/limits.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { selectEcg } from "../../src/store/ecgs.ts";
import { appendSamples } from "../../src/store/incoming-ecgs.ts";
import { readBuckets } from "../../src/store/overviews.ts";
import { ecgs, signalChunks } from "../../src/store/schema.ts";
import { readSpans } from "../../src/store/signal-reader.ts";
import { updateUser } from "../../src/store/users.ts";
import { accessOf, type Caller, newCaller, request, store, storedEcg } from "../support/api.ts";
import { runs } from "../support/runs.ts";
import { newNoise, newSignal } from "../support/signals.ts";

type Ecg = { leads: { name: string; n_samples: number; zero_crossings: number; signal: (number | null)[] }[] };

const toJson = (samples: Int32Array) => Array.from(samples, (sample) => (sample === MISSING ? null : sample));

/** An open ECG of two leads, at 500 and 100 Hz, with no samples yet. */
async function newOpen() {
  const caller = await newCaller();
  const leads = [
    { name: "II", signal: [] },
    { name: "resp", sampling_rate: 100, signal: [] },
  ];
  const { id } = await storedEcg(caller, { sampling_rate: 500, open: true, leads });
  const append = (starts: number[], signals: (number | null)[][]) =>
    caller.post(`/ecg/${id}/samples`, {
      leads: signals.map((signal, i) => ({ name: leads[i].name, start_sample: starts[i], signal })),
    });
  const read = async (query = "") => (await caller.get(`/ecg/${id}${query}`)).json<Ecg & Record<string, unknown>>();
  return { caller, id, append, read };
}

it("appends samples to an open ECG, with their zero crossings, until it is closed", async () => {
  const { caller, id, append, read } = await newOpen();
  expect(await read()).toMatchObject({ open: true, leads: [{ n_samples: 0 }, { n_samples: 0 }] });
  const first = await append([0, 0], [[3, -2, 0], [1]]);
  expect([first.status, await first.json()]).toMatchObject([
    200,
    { id, open: true, duration: 0.01, leads: [{ n_samples: 3, zero_crossings: 1 }, { n_samples: 1 }] },
  ]);
  const second = await append(
    [3, 1],
    [
      [5, null, -1],
      [-1, 1],
    ],
  );
  expect(await second.json()).toMatchObject({
    leads: [
      { n_samples: 6, zero_crossings: 3 },
      { n_samples: 3, zero_crossings: 2 },
    ],
  });
  expect(await read()).toMatchObject({ leads: [{ signal: [3, -2, 0, 5, null, -1] }, { signal: [1, -1, 1] }] });

  const closed = await caller.post(`/ecg/${id}/close`, "");
  const summary = await closed.json<Record<string, unknown>>();
  expect([closed.status, summary.id, "open" in summary]).toEqual([200, id, false]);
  const late = await append([6, 3], [[1], [1]]);
  expect([late.status, await late.json()]).toMatchObject([409, { detail: "This ECG is closed." }]);
  expect((await caller.post(`/ecg/${id}/close`, "")).status).toBe(200);
  expect(await (await caller.get(`/ecg/${id}/insights`)).json()).toMatchObject({
    leads: [{ zero_crossings: 3 }, { zero_crossings: 2 }],
  });
});

it.each([
  { name: "a repeated send", starts: [0, 0] },
  { name: "a gap", starts: [4, 1] },
  { name: "one lead that is off", starts: [3, 0] },
])("refuses $name with a 409 that says where to go on, and changes nothing", async ({ starts }) => {
  const { append, read } = await newOpen();
  await append([0, 0], [[1, 2, 3], [4]]);
  const before = await read();
  const answer = await append(starts, [[1, 2, 3], [4]]);
  const expected = [
    { name: "II", start_sample: 3 },
    { name: "resp", start_sample: 1 },
  ];
  expect([answer.status, await answer.json()]).toMatchObject([409, { title: "Conflict", expected }]);
  expect(await read()).toEqual(before);
});

it("stores one of several appends at once at the same offset, whole", async () => {
  const { append, read } = await newOpen();
  await append([0, 0], [[9], [9]]);
  const answers = await Promise.all([1, 2, 3, 4].map((value) => append([1, 1], [Array(600).fill(value), [value]])));
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409, 409]);
  const refusals = answers.filter((answer) => answer.status === 409);
  for (const refusal of refusals) {
    expect(await refusal.json()).toMatchObject({ expected: [{ start_sample: 601 }, { start_sample: 2 }] });
  }
  const stored = answers.findIndex((answer) => answer.status === 200) + 1;
  expect(await read()).toMatchObject({ leads: [{ signal: [9, ...Array(600).fill(stored)] }, { signal: [9, stored] }] });
});

it("reads an ECG as it was when it was looked up, whatever is appended meanwhile", async () => {
  const { caller, id, append } = await newOpen();
  const signal = newSignal(40_000, 9);
  await append([0, 0], [toJson(signal.subarray(0, 33_000)), [1]]);
  const [before] = await selectEcg(store, caller.user.id, id);
  await append([33_000, 1], [toJson(signal.subarray(33_000)), [2]]);
  const span = { lead: 0, from: 100, to: 33_000 };
  expect(await readSpans(store, before, [span])).toEqual([signal.subarray(100, 33_000)]);
  const [buckets] = await readBuckets(store, before, [span], 3);
  expect(Math.max(...buckets.max)).toBe(Math.max(...signal.subarray(100, 33_000)));
  expect(
    await appendSamples(store, accessOf(caller.user), before, before.leads, [newSignal(5), newSignal(1)]),
  ).toBeUndefined();
});

it("answers an append that is overtaken by what has come between", async () => {
  const { caller, id, append } = await newOpen();
  const [ecg] = await selectEcg(store, caller.user.id, id);
  const grown = ecg.leads.map((lead) => ({ ...lead, sampleCount: 1 }));
  await updateUser(store, caller.user.id, { disabled: true });
  expect(await appendSamples(store, accessOf(caller.user), ecg, grown, [newSignal(1), newSignal(1)])).toBeUndefined();
  expect((await append([0, 0], [[1], [1]])).status).toBe(401);
});

it("takes no more samples when an ECG is as long as one may be: nobody could measure or export a longer one", async () => {
  const { caller, id, append } = await newOpen();
  expect((await append([0, 0], [[1, 2, 3], [1]])).status).toBe(200);
  const [ecg] = await selectEcg(store, caller.user.id, id);
  const full = ecg.leads.map((lead) => ({ ...lead, sampleCount: MAX_CHUNKS * lead.chunkSamples }));
  await store.db.update(ecgs).set({ leads: full }).where(eq(ecgs.id, id));
  const offsets = full.map(({ sampleCount }) => sampleCount);
  const answer = await append(offsets, [[], [1]]);
  const message = "become longer than an ECG may be at their sampling rates: close it, and go on in another";
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "leads", message }] }]);
  expect((await append(offsets, [[], []])).status).toBe(200);
});

it("does not find an ECG that is erased while samples are appended", async () => {
  const { caller, id, append } = await newOpen();
  expect((await append([0, 0], [[1, 2, 3], [1]])).status).toBe(200);
  const [ecg] = await selectEcg(store, caller.user.id, id);
  const next = ecg.leads.map(({ name, sampleCount }) => ({ name, startSample: sampleCount, samples: newSignal(5) }));
  const appendAsRead = () => appendToEcg(store, accessOf(caller.user), ecg, next, {});
  await store.db.delete(signalChunks).where(eq(signalChunks.ecgId, id));
  await expect(appendAsRead()).rejects.toMatchObject({ code: "damaged-signal" });
  await caller.delete(`/ecg/${id}`);
  await expect(appendAsRead()).rejects.toMatchObject({ code: "not-found" });
});

it("gives the same however the samples were cut into appends", async () => {
  const total = 70_000;
  const [first, second] = [newSignal(total, 5), newSignal(total / 5, 6)];
  first.fill(MISSING, 100, 9000);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: total / 5 }), { maxLength: 6 }), async (times) => {
      const { caller, append, read } = await newOpen();
      const cuts = [0, ...times.sort((a, b) => a - b), total / 5];
      for (const [i, cut] of cuts.slice(1).entries()) {
        const from = cuts[i];
        const answer = await append(
          [from * 5, from],
          [toJson(first.subarray(from * 5, cut * 5)), toJson(second.subarray(from, cut))],
        );
        expect(answer.status).toBe(200);
      }
      const whole = await storedEcg(caller, {
        sampling_rate: 500,
        leads: [
          { name: "II", signal: toJson(first) },
          { name: "resp", sampling_rate: 100, signal: toJson(second) },
        ],
      });
      for (const query of ["", "?start=31&end=33", "?max_points=10", "?max_points=3&start=10&end=139"]) {
        const expected = await (await caller.get(`/ecg/${whole.id}${query}`)).json<Ecg>();
        expect((await read(query)).leads).toEqual(expected.leads);
      }
    }),
    { numRuns: runs(8) },
  );
});

it.each([
  { name: "no lead", leads: [], path: "leads" },
  { name: "a lead that is not there", leads: [{ name: "V1", start_sample: 0, signal: [1] }], path: "leads.0.name" },
  { name: "only one of the leads", leads: [{ name: "II", start_sample: 0, signal: [1] }], path: "leads" },
  {
    name: "no offset",
    leads: [
      { name: "II", signal: [1] },
      { name: "resp", start_sample: 0, signal: [1] },
    ],
    path: "leads.0.start_sample",
  },
  {
    name: "a fraction",
    leads: [
      { name: "II", start_sample: 0, signal: [1.5] },
      { name: "resp", start_sample: 0, signal: [1] },
    ],
    path: "leads.0.signal.0",
  },
  {
    name: "a lead twice",
    leads: [
      { name: "II", start_sample: 0, signal: [] },
      { name: "II", start_sample: 0, signal: [] },
      { name: "resp", start_sample: 0, signal: [] },
    ],
    path: "leads.1.name",
  },
  {
    name: "leads that grow far apart",
    leads: [
      { name: "II", start_sample: 0, signal: [] },
      { name: "resp", start_sample: 0, signal: Array(500_000).fill(0) },
    ],
    path: "leads",
  },
])("refuses $name with 422", async ({ leads, path }) => {
  const { caller, id } = await newOpen();
  const answer = await caller.post(`/ecg/${id}/samples`, { leads });
  const problem = await answer.json<{ errors: { path: string }[] }>();
  expect([answer.status, problem.errors.map((error) => error.path)]).toContainEqual(expect.arrayContaining([path]));
  expect(answer.status).toBe(422);
});

it("refuses an open ECG whose leads begin far apart", async () => {
  const leads = [
    { name: "II", signal: Array(900_000).fill(1) },
    { name: "V1", signal: [] },
  ];
  const answer = await (await newCaller()).post("/ecg", { sampling_rate: 100, open: true, leads });
  expect([answer.status, await answer.json()]).toMatchObject([422, { errors: [{ path: "leads" }] }]);
});

it.each(["samples", "close"])("answers 404 to /%s of another owner's ECG", async (action) => {
  const { id } = await newOpen();
  const answer = await (await newCaller()).post(`/ecg/${id}/${action}`, {
    leads: [{ name: "II", start_sample: 0, signal: [] }],
  });
  expect([answer.status, await answer.json()]).toMatchObject([404, { title: "Not Found" }]);
});

it("takes gzipped bodies, and no other encoding", async () => {
  const caller = await newCaller();
  const json = JSON.stringify({ leads: [{ name: "II", signal: Array(1000).fill(7) }] });
  const send = async (encoding: string, body: BodyInit) =>
    request("POST", "/ecg", {
      body,
      headers: {
        Authorization: caller.authorization,
        "Content-Type": "application/json",
        "Content-Encoding": encoding,
      },
    });
  const created = await send("gzip", await gzip(json));
  expect([created.status, await created.json()]).toMatchObject([201, { leads: [{ n_samples: 1000 }] }]);
  // An old name of it (RFC 9110, section 8.4.1.3).
  expect((await send("x-gzip", await gzip(json))).status).toBe(201);
  expect((await send("gzip", json)).status).toBe(400);
  expect((await send("gzip", (await gzip(json)).slice(0, 40))).status).toBe(400);
  const other = await send("br", json);
  expect([other.status, other.headers.get("accept-encoding")]).toEqual([415, "gzip"]);
});

it.each([
  { name: "64 MiB of blanks", text: " ".repeat(64 * 1024 * 1024), status: 413, detail: /more than 200 times/ },
  { name: "2 MiB of blanks", text: " ".repeat(2 * 1024 * 1024), status: 413, detail: /more than 200 times/ },
  { name: "1 MiB of blanks", text: " ".repeat(1024 * 1024), status: 400, detail: /JSON/ },
  { name: "17 MiB of samples", text: newNoise(4_000_000).join(), status: 413, detail: /up to 16 MiB/ },
])("unpacks no more than 16 MiB, and 200 times the bytes: $name", async ({ text, status, detail }) => {
  const answer = await sendGzipped(await newCaller(), await gzip(text));
  expect(answer.status).toBe(status);
  expect((await answer.json<{ detail: string }>()).detail).toMatch(detail);
});

it("reads gzip of several members", async () => {
  const json = JSON.stringify({ leads: [{ name: "II", signal: Array(1000).fill(7) }] });
  const members = await Promise.all([json.slice(0, 30), "", json.slice(30, 31), json.slice(31)].map(gzip));
  const answer = await sendGzipped(await newCaller(), Buffer.concat(members.map((member) => new Uint8Array(member))));
  expect([answer.status, await answer.json()]).toMatchObject([201, { leads: [{ n_samples: 1000 }] }]);
  const broken = Buffer.concat([new Uint8Array(members[0]), new Uint8Array(members[3]).subarray(0, -5)]);
  expect((await sendGzipped(await newCaller(), broken)).status).toBe(400);
});

it("bills an append with a few rows", async () => {
  const { id, append } = await newOpen();
  await append([0, 0], [[1], [1]]);
  const before = await env.DB.prepare("select count(*) as n from signal_chunks where ecg_id = ?").bind(id).first("n");
  for (let i = 1; i < 20; i++) await append([i, i], [[i], [i]]);
  expect(await env.DB.prepare("select count(*) as n from signal_chunks where ecg_id = ?").bind(id).first("n")).toBe(
    before,
  );
});

function sendGzipped(caller: Caller, body: BodyInit): Promise<Response> {
  const headers = { "Content-Type": "application/json", "Content-Encoding": "gzip" };
  return request("POST", "/ecg", { body, headers: { Authorization: caller.authorization, ...headers } });
}

async function gzip(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}
