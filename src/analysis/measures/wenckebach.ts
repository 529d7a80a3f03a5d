import { takeQuantile } from "../numbers/quantile.ts";
import type { PFinder } from "../waves/p-finder.ts";

/** A group of beats ends with an interval that is longer than both beside it by this at the least, as a ratio. */
const PAUSE = 1.15;
/** A group is judged with so many to each side. */
const NEAR_GROUPS = 4;
/** P waves of groups come at one rate where their intervals differ by less than this share, ... */
const IN_TIME = 0.05;
/** ... as at least this share of the groups do, ... */
const IN_TIME_SHARE = 0.8;
/** ... and so many. */
const LEAST_GROUPS = 2;
/** An interval between beats is not shorter than that of P waves by more than this share: PR only lengthens. */
const SHORTER = 0.03;
/** The signal is as alike the slow beats' P wave as this in the mean where P waves are in time: before beats, and where none follows, ... */
const LEAST_LIKENESS = 0.6;
/** ... and more so by this than it is as long after the last or the first beat of the group: a T wave may be as alike, but is so there, too. */
const LEAST_LIFT = 0.2;

/** The beats from one after a pause to before the next after a pause. */
type Group = {
  first: number;
  next: number;
  /** The interval of P waves in seconds, if there is one more than beats; NaN where it is not known, and where beats come sooner than that. */
  pp: number;
};

/** How alike the slow beats' P wave the signal is at some times of a group. */
type GroupLikeness = {
  /** The mean likeness at the P waves in time before its beats, but for the first. */
  before: number;
  /** The likeness at the P wave in time that no beat follows. */
  alone: number;
  /** The likeness as long after the last beat as the second P wave is after the first beat: that of T waves. */
  afterLast: number;
  /** The likeness as long after the first beat as the P wave that no beat follows is after the last beat: that of T waves, too. */
  afterFirst: number;
};

/**
 * Finds the beats in Wenckebach's periods: PR lengthens from beat to beat until a P wave leads to none, so that beats come sooner after a pause than
 * before it, and P waves in time all the same, one more of them than beats. Early beats of the atria have no P wave at these times.
 *
 * @param newFinder makes what looks for P waves; null where they cannot be compared
 * @param times the times of the beats in seconds, as the finder has them
 * @param intervals the interval before each beat in seconds; NaN where it is not known
 * @returns 1 for each beat among such periods
 */
export function findWenckebach(
  newFinder: (() => PFinder) | null,
  times: Float64Array,
  intervals: Float64Array,
): Uint8Array {
  const isInPeriods = new Uint8Array(times.length);
  const groups = findGroups(times, intervals);
  if (!newFinder || groups.filter(({ pp }) => pp > 0).length < LEAST_GROUPS) return isInPeriods;
  const finder = newFinder();
  const likeness = groups.map((group) => compareGroup(group, finder, times));
  for (const [g, { first, next, pp }] of groups.entries()) {
    const near = [...groups.keys()].filter((k) => Math.abs(k - g) <= NEAR_GROUPS && groups[k].pp > 0);
    const usual = takeQuantile(
      Float64Array.from(near, (k) => groups[k].pp),
      near.length,
      0.5,
    );
    const inTime = near.filter((k) => Math.abs(groups[k].pp / usual - 1) < IN_TIME);
    if (inTime.length < Math.max(LEAST_GROUPS, IN_TIME_SHARE * near.length) || (pp > 0 && !inTime.includes(g)))
      continue;
    if (!haveP(inTime.map((k) => likeness[k]))) continue;
    for (let i = first; i < next; i++) if (intervals[i] > (1 - SHORTER) * usual) isInPeriods[i] = 1;
  }
  return isInPeriods;
}

/** Cuts the beats into groups between pauses; those to both ends are not whole. */
function findGroups(times: Float64Array, intervals: Float64Array): Group[] {
  const begins = [...times.keys()].filter(
    (i) => i > 0 && intervals[i] > PAUSE * Math.max(intervals[i - 1] || 0, intervals[i + 1] || 0),
  );
  return [0, ...begins].map((first, g) => {
    const next = begins[g] ?? times.length;
    const isWhole = g > 0 && g < begins.length && next - first > 1;
    const pp = isWhole ? (times[next] - times[first]) / (next - first + 1) : Number.NaN;
    const areInTime = intervals.subarray(first + 1, next + 1).every((rr) => rr > (1 - SHORTER) * pp);
    return { first, next, pp: areInTime ? pp : Number.NaN };
  });
}

function compareGroup(
  { first, next, pp }: Group,
  { fromPeak, likenessNear }: PFinder,
  times: Float64Array,
): GroupLikeness {
  const pTime = (p: number) => times[first] + fromPeak + p * pp;
  const beats = next - first;
  const acrossGroup = times[next - 1] - times[first];
  let before = 0;
  for (let p = 1; p < beats; p++) before += likenessNear(pTime(p)) / (beats - 1);
  return {
    before,
    alone: likenessNear(pTime(beats)),
    afterLast: likenessNear(pTime(1) + acrossGroup),
    afterFirst: likenessNear(pTime(beats) - acrossGroup),
  };
}

/** Whether groups have P waves in time, those before beats and those alone. */
function haveP(groups: readonly GroupLikeness[]): boolean {
  const mean = (name: keyof GroupLikeness) => groups.reduce((sum, group) => sum + group[name], 0) / groups.length;
  const [before, alone] = [mean("before"), mean("alone")];
  return (
    Math.min(before, alone) >= LEAST_LIKENESS &&
    Math.min(before - mean("afterLast"), alone - mean("afterFirst")) >= LEAST_LIFT
  );
}
