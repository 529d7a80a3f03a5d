import type { Finding } from "./finding.ts";
import type { BeatTimes } from "./heart-rate.ts";

/** A time in which beats come as irregularly as in atrial fibrillation: from one second to another. */
export type IrregularEpisode = {
  from: number;
  to: number;
  /** How far beyond the threshold the irregularity is: 0 to 1. */
  confidence: number;
};

/** This many intervals, each with the one before it, are judged together. */
const WINDOW_INTERVALS = 32;
/** An episode lasts at least this long, and ends where there is no interval to judge for this long. */
const LEAST_SECONDS = 30;
/** Two intervals that differ by no more than this are alike; Lake and Moorman begin with it. */
const FIRST_TOLERANCE_SECONDS = 0.03;
/** The tolerance grows by this factor until there are LEAST_MATCHES. */
const TOLERANCE_STEP = 1.5;
/** Fewer pairs that match twice tell no frequency; Lake and Moorman take 5. */
const LEAST_MATCHES = 5;
/**
 * The coefficient of sample entropy above which intervals are as irregular as in atrial fibrillation. Lake and Moorman take
 * -1.4 for 12 beats; over more of them, runs of supraventricular beats come near to that.
 */
const THRESHOLD = -1.0;
/** A window whose coefficient is this far above the threshold is irregular for certain, this far below it for certain not. */
const CERTAIN = 0.8;

/**
 * The irregular episodes of an ECG, and why none can be told.
 *
 * @param isLeftOut like that of findIrregularEpisodes
 */
export function findIrregularRhythm(beats: BeatTimes, isLeftOut: Uint8Array): Finding<IrregularEpisode[]> {
  const episodes = findIrregularEpisodes(beats, isLeftOut);
  if (episodes) return { value: episodes };
  return {
    value: [],
    reason: `fewer than ${WINDOW_INTERVALS} intervals between beats that are not ventricular, each with the one before it`,
  };
}

/**
 * Finds where RR intervals are as irregular as atrial fibrillation makes them, by the coefficient of sample entropy (Lake and
 * Moorman, "Accurate estimation of entropy in very short physiological time series: the problem of atrial fibrillation
 * detection in implanted ventricular devices", Am J Physiol Heart Circ Physiol 300:H319-H325, 2011), of templates of one
 * interval, over windows of 32 intervals. An interval is in an episode when most windows with it are irregular.
 *
 * Intervals across a gap are left out, and so are those from and to ventricular ectopic beats, which would be irregular in
 * any rhythm. An interval is judged by how it follows from the one before it, so both must be there: where every second or
 * third beat is ventricular for long, nothing is said.
 *
 * @param isLeftOut 1 for each beat that is ventricular or unclassified
 * @returns null where there are fewer than 32 intervals to judge
 */
export function findIrregularEpisodes(beats: BeatTimes, isLeftOut: Uint8Array): IrregularEpisode[] | null {
  const { times, afterGap } = beats;
  /** The last beats of the intervals to judge: each of the three beats of an interval and the one before it counts. */
  const ends: number[] = [];
  for (let i = 2; i < times.length; i++) {
    if (afterGap[i] || afterGap[i - 1]) continue;
    if (!isLeftOut[i] && !isLeftOut[i - 1] && !isLeftOut[i - 2]) ends.push(i);
  }
  const count = ends.length;
  if (count < WINDOW_INTERVALS) return null;
  const pairs = {
    intervals: Float64Array.from(ends, (i) => times[i] - times[i - 1]),
    before: Float64Array.from(ends, (i) => times[i - 1] - times[i - 2]),
  };
  /** The irregularity of all windows that an interval is in: each window adds at its first interval, and takes off after its last. */
  const sums = new Float64Array(count + 1);
  /** The number of these windows, in the same way. */
  const windows = new Float64Array(count + 1);
  const matches = newMatches(FIRST_TOLERANCE_SECONDS);
  for (let to = 1; to <= count; to++) {
    const from = to - WINDOW_INTERVALS;
    countMatches(matches, pairs, to - 1, Math.max(0, from), to - 1);
    if (from < 0) continue;
    const excess = (coefficientOfEntropy(matches, pairs, from, to) - THRESHOLD) / CERTAIN;
    const share = 0.5 + 0.5 * Math.max(-1, Math.min(1, excess));
    sums[from] += share;
    sums[to] -= share;
    windows[from]++;
    windows[to]--;
    countMatches(matches, pairs, from, from + 1, to, -1);
  }

  const episodes: IrregularEpisode[] = [];
  let sum = 0;
  let number = 0;
  let first = -1;
  let total = 0;
  for (let k = 0; k <= count; k++) {
    sum += sums[k];
    number += windows[k];
    const share = k < count && number > 0 ? sum / number : 0;
    // A gap of the recording ends an episode; a few ventricular beats do not.
    const goesOn =
      share > 0.5 &&
      (first < 0 || (times[ends[k]] - times[ends[k - 1]] < LEAST_SECONDS && !hasGap(afterGap, ends[k - 1], ends[k])));
    if (goesOn) {
      if (first < 0) first = k;
      total += share;
      continue;
    }
    if (first >= 0) {
      const from = times[ends[first] - 2];
      const to = times[ends[k - 1]];
      if (to - from >= LEAST_SECONDS)
        episodes.push({ from, to, confidence: Math.min(1, 2 * (total / (k - first)) - 1) });
    }
    first = share > 0.5 ? k : -1;
    total = share > 0.5 ? share : 0;
  }
  return episodes;
}

/** Intervals, and the interval before each of them: seconds. */
type Pairs = { intervals: Float64Array; before: Float64Array };
/**
 * The pairs of intervals that follow alike ones (within `tolerance` seconds): their number, and the number of those that are
 * alike themselves.
 */
type Matches = { tolerance: number; alike: number; stillAlike: number };

function newMatches(tolerance: number): Matches {
  return { tolerance, alike: 0, stillAlike: 0 };
}

/** Adds the pairs of one interval with some others, or takes them away. */
function countMatches(matches: Matches, pairs: Pairs, at: number, from: number, to: number, sign = 1): void {
  const { intervals, before } = pairs;
  for (let i = from; i < to; i++) {
    if (Math.abs(before[i] - before[at]) > matches.tolerance) continue;
    matches.alike += sign;
    if (Math.abs(intervals[i] - intervals[at]) <= matches.tolerance) matches.stillAlike += sign;
  }
}

/**
 * The coefficient of sample entropy of a window: the negative logarithm of the share of alike intervals that are followed
 * by alike ones, plus the logarithm of the tolerance's width, less that of the mean interval. The tolerance grows until
 * there are matches enough.
 *
 * @param narrowest the window's matches within the first tolerance
 */
function coefficientOfEntropy(narrowest: Matches, pairs: Pairs, from: number, to: number): number {
  let mean = 0;
  for (let i = from; i < to; i++) mean += pairs.intervals[i] / WINDOW_INTERVALS;
  let matches = narrowest;
  while (matches.stillAlike < LEAST_MATCHES && matches.tolerance <= mean) {
    matches = newMatches(matches.tolerance * TOLERANCE_STEP);
    for (let i = from + 1; i < to; i++) countMatches(matches, pairs, i, from, i);
  }
  const { alike, stillAlike, tolerance } = matches;
  return -Math.log(Math.max(1, stillAlike) / Math.max(1, alike)) + Math.log(2 * tolerance) - Math.log(mean);
}

function hasGap(afterGap: Uint8Array, from: number, to: number): boolean {
  for (let i = from + 1; i <= to; i++) if (afterGap[i]) return true;
  return false;
}
