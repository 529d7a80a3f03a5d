import { takeQuantile } from "../numbers/quantile.ts";

/** A premature beat's interval is shorter by this share than the usual one, and than the one before it. */
const PREMATURE_SHARE = 0.12;
/** A premature beat's interval is shorter by this many times the difference of successive intervals: in atrial fibrillation none is. */
const PREMATURE_DIFFERENCES = 5;
/** The usual interval just now is the median of this many. */
const RECENT_INTERVALS = 7;
/** The difference of successive intervals is the median of this many. */
const COMPARED_INTERVALS = 20;
/** A run that goes on for longer is a rhythm of its own. */
const LONGEST_RUN_SECONDS = 120;
/** A run ends at once when it has no more beats than this: a longer one that slows down little by little was a rhythm. */
const SHORT_RUN_BEATS = 2;
/** An interval of this length or more is a pause, and no usual interval. */
const LONGEST_RR_SECONDS = 2.5;

/** Some beats, by their numbers: what tells which of them are premature. */
export type TimedBeats = {
  /** The interval before each beat in seconds; NaN where it is not known. */
  before: Float64Array;
  /** 1 for each beat that may be premature: neither ventricular nor unclassified. */
  isCandidate: Uint8Array;
  /** 1 for each beat of an abnormal kind: it neither begins a run nor says what is usual. */
  isAbnormal: Uint8Array;
};

/** Premature beats that follow one another. */
type Run = {
  /** The number of its first beat. */
  first: number;
  /** The usual interval before it, in seconds. */
  usual: number;
  seconds: number;
};

/**
 * Finds the premature beats of an ECG: those that come early of a sudden, and those that go on as fast. Where a run of
 * them slows down little by little, rather than at once, it was the rhythm that was faster; so it was where the run does
 * not end. The beat after a ventricular one does not begin a run: it may follow early where that one is interpolated.
 *
 * @returns 1 for each beat that is premature
 */
export function findPrematureBeats(beats: TimedBeats): Uint8Array {
  const { before, isCandidate } = beats;
  const isPremature = new Uint8Array(before.length);
  const recent = firstIntervals(beats);
  let run: Run | null = null;
  for (let i = 1; i < before.length; i++) {
    if (!run) {
      if (!isRegular(beats, i) || isPremature[i - 1]) continue;
      const usual = usualIfPremature(before[i], before[i - 1], recent);
      if (usual === null) recent.push(before[i]);
      else {
        isPremature[i] = 1;
        run = { first: i, usual, seconds: 0 };
      }
      continue;
    }
    const isSlower = isShorter(before[i - 1], before[i]);
    run.seconds += before[i];
    if (isCandidate[i] && isShorter(before[i], run.usual) && !isSlower && run.seconds < LONGEST_RUN_SECONDS) {
      isPremature[i] = 1;
      continue;
    }
    const isRhythm = isCandidate[i] && before[i] > 0 && !isSlower && i - run.first > SHORT_RUN_BEATS;
    if (isRhythm) isPremature.fill(0, run.first, i);
    if (run.seconds >= LONGEST_RUN_SECONDS) recent.length = 0;
    run = null;
  }
  return isPremature;
}

/**
 * Tells whether an interval is premature.
 *
 * @param last the interval before it, in seconds; NaN where it is not known
 * @param recent the intervals of regular beats before it, in seconds
 * @returns the usual interval, in seconds, for which it is premature; null when it is not
 */
export function usualIfPremature(rr: number, last: number, recent: readonly number[]): number | null {
  // An interval before it that is not known, as at the beginning, does not speak against it.
  if (rr >= (1 - PREMATURE_SHARE) * last) return null;
  const usual = medianOf(recent.slice(-RECENT_INTERVALS));
  const difference = differenceOf(recent.slice(-COMPARED_INTERVALS));
  return rr < (1 - Math.max(PREMATURE_SHARE, PREMATURE_DIFFERENCES * difference)) * usual ? usual : null;
}

function isShorter(rr: number, other: number): boolean {
  return rr < (1 - PREMATURE_SHARE) * other;
}

/** Whether a beat and the one before it are candidates, it is of no abnormal kind, and no pause is before it. */
function isRegular({ before, isCandidate, isAbnormal }: TimedBeats, i: number): boolean {
  return isCandidate[i] === 1 && isCandidate[i - 1] === 1 && !isAbnormal[i] && before[i] < LONGEST_RR_SECONDS;
}

/** The first intervals of the recording, which stand in for those before it. */
function firstIntervals(beats: TimedBeats): number[] {
  const intervals: number[] = [];
  for (let i = 1; i < beats.before.length && intervals.length < COMPARED_INTERVALS; i++) {
    if (isRegular(beats, i)) intervals.push(beats.before[i]);
  }
  return intervals;
}

function medianOf(values: number[]): number {
  return takeQuantile(Float64Array.from(values), values.length, 0.5);
}

/** The median difference of successive intervals, as a share of the earlier one. */
function differenceOf(intervals: number[]): number {
  return medianOf(intervals.slice(1).map((rr, i) => Math.abs(rr / intervals[i] - 1)));
}
