import { type AlignedBeats, GRID_RATE_HZ } from "./average-beats.ts";

/** Of the slow beats' mean the steepest so many grid samples are looked for: a P wave. */
const P_SAMPLES = 28;
/** A slope is the change of the signal in so many grid samples. */
const SLOPE = 3;
/** The P wave is looked for up to so many grid samples sooner than that of the slow beats, ... */
const MOST_SOONER = 90;
/** ... and up to so many later, ... */
const MOST_LATER = 6;
/** ... at one of so many places. */
const PLACE_STEP = 2;
/** The QRS complex of the beat before is over so many grid samples after its R peak. */
const AFTER_QRS = 35;
/** What is less alike the slow beats' P wave is none. */
const LEAST_LIKENESS = 0.6;

/**
 * Finds the P wave of each beat by that of the slow beats: where the signal is most alike, at whatever time before the QRS complex.
 *
 * @param lead the number of the grid that is looked at
 * @param range the grid samples in which the P waves of the slow beats are, from R peaks
 * @param slow the numbers of the slow beats
 * @returns where each begins, or what is always as far from it, in seconds from the stretch's beginning; NaN where none is found
 */
export function findPTimes(
  { grids, centres }: AlignedBeats,
  lead: number,
  { from, to }: { from: number; to: number },
  slow: readonly number[],
): Float64Array {
  const grid = grids[lead];
  const count = to - from;
  const mean = new Float64Array(count);
  for (const b of slow) {
    for (let i = 0; i < count; i++) {
      const at = centres[b] + from + i;
      if (at >= 0 && at + SLOPE < grid.length) mean[i] += grid[at + SLOPE] - grid[at];
    }
  }
  let start = 0;
  let most = -1;
  for (let i = 0; i + P_SAMPLES <= count; i++) {
    let energy = 0;
    for (let k = i; k < i + P_SAMPLES; k++) energy += mean[k] ** 2;
    if (energy > most) [most, start] = [energy, i];
  }
  const wave = mean.slice(start, start + P_SAMPLES);
  const average = wave.reduce((sum, slope) => sum + slope, 0) / P_SAMPLES;
  for (let k = 0; k < P_SAMPLES; k++) wave[k] -= average;
  const size = Math.sqrt(wave.reduce((sum, slope) => sum + slope ** 2, 0));
  return Float64Array.from(centres, (centre, b) => {
    const first = Math.max(0, b > 0 ? centres[b - 1] + AFTER_QRS : 0);
    let best = LEAST_LIKENESS;
    let place = Number.NaN;
    const usual = centre + from + start;
    for (let at = usual - MOST_SOONER; at <= usual + MOST_LATER; at += PLACE_STEP) {
      if (at < first || at + P_SAMPLES + SLOPE > grid.length) continue;
      let [product, sum, squares] = [0, 0, 0];
      for (let k = 0; k < P_SAMPLES; k++) {
        const slope = grid[at + k + SLOPE] - grid[at + k];
        product += wave[k] * slope;
        sum += slope;
        squares += slope ** 2;
      }
      const likeness = product / (size * Math.sqrt(Math.max(1e-9, squares - sum ** 2 / P_SAMPLES)) || 1);
      if (likeness > best) [best, place] = [likeness, at];
    }
    return place / GRID_RATE_HZ;
  });
}
