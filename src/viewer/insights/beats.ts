import { readAnnotations } from "../../formats/wfdb/annotations.ts";

/** What a beat is, by its letter in WFDB. */
export type BeatType = "N" | "S" | "V" | "Q";
/** Beats in the order of their times, which are in seconds. */
export type Beats = { times: Float64Array; types: readonly BeatType[] };
/** The interval up to a beat: where it ends in seconds, how long it is in ms, and the type of that beat. */
export type Interval = { time: number; duration: number; type: BeatType };
/** From one second to another. */
type Span = { from: number; to: number };

/** An interval that is longer, in ms, is none: beats are missing, or the signal is. */
const LONGEST_MS = 4000;

/**
 * The beats of a WFDB annotation file, which has two bytes for most of them.
 *
 * @param rate the resolution of its times in Hz
 */
export function readBeats(file: Uint8Array, rate: number): Beats {
  const annotations = readAnnotations(file, "beats", rate, []);
  return {
    times: Float64Array.from(annotations, ({ time }) => time),
    types: annotations.map(({ code }) => toType(code)),
  };
}

/** The intervals between neighbouring beats but for those that touch a time in which nothing could be seen. */
export function intervalsOf({ times, types }: Beats, unusable: readonly Span[]): Interval[] {
  const intervals: Interval[] = [];
  for (let i = 1, gap = 0; i < times.length; i++) {
    while (gap < unusable.length && unusable[gap].to <= times[i - 1]) gap++;
    const duration = (times[i] - times[i - 1]) * 1000;
    const isSeen = gap === unusable.length || unusable[gap].from >= times[i];
    if (isSeen && duration < LONGEST_MS) intervals.push({ time: times[i], duration, type: types[i] });
  }
  return intervals;
}

/** Pairs of intervals that follow one another without a gap, in ms: the points of a Poincaré plot. */
export function pairsOf(intervals: readonly Interval[]): { first: number; second: number; type: BeatType }[] {
  return intervals.flatMap(({ time, duration, type }, i) => {
    const before = intervals[i - 1];
    const follows = before && Math.abs(time - duration / 1000 - before.time) < 1e-6;
    return follows ? [{ first: before.duration, second: duration, type }] : [];
  });
}

/** The number of the first that is at a time or later. */
export function indexAt(times: ArrayLike<number>, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The next time after one, or the one before it; undefined if there is none. What is as near as a tenth of a second is where one
 * is already.
 */
export function neighbourOf(times: ArrayLike<number>, time: number, by: 1 | -1): number | undefined {
  const here = 0.1;
  return by > 0 ? times[indexAt(times, time + here)] : times[indexAt(times, time - here) - 1];
}

/** The times of the beats that are not normal. */
export function timesOutOfRule({ times, types }: Beats): Float64Array {
  return times.filter((_, i) => types[i] === "S" || types[i] === "V");
}

/** The times of ventricular beats beside which there is no other: those of couplets and runs are events. */
export function singleVentricular({ times, types }: Beats): Float64Array {
  return times.filter((_, i) => types[i] === "V" && types[i - 1] !== "V" && types[i + 1] !== "V");
}

/** The beats from a time on, up to another. */
export function beatsIn({ times, types }: Beats, from: number, to: number) {
  const [first, end] = [indexAt(times, from), indexAt(times, to)];
  return Array.from(times.subarray(first, end), (time, i) => ({ time, type: types[first + i] }));
}

function toType(code: string | undefined): BeatType {
  return code === "N" || code === "S" || code === "V" ? code : "Q";
}
