import { type Address, keep, kernels, withRoom } from "../../kernels/kernels.ts";
import { keepFilters, TAPS } from "../numbers/convolution.ts";
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
type Layer = { own: Address; ofMean: Address | null; bias: Address };
/** A network in the kernels' memory. */
type Weights = {
  layers: Layer[];
  /** The weights of the scores of a lead's own last layer. */
  ownOut: Address;
  /** The weights of the scores of the mean of all leads' last layers. */
  meanOut: Address;
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
  /** The inputs of a lead with their zeros: a whole number of SIMD registers, of four each. */
  private readonly inputValues: number;

  constructor(plan: WaveNetworkPlan) {
    this.plan = plan;
    this.weights = readNetwork(plan);
    this.paddedSteps = PADDING + plan.steps + PADDING;
    this.inputValues = 4 * Math.ceil((this.paddedSteps * INPUTS) / 4);
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
    const signalBytes = this.paddedSteps * CHANNELS * FLOAT_BYTES;
    const paddingBytes = PADDING * CHANNELS * FLOAT_BYTES;
    const roomBytes =
      (this.inputValues + 2 * steps * CHANNELS + 2 * MOST_POINTS) * FLOAT_BYTES + (1 + leadCount) * signalBytes;
    return withRoom(roomBytes, (room) => {
      const inputs = room.floats(this.inputValues).fill(0);
      const inputsOfSteps = inputs.subarray(PADDING * INPUTS, (PADDING + steps) * INPUTS);
      const meanAt = room.floats(this.paddedSteps * CHANNELS).fill(0).byteOffset + paddingBytes;
      const firstAt = room.floats(leadCount * this.paddedSteps * CHANNELS).fill(0).byteOffset + paddingBytes;
      const sums = room.floats(steps * CHANNELS).byteOffset;
      const ofMeanSums = room.floats(steps * CHANNELS).byteOffset;
      const leads = Array.from({ length: leadCount }, (_, l) => firstAt + l * signalBytes);
      layers.forEach(({ own, ofMean, bias }, i) => {
        const dilation = DILATIONS[i];
        if (ofMean) {
          kernels.convolve(meanAt, CHANNELS, steps, TAPS, dilation, ofMean, CHANNELS, bias, 0, ofMeanSums);
        }
        const [before, beforeStride] = ofMean ? [ofMeanSums, CHANNELS * FLOAT_BYTES] : [bias, 0];
        for (const [l, lead] of leads.entries()) {
          if (i === 0) {
            fill(l, inputsOfSteps);
            kernels.compressLarge(inputs.byteOffset, this.inputValues);
          }
          const [given, count] = i === 0 ? [inputsOfSteps.byteOffset, INPUTS] : [lead, CHANNELS];
          kernels.convolve(given, count, steps, TAPS, dilation, own, CHANNELS, before, beforeStride, sums);
          kernels.rectify(sums, steps * CHANNELS, i > 1 ? lead : 0, lead);
        }
        kernels.meanOf(firstAt, signalBytes, leadCount, steps * CHANNELS, meanAt);
      });
      const points = room.floats(2 * MOST_POINTS);
      // The scores of a point at each step are a convolution with a single tap.
      const scores = (at: Address, out: Address, before: Address, result: Address) =>
        kernels.convolve(at, CHANNELS, steps, 1, 1, out, MOST_POINTS, before, MOST_POINTS * FLOAT_BYTES, result);
      scores(meanAt, meanOut, usual, ofMeanSums);
      return leads.map((lead) => {
        scores(lead, ownOut, ofMeanSums, sums);
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
  const filters = (inputs: number) => keepFilters(take(inputs * TAPS * CHANNELS), inputs, CHANNELS);
  const layers = DILATIONS.map((_, i) => {
    const own = filters(i === 0 ? INPUTS : CHANNELS);
    const ofMean = i === 0 ? null : filters(CHANNELS);
    return { own, ofMean, bias: keep(new Float32Array(take(CHANNELS))) };
  });
  /** Keeps values by row and point, and zeros for the points that the network has not. */
  const keepByPoint = (rows: number, valueAt: (row: number, point: number) => number) =>
    keep(
      Float32Array.from({ length: rows * MOST_POINTS }, (_, i) => {
        const point = i % MOST_POINTS;
        return point < points ? valueAt(Math.floor(i / MOST_POINTS), point) : 0;
      }),
    );
  const [own, ofMean] = [take(CHANNELS * points), take(CHANNELS * points)];
  const ownOut = keepByPoint(CHANNELS, (channel, point) => own[channel * points + point]);
  const meanOut = keepByPoint(CHANNELS, (channel, point) => ofMean[channel * points + point]);
  // The usual time of each point, and its deviation from it, in USUAL_TIME_UNIT.
  const centres = take(points);
  const widths = take(points).map(Math.exp);
  const usual = keepByPoint(steps, (step, point) => {
    const time = firstTime + stepTime * step;
    if (time < earliest[point] || time > latest[point]) return Number.NEGATIVE_INFINITY;
    return -0.5 * ((time / USUAL_TIME_UNIT - centres[point]) / widths[point]) ** 2;
  });
  return { layers, ownOut, meanOut, usual };
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
