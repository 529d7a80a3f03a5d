import { takeQuantile } from "../numbers/quantile.ts";

/** A beat is judged by the P waves of so many before it and after it. */
const NEAR_BEATS = 8;
/** P waves come in time when they are the usual interval apart give or take this share of it, or two of them. */
const IN_TIME = 0.04;
/** At least this share of the P waves about a beat come in time, ... */
const IN_TIME_SHARE = 0.8;
/** ... so many of them an interval after one that does as well (where each comes after a pause it may be the T wave before an early beat), ... */
const LEAST_IN_TURN = 2;
/** ... and so many two intervals after the one before: that between them led to no beat. */
const LEAST_DROPPED = 2;
/** The beats of these are nearer than their P waves by more than this in the mean, in seconds: PR lengthened by as much before. */
const LEAST_LENGTHENED = 0.045;
/** An interval between beats is not shorter than that of P waves by more than this share: PR only lengthens. */
const SHORTER = 0.03;
/** The usual interval is this quantile of them: most are not those of pauses. */
const USUAL_QUANTILE = 0.4;
/** A pause is longer than the usual interval by this at the least, as a ratio. */
const PAUSE = 1.2;
/** Fewer intervals tell nothing of what is usual. */
const LEAST_INTERVALS = 4;

/** Whether there are pauses among intervals in seconds, NaN where they are not known, in which P waves may have led to no beat. */
export function hasPauses(intervals: Float64Array): boolean {
  const known = intervals.filter((rr) => rr > 0);
  const usual = takeQuantile(known.slice(), known.length, USUAL_QUANTILE);
  return known.filter((rr) => rr > PAUSE * usual).length >= LEAST_DROPPED;
}

/**
 * Finds the beats in Wenckebach's periods: PR lengthens from beat to beat until a P wave leads to none, so that beats come sooner after a pause than
 * before it, and P waves in time all the same. Early beats of the atria have early P waves.
 *
 * @param pTimes the times of the beats' P waves in seconds; NaN where none is found
 * @param intervals the interval before each beat in seconds; NaN where it is not known
 * @returns 1 for each beat whose P wave is in time among such periods
 */
export function findWenckebach(pTimes: Float64Array, intervals: Float64Array): Uint8Array {
  const apart = pTimes.map((time, i) => (i > 0 && intervals[i] > 0 ? time - pTimes[i - 1] : Number.NaN));
  const isInPeriods = new Uint8Array(pTimes.length);
  const near = new Float64Array(2 * NEAR_BEATS + 1);
  for (let i = 0; i < pTimes.length; i++) {
    const from = Math.max(0, i - NEAR_BEATS);
    const about = apart.subarray(from, i + NEAR_BEATS + 1).filter((pp) => pp > 0);
    if (about.length < LEAST_INTERVALS) continue;
    near.set(about);
    const usual = takeQuantile(near, about.length, USUAL_QUANTILE);
    const isNear = (pp: number, times: number) => Math.abs(pp / usual - times) < IN_TIME * times;
    let [single, inTurn, dropped, lengthened] = [0, 0, 0, 0];
    for (let j = from; j < Math.min(pTimes.length, i + NEAR_BEATS + 1); j++) {
      if (isNear(apart[j], 1)) {
        single++;
        if (isNear(apart[j - 1], 1)) inTurn++;
      } else if (isNear(apart[j], 2)) {
        dropped++;
        lengthened += apart[j] - intervals[j];
      }
    }
    const arePeriods =
      inTurn >= LEAST_IN_TURN &&
      dropped >= LEAST_DROPPED &&
      lengthened >= LEAST_LENGTHENED * dropped &&
      single + dropped >= IN_TIME_SHARE * about.length;
    if (!arePeriods) continue;
    if (intervals[i] > (1 - SHORTER) * usual && (isNear(apart[i], 1) || isNear(apart[i], 2))) isInPeriods[i] = 1;
  }
  return isInPeriods;
}
