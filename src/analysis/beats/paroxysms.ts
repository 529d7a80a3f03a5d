import { takeQuantile } from "../numbers/quantile.ts";

/** What is usual before, in and after a run is the median of so many intervals. */
const USUAL_INTERVALS = 8;
/** A run begins with an interval that is shorter than the one before it at least so many times, as what is usual in it is, ... */
const SUDDEN = 1.3;
/** ... which is no longer than this, in seconds: 100 beats a minute, ... */
const FAST_RR_SECONDS = 0.6;
/** ... and goes on with intervals within this share of what is usual in it, ... */
const STEADY = 0.15;
/** ... up to one that is longer at least so many times than the one before it and what is usual, as those after it are. */
const SUDDEN_END = 1.25;
/** A run has at least so many beats. */
const LEAST_BEATS = 8;
/** Of a rhythm that is twice as fast within this share a block may have ended. */
const TWICE = 0.1;

/**
 * Finds paroxysms: runs of any length that begin and end of a sudden, and are steady and fast in between. The sinus node takes some beats for either. They
 * may be most of a recording, and the only rhythm of many minutes, so that neither what is usual nor P waves tell them.
 *
 * @param before the interval before each beat in seconds; NaN where it is not known
 * @param isLeftOut 1 for each beat that is ventricular, unclassified or a pacemaker's
 * @returns 1 for each beat of such a run
 */
export function findParoxysms(before: Float64Array, isLeftOut: Uint8Array): Uint8Array {
  const isIn = new Uint8Array(before.length);
  const isUsable = (i: number) => before[i] > 0 && !isLeftOut[i] && !isLeftOut[i - 1];
  const ends = Array.from(before.keys()).filter(isUsable);
  const intervals = Float64Array.from(ends, (i) => before[i]);
  /** The median of the intervals from one on. */
  const usual = (from: number) => {
    const part = intervals.slice(Math.max(0, from), Math.max(0, from) + USUAL_INTERVALS);
    return takeQuantile(part, part.length, 0.5);
  };
  /** Whether an interval follows on the one before, or after a beat that is left out and comes as the others do, by its aberrant conduction. */
  const isNext = (k: number, rr: number) => {
    const [last, end] = [ends[k - 1], ends[k]];
    const isOneLeftOut = end === last + 3 && Math.abs((before[last + 1] + before[last + 2]) / (2 * rr) - 1) < STEADY;
    return end === last + 1 || isOneLeftOut;
  };
  for (let k = 1; k + LEAST_BEATS < ends.length; k++) {
    if (intervals[k] * SUDDEN > intervals[k - 1] || ends[k] - ends[k - 1] > 1) continue;
    const [slow, fast] = [usual(k - USUAL_INTERVALS), usual(k)];
    if (fast > FAST_RR_SECONDS || fast * SUDDEN > slow || isTwice(slow, fast)) continue;
    let next = k + 1;
    let last = fast;
    while (next < ends.length && isNext(next, last) && Math.abs(intervals[next] / last - 1) < STEADY) {
      next++;
      if (next - k > USUAL_INTERVALS) last = usual(next - USUAL_INTERVALS);
    }
    const after = usual(next);
    const isSudden = intervals[next] >= SUDDEN_END * Math.max(intervals[next - 1], last);
    const isEnd = isSudden && after >= SUDDEN_END * last && !isTwice(after, last);
    if (isEnd && next - k >= LEAST_BEATS) isIn.fill(1, ends[k], ends[next - 1] + 1);
    k = Math.max(k, next - 1);
  }
  return isIn;
}

function isTwice(slow: number, fast: number): boolean {
  return Math.abs(slow / fast / 2 - 1) < TWICE / 2;
}
