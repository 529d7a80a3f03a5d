import { kernels, type Maker } from "../../kernels/kernels.ts";
import type { Growing } from "../numbers/growing.ts";
import { MOST_PEAKS } from "../signal/lead-blocks.ts";
import type { LeadSignal } from "../signal/lead-signal.ts";
import { SLOPE_RATE_HZ, type SlopeReader } from "./kept-slopes.ts";

/** The number of points of a beat's shape: 320 ms of the signal. */
export const SHAPE_POINTS = 32;
/** Two points of a shape are this far apart, as slopes are. */
export const SHAPE_STEP_SECONDS = 1 / SLOPE_RATE_HZ;
/** The R peak is at this point of a shape. */
export const SHAPE_BEFORE_POINTS = 13;
/** The first point of a shape is this long before the R peak. */
const SHAPE_BEFORE_SECONDS = SHAPE_BEFORE_POINTS * SHAPE_STEP_SECONDS;
/** The largest excursion of a shape: that of a signed byte. */
export const LARGEST = 127;

/** The points of a shape that are compared: the QRS complex and what is next to it. */
const COMPARED = { from: 3, to: 26 };
/** Two shapes are compared as they are, and with one of them this many points late: wide waves have no sharp R peak. */
const SHIFT = 2;

/** Shapes are kept of this many leads, evenly chosen: a day's beats are many. */
export const MOST_SHAPE_LEADS = 3;
/** No block has more shapes than this. */
const MOST_SHAPES = MOST_SHAPE_LEADS * MOST_PEAKS;

/** Where the shapes of a block begin in a lead, how large they are, and the shapes of all leads. */
export type ShapeArrays = { firsts: Float64Array; largest: Float64Array; shapes: Int8Array<ArrayBuffer> };

export function makeShapeArrays(maker: Maker): ShapeArrays {
  const bytes = maker.bytes(SHAPE_POINTS * MOST_SHAPES);
  return {
    firsts: maker.doubles(MOST_PEAKS),
    largest: maker.doubles(MOST_PEAKS),
    shapes: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length),
  };
}

/** The scales of the shapes of a block. */
const SCALES = new Float32Array(MOST_SHAPES);

/**
 * Reads the shapes of the beats of a block: the signal about their R peaks, less its mean.
 *
 * @param signals the leads whose shapes are read, MOST_SHAPE_LEADS at the most
 * @param peaks the R peaks, between two samples of a lead
 * @param rate that lead's, Hz
 * @param count the first so many are read, MOST_PEAKS at the most
 * @param found SHAPE_POINTS are added for each lead of the first beat, then of the second, and so on: the largest excursion is 127; and
 *   in the same order the ADC units that 127 stands for
 */
export function readShapes(
  signals: readonly LeadSignal[],
  peaks: Float64Array,
  rate: number,
  count: number,
  { firsts, largest, shapes }: ShapeArrays,
  found: { shapes: Growing<Int8Array<ArrayBuffer>>; scales: Growing<Float32Array<ArrayBuffer>> },
): void {
  for (let l = 0; l < signals.length; l++) {
    const signal = signals[l];
    const step = SHAPE_STEP_SECONDS * signal.rate;
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < count; k++) {
      const center = ((peaks[k] + 0.5) * signal.rate) / rate - 0.5 - signal.first;
      firsts[k] = center - SHAPE_BEFORE_SECONDS * signal.rate;
      if (firsts[k] < least) least = firsts[k];
      if (firsts[k] > most) most = firsts[k];
    }
    const from = Math.floor(least);
    const to = Math.floor(most + (SHAPE_POINTS - 1) * step) + 2;
    for (let k = 0; k < count; k++) firsts[k] -= from;
    kernels.readShapes(
      signal.values.byteOffset + 8 * from,
      to - from,
      count,
      firsts.byteOffset,
      step,
      shapes.byteOffset + l * SHAPE_POINTS,
      signals.length * SHAPE_POINTS,
      largest.byteOffset,
    );
    for (let k = 0; k < count; k++) SCALES[k * signals.length + l] = largest[k] / signal.factor;
  }
  found.shapes.pushAll(shapes, count * signals.length * SHAPE_POINTS);
  found.scales.pushAll(SCALES, count * signals.length);
}

/**
 * Makes the shape of a beat from slopes, as `readShapes` does from the signal.
 *
 * @param slopes of a lead
 * @param time of the R peak, in seconds: where a slope begins
 * @param shape SHAPE_POINTS, which are written
 * @returns what 127 stands for, in the unit of the slopes
 */
export function readShapeOfSlopes(slopes: SlopeReader, lead: number, time: number, shape: Int8Array): number {
  const read = slopes.read(lead, Math.round(time * SLOPE_RATE_HZ) - SHAPE_BEFORE_POINTS, SHAPE_POINTS);
  const points = new Float64Array(SHAPE_POINTS);
  let sum = 0;
  for (let i = 1; i < SHAPE_POINTS; i++) {
    points[i] = points[i - 1] + read[i - 1];
    sum += points[i];
  }
  const mean = sum / SHAPE_POINTS;
  const largest = points.reduce((most, point) => Math.max(most, Math.abs(point - mean)), 0);
  for (let i = 0; i < SHAPE_POINTS; i++) shape[i] = Math.round((LARGEST * (points[i] - mean)) / (largest || 1));
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
