import { MISSING } from "../../src/recording/recording.ts";

/** The id of the ECG, which the checksums of its rows cover. */
export const ID = "019a0000-0000-7000-8000-000000000000";

/** Two chunks, and their overview: a test that fails with these means that stored ECGs cannot be read any more. */
export const ROWS = [
  { chunk_index: -1, data: "AdKzS9sEBAcABAcAAgcAAgcAAE8HQ+AC4AAnCBmMABoMBwEAAQIADAkBAAECAA==" },
  { chunk_index: 0, data: "AdnGlp4CBgkAAwQAAA0HFABn+vqAAA4CkA==" },
  { chunk_index: 1, data: "AZQCKlsCBAsAAgQADAICAAEBAicFUC4EAAAA" },
];

/** The samples that are in the rows, of leads of chunks of six and of three. */
export const SIGNALS = [
  Int32Array.of(3, -7, 5, 120, 80, 99, -20, MISSING, -40, 6),
  Int32Array.of(9, 8, 7, MISSING, MISSING),
];

export const LEADS = SIGNALS.map(({ length }, i) => ({
  name: `lead ${i}`,
  sampleCount: length,
  samplingRate: null,
  gain: null,
  baseline: 0,
  zeroCrossings: 0,
  lastSign: 0,
  chunkSamples: [6, 3][i],
}));
