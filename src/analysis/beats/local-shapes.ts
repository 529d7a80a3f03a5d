import { LARGEST, SHAPE_BEFORE_POINTS, SHAPE_POINTS, SHAPE_STEP_SECONDS } from "./beat-shapes.ts";
import type { Candidates } from "./candidate-list.ts";

/** A wave is looked at so many points of its shape to each side of its peak: a P wave is over within, and little else is in it. */
const REACH = 8;
/** The number of points of a local shape in each lead. */
const POINTS = 2 * REACH + 1;
/** Two waves are compared with one of them up to so many points late. */
const MOST_SHIFT = 2;

/** How far the peak of a wave is from the line from 80 ms before it to 80 ms after it, in ADC units of a lead. */
export function excursionOf({ shapes, shapeScales, leadCount }: Candidates, wave: number, lead: number): number {
  const shape = wave * leadCount + lead;
  const peak = shape * SHAPE_POINTS + SHAPE_BEFORE_POINTS;
  return (shapeScales[shape] / LARGEST) * (shapes[peak] - 0.5 * (shapes[peak - REACH] + shapes[peak + REACH]));
}

/** The seconds for which a wave is over half its excursion, in a lead. */
export function localWidthOf({ shapes, leadCount }: Candidates, wave: number, lead: number): number {
  const from = (wave * leadCount + lead) * SHAPE_POINTS + SHAPE_BEFORE_POINTS - REACH;
  const first = shapes[from];
  const slope = (shapes[from + 2 * REACH] - first) / (2 * REACH);
  const excursion = shapes[from + REACH] - first - REACH * slope;
  let count = 0;
  for (let i = 0; i < POINTS; i++) if ((shapes[from + i] - first - i * slope) / excursion > 0.5) count++;
  return count * SHAPE_STEP_SECONDS;
}

/** A wave from 80 ms before its peak to 80 ms after it, above the line between these, in ADC units: POINTS for each lead. */
export function localShape({ shapes, shapeScales, leadCount }: Candidates, wave: number): Float64Array {
  const local = new Float64Array(leadCount * POINTS);
  for (let lead = 0; lead < leadCount; lead++) {
    const shape = wave * leadCount + lead;
    const from = shape * SHAPE_POINTS + SHAPE_BEFORE_POINTS - REACH;
    const scale = shapeScales[shape] / LARGEST;
    const first = shapes[from];
    const slope = (shapes[from + 2 * REACH] - first) / (2 * REACH);
    for (let i = 0; i < POINTS; i++) local[lead * POINTS + i] = scale * (shapes[from + i] - first - i * slope);
  }
  return local;
}

/**
 * Compares a local shape with another: how well they correlate at the shift at which they do best, and how large it is as a share of the other.
 *
 * @param weights of the leads
 */
export function compareLocal(other: Float64Array, local: Float64Array, weights: readonly number[]) {
  let best = { correlation: -1, share: 0 };
  for (let shift = -MOST_SHIFT; shift <= MOST_SHIFT; shift++) {
    let [product, ours, theirs] = [0, 0, 0];
    for (let lead = 0; lead < weights.length; lead++) {
      const weight = weights[lead] ** 2;
      for (let i = lead * POINTS + MOST_SHIFT; i < (lead + 1) * POINTS - MOST_SHIFT; i++) {
        product += weight * other[i] * local[i + shift];
        theirs += weight * other[i] ** 2;
        ours += weight * local[i + shift] ** 2;
      }
    }
    const correlation = product / Math.sqrt(ours * theirs || 1);
    if (correlation > best.correlation) best = { correlation, share: product / (theirs || 1) };
  }
  return best;
}
