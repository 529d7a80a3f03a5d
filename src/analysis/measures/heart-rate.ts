import { outside, type TimeSpan } from "../numbers/time-spans.ts";
import type { Finding } from "./finding.ts";

/** The times of the R peaks in seconds, ascending, and 1 for each beat before which something was not recorded. */
export type BeatTimes = { times: Float64Array; afterGap: Uint8Array };

/** The heart rate of an ECG. */
export type HeartRate = {
  /** The mean in beats per minute, over all that was recorded from the first beat to the last. */
  mean: number;
  /** The rate of the slowest 10 s and the second in which they begin; null when no 10 s are whole. */
  minimum: { beatsPerMinute: number; at: number } | null;
  /** The rate of the fastest 10 s, like `minimum`. */
  maximum: { beatsPerMinute: number; at: number } | null;
};

/** A time without a beat: where it begins, at the beat before it or where what cannot be judged ends, and how long it is, in seconds. */
export type Pause = { from: number; duration: number };

/** The extremes of the rate are those of windows of this many seconds. */
export const EXTREME_SECONDS = 10;
/** A window has at least this many intervals, because a single one makes no rate. */
const LEAST_INTERVALS = 2;
/** Beats that are more seconds apart than this have a pause between them. */
const PAUSE_SECONDS = 2;
/** Beside what cannot be judged more than this is one: the beats next to that may not be told. */
const PAUSE_BESIDE_UNJUDGED_SECONDS = 5;

/**
 * The heart rate of an ECG, and why a part of it is not known.
 *
 * @param duration seconds of the ECG: one of 10 to 20 s has its mean for both extremes where its first and last beats
 *   are not 10 s apart
 */
export function findHeartRate(beats: BeatTimes, duration: number): Finding<HeartRate | null> {
  const rate = measureHeartRate(beats);
  if (!rate) return { value: null, reason: "no two beats follow one another" };
  if (rate.minimum) return { value: rate };
  if (duration < EXTREME_SECONDS || duration >= 2 * EXTREME_SECONDS) {
    return { value: rate, reason: "no 10 s in a row have enough beats" };
  }
  const only = { beatsPerMinute: rate.mean, at: beats.times[0] };
  return { value: { ...rate, minimum: only, maximum: only } };
}

/**
 * The heart rate: the mean, and the extremes over windows of 10 s. A window begins at a beat, has no gap in it, and its
 * rate is the number of its intervals over the time that they take. An interval that reaches past the end of the window
 * counts by the share of it that lies inside.
 *
 * @returns null when there are no two beats without a gap between them
 */
export function measureHeartRate({ times, afterGap }: BeatTimes): HeartRate | null {
  let intervals = 0;
  let seconds = 0;
  for (let i = 1; i < times.length; i++) {
    if (afterGap[i]) continue;
    intervals++;
    seconds += times[i] - times[i - 1];
  }
  if (intervals === 0 || seconds <= 0) return null;

  let minimum: HeartRate["minimum"] = null;
  let maximum: HeartRate["maximum"] = null;
  let last = 0;
  for (let first = 0; first < times.length; first++) {
    // On to the first beat at the end of the window or after it, or to the one before a gap.
    last = Math.max(last, first);
    const end = times[first] + EXTREME_SECONDS;
    while (last + 1 < times.length && !afterGap[last + 1] && times[last] < end) last++;
    if (times[last] < end) continue;
    const beyond = (times[last] - end) / (times[last] - times[last - 1]);
    const count = last - first - beyond;
    if (last - first < LEAST_INTERVALS) continue;
    const beatsPerMinute = (60 * count) / EXTREME_SECONDS;
    if (!minimum || beatsPerMinute < minimum.beatsPerMinute) minimum = { beatsPerMinute, at: times[first] };
    if (!maximum || beatsPerMinute > maximum.beatsPerMinute) maximum = { beatsPerMinute, at: times[first] };
  }
  return { mean: (60 * intervals) / seconds, minimum, maximum };
}

/**
 * The pauses of an ECG: more than 2 s from one beat to the next, or from the last one on, as a heart may stop for good; and more than 5 s without
 * a beat before or after what cannot be judged. Before the first beat there is none, as many a recording begins with electrodes at rest.
 *
 * @param times of the R peaks in seconds, ascending
 * @param unjudged the spans that were not recorded or cannot be judged, in seconds as the beats' times; they ascend and do not overlap
 * @param end of the ECG, in seconds
 */
export function findPauses(times: Float64Array, unjudged: readonly TimeSpan[], end: number): Pause[] {
  const long: TimeSpan[] = [];
  for (let i = 0; i < times.length; i++) {
    const to = times[i + 1] ?? end;
    if (to - times[i] > PAUSE_SECONDS) long.push({ from: times[i], to });
  }
  const [begins, ends] = [new Set(long.map(({ from }) => from)), new Set(long.map((span) => span.to))];
  return outside(long, unjudged).flatMap(({ from, to }) => {
    const isSure = begins.has(from) && (ends.has(to) || from === times[times.length - 1]);
    const least = isSure ? PAUSE_SECONDS : PAUSE_BESIDE_UNJUDGED_SECONDS;
    return to - from > least ? [{ from, duration: to - from }] : [];
  });
}
