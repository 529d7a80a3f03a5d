/** A shape reaches from so long before the R peak, in steps of so much. */
export const SHAPE_POINTS = 32;
const SHAPE_STEP_SECONDS = 0.01;
const SHAPE_BEFORE_SECONDS = 0.13;

/** The points of a QRS complex and what is next to it, which are compared. */
const COMPARED = { from: 3, to: 26 };
/** Of two shapes one may be so many points late: wide waves have no sharp R peak. */
const SHIFT = 2;

const VALUES = new Float64Array(SHAPE_POINTS);

/**
 * The signal about a place, less its mean.
 *
 * @param rate of the values, Hz
 * @param center the place, between two values
 * @param shape what is found: `SHAPE_POINTS`, the largest excursion being 127
 * @returns what 127 is of the shape
 */
export function readShape(values: Float64Array, rate: number, center: number, shape: Int8Array): number {
  const step = SHAPE_STEP_SECONDS * rate;
  const first = center - SHAPE_BEFORE_SECONDS * rate;
  const last = values.length - 2;
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < SHAPE_POINTS; i++) {
    const at = first + i * step;
    const left = at < 0 ? 0 : at > last ? last : at | 0;
    const value = values[left] + (at - left) * (values[left + 1] - values[left]);
    VALUES[i] = value;
    sum += value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const mean = sum / SHAPE_POINTS;
  const largest = Math.max(most - mean, mean - least);
  const scale = largest > 0 ? 127 / largest : 0;
  for (let i = 0; i < SHAPE_POINTS; i++) shape[i] = Math.round((VALUES[i] - mean) * scale);
  return largest;
}

/**
 * How alike two of many shapes are, by their numbers: their correlation, 1 at the most, as they are or
 * one of them shifted, in the lead in which it is largest; so a lead that is off, or that is all noise, makes no two unlike.
 *
 * @param shapes `SHAPE_POINTS` for each lead, one after the other, and so for each shape
 * @param leads how many these are
 */
export function newLikeness(shapes: Int8Array, leads: number): (a: number, b: number) => number {
  const sizes = new Float32Array(shapes.length / SHAPE_POINTS);
  for (let i = 0; i < sizes.length; i++) {
    let squares = 0;
    for (let k = COMPARED.from; k < COMPARED.to; k++) squares += shapes[i * SHAPE_POINTS + k] ** 2;
    sizes[i] = Math.sqrt(squares);
  }
  return (a, b) => {
    let likeness = -1;
    for (let lead = 0; lead < leads; lead++) {
      const ours = a * leads + lead;
      const theirs = b * leads + lead;
      const offset = (theirs - ours) * SHAPE_POINTS;
      const to = ours * SHAPE_POINTS + COMPARED.to - SHIFT;
      let earlier = 0;
      let same = 0;
      let later = 0;
      for (let k = ours * SHAPE_POINTS + COMPARED.from + SHIFT; k < to; k++) {
        const value = shapes[k];
        earlier += Math.imul(value, shapes[k + offset - SHIFT]);
        same += Math.imul(value, shapes[k + offset]);
        later += Math.imul(value, shapes[k + offset + SHIFT]);
      }
      likeness = Math.max(likeness, Math.max(earlier, same, later) / (sizes[ours] * sizes[theirs] || 1));
    }
    return likeness;
  };
}

/**
 * How wide the waves of many shapes are, by their numbers, in seconds: for how long they are over half their height, in the lead
 * in which it is least.
 *
 * @param shapes as of `newLikeness`
 */
export function newWidth(shapes: Int8Array, leads: number): (wave: number) => number {
  return (wave) => {
    let least = SHAPE_POINTS;
    for (let lead = 0; lead < leads; lead++) {
      const first = (wave * leads + lead) * SHAPE_POINTS;
      let high = 0;
      for (let k = first; k < first + SHAPE_POINTS; k++) if (Math.abs(shapes[k]) > 63) high++;
      if (high > 0 && high < least) least = high;
    }
    return least * SHAPE_STEP_SECONDS;
  };
}
