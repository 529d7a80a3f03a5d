import type { BeatTimes } from "./heart-rate.ts";

/** A stretch of a recording whose beats come as irregularly as in atrial fibrillation: seconds. */
export type IrregularEpisode = {
  from: number;
  to: number;
  /** 0 to 1: how far beyond the threshold its intervals are. */
  confidence: number;
};

/** Intervals that are judged together. */
const WINDOW_INTERVALS = 32;
/** Less time than this is no episode. */
const LEAST_SECONDS = 30;
/** Intervals are alike within this, or within so much more that there are matches enough. */
const FIRST_TOLERANCE_SECONDS = 0.03;
const TOLERANCE_STEP = 1.5;
const LEAST_MATCHES = 5;
/**
 * The coefficient of sample entropy above which it is as in atrial fibrillation. Lake and Moorman take -1.4 for 12 beats;
 * over more of them, runs of supraventricular beats come near to that.
 */
const THRESHOLD = -1.0;
/** And so far above it is certain, below it excluded. */
const CERTAIN = 0.8;

/**
 * Where RR intervals are as irregular as atrial fibrillation makes them: by the coefficient of sample entropy (Lake and
 * Moorman, "Accurate estimation of entropy in very short physiological time series: the problem of atrial fibrillation
 * detection in implanted ventricular devices", Am J Physiol Heart Circ Physiol 300:H319-H325, 2011), of templates of one
 * interval, over windows of 32 intervals. An interval is in an episode when most windows with it are irregular.
 *
 * Intervals across a gap are left out, as are those of ventricular ectopic beats, from and to them, which would be
 * irregular in any rhythm.
 *
 * @param isVentricular 1 for each ventricular ectopic beat
 */
export function findIrregularEpisodes(beats: BeatTimes, isVentricular: Uint8Array): IrregularEpisode[] {
  const { times, afterGap } = beats;
  /** The beats that end an interval between two that are not ventricular. */
  const ends: number[] = [];
  for (let i = 1; i < times.length; i++) {
    if (!afterGap[i] && !isVentricular[i] && !isVentricular[i - 1]) ends.push(i);
  }
  const count = ends.length;
  if (count < WINDOW_INTERVALS) return [];

  const intervals = Float64Array.from(ends, (i) => times[i] - times[i - 1]);
  const follows = Uint8Array.from(ends, (i, k) => (k > 0 && ends[k - 1] === i - 1 ? 1 : 0));
  /** Of all windows with an interval in them. */
  const sums = new Float64Array(count + 1);
  const windows = new Float64Array(count + 1);
  for (let from = 0; from + WINDOW_INTERVALS <= count; from++) {
    const excess = (coefficientOfEntropy(intervals, follows, from) - THRESHOLD) / CERTAIN;
    const share = 0.5 + 0.5 * Math.max(-1, Math.min(1, excess));
    sums[from] += share;
    sums[from + WINDOW_INTERVALS] -= share;
    windows[from]++;
    windows[from + WINDOW_INTERVALS]--;
  }

  const episodes: IrregularEpisode[] = [];
  let sum = 0;
  let number = 0;
  let first = -1;
  let total = 0;
  for (let k = 0; k <= count; k++) {
    sum += sums[k];
    number += windows[k];
    const share = k < count ? sum / number : 0;
    // A gap of the recording ends an episode; a few ventricular beats do not.
    const goesOn = share > 0.5 && (first < 0 || !hasGap(afterGap, ends[k - 1], ends[k]));
    if (goesOn) {
      if (first < 0) first = k;
      total += share;
      continue;
    }
    if (first >= 0) {
      const from = times[ends[first] - 1];
      const to = times[ends[k - 1]];
      if (to - from >= LEAST_SECONDS)
        episodes.push({ from, to, confidence: Math.min(1, 2 * (total / (k - first)) - 1) });
    }
    first = share > 0.5 ? k : -1;
    total = share > 0.5 ? share : 0;
  }
  return episodes;
}

/**
 * The negative logarithm of how often intervals that are alike are followed by ones that are alike, made independent of
 * how near alike is, less the logarithm of the mean interval: the tolerance grows until there are matches enough.
 */
function coefficientOfEntropy(intervals: Float64Array, follows: Uint8Array, from: number): number {
  const to = from + WINDOW_INTERVALS;
  let mean = 0;
  for (let i = from; i < to; i++) mean += intervals[i] / WINDOW_INTERVALS;
  for (let tolerance = FIRST_TOLERANCE_SECONDS; ; tolerance *= TOLERANCE_STEP) {
    let alike = 0;
    let stillAlike = 0;
    for (let i = from; i < to - 1; i++) {
      for (let j = i + 1; j < to; j++) {
        if (Math.abs(intervals[i] - intervals[j]) > tolerance) continue;
        if (j + 1 < to && follows[i + 1] && follows[j + 1]) {
          alike++;
          if (Math.abs(intervals[i + 1] - intervals[j + 1]) <= tolerance) stillAlike++;
        }
      }
    }
    const isWidest = tolerance > mean;
    if (stillAlike >= LEAST_MATCHES || isWidest) {
      return -Math.log(Math.max(1, stillAlike) / Math.max(1, alike)) + Math.log(2 * tolerance) - Math.log(mean);
    }
  }
}

function hasGap(afterGap: Uint8Array, from: number, to: number): boolean {
  for (let i = from + 1; i <= to; i++) if (afterGap[i]) return true;
  return false;
}
