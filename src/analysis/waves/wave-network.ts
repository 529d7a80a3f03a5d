import { type Address, keep, kernels, withRoom } from "../../kernels/kernels.ts";
import {
  type Filters,
  INPUT_SCALE,
  INTEGER_BYTES,
  keepBiases,
  keepFilters,
  SIGNAL_SCALE,
  TAPS,
} from "../numbers/convolution.ts";
import { takeQuantile } from "../numbers/quantile.ts";
import { newWeights } from "../numbers/weights.ts";
import { BEFORE, COMPARED_AFTER, COMPARED_BEFORE, WINDOW } from "./average-beats.ts";

/** The points of a beat's waves in a lead: the time of each in grid samples from the R peak, and the standard deviation of the network's doubt about it. */
export type PointedWaves = { times: Float64Array; spreads: Float64Array };

/*
 * The shape of the networks and of their inputs is that with which they were trained: none of it can change without the weights.
 */

/** The input signals of a step. */
const INPUTS = 6;
/** The signals between two layers. */
const CHANNELS = 16;
/** The steps between the taps of each layer. */
const DILATIONS = [1, 2, 4, 8];
/** The steps of zeros before and after a signal, as far as a filter sees. */
const PADDING = ((TAPS - 1) / 2) * Math.max(...DILATIONS);
/** The kernels score so many points: those that a network has fewer are nowhere. */
const MOST_POINTS = 8;
/** A network has the usual time of each point, and its width, in units of this many grid samples. */
const USUAL_TIME_UNIT = 30;
/** A height, as a share of the QRS complex's, is multiplied by this before it is compressed. */
const HEIGHT_FACTOR = 8;
/** A slope over two grid samples, as such a share, is multiplied by this before it is compressed. */
const SLOPE_FACTOR = 25;
/** The wide slope is between the means of these grid samples after a place and before it. */
const WIDE_SLOPE = [3, 4, 5] as const;
/** Keeps the scale of a flat window finite, in ADC units. */
const LEAST_HEIGHT = 1e-6;
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;
/** The bytes of a step's scores. */
const SCORE_BYTES = MOST_POINTS * FLOAT_BYTES;

/** What a network points at. Times are in grid samples from the R peak. */
export type WaveNetworkPlan = {
  /** The network's weights as `newWeights` reads them. */
  weights: string;
  steps: number;
  /** The time of the first step, and that from one to the next. */
  firstTime: number;
  stepTime: number;
  /** The first time and the last at which each point may be: eight points at the most. */
  earliest: readonly number[];
  latest: readonly number[];
};

/** A layer: its filters of what is of the lead itself, and of the mean of all leads, where that goes in beside it. */
type Layer = { own: Filters; ofMean: Filters | null; biases: Address };
/** A network in the kernels' memory. */
type Weights = {
  layers: Layer[];
  /** The weights of the scores of a lead's own last layer. */
  ownOut: Filters;
  /** The weights of the scores of the mean of all leads' last layers. */
  meanOut: Filters;
  /** How usual each step is for each point: what is added to its score. */
  usual: Address;
};

/**
 * A small convolutional network that points at waves in all leads of a beat together.
 *
 * Each lead goes through the same four layers (16 channels, 5 taps 1, 2, 4 and 8 steps apart). From the second layer on,
 * the mean of all leads goes in beside the lead itself; from the third on, what a layer gives is added to what it was given.
 * The outputs are a score for each point and time; the point is the mean of the times, each weighted by the exponential of
 * its score. The network takes any number of leads in any order.
 */
export class WaveNetwork {
  private readonly plan: WaveNetworkPlan;
  private readonly weights: Weights;
  /** The steps of a signal with its zeros. */
  private readonly paddedSteps: number;
  /** The inputs of a lead with their zeros: a whole number of SIMD registers, of eight each. */
  private readonly inputValues: number;

  constructor(plan: WaveNetworkPlan) {
    this.plan = plan;
    this.weights = readNetwork(plan);
    this.paddedSteps = PADDING + plan.steps + PADDING;
    this.inputValues = 8 * Math.ceil((this.paddedSteps * INPUTS) / 8);
  }

  /**
   * The points in each lead.
   *
   * @param fill puts the inputs of a lead, six a step, into an array
   */
  point(leadCount: number, fill: (lead: number, inputs: Float32Array) => void): PointedWaves[] {
    if (leadCount === 0) return [];
    const { steps, firstTime, stepTime, earliest } = this.plan;
    const { layers, ownOut, meanOut, usual } = this.weights;
    const signalBytes = this.paddedSteps * CHANNELS * INTEGER_BYTES;
    const paddingBytes = PADDING * CHANNELS * INTEGER_BYTES;
    const roomBytes =
      (this.inputValues + 2 * steps * CHANNELS + 2 * MOST_POINTS) * FLOAT_BYTES +
      this.inputValues * INTEGER_BYTES +
      (1 + leadCount) * signalBytes;
    return withRoom(roomBytes, (room) => {
      const measured = room.floats(this.inputValues).fill(0);
      const measuredOfSteps = measured.subarray(PADDING * INPUTS, (PADDING + steps) * INPUTS);
      const inputs = room.bytes(this.inputValues * INTEGER_BYTES).byteOffset;
      const inputsAt = inputs + PADDING * INPUTS * INTEGER_BYTES;
      const meanAt = room.bytes(signalBytes).fill(0).byteOffset + paddingBytes;
      const firstAt = room.bytes(leadCount * signalBytes).fill(0).byteOffset + paddingBytes;
      const sums = room.floats(steps * CHANNELS).byteOffset;
      const ofMeanSums = room.floats(steps * CHANNELS).byteOffset;
      const leads = Array.from({ length: leadCount }, (_, l) => firstAt + l * signalBytes);
      layers.forEach(({ own, ofMean, biases }, i) => {
        const filter = (at: Address, count: number, by: Filters, before: Address, stride: number, result: Address) =>
          kernels.convolve(
            at,
            count,
            steps,
            TAPS,
            DILATIONS[i],
            by.filters,
            by.scales,
            CHANNELS,
            before,
            stride,
            result,
          );
        if (ofMean) filter(meanAt, CHANNELS, ofMean, biases, 0, ofMeanSums);
        const [before, stride] = ofMean ? [ofMeanSums, CHANNELS * FLOAT_BYTES] : [biases, 0];
        for (const [l, lead] of leads.entries()) {
          if (i === 0) {
            fill(l, measuredOfSteps);
            kernels.compressLarge(measured.byteOffset, this.inputValues);
            kernels.toIntegers(measured.byteOffset, this.inputValues, INPUT_SCALE, inputs);
          }
          filter(i === 0 ? inputsAt : lead, i === 0 ? INPUTS : CHANNELS, own, before, stride, sums);
          kernels.rectify(sums, steps * CHANNELS, i > 1 ? lead : 0, lead);
        }
        kernels.meanOf(firstAt, signalBytes, leadCount, steps * CHANNELS, meanAt);
      });
      const points = room.floats(2 * MOST_POINTS);
      // The scores of a point at each step are a convolution with a single tap.
      const score = (at: Address, by: Filters, before: Address, result: Address) =>
        kernels.convolve(at, CHANNELS, steps, 1, 1, by.filters, by.scales, MOST_POINTS, before, SCORE_BYTES, result);
      score(meanAt, meanOut, usual, ofMeanSums);
      return leads.map((lead) => {
        score(lead, ownOut, ofMeanSums, sums);
        kernels.pointByScores(sums, steps, firstTime, stepTime, points.byteOffset);
        const [times, spreads] = [points.subarray(0, MOST_POINTS), points.subarray(MOST_POINTS)];
        const take = (values: Float32Array) => new Float64Array(values.subarray(0, earliest.length));
        return { times: take(times), spreads: take(spreads) };
      });
    });
  }
}

function readNetwork({ weights, steps, firstTime, stepTime, earliest, latest }: WaveNetworkPlan): Weights {
  const take = newWeights(weights);
  const points = earliest.length;
  const filters = (inputs: number, scale: number) =>
    keepFilters(take(inputs * TAPS * CHANNELS), inputs, CHANNELS, scale, SIGNAL_SCALE);
  const layers = DILATIONS.map((_, i) => {
    const own = i === 0 ? filters(INPUTS, INPUT_SCALE) : filters(CHANNELS, SIGNAL_SCALE);
    const ofMean = i === 0 ? null : filters(CHANNELS, SIGNAL_SCALE);
    return { own, ofMean, biases: keepBiases(take(CHANNELS), SIGNAL_SCALE) };
  });
  /** The filters of scores, in whose weights, by channel and point, zeros are for the points that the network has not. */
  const scoring = (weights: Float64Array) => {
    const byPoint = new Float64Array(MOST_POINTS * CHANNELS);
    for (const [i, weight] of weights.entries()) byPoint[(i % points) * CHANNELS + Math.floor(i / points)] = weight;
    return keepFilters(byPoint, CHANNELS, MOST_POINTS, SIGNAL_SCALE, 1);
  };
  const [ownOut, meanOut] = [scoring(take(CHANNELS * points)), scoring(take(CHANNELS * points))];
  // The usual time of each point, and its deviation from it, in USUAL_TIME_UNIT.
  const centres = take(points);
  const widths = take(points).map(Math.exp);
  const usual = new Float32Array(steps * MOST_POINTS);
  for (let step = 0; step < steps; step++) {
    const time = firstTime + stepTime * step;
    for (let point = 0; point < points; point++) {
      const isBeyond = time < earliest[point] || time > latest[point];
      const distance = (time / USUAL_TIME_UNIT - centres[point]) / widths[point];
      usual[step * MOST_POINTS + point] = isBeyond ? Number.NEGATIVE_INFINITY : -0.5 * distance ** 2;
    }
  }
  return { layers, ownOut, meanOut, usual: keep(usual) };
}

/** The values of a window on their way to a quantile. */
const sorted = new Float64Array(WINDOW);
/** A window that goes on beyond its ends, as far as slopes reach, as it is there. */
const widened = new Float64Array(WINDOW + 2 * WIDE_SLOPE[2]);

/**
 * Measures grid samples of a beat's window for a network: the height over the middle level and the slope at two scales, by the QRS
 * complex's height.
 *
 * @param from the first grid sample that is measured, and `to` that after the last
 * @param inputs get the three measures of each
 * @param apart how far those of one are from those of the next
 */
export function measureWindow(
  window: Float64Array,
  from: number,
  to: number,
  inputs: Float32Array,
  apart: number,
): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let k = BEFORE - COMPARED_BEFORE; k < BEFORE + COMPARED_AFTER; k++) {
    if (window[k] < low) low = window[k];
    if (window[k] > high) high = window[k];
  }
  const scale = 1 / (high - low + LEAST_HEIGHT);
  const level = medianOf(window);
  const [near, middle, far] = WIDE_SLOPE;
  widened.fill(window[0], 0, far);
  widened.set(window, far);
  widened.fill(window[WINDOW - 1], far + WINDOW);
  const slopeScale = SLOPE_FACTOR * scale;
  const wideScale = slopeScale / WIDE_SLOPE.length;
  for (let k = from, offset = 0; k < to; k++, offset += apart) {
    const at = far + k;
    inputs[offset] = HEIGHT_FACTOR * scale * (widened[at] - level);
    inputs[offset + 1] = slopeScale * (widened[at + 1] - widened[at - 1]);
    const after = widened[at + near] + widened[at + middle] + widened[at + far];
    const before = widened[at - far] + widened[at - middle] + widened[at - near];
    inputs[offset + 2] = wideScale * (after - before);
  }
}

/** The middle level of a window, whose length is even. */
function medianOf(window: Float64Array): number {
  sorted.set(window);
  const upper = takeQuantile(sorted, WINDOW, 0.5);
  // The values before the quantile are not above it.
  let lower = sorted[0];
  for (let k = 1; k < WINDOW / 2; k++) if (sorted[k] > lower) lower = sorted[k];
  return 0.5 * (lower + upper);
}
