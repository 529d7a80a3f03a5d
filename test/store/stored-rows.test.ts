import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { MISSING } from "../../src/recording/recording.ts";
import { insertEcg, newClaim } from "../../src/store/ecgs.ts";
import { readBuckets } from "../../src/store/overviews.ts";
import { readSpans } from "../../src/store/signal-reader.ts";
import { accessOf, newCaller, store } from "../support/api.ts";

const ID = "019a0000-0000-7000-8000-000000000000";

/** Two chunks, and their overview: a test that fails here means that stored ECGs cannot be read any more. */
const ROWS = [
  { chunk_index: -1, data: "AdKzS9sEBAcABAcAAgcAAgcAAE8HQ+AC4AAnCBmMABoMBwEAAQIADAkBAAECAA==" },
  { chunk_index: 0, data: "AdnGlp4CBgkAAwQAAA0HFABn+vqAAA4CkA==" },
  { chunk_index: 1, data: "AZQCKlsCBAsAAgQADAICAAEBAicFUC4EAAAA" },
];

it("writes these rows, and reads an ECG from them", async () => {
  const { user } = await newCaller();
  const signals = [
    Int32Array.of(3, -7, 5, 120, 80, 99, -20, MISSING, -40, 6),
    Int32Array.of(9, 8, 7, MISSING, MISSING),
  ];
  const leads = signals.map(({ length }, i) => ({
    name: `lead ${i}`,
    sampleCount: length,
    samplingRate: null,
    gain: null,
    baseline: 0,
    zeroCrossings: 0,
    lastSign: 0,
    chunkSamples: [6, 3][i],
  }));
  const about = {
    subject: null,
    device: null,
    note: null,
    open: false,
    recordedAt: 0,
    dateSource: "recorded" as const,
    createdAt: Date.now(),
  };
  const stretch = { samples: signals, leads, annotations: [] };
  const ecg = await insertEcg(store, newClaim(accessOf(user)), { ...about, id: ID, leads }, [stretch]);

  const query = "select chunk_index, data from signal_chunks where ecg_id = ? order by chunk_index";
  expect((await env.DB.prepare(query).bind(ID).all()).results).toEqual(ROWS);
  const spans = signals.map(({ length }, lead) => ({ lead, from: 0, to: length }));
  expect(await readSpans(store, ecg, spans)).toEqual(signals);
  // A block has three samples; a bucket has two blocks of the first lead, and one of the second.
  expect(await readBuckets(store, ecg, spans, 2)).toMatchObject([
    { samplesPerBucket: 6, min: Int32Array.of(-7, -40), max: Int32Array.of(120, 6) },
    { samplesPerBucket: 3, min: Int32Array.of(7, MISSING), max: Int32Array.of(9, MISSING) },
  ]);
});
