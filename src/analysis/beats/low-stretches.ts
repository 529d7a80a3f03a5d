import { takeQuantile } from "../numbers/quantile.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";
import type { Candidates } from "./candidate-list.ts";

/** What is usual about a beat is that of so many before it and after it. */
const NEAR_BEATS = 20;
/** What is usual is found anew after so many beats, to save time. */
const STEP = 8;
/** The usual height of a beat is this quantile of them: of those of full height. */
const HEIGHT_QUANTILE = 0.9;
/** A beat of less than this share of the usual height is low. */
const LOW = 0.4;
/** Low beats are an exception where at least this share of the beats nearby are of full height: elsewhere normal beats are, beside ventricular ones. */
const FULL_SHARE = 0.75;
/** A shorter time between two beats of full height is no low stretch, in seconds. */
const LEAST_SECONDS = 2.5;
/** Low waves are compared with so many beats of full height before the stretch and after it, ... */
const COMPARED = 4;
/** ... and are as alike as to this quantile of them. */
const LIKENESS_QUANTILE = 0.7;
/** Low waves that are as alike as this are beats, as where an electrode has less contact. */
const ALIKE = 0.88;
/** Low waves that are less alike than this are none: they may be the P waves of a standstill. */
const UNLIKE = 0.8;
/** A stretch in which so many low waves, or more, are taken for the wrong thing cannot be told. */
const LEAST_WRONG = 2;

/**
 * Finds the stretches between beats of full height, or before the first and after the last of them, of which it cannot be told whether low
 * beats or none are in them: low waves of another shape were taken for beats, as the P waves of a standstill are, or low waves of the beats'
 * own shape were not.
 *
 * @param chosen the numbers of the candidates that were chosen for beats
 * @param duration of the ECG, in seconds
 * @returns whole seconds
 */
export function findLowStretches(candidates: Candidates, chosen: readonly number[], duration: number): TimeSpan[] {
  const { times } = candidates;
  const isFull = judgeHeights(candidates, chosen);
  const fullOf = (from: number, to: number) =>
    chosen.slice(Math.max(0, from), to).filter((_, n) => isFull[Math.max(0, from) + n]);
  const stretches: TimeSpan[] = [];
  let last = -1;
  for (let i = 0; i <= chosen.length; i++) {
    if (i < chosen.length && !isFull[i]) continue;
    const from = last < 0 ? 0 : times[chosen[last]];
    const to = i < chosen.length ? times[chosen[i]] : duration;
    const next = last + 1;
    last = i;
    if (to - from <= LEAST_SECONDS) continue;
    const around = Math.min(next, NEAR_BEATS) + Math.min(chosen.length - i, NEAR_BEATS);
    const full = fullOf(next - NEAR_BEATS, next).length + fullOf(i, i + NEAR_BEATS).length;
    if (full === 0 || full < FULL_SHARE * around) continue;
    const near = [...fullOf(next - COMPARED, next), ...fullOf(i, i + COMPARED)];
    const waves = {
      from: next > 0 ? chosen[next - 1] + 1 : 0,
      to: chosen[i] ?? times.length,
      chosen: chosen.slice(next, i),
      bounds: [chosen[next - 1], chosen[i]].filter((k) => k !== undefined),
    };
    if (countWrong(candidates, waves, near) < LEAST_WRONG) continue;
    stretches.push({ from: Math.round(from), to: Math.round(to) });
  }
  return stretches;
}

/** The candidates from one number to before another, those of them that were chosen, and the beats that bound them. */
type Waves = { from: number; to: number; chosen: readonly number[]; bounds: readonly number[] };

/**
 * How many of some waves are low beats that were not chosen, or were chosen and are none.
 *
 * @param full the numbers of beats of full height
 */
function countWrong(candidates: Candidates, { from, to, chosen, bounds }: Waves, full: readonly number[]): number {
  const likenesses = new Float64Array(full.length);
  // Where all is lower from now on, another lead or another heart begins, whose beats are no lower than those that bound the stretch.
  const isLow = (k: number) => bounds.every((bound) => !areAsHigh(candidates, bound, k));
  let wrong = 0;
  for (let k = from, next = 0; k < to; k++) {
    const isChosen = chosen[next] === k;
    if (isChosen) next++;
    for (const [n, beat] of full.entries()) likenesses[n] = candidates.likeness(beat, k);
    const alike = takeQuantile(likenesses, full.length, LIKENESS_QUANTILE);
    if (isChosen ? alike < UNLIKE && isLow(k) : alike > ALIKE) wrong++;
  }
  return wrong;
}

/** Whether neither of two beats is low beside the other, in a lead. */
function areAsHigh({ shapeScales, leadCount }: Candidates, a: number, b: number): boolean {
  for (let lead = 0; lead < leadCount; lead++) {
    const heights = [shapeScales[a * leadCount + lead], shapeScales[b * leadCount + lead]];
    if (Math.min(...heights) >= LOW * Math.max(...heights)) return true;
  }
  return false;
}

/** 1 for each chosen beat that is of full height in a lead, beside those about it. */
function judgeHeights({ shapeScales, leadCount }: Candidates, chosen: readonly number[]): Uint8Array {
  const isFull = new Uint8Array(chosen.length);
  const near = new Float64Array(2 * NEAR_BEATS + STEP);
  const usual = new Float64Array(leadCount);
  for (let i = 0; i < chosen.length; i++) {
    for (let lead = 0; lead < leadCount; lead++) {
      if (i % STEP === 0) {
        const from = Math.max(0, i - NEAR_BEATS);
        const to = Math.min(chosen.length, i + STEP + NEAR_BEATS);
        for (let j = from; j < to; j++) near[j - from] = shapeScales[chosen[j] * leadCount + lead];
        usual[lead] = takeQuantile(near, to - from, HEIGHT_QUANTILE);
      }
      const height = shapeScales[chosen[i] * leadCount + lead];
      if (height > 0 && height >= LOW * usual[lead]) isFull[i] = 1;
    }
  }
  return isFull;
}
