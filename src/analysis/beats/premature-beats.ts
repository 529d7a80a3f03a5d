import { takeQuantile } from "../numbers/quantile.ts";
import { findStates } from "../numbers/two-states.ts";

/** What is usual just now is the median of this many intervals before a beat. */
const RECENT_INTERVALS = 7;
/** The slow intervals about a beat are those of this many to each side. */
const NEAR_INTERVALS = 20;
/** The slow interval is the one that this share of those about it are shorter than: a sinus one, even where most are not. */
const SLOW_SHARE = 0.9;
/** The usual difference of intervals is the one that this share of those about a beat are below: not those to and from early beats. */
const SPREAD_SHARE = 0.3;
/** An interval is compared with those up to so many before it: in bigeminy and trigeminy it is like the second and the third. */
const MOST_TURN = 3;
/** Whether the P waves in turn with one are others is told by their mean, so many turns to each side. */
const NEAR_TURNS = 2;
/** P waves vary by this at the least, however alike those of the slow beats are. */
const LEAST_VARIATION = 0.03;
/** The usual interval for long is the median of this many to each side, and of as many in all where fewer are on one. */
const FAR_INTERVALS = 300;
/** The slow interval is found anew every so many intervals, to save time. */
const NEAR_STEP = 4;
/** The usual interval for long is found anew every so many intervals. */
const FAR_STEP = 30;
/** An interval of this length or more is a pause, and no usual interval. */
const LONGEST_RR_SECONDS = 3;
/** A ventricular beat is between two sinus beats where these are farther apart than this many times what is usual: else it says nothing of the next. */
const LEAST_AROUND = 1.3;
/** Fewer intervals tell nothing of what is usual. */
const LEAST_INTERVALS = 4;
/** An ectopic rhythm goes on where an interval is not longer than the one before it by this, a logarithm, ... */
const SAME_INTERVAL = 0.08;
/** A run begins within so many beats of one that is early of a sudden: a rate that rises little by little is none. */
const RUN_BEATS = 60;
/** What the end of a run costs where the interval is no longer than the one before it, a logarithm: then the rhythm was faster. */
const COST_OF_NO_END = 2;
/** ... the P waves of the beats about it are alike by more than this, and ... */
const REPEATED = 0.4;
/** ... it is unlike those of the slow beats by more than this. */
const OTHER_P = 0.25;
/** A beat whose interval is shorter by this, a logarithm, may be early. */
const EARLY = 0.1;
/** How suddenly an interval is shorter counts less by this share where it is as usual just now: after a pause, as where a block leaves out beats. */
const AS_USUAL_SHARE = 0.1;
/** Intervals differ by this at the least, a logarithm, in the steadiest rhythm. */
const LEAST_SPREAD = 0.02;
/** The usual of n differences of intervals may be larger than it seems by this over n: a few are small by chance. */
const SPREAD_OF_FEW = 0.7;
/** How alike the slow beats' P wave one is taken to be that is not known: rather a sinus beat's than another's. */
const UNKNOWN_ALIKENESS = 0.6;
/** P waves that are less clear than this tell the less how alike they are: in noise none is alike. */
const CLEAR = 0.5;
/** Odds beyond this, a logarithm, say no more: a single beat never decides for all. */
const MOST_ODDS = 8;

/** The evidence on whether a beat is supraventricular: each a number, in the order of the weights of a model. */
export const AFTER_SINUS = ["sudden", "drop", "next", "unlike", "alike"] as const;
export const AFTER_ECTOPIC = ["last", "recent", "long", "unlike"] as const;

/**
 * The weights of two logistic models, the natural logarithm of odds that a beat is supraventricular: of a beat after a sinus beat, and of
 * one after a supraventricular beat.
 */
export type PrematureModel = {
  afterSinus: { bias: number } & Record<(typeof AFTER_SINUS)[number], number>;
  afterEctopic: { bias: number } & Record<(typeof AFTER_ECTOPIC)[number], number>;
};

/** The weights in use, fitted to 22 MIT-BIH records that count alike: `training` has the script. */
export const PREMATURE: PrematureModel = {
  afterSinus: { bias: -2.9, sudden: 1.3, drop: 2.76, next: 4.15, unlike: 0.98, alike: -6.16 },
  afterEctopic: { bias: -1.52, last: -4.86, recent: 6.11, long: 13.68, unlike: 5.58 },
};

/** The P waves of beats, as `comparePWaves` has them: NaN where they are not known. */
type PEvidence = {
  repeated: Float32Array;
  unlikeSlow: Float32Array;
  clearness: Float32Array;
  variation: Float32Array;
};

/** How intervals are beside those that are usual: a number a beat in each list, the logarithm of a ratio; NaN where it is not known. */
export type Timing = {
  /**
   * 1 for each beat that may be supraventricular: neither it nor the one before it is ventricular or unclassified, or it comes after a single such
   * beat that is not interpolated.
   */
  isKnown: Uint8Array;
  /** How much shorter the interval before a beat is than the usual one just now. */
  recent: Float32Array;
  /** How much shorter it is than the slow ones about it. */
  slow: Float32Array;
  /** How much shorter it is than the usual one for long. */
  long: Float32Array;
  /** The usual difference of intervals from one to the next, about the beat: the more, the fewer there are of them. */
  spread: Float32Array;
  /** The same, or that from one to the second or the third after it, where it is less: intervals in turn. */
  spreadInTurn: Float32Array;
  /** How many intervals after it the one in turn is: 1 to MOST_TURN. */
  turn: Uint8Array;
  /** How much longer it is than the one before it; NaN where that is not known. */
  last: Float32Array;
  /**
   * 1 for each beat that is early of a sudden: the interval before it is shorter than the slow ones and than the one before it, or than the usual
   * one just now where that is of a beat that is left out.
   */
  isSudden: Uint8Array;
  /** How much longer the interval after the beat is than the one before it. */
  next: Float32Array;
};

/**
 * Compares the interval before each beat with those that are usual.
 *
 * @param before the interval before each beat in seconds; NaN where it is not known
 * @param isLeftOut 1 for each beat that is ventricular or unclassified
 */
export function compareIntervals(before: Float64Array, isLeftOut: Uint8Array): Timing {
  const count = before.length;
  const isUsable = (i: number) =>
    before[i] > 0 && before[i] < LONGEST_RR_SECONDS && i > 0 && !isLeftOut[i] && !isLeftOut[i - 1];
  const ends = Array.from(before.keys()).filter(isUsable);
  const intervals = Float64Array.from(ends, (i) => before[i]);
  const timing: Timing = {
    isKnown: new Uint8Array(count),
    recent: new Float32Array(count).fill(Number.NaN),
    slow: new Float32Array(count).fill(Number.NaN),
    long: new Float32Array(count).fill(Number.NaN),
    spread: new Float32Array(count),
    spreadInTurn: new Float32Array(count),
    turn: new Uint8Array(count),
    last: new Float32Array(count),
    isSudden: new Uint8Array(count),
    next: new Float32Array(count),
  };
  if (ends.length < LEAST_INTERVALS) return timing;
  const spreadsAt = newSpreads(intervals);
  let slow = 0;
  let long = 0;
  let spreads: number[] = [];
  const recentBefore = (place: number) =>
    place < LEAST_INTERVALS
      ? quantile(intervals, 0, 0, NEAR_INTERVALS, 0.5)
      : quantile(intervals, place, RECENT_INTERVALS, 0, 0.5);
  // As many count where a recording begins or ends: else a run would be what is usual there.
  const farMiddle = (place: number) => Math.max(FAR_INTERVALS, Math.min(place, intervals.length - 1 - FAR_INTERVALS));
  const compare = (i: number, recent: number) => {
    const rr = before[i];
    timing.isKnown[i] = 1;
    timing.recent[i] = Math.log(recent / rr);
    timing.slow[i] = Math.log(slow / rr);
    timing.long[i] = Math.log(long / rr);
    timing.spread[i] = spreads[0];
    timing.spreadInTurn[i] = Math.min(...spreads);
    timing.turn[i] = 1 + spreads.indexOf(Math.min(...spreads));
    timing.last[i] = isUsable(i) && isUsable(i - 1) ? Math.log(rr / before[i - 1]) : Number.NaN;
    const shorter = i > 1 && before[i - 1] > 0 ? timing.recent[i] : timing.slow[i];
    const drop = Math.min(timing.slow[i], Number.isNaN(timing.last[i]) ? shorter : -timing.last[i]);
    timing.isSudden[i] = drop >= EARLY ? 1 : 0;
    timing.next[i] = i + 1 < count && before[i + 1] > 0 ? Math.log(before[i + 1] / rr) : 0;
  };
  for (const [place, i] of ends.entries()) {
    if (place % NEAR_STEP === 0) {
      slow = quantile(intervals, place, NEAR_INTERVALS, NEAR_INTERVALS + 1, SLOW_SHARE);
      spreads = spreadsAt(place);
    }
    if (place % FAR_STEP === 0) long = quantile(intervals, farMiddle(place), FAR_INTERVALS, FAR_INTERVALS + 1, 0.5);
    compare(i, recentBefore(place));
    // The beat after the next, where the next is left out.
    const later = i + 2;
    if (later >= count || !isLeftOut[i + 1] || isLeftOut[later] || !(before[later] < LONGEST_RR_SECONDS)) continue;
    const recent = recentBefore(place + 1);
    if (before[i + 1] + before[later] > LEAST_AROUND * recent) compare(later, recent);
  }
  return timing;
}

/** Makes a function that gives the usual difference of the intervals about a place: of each and the one before it, and of those in turn. */
function newSpreads(intervals: Float64Array): (place: number) => number[] {
  const turns = Array.from({ length: MOST_TURN }, (_, k) => k + 1);
  const differences = turns.map((turn) =>
    intervals.subarray(turn).map((rr, place) => Math.abs(Math.log(rr / intervals[place]))),
  );
  return (place) => {
    const near = Math.min(intervals.length, place + NEAR_INTERVALS + 1) - Math.max(0, place - NEAR_INTERVALS);
    return turns.map(
      (turn, k) =>
        quantile(differences[k], place - turn, NEAR_INTERVALS, NEAR_INTERVALS + 1, SPREAD_SHARE) +
        SPREAD_OF_FEW * (1 / (near - turn) - 1 / (2 * NEAR_INTERVALS + 1)),
    );
  };
}

/** Values on their way to a quantile. */
const SPARE = new Float64Array(2 * FAR_INTERVALS + 1);

/** A quantile of the values from some before a place to some after it. */
function quantile(values: Float64Array, place: number, back: number, ahead: number, share: number): number {
  const part = values.subarray(Math.max(0, place - back), place + ahead);
  SPARE.set(part);
  return takeQuantile(SPARE, part.length, share);
}

/** The evidence on a beat after a sinus beat, in the order of AFTER_SINUS. */
export function evidenceAfterSinus(timing: Timing, p: PEvidence, beat: number): number[] {
  const { recent, slow, spread, spreadInTurn } = timing;
  const early = earlinessOf(Math.max(recent[beat], slow[beat]));
  const drop = dropOf(timing, beat);
  const share = 1 - AS_USUAL_SHARE * (1 - earlinessOf(recent[beat]));
  const sameP = samenessInTurn(timing, p, beat);
  const usual = sameP * spread[beat] + (1 - sameP) * spreadInTurn[beat];
  return [
    share * limit(drop / (usual + LEAST_SPREAD), -2, 5),
    limit(drop, -0.1, 0.5),
    limit(timing.next[beat], -0.1, 0.4),
    early * unlikenessOf(p, beat),
    early * alikenessOf(p, beat),
  ];
}

/** How much shorter the interval before a beat is than slow ones, and than that before it; where this is not known it does not speak against a drop. */
function dropOf({ slow, last }: Timing, beat: number): number {
  return Number.isNaN(last[beat]) ? slow[beat] : Math.min(slow[beat], -last[beat]);
}

/** The evidence on a beat after a supraventricular beat, in the order of AFTER_ECTOPIC. */
export function evidenceAfterEctopic(timing: Timing, p: PEvidence, beat: number): number[] {
  return [
    limit(timing.last[beat] || 0, -0.3, 0.5),
    limit(timing.recent[beat], -0.2, 0.3),
    limit(timing.long[beat], -0.1, 0.6),
    unlikenessOf(p, beat),
  ];
}

/** Whether an ectopic rhythm surely goes on: as fast, and with P waves that come back, but are not those of the slow beats. */
function goesOn({ last }: Timing, p: PEvidence, beat: number): boolean {
  return last[beat] < SAME_INTERVAL && p.repeated[beat] > REPEATED && unlikenessOf(p, beat) > OTHER_P;
}

/** 0 for an interval as long as others, 1 from one on that is so much shorter that its beat may be early. */
function earlinessOf(shorter: number): number {
  return limit(shorter / EARLY, 0, 1);
}

/** How unlike the slow beats' P wave a beat's is, the more, the clearer these are. */
function unlikenessOf({ unlikeSlow, clearness }: PEvidence, beat: number): number {
  return limit(unlikeSlow[beat] || 0, -0.2, 0.9) * Math.sqrt(clearness[beat]);
}

/** How alike the slow beats' P wave a beat's is: as one that is not known, the less clear these are. */
function alikenessOf({ unlikeSlow, clearness }: PEvidence, beat: number): number {
  if (Number.isNaN(unlikeSlow[beat])) return UNKNOWN_ALIKENESS;
  const share = limit(clearness[beat] / CLEAR, 0, 1);
  return share * limit(clearness[beat] - unlikeSlow[beat], 0, 1) + (1 - share) * UNKNOWN_ALIKENESS;
}

/**
 * How surely a beat and those in turn with it have the slow beats' P wave, 0 to 1, and 1 where P waves are not clear. That intervals are steady in
 * turn says nothing then: a block may leave out every third beat.
 */
function samenessInTurn({ turn }: Timing, { unlikeSlow, clearness, variation }: PEvidence, beat: number): number {
  if (Number.isNaN(unlikeSlow[beat])) return 1;
  let sum = 0;
  let count = 0;
  for (let k = -NEAR_TURNS; k <= NEAR_TURNS; k++) {
    const unlike = unlikeSlow[beat + k * turn[beat]] ?? Number.NaN;
    if (Number.isNaN(unlike)) continue;
    sum += unlike;
    count++;
  }
  const deviation = Math.max(0, sum / count) / (LEAST_VARIATION + variation[beat]);
  const share = limit(clearness[beat] / CLEAR, 0, 1);
  return share * Math.exp(-0.5 * deviation ** 2) + 1 - share;
}

/**
 * Finds the supraventricular beats among some that follow one another: those that come early of a sudden, with another P wave than the slow
 * beats have, and those that go on as fast. A run of them ends at once; one that slows down little by little was the rhythm.
 * Whether a beat is one is weighed for all of them together.
 *
 * @param from the number of the first beat
 * @param to the number of the beat after the last
 * @param isEctopic whether the beat before the first is supraventricular
 * @param isFibrillating 1 for each beat in atrial fibrillation, where none is early
 * @returns 1 for each of these beats that is supraventricular
 */
export function findPrematureBeats(
  timing: Timing,
  p: PEvidence,
  isFibrillating: Uint8Array,
  { from, to, isEctopic }: { from: number; to: number; isEctopic: boolean },
  model: PrematureModel = PREMATURE,
): Uint8Array {
  const sinusWeights = AFTER_SINUS.map((name) => model.afterSinus[name]);
  const ectopicWeights = AFTER_ECTOPIC.map((name) => model.afterEctopic[name]);
  const isJudged = (beat: number) => timing.isKnown[beat] === 1 && !isFibrillating[beat];
  let lastSudden = from - 1;
  while (lastSudden > from - RUN_BEATS && !timing.isSudden[lastSudden]) lastSudden--;
  /** The odds of each beat, when the one before it is a sinus beat, and when it is supraventricular. */
  const odds = Array.from({ length: to - from }, (_, step) => {
    const beat = from + step;
    if (timing.isSudden[beat]) lastSudden = beat;
    if (!isJudged(beat)) return [-MOST_ODDS, -MOST_ODDS];
    return [
      beat - lastSudden < RUN_BEATS
        ? weigh(model.afterSinus.bias, sinusWeights, evidenceAfterSinus(timing, p, beat))
        : -MOST_ODDS,
      goesOn(timing, p, beat)
        ? MOST_ODDS
        : weigh(model.afterEctopic.bias, ectopicWeights, evidenceAfterEctopic(timing, p, beat)),
    ];
  });
  return findStates(to - from, isEctopic ? 1 : 0, (step, last, now) => {
    const beat = from + step;
    if (!isJudged(beat)) return now === 0 ? 0 : -2 * MOST_ODDS;
    const isEndless = last === 1 && now === 0 && timing.last[beat] < SAME_INTERVAL;
    const likelihood = logLikelihood(now === 1 ? odds[step][last] : -odds[step][last]);
    return likelihood - (isEndless ? COST_OF_NO_END : 0);
  });
}

function weigh(bias: number, weights: readonly number[], values: readonly number[]): number {
  let odds = bias;
  for (let k = 0; k < values.length; k++) odds += weights[k] * values[k];
  return limit(odds, -MOST_ODDS, MOST_ODDS);
}

/** The logarithm of the likelihood of what has these odds, a logarithm. */
function logLikelihood(odds: number): number {
  return odds > 0 ? -Math.log1p(Math.exp(-odds)) : odds - Math.log1p(Math.exp(odds));
}

function limit(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
