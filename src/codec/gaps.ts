import { kernels } from "../kernels/kernels.ts";
import { MISSING } from "../recording/recording.ts";
import type { ChunkReader } from "./chunk-reader.ts";
import type { ChunkWriter } from "./chunk-writer.ts";
import { DamagedChunkError } from "./damaged-chunk-error.ts";

/** The runs of samples that are present, between the gaps: from, to, from, to ... ascending, `to` exclusive. */
export type Runs = readonly number[];

/** Finds the runs of samples that are not MISSING, of a lead in a room of the kernels. */
export function findRuns(samples: Int32Array): Runs {
  const runs: number[] = [];
  for (let from = 0; from < samples.length; from++) {
    if (samples[from] === MISSING) continue;
    const to = kernels.indexOfSample(samples.byteOffset, from, samples.length, MISSING);
    runs.push(from, to);
    from = to;
  }
  return runs;
}

/** Counts the samples that are present. */
export function countPresent(runs: Runs): number {
  let count = 0;
  for (let r = 0; r < runs.length; r += 2) count += runs[r + 1] - runs[r];
  return count;
}

/** Writes the number of runs, then how far each boundary is from the one before. */
export function writeRuns(out: ChunkWriter, runs: Runs): void {
  out.unsigned(runs.length / 2);
  let last = 0;
  for (const boundary of runs) {
    out.unsigned(boundary - last);
    last = boundary;
  }
}

/**
 * Reads the runs of a lead of `length` samples.
 *
 * @throws DamagedChunkError unless all runs are within the lead, and have samples: gaps are filled with those
 */
export function readRuns(bytes: ChunkReader, length: number): Runs {
  const count = bytes.unsigned(bytes.remaining / 2);
  const runs: number[] = [];
  let last = 0;
  for (let i = 0; i < 2 * count; i++) {
    const step = bytes.unsigned(length - last);
    if (step === 0 && i % 2 === 1) throw new DamagedChunkError("A run without samples");
    last += step;
    runs.push(last);
  }
  return runs;
}

/** Fills each gap, in place, with the sample before it, or the first sample, so that prediction can look back on it. */
export function bridgeGaps(samples: Int32Array, runs: Runs): void {
  let last = samples[runs[0]] ?? 0;
  let from = 0;
  for (let r = 0; r <= runs.length; r += 2) {
    samples.fill(last, from, runs[r] ?? samples.length);
    from = runs[r + 1];
    last = samples[from - 1];
  }
}

/** Undoes bridgeGaps, in place: puts MISSING outside the runs. */
export function cutGaps(samples: Int32Array, runs: Runs): void {
  let from = 0;
  for (let r = 0; r <= runs.length; r += 2) {
    samples.fill(MISSING, from, runs[r] ?? samples.length);
    from = runs[r + 1];
  }
}

/**
 * Moves the values that are in the runs to the front of the array.
 *
 * @returns the part of the array that has them
 */
export function takeRuns(values: Int32Array, runs: Runs): Int32Array {
  let count = 0;
  for (let r = 0; r < runs.length; r += 2) {
    values.copyWithin(count, runs[r], runs[r + 1]);
    count += runs[r + 1] - runs[r];
  }
  return values.subarray(0, count);
}

/** Undoes takeRuns, in place: puts the first values of the array in the runs, and leaves the gaps to {@link bridgeGaps}. */
export function spreadRuns(values: Int32Array, runs: Runs): void {
  let end = countPresent(runs);
  for (let r = runs.length - 2; r >= 0; r -= 2) {
    const at = end - (runs[r + 1] - runs[r]);
    values.copyWithin(runs[r], at, end);
    end = at;
  }
}
