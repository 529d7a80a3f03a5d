import { takeQuantile } from "../numbers/quantile.ts";
import { findStates } from "../numbers/two-states.ts";
import type { Finding } from "./finding.ts";
import type { BeatTimes } from "./heart-rate.ts";

/** A time in which beats come as irregularly as in atrial fibrillation and have no P waves: from one second to another. */
export type IrregularEpisode = {
  from: number;
  to: number;
  /** How likely it is, by what was weighed: 0 to 1. */
  confidence: number;
};

/** The intervals of this many beats are judged together: half of them before a beat. */
const WINDOW_INTERVALS = 12;
/** Fewer intervals tell nothing of their irregularity. */
const LEAST_INTERVALS = 6;
/** A larger share of known intervals says no more. */
const ENOUGH_KNOWN = 0.75;
/** Two intervals that differ by more than this share of the usual one are unlike. */
const UNLIKE_SHARE = 0.05;
/** A longer interval is a pause. */
const LONGEST_RR_SECONDS = 3;
/** An episode has at least so many beats. */
const LEAST_BEATS = 8;
/** Odds beyond this, a logarithm, say no more. */
const MOST_ODDS = 6;
/** Neighbouring beats are judged by nearly the same intervals: what each says counts by this. */
const BEAT_SHARE = 0.5;
/** What the beginning or the end of an episode costs, a logarithm. */
const COST_OF_CHANGE = 6;
/** What an episode costs that the ECG begins with: it may have begun before. */
const COST_AT_FIRST = 2;
/** The likeness of P waves that is taken where none could be compared: then only the most irregular intervals tell. */
const UNKNOWN_LIKENESS = 0.25;

/**
 * The weights of a logistic model of atrial fibrillation, the natural logarithm of odds, fitted to the beats of 25 patients of two databases
 * that count alike: `training` has the script.
 */
export const FIBRILLATION = { bias: -11.41, irregularity: 7.51, comesBack: -7.88, known: 10.41 };
/** The bias of such a model, and its weights of the values of a beat. */
export type FibrillationModel = typeof FIBRILLATION;

/** What speaks for atrial fibrillation at each beat: a number a beat in each list. */
type FibrillationEvidence = {
  /** The share of the pairs of the intervals about a beat that are unlike; NaN where too few are known. */
  irregularity: Float32Array;
  /**
   * The share of the intervals about a beat that are known, up to ENOUGH_KNOWN: few are among many ventricular beats, and are then as irregular
   * as in fibrillation.
   */
  known: Float32Array;
  /** How much P waves come back, as `comparePWaves` has it; NaN where it is not known. */
  comesBack: Float32Array;
};

/**
 * Measures how irregular the intervals about each beat are, by Petrenas, Marozas and Sornmo's share of pairs that differ ("Low-complexity detection of
 * atrial fibrillation in continuous long-term monitoring", Comput Biol Med 65:184-191, 2015), over 12 intervals. Those from and to ventricular beats
 * and across gaps are left out.
 *
 * @param isLeftOut 1 for each beat that is ventricular or unclassified
 */
export function measureIrregularity(
  { times, afterGap }: BeatTimes,
  isLeftOut: Uint8Array,
): Pick<FibrillationEvidence, "irregularity" | "known"> {
  const irregularity = new Float32Array(times.length).fill(Number.NaN);
  const known = new Float32Array(times.length);
  const intervals = new Float64Array(WINDOW_INTERVALS);
  const sorted = new Float64Array(WINDOW_INTERVALS);
  for (let i = 0; i < times.length; i++) {
    // At the beginning and the end the window does not go beyond them, but is as long.
    const last = Math.min(times.length - 1, Math.max(i + WINDOW_INTERVALS / 2, WINDOW_INTERVALS));
    const first = Math.max(1, last - WINDOW_INTERVALS + 1);
    let count = 0;
    for (let j = first; j <= last; j++) {
      const rr = times[j] - times[j - 1];
      if (!afterGap[j] && !isLeftOut[j] && !isLeftOut[j - 1] && rr < LONGEST_RR_SECONDS) intervals[count++] = rr;
    }
    known[i] = Math.min(ENOUGH_KNOWN, count / (last - first + 1));
    if (count < LEAST_INTERVALS) continue;
    sorted.set(intervals);
    const most = UNLIKE_SHARE * takeQuantile(sorted, count, 0.5);
    let unlike = 0;
    for (let a = 1; a < count; a++) {
      for (let b = 0; b < a; b++) if (Math.abs(intervals[a] - intervals[b]) > most) unlike++;
    }
    irregularity[i] = (2 * unlike) / (count * (count - 1));
  }
  return { irregularity, known };
}

/**
 * The odds, a logarithm, that the atria fibrillate at a beat: 0 where nothing is known. Where intervals are not known, P waves that come back speak
 * against it, but none speak for it.
 */
function weighFibrillation(
  { irregularity, known, comesBack }: FibrillationEvidence,
  beat: number,
  model: FibrillationModel,
): number {
  const likeness = Number.isNaN(comesBack[beat]) ? UNKNOWN_LIKENESS : comesBack[beat];
  const odds = Number.isNaN(irregularity[beat])
    ? Math.min(0, model.comesBack * (likeness - UNKNOWN_LIKENESS))
    : model.bias + model.irregularity * irregularity[beat] + model.comesBack * likeness + model.known * known[beat];
  return Math.max(-MOST_ODDS, Math.min(MOST_ODDS, odds));
}

/**
 * Finds the beats in atrial fibrillation among some that follow one another: all together, as each change costs.
 *
 * @param from the number of the first beat
 * @param to the number of the beat after the last
 * @param isFibrillating whether the beat before the first is in fibrillation
 * @returns 1 for each of these beats that is
 */
export function findFibrillation(
  evidence: FibrillationEvidence,
  { from, to, isFibrillating }: { from: number; to: number; isFibrillating: boolean },
  model: FibrillationModel = FIBRILLATION,
): Uint8Array {
  const odds = Float64Array.from({ length: to - from }, (_, step) => weighFibrillation(evidence, from + step, model));
  return findStates(to - from, isFibrillating ? 1 : 0, (step, last, now) => {
    const cost = from + step === 0 ? COST_AT_FIRST : COST_OF_CHANGE;
    return (now === 1 ? 0.5 : -0.5) * BEAT_SHARE * odds[step] - (now === last ? 0 : cost);
  });
}

/** The episodes of the beats that are in fibrillation, as sure as the model in use is; a gap of the recording ends one. */
export function findEpisodes(
  { times, afterGap }: BeatTimes,
  evidence: FibrillationEvidence,
  isFibrillating: Uint8Array,
): IrregularEpisode[] {
  const episodes: IrregularEpisode[] = [];
  let first = -1;
  let sum = 0;
  for (let i = 0; i <= times.length; i++) {
    if (first >= 0 && (i === times.length || !isFibrillating[i] || afterGap[i])) {
      const confidence = Math.max(0, sum / (i - first));
      if (i - first >= LEAST_BEATS) episodes.push({ from: times[first], to: times[i - 1], confidence });
      first = -1;
    }
    if (i === times.length || !isFibrillating[i]) continue;
    if (first < 0) {
      first = i;
      sum = 0;
    }
    sum += Math.tanh(weighFibrillation(evidence, i, FIBRILLATION) / 2);
  }
  return episodes;
}

/**
 * The irregular episodes of an ECG, and why none can be told.
 *
 * @param isFibrillating 1 for each beat that was found to be in fibrillation
 */
export function findIrregularRhythm(
  beats: BeatTimes,
  evidence: FibrillationEvidence,
  isFibrillating: Uint8Array,
): Finding<IrregularEpisode[]> {
  if (evidence.irregularity.some((value) => !Number.isNaN(value))) {
    return { value: findEpisodes(beats, evidence, isFibrillating) };
  }
  return {
    value: [],
    reason: `fewer than ${LEAST_INTERVALS} of ${WINDOW_INTERVALS} intervals in a row are between beats that are not ventricular`,
  };
}
