import { MISSING } from "../../recording/recording.ts";

/** The time among these that is nearest, if it is within reach; all in seconds. */
export function snapTo(times: readonly number[], time: number, reach: number): number | undefined {
  let nearest: number | undefined;
  for (const one of times) {
    if (Math.abs(one - time) <= Math.abs((nearest ?? Number.POSITIVE_INFINITY) - time)) nearest = one;
  }
  return nearest !== undefined && Math.abs(nearest - time) <= reach ? nearest : undefined;
}

/** A wave that is so near an extreme of a lead, in seconds, is that extreme, found in all leads together. */
const SAME_SECONDS = 0.01;

/** The times of a lead's own extremes, and of waves that are none of them. */
export function mergeTimes(turns: readonly number[], waves: readonly number[]): number[] {
  return [...turns, ...waves.filter((wave) => !turns.some((turn) => Math.abs(turn - wave) <= SAME_SECONDS))];
}

/** The next of these times after or before a time; undefined if there is none. */
export function nextTime(times: readonly number[], time: number, by: 1 | -1): number | undefined {
  let next: number | undefined;
  for (const one of times) {
    if ((one - time) * by > 1e-4 && (next === undefined || (next - one) * by > 0)) next = one;
  }
  return next;
}

/**
 * The extremes of a signal: the samples at which it turns from rising to falling, or back, by so much at the least. Of a level top
 * it is the first sample. A gap ends what goes before it.
 *
 * @param least ADC units
 * @returns indexes of samples
 */
export function findTurns(samples: ArrayLike<number>, least: number): number[] {
  const turns: number[] = [];
  let [first, high, low] = [-1, -1, -1];
  let direction = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    if (sample === MISSING) {
      [first, high, low, direction] = [-1, -1, -1, 0];
      continue;
    }
    if (first < 0) [first, high, low] = [i, i, i];
    if (sample > samples[high]) high = i;
    if (sample < samples[low]) low = i;
    if (direction >= 0 && samples[high] - sample >= least) {
      if (high > first) turns.push(high);
      [direction, low] = [-1, i];
    } else if (direction <= 0 && sample - samples[low] >= least) {
      if (low > first) turns.push(low);
      [direction, high] = [1, i];
    }
  }
  return turns;
}
