import { takeQuantile } from "../numbers/quantile.ts";
import type { PFinder } from "../waves/p-finder.ts";

/** A run has at least so many beats. */
const LEAST_BEATS = 6;
/** Beats come no faster than this in seconds: in a faster rhythm P waves are in T waves, which are as alike by chance. */
const LEAST_RR_SECONDS = 0.55;
/** The intervals of a run differ from their median by less than this share, ... */
const STEADY = 0.1;
/** ... as at least this share of them do. */
const STEADY_SHARE = 0.8;
/** The R peak of a wide beat is up to so much later after its P wave than that of a narrow one, or sooner, in seconds. */
const [MOST_LATE, MOST_EARLY] = [0.06, 0.02];
/** Places of P waves are tried so far apart, in seconds, ... */
const STEP = 0.02;
/** ... which are so many. */
const LATES = 1 + Math.round((MOST_LATE + MOST_EARLY) / STEP);
/** Beats are conducted where the signal before them is as alike the slow beats' P wave as this in the mean, ... */
const CONDUCTED = 0.75;
/** ... or as this where they come in time, ... */
const CONDUCTED_IN_TIME = 0.6;
/** ... and are not where it is less so than this. */
const NOT_CONDUCTED = 0.6;
/** They come in time where their first interval, and the one behind them, differs from the one before it by less than this share. */
const IN_TIME = 0.1;
/** A fast run in time is among so many narrow beats to each side: single ones come between runs of the ventricles, too. */
const NARROW_BESIDE = 3;
/** A beat that comes in a pause comes after this many times the usual interval at the least. */
const LATE = 1.2;

/**
 * Tells whether wide beats in a row are conducted from the atria, as in bundle branch block, or of the ventricles' own rhythm: by P waves before them.
 *
 * @param times the times of the beats in seconds, as the finder has them
 * @param intervals the interval before each beat in seconds; NaN where it is not known
 * @param isWide 1 for each beat that is wider than usual and of another shape
 * @returns 1 for each beat that P waves come before, -1 for each of a steady run before whose beats none come, 0 where it cannot be told
 */
export function findConduction(
  finder: PFinder,
  times: Float64Array,
  intervals: Float64Array,
  isWide: Uint8Array,
): Int8Array {
  const conduction = new Int8Array(times.length);
  for (const { first, next, inRun, usual } of wideRuns(intervals, isWide)) {
    if (usual < LEAST_RR_SECONDS) continue;
    const most = likenessBefore(finder, times.subarray(first, next));
    const steady = inRun.filter((rr) => Math.abs(rr / usual - 1) < STEADY).length;
    const isOwn = most < NOT_CONDUCTED && steady >= STEADY_SHARE * inRun.length;
    const isConducted = most >= (isInTime(intervals, first, next) ? CONDUCTED_IN_TIME : CONDUCTED);
    conduction.fill(isConducted ? 1 : isOwn ? -1 : 0, first, next);
  }
  return conduction;
}

/**
 * Tells which wide beats are escapes of the ventricles: those that come late, in a pause of the others, without P waves before them.
 *
 * @param times the times of the beats in seconds, as the finder has them
 * @param intervals the interval before each beat in seconds; NaN where it is not known
 * @param isWide 1 for each beat that is wider than usual and of another shape
 * @returns 1 for each beat that is one
 */
export function findEscapes(
  finder: PFinder,
  times: Float64Array,
  intervals: Float64Array,
  isWide: Uint8Array,
): Uint8Array {
  const known = intervals.filter((rr) => rr > 0);
  const least = LATE * takeQuantile(known, known.length, 0.5);
  const isLate = isWide.map((wide, i) => (wide && intervals[i] >= least ? 1 : 0));
  const most = likenessBefore(
    finder,
    times.filter((_, i) => isLate[i]),
  );
  return most < NOT_CONDUCTED ? isLate : isLate.fill(0);
}

/**
 * Finds runs of wide beats in a rhythm so fast that P waves are not to be seen, which begin and end as the rhythm of the narrow beats about them goes on: conducted ones, as in bundle branch block that comes with the rate of exercise.
 * A tachycardia of the ventricles begins early, or at another rate.
 *
 * @param intervals the interval before each beat in seconds; NaN where it is not known
 * @param isWide 1 for each beat that is wider than usual and of another shape
 * @returns 1 for each beat of such a run
 */
export function findFastInTime(intervals: Float64Array, isWide: Uint8Array): Uint8Array {
  const isInRun = new Uint8Array(isWide.length);
  for (const { first, next, usual } of wideRuns(intervals, isWide)) {
    const beside = [
      isWide.subarray(Math.max(0, first - NARROW_BESIDE), first),
      isWide.subarray(next, next + NARROW_BESIDE),
    ];
    if (usual >= LEAST_RR_SECONDS || beside.some((beats) => beats.includes(1))) continue;
    if (isInTime(intervals, first, next)) isInRun.fill(1, first, next);
  }
  return isInRun;
}

/** The runs of wide beats from one number on and before the next, of so many at the least, and their usual interval in seconds. */
function* wideRuns(intervals: Float64Array, isWide: Uint8Array) {
  for (let first = 0, next = 0; first < isWide.length; first = next) {
    next = first + 1;
    if (!isWide[first]) continue;
    while (next < isWide.length && isWide[next] && intervals[next] > 0) next++;
    if (next - first < LEAST_BEATS) continue;
    const inRun = intervals.slice(first + 1, next);
    yield { first, next, inRun, usual: takeQuantile(inRun, inRun.length, 0.5) };
  }
}

/** Whether a run begins and ends as the rhythm about it goes on, neither early nor with a pause, as far as that is known. */
function isInTime(intervals: Float64Array, first: number, next: number): boolean {
  const changes = [first, next]
    .map((i) => Math.abs(intervals[i] / intervals[i - 1] - 1))
    .filter((change) => change >= 0);
  return changes.length > 0 && changes.every((change) => change < IN_TIME);
}

/** How alike the slow beats' P wave the signal before wide beats is in the mean, as long before all of them; NaN where it is not known. */
function likenessBefore({ fromPeak, likenessNear }: PFinder, times: Float64Array): number {
  const lates = Array.from({ length: LATES }, (_, k) => k * STEP - MOST_EARLY);
  return Math.max(...lates.map((late) => meanOfKnown(times.map((time) => likenessNear(time + fromPeak - late)))));
}

/** NaN where none is known. */
function meanOfKnown(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
