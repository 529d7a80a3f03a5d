/** The number of points of a beat's shape: 320 ms of the signal. */
export const SHAPE_POINTS = 32;
/** Two points of a shape are this far apart. */
export const SHAPE_STEP_SECONDS = 0.01;
/** The first point of a shape is this long before the R peak. */
const SHAPE_BEFORE_SECONDS = 0.13;
/** The largest excursion of a shape: that of a signed byte. */
export const LARGEST = 127;

/** The points of a shape that are compared: the QRS complex and what is next to it. */
const COMPARED = { from: 3, to: 26 };
/** Two shapes are compared as they are, and with one of them this many points late: wide waves have no sharp R peak. */
const SHIFT = 2;

/** One shape before it is rounded. */
const VALUES = new Float64Array(SHAPE_POINTS);

/**
 * Reads the shape of a beat: the signal about its R peak, less its mean.
 *
 * @param rate the rate of the values, Hz
 * @param center the place of the R peak among the values, between two of them; all of the shape is among them
 * @param shape what is found: SHAPE_POINTS, the largest excursion being 127
 * @returns the value that 127 stands for
 */
export function readShape(values: Float64Array, rate: number, center: number, shape: Int8Array): number {
  const step = SHAPE_STEP_SECONDS * rate;
  const first = center - SHAPE_BEFORE_SECONDS * rate;
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < SHAPE_POINTS; i++) {
    const at = first + i * step;
    const left = at | 0;
    const value = values[left] + (at - left) * (values[left + 1] - values[left]);
    VALUES[i] = value;
    sum += value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const mean = sum / SHAPE_POINTS;
  const largest = Math.max(most - mean, mean - least);
  const scale = largest > 0 ? LARGEST / largest : 0;
  // Rounds to the nearest: from a positive number an integer is cut off faster than Math.round gives one.
  for (let i = 0; i < SHAPE_POINTS; i++) shape[i] = (((VALUES[i] - mean) * scale + LARGEST + 0.5) | 0) - LARGEST;
  return largest;
}

/**
 * Makes a function that gives the likeness of two waves by their numbers: the correlation of their shapes, 1 at the most,
 * as they are or with one of them shifted, in the lead in which it is largest. A lead that is off, or all noise, makes no
 * two waves unlike.
 *
 * @param shapes SHAPE_POINTS for each lead of the first wave, then for each lead of the second, and so on
 * @param leads the number of leads
 */
export function newLikeness(shapes: Int8Array, leads: number): (a: number, b: number) => number {
  /** The size of each shape that was compared. */
  const sizes = new Float32Array(shapes.length / SHAPE_POINTS);
  const sizeOf = (shape: number) => {
    if (sizes[shape] > 0) return sizes[shape];
    let squares = 0;
    for (let k = COMPARED.from; k < COMPARED.to; k++) squares += shapes[shape * SHAPE_POINTS + k] ** 2;
    sizes[shape] = Math.sqrt(squares);
    return sizes[shape];
  };
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
      likeness = Math.max(likeness, Math.max(earlier, same, later) / (sizeOf(ours) * sizeOf(theirs) || 1));
    }
    return likeness;
  };
}

/**
 * Makes a function that gives the width of a wave by its number: for how many seconds it is over half its height, in the
 * lead in which that is least.
 *
 * @param shapes SHAPE_POINTS for each lead and wave, like those of newLikeness
 * @param leads the number of leads
 */
export function newWidth(shapes: Int8Array, leads: number): (wave: number) => number {
  return (wave) => {
    let least = SHAPE_POINTS;
    for (let lead = 0; lead < leads; lead++) {
      const first = (wave * leads + lead) * SHAPE_POINTS;
      let high = 0;
      for (let k = first; k < first + SHAPE_POINTS; k++) if (Math.abs(shapes[k]) > LARGEST >> 1) high++;
      if (high > 0 && high < least) least = high;
    }
    return least * SHAPE_STEP_SECONDS;
  };
}
