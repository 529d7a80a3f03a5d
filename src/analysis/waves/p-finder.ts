import { takeQuantile } from "../numbers/quantile.ts";
import { type AlignedBeats, GRID_RATE_HZ } from "./average-beats.ts";

/** Of the slow beats' mean the steepest so many grid samples are looked for: a P wave. */
const P_SAMPLES = 28;
/** A slope is the change of the signal in so many grid samples. */
const SLOPE = 3;
/** A P wave is looked for up to so many grid samples before and after its time, ... */
const REACH = 6;
/** ... at every so many of them. */
const PLACE_STEP = 2;

/** Looks for P waves like those of the slow beats, whether a beat follows or not. */
export type PFinder = {
  /** From a slow beat's R peak to its P wave, in seconds: negative. */
  fromPeak: number;
  /** How alike the slow beats' P wave the signal is about a time, in seconds from the stretch's beginning; NaN where there is no signal. */
  likenessNear: (time: number) => number;
};

/**
 * @param leads the numbers of the grids that are looked at, the clearest first. The middle of their likenesses counts: what is steepest before
 *   the QRS complex of one lead may be its own beginning
 * @param range the grid samples in which the P waves of the slow beats are, from R peaks
 * @param slow the numbers of the slow beats
 */
export function newPFinder(
  { grids, centres }: Pick<AlignedBeats, "grids" | "centres">,
  leads: readonly number[],
  range: { from: number; to: number },
  slow: readonly number[],
): PFinder {
  const waves = leads.map((lead) => takePWave(grids[lead], centres, range, slow));
  const [{ start }] = waves;
  const starts = waves.map((wave) => wave.start - start);
  const [first, last] = [Math.min(...starts) - REACH, Math.max(...starts) + REACH];
  const end = grids[leads[0]].length - P_SAMPLES - SLOPE;
  const likenesses = new Float64Array(leads.length);
  return {
    fromPeak: (range.from + start) / GRID_RATE_HZ,
    likenessNear: (time) => {
      const place = Math.round(time * GRID_RATE_HZ);
      if (!(place + first >= 0) || place + last > end) return Number.NaN;
      let most = -1;
      for (let at = place - REACH; at <= place + REACH; at += PLACE_STEP) {
        for (const [l, { likenessAt }] of waves.entries()) likenesses[l] = likenessAt(at + starts[l]);
        most = Math.max(most, takeQuantile(likenesses, likenesses.length, 0.5));
      }
      return most;
    },
  };
}

/** The slow beats' P wave in a lead: where it begins in the range, and how alike it the signal is from a grid sample on. */
function takePWave(
  grid: Float32Array,
  centres: Int32Array,
  { from, to }: { from: number; to: number },
  slow: readonly number[],
): { start: number; likenessAt: (at: number) => number } {
  const mean = new Float64Array(to - from);
  for (const b of slow) {
    for (let i = 0; i < mean.length; i++) {
      const at = centres[b] + from + i;
      if (at >= 0 && at + SLOPE < grid.length) mean[i] += grid[at + SLOPE] - grid[at];
    }
  }
  const start = findSteepest(mean);
  const wave = mean.subarray(start, start + P_SAMPLES);
  const average = sumOf(wave) / P_SAMPLES;
  for (let k = 0; k < P_SAMPLES; k++) wave[k] -= average;
  const size = Math.sqrt(squaresOf(wave));
  const likenessAt = (at: number) => {
    let [product, sum, squares] = [0, 0, 0];
    for (let k = 0; k < P_SAMPLES; k++) {
      const slope = grid[at + k + SLOPE] - grid[at + k];
      product += wave[k] * slope;
      sum += slope;
      squares += slope ** 2;
    }
    return product / (size * Math.sqrt(Math.max(1e-9, squares - sum ** 2 / P_SAMPLES)) || 1);
  };
  return { start, likenessAt };
}

/** The number of the first of the P_SAMPLES slopes in a row that are steepest together. */
function findSteepest(slopes: Float64Array): number {
  let start = 0;
  let most = -1;
  for (let i = 0; i + P_SAMPLES <= slopes.length; i++) {
    const energy = squaresOf(slopes.subarray(i, i + P_SAMPLES));
    if (energy > most) [most, start] = [energy, i];
  }
  return start;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function squaresOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value ** 2, 0);
}
