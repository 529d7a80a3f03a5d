import { medianOf } from "../numbers/quantile.ts";
import { LARGEST, SHAPE_POINTS, SHAPE_STEP_SECONDS } from "./beat-shapes.ts";
import type { Candidates } from "./candidate-list.ts";

/** There are so many P waves of dropped beats at the least, ... */
const LEAST_DROPPED = 3;
/** ... and this share of the low waves are such. */
const DROPPED_SHARE = 0.6;
/** A pause in which one beat is dropped is twice the interval of the beats, give or take this share: P waves come in time. */
const IN_TIME = 0.1;
/** Where beats are dropped all the time, so many P waves lead to each beat: all intervals between beats are as long, give or take the same share. */
const RATIOS = [2, 3, 4];
/** Where so many P waves or more seem to lead to each beat, they may be low normal beats in turn with ventricular ones; where fewer do, these would follow sooner than any do. */
const UNSURE_RATIO = 4;
/** From the peak of a P wave to the R peak, in seconds: of a P wave that comes sooner nothing is in a beat's shape, which begins 130 ms before the R peak. */
const PR_SECONDS = { from: 0.1, to: 0.2 };
/** It is the same from beat to beat, give or take this, in seconds. */
const SAME_PR_SECONDS = 0.03;
/** The first points of a beat's shape, from 130 to 60 ms before its R peak, are before its QRS complex. */
const POINTS_BEFORE_QRS = 8;
/** What is there is the end of the P wave where it correlates with that of the low wave by more than this, with one of them up to so many points late, ... */
const LEAST_CORRELATION = 0.9;
const MOST_SHIFT = 1;
/** ... and is this many times as large. */
const SAME_SIZE = { from: 0.6, to: 1.6 };

/**
 * Finds the P waves of dropped beats among low waves, as in second-degree AV block of Mobitz's second type, in which a beat is dropped now and then, or two to four P waves lead to each
 * beat. They come in time, each sooner than the beat that is not there would by a PR interval, the same in all pauses, and are what the beats have before them: the
 * end of the P wave, which is all of it that is in a beat's shape. A low ventricular beat in a compensatory pause is not what is before others.
 *
 * @param low the numbers of low waves, all of one kind
 * @param large the numbers of the beats among which they are
 * @param weights of the leads
 * @param areHidden whether what is before the beats cannot be seen, and low waves can be nothing else
 */
export function findDroppedBeats(
  candidates: Candidates,
  low: readonly number[],
  large: readonly number[],
  weights: readonly number[],
  areHidden: boolean,
): number[] {
  const { pauses, rr, usual } = findPauses(candidates.times, low, large);
  const least = Math.max(LEAST_DROPPED, DROPPED_SHARE * low.length);
  const rhythms = [
    { beats: 2, pp: rr, isSure: false },
    ...RATIOS.map((beats) => ({ beats, pp: usual / beats, isSure: areHidden && beats < UNSURE_RATIO })),
  ];
  const { times } = candidates;
  for (const { beats, pp, isSure } of rhythms) {
    const waves: number[] = [];
    const prs: number[] = [];
    for (const { from, to, first, end } of pauses) {
      const own = (to - from) / beats;
      if (end - first >= beats || Math.abs(own / pp - 1) >= IN_TIME) continue;
      for (let i = first; i < end; i++) {
        waves.push(low[i]);
        prs.push(own - ((times[low[i]] - from) % own));
      }
    }
    if (waves.length < least) continue;
    const usualPr = medianOf(prs);
    if (usualPr < PR_SECONDS.from || usualPr > PR_SECONDS.to) continue;
    const dropped = waves.filter((_, i) => Math.abs(prs[i] - usualPr) < SAME_PR_SECONDS);
    if (dropped.length < least) continue;
    if (isSure || areBefore(candidates, dropped, large, usualPr, weights)) return dropped;
  }
  return [];
}

/** The time between two beats, and the low waves in it: from the `first` to before the `end`. */
type Pause = { from: number; to: number; first: number; end: number };

/**
 * Finds the low waves between beats, and a usual interval before the first and after the last; the usual interval of beats with none between them, and that of all.
 */
function findPauses(times: Float64Array, low: readonly number[], large: readonly number[]) {
  const intervals: number[] = [];
  for (let i = 1; i < large.length; i++) intervals.push(times[large[i]] - times[large[i - 1]]);
  const usual = medianOf(intervals);
  const pauses: Pause[] = [];
  const without: number[] = [];
  let next = 0;
  let from = times[large[0]] - usual;
  while (next < low.length && times[low[next]] < from) next++;
  for (let i = 0; i <= large.length; i++) {
    const to = i < large.length ? times[large[i]] : from + usual;
    const first = next;
    while (next < low.length && times[low[next]] < to) next++;
    if (next > first) pauses.push({ from, to, first, end: next });
    else without.push(to - from);
    from = to;
  }
  return { pauses, rr: medianOf(without), usual };
}

/** Whether waves are what is so many seconds before beats, as far as their shapes show it. */
function areBefore(
  candidates: Candidates,
  waves: readonly number[],
  beats: readonly number[],
  seconds: number,
  weights: readonly number[],
): boolean {
  const late = Math.round(seconds / SHAPE_STEP_SECONDS);
  for (let shift = late - MOST_SHIFT; shift <= late + MOST_SHIFT; shift++) {
    let [product, ours, theirs] = [0, 0, 0];
    for (const [lead, weight] of weights.entries()) {
      const ofWaves = meanShape(candidates, waves, lead, shift);
      const ofBeats = meanShape(candidates, beats, lead, 0);
      for (let i = 0; i < POINTS_BEFORE_QRS; i++) {
        product += weight ** 2 * ofWaves[i] * ofBeats[i];
        ours += weight ** 2 * ofWaves[i] ** 2;
        theirs += weight ** 2 * ofBeats[i] ** 2;
      }
    }
    const size = Math.sqrt(ours / (theirs || 1));
    const isSame = product > LEAST_CORRELATION * Math.sqrt(ours * theirs);
    if (isSame && size >= SAME_SIZE.from && size <= SAME_SIZE.to) return true;
  }
  return false;
}

/** POINTS_BEFORE_QRS of the mean shape of some waves in a lead, from one of its points on, less their mean, in ADC units. */
function meanShape(
  { shapes, shapeScales, leadCount }: Candidates,
  waves: readonly number[],
  lead: number,
  first: number,
): Float64Array {
  const mean = new Float64Array(POINTS_BEFORE_QRS);
  for (const wave of waves) {
    const shape = wave * leadCount + lead;
    const scale = shapeScales[shape] / LARGEST / waves.length;
    for (let i = 0; i < mean.length; i++) mean[i] += scale * shapes[shape * SHAPE_POINTS + first + i];
  }
  const level = mean.reduce((sum, value) => sum + value / mean.length, 0);
  return mean.map((value) => value - level);
}
