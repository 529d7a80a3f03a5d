/** Beats in the order of their times, and whether something was not recorded between each and the one before. */
export type BeatTimes = { times: Float64Array; afterGap: Uint8Array };

export type HeartRate = {
  /** Beats per minute, over all that was recorded from the first beat to the last. */
  mean: number;
  /** Of the slowest and the fastest 10 s: beats per minute, and when these begin (seconds). Null when none is whole. */
  minimum: { beatsPerMinute: number; at: number } | null;
  maximum: { beatsPerMinute: number; at: number } | null;
};

/** A time without a beat: seconds. */
export type Pause = { from: number; duration: number };

/** Of the extremes of the rate. */
export const WINDOW_SECONDS = 10;
/** A window needs so many intervals at the least, as a single one makes no rate. */
const LEAST_INTERVALS = 2;
const PAUSE_SECONDS = 2;

/**
 * The heart rate: the mean, and the extremes over windows of 10 s. A window begins at a beat, has no gap in it, and its
 * rate is that of its whole intervals: so many over the time that they take. An interval that reaches past the end of the
 * window counts by the share of it that lies inside.
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
    const end = times[first] + WINDOW_SECONDS;
    while (last + 1 < times.length && !afterGap[last + 1] && times[last] < end) last++;
    if (times[last] < end) continue;
    const beyond = (times[last] - end) / (times[last] - times[last - 1]);
    const count = last - first - beyond;
    if (last - first < LEAST_INTERVALS) continue;
    const beatsPerMinute = (60 * count) / WINDOW_SECONDS;
    if (!minimum || beatsPerMinute < minimum.beatsPerMinute) minimum = { beatsPerMinute, at: times[first] };
    if (!maximum || beatsPerMinute > maximum.beatsPerMinute) maximum = { beatsPerMinute, at: times[first] };
  }
  return { mean: (60 * intervals) / seconds, minimum, maximum };
}

/** The times of more than 2 s from one beat to the next, without a gap between them. */
export function findPauses({ times, afterGap }: BeatTimes): Pause[] {
  const pauses: Pause[] = [];
  for (let i = 1; i < times.length; i++) {
    const duration = times[i] - times[i - 1];
    if (!afterGap[i] && duration > PAUSE_SECONDS) pauses.push({ from: times[i - 1], duration });
  }
  return pauses;
}
