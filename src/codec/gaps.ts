import { MISSING } from "../recording/recording.ts";
import type { ChunkReader } from "./chunk-reader.ts";
import type { ChunkWriter } from "./chunk-writer.ts";

/** Where samples are present: from, to, from, to ... rising, `to` exclusive. */
export type Runs = readonly number[];

/** @param samples MISSING marks a gap */
export function findRuns(samples: Int32Array): Runs {
  const runs: number[] = [];
  for (let from = 0; from < samples.length; from++) {
    if (samples[from] === MISSING) continue;
    const gap = samples.indexOf(MISSING, from);
    const to = gap < 0 ? samples.length : gap;
    runs.push(from, to);
    from = to;
  }
  return runs;
}

/** How many samples are present. */
export function countPresent(runs: Runs): number {
  let count = 0;
  for (let r = 0; r < runs.length; r += 2) count += runs[r + 1] - runs[r];
  return count;
}

/** The number of runs, then how far each boundary is from the one before. */
export function writeRuns(out: ChunkWriter, runs: Runs): void {
  out.unsigned(runs.length / 2);
  let last = 0;
  for (const boundary of runs) {
    out.unsigned(boundary - last);
    last = boundary;
  }
}

/** @throws DamagedChunkError unless all runs are within `length` samples */
export function readRuns(bytes: ChunkReader, length: number): Runs {
  const count = bytes.unsigned(bytes.remaining / 2);
  const runs: number[] = [];
  let last = 0;
  for (let i = 0; i < 2 * count; i++) {
    last += bytes.unsigned(length - last);
    runs.push(last);
  }
  return runs;
}

/** The signal with each gap bridged by the sample before it (or the first one): what prediction looks back on. */
export function bridgeGaps(samples: Int32Array, runs: Runs): Int32Array {
  if (!hasGaps(runs, samples.length)) return samples;
  const bridged = samples.slice();
  let last = samples[runs[0]] ?? 0;
  let from = 0;
  for (let r = 0; r <= runs.length; r += 2) {
    bridged.fill(last, from, runs[r] ?? samples.length);
    from = runs[r + 1];
    last = samples[from - 1];
  }
  return bridged;
}

/** Undoes bridgeGaps, in place. */
export function cutGaps(samples: Int32Array, runs: Runs): void {
  let from = 0;
  for (let r = 0; r <= runs.length; r += 2) {
    samples.fill(MISSING, from, runs[r] ?? samples.length);
    from = runs[r + 1];
  }
}

function hasGaps(runs: Runs, length: number): boolean {
  return countPresent(runs) < length;
}

/** Only what is in the runs. */
export function takeRuns(values: Int32Array, runs: Runs): Int32Array {
  if (!hasGaps(runs, values.length)) return values;
  const taken = new Int32Array(countPresent(runs));
  let at = 0;
  for (let r = 0; r < runs.length; r += 2) {
    taken.set(values.subarray(runs[r], runs[r + 1]), at);
    at += runs[r + 1] - runs[r];
  }
  return taken;
}

/** Undoes takeRuns, with zeros in the gaps. */
export function spreadRuns(taken: Int32Array, runs: Runs, length: number): Int32Array {
  if (taken.length === length) return taken;
  const values = new Int32Array(length);
  let at = 0;
  for (let r = 0; r < runs.length; r += 2) {
    values.set(taken.subarray(at, at + runs[r + 1] - runs[r]), runs[r]);
    at += runs[r + 1] - runs[r];
  }
  return values;
}
