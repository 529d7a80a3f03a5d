import { type Address, keep, kernels, withRoom } from "../../kernels/kernels.ts";
import { takeQuantile } from "../numbers/quantile.ts";
import { BEFORE, COMPARED_AFTER, COMPARED_BEFORE, WINDOW } from "./average-beats.ts";
import { keepFilters, TAPS } from "./convolution.ts";
import { FIRST_LOOK } from "./wave-weights.ts";
import { newWeights } from "./weights.ts";

/** The points of a beat's waves that the model gives, in the order of its outputs. */
export const POINTS = ["pOnset", "pEnd", "qrsOnset", "qrsEnd", "tOnset", "tEnd", "pPeak", "tPeak"] as const;

/** The points of a beat's waves in a lead: the time of each in grid samples from the R peak, and the standard deviation of the model's doubt about it. */
export type PointedWaves = { times: Float64Array; spreads: Float64Array };

/*
 * The shape of the network and of its inputs is that with which it was trained: none of it can change without the weights.
 */

/** The grid samples in a step of the model. */
const STEP = 2;
/** The steps of a beat's window. */
const STEPS = WINDOW / STEP;
/** The middle of a step's grid samples, from the first of them. */
const STEP_MIDDLE = 0.5;
/** The input signals: three measures of each of a step's two grid samples. */
const INPUTS = 6;
/** The signals between two layers. */
const CHANNELS = 16;
/** The steps between the taps of each layer. */
const DILATIONS = [1, 2, 4, 8];
/** The steps of zeros before and after a signal, as far as a filter sees. */
const PADDING = ((TAPS - 1) / 2) * Math.max(...DILATIONS);
/** The steps of a signal with its zeros. */
const PADDED_STEPS = PADDING + STEPS + PADDING;
/** The inputs of a lead with their zeros: a whole number of SIMD registers, of four each. */
const INPUT_VALUES = 4 * Math.ceil((PADDED_STEPS * INPUTS) / 4);
/** The first grid sample from the R peak at which each point may be. */
const EARLIEST = [-110, -90, -30, -8, 15, 25, -100, 15];
/** The last grid sample from the R peak at which each point may be. */
const LATEST = [-8, 0, 8, 50, 100, 165, -5, 135];
/** The first step at which each point may be. */
const FIRST_STEPS = EARLIEST.map((time) => Math.ceil((time + BEFORE - STEP_MIDDLE) / STEP));
/** The last step at which each point may be. */
const LAST_STEPS = LATEST.map((time) => Math.floor((time + BEFORE - STEP_MIDDLE) / STEP));
/** The model has the usual time of each point, and its width, in units of this many grid samples. */
const USUAL_TIME_UNIT = 30;
/** A height, as a share of the QRS complex's, is multiplied by this before it is compressed. */
const HEIGHT_FACTOR = 8;
/** A slope over two grid samples, as such a share, is multiplied by this before it is compressed. */
const SLOPE_FACTOR = 25;
/** The wide slope is between the means of these grid samples after a place and before it. */
const WIDE_SLOPE = [3, 4, 5] as const;
/** Keeps the scale of a flat window finite, in ADC units. */
const LEAST_HEIGHT = 1e-6;

/** A layer: its filters of what is of the lead itself, and of the mean of all leads, where that goes in beside it. */
type Layer = { own: Address; ofMean: Address | null; bias: Address };
/** The model in the kernels' memory. */
type Model = {
  layers: Layer[];
  /** The weights of the scores of a lead's own last layer. */
  ownOut: Address;
  /** The weights of the scores of the mean of all leads' last layers. */
  meanOut: Address;
  /** How usual each step is for each point: what is added to its score. */
  usual: Address;
};
/** The model, once it has been read. */
let model: Model | undefined;

function readModel(): Model {
  const take = newWeights(FIRST_LOOK);
  const filters = (inputs: number) => keepFilters(take(inputs * TAPS * CHANNELS), inputs, CHANNELS);
  const keepFloats = (count: number) => keep(new Float32Array(take(count)));
  const layers = DILATIONS.map((_, i) => {
    const own = filters(i === 0 ? INPUTS : CHANNELS);
    const ofMean = i === 0 ? null : filters(CHANNELS);
    return { own, ofMean, bias: keepFloats(CHANNELS) };
  });
  const ownOut = keepFloats(CHANNELS * POINTS.length);
  const meanOut = keepFloats(CHANNELS * POINTS.length);
  // The usual time of each point, and its deviation from it, in USUAL_TIME_UNIT.
  const centres = take(POINTS.length);
  const widths = take(POINTS.length).map(Math.exp);
  const usual = Float32Array.from({ length: STEPS * POINTS.length }, (_, i) => {
    const step = Math.floor(i / POINTS.length);
    const p = i % POINTS.length;
    if (step < FIRST_STEPS[p] || step > LAST_STEPS[p]) return Number.NEGATIVE_INFINITY;
    return -0.5 * ((timeOf(step) / USUAL_TIME_UNIT - centres[p]) / widths[p]) ** 2;
  });
  return { layers, ownOut, meanOut, usual: keep(usual) };
}

/**
 * Points at the waves of an average beat in all its leads together: a small convolutional network.
 *
 * Each lead goes through the same four layers (16 channels, 5 taps 1, 2, 4 and 8 steps apart). From the second layer on,
 * the mean of all leads goes in beside the lead itself; from the third on, what a layer gives is added to what it was given.
 * The outputs are a score for each point and time; the point is the mean of the times, each weighted by the exponential of
 * its score. The network takes any number of leads in any order.
 *
 * The network was trained on the average beats of records 1 to 60 of the Lobachevsky University database (Kalyakulina et al., "LUDB: a
 * new open-access validation tool for electrocardiogram delineation algorithms", IEEE Access 8:186181-186190, 2020), towards
 * the middle between the marks of all beats of a kind (the middle of their mean and median) and the mean of those averaged:
 * 4000 steps of Adam with 8 averages each, at a rate of 0.004 that falls to 0 by a cosine, with a weight decay of 0.001.
 * The loss is Huber's of the error, and the cross entropy with a bell about the mark. In training, most averages are of some
 * of the beats only; they are stretched and moved in time, as a whole and in parts, their P and T waves made larger or
 * smaller, with noise and wander, of 1 to 12 leads, one lead in ten upside down: which way round a lead is says where its
 * waves are marked, but must not decide it. Where no beat of a kind has a P wave, the model is to prefer no time: the cross
 * entropy is then with all times alike. A fifth of the channels is left out; the weights kept are the mean of the last
 * hundred steps or so. `training/README.md` has scripts, and how the weights that they give compare.
 *
 * @param average the average beat: a window a lead, one after another
 */
export function pointAtWaves(average: Float64Array, leadCount: number): PointedWaves[] {
  if (leadCount === 0) return [];
  model ??= readModel();
  const { layers, ownOut, meanOut, usual } = model;
  return withRoom(ROOM_BYTES + leadCount * LEAD_BYTES, (room) => {
    const inputs = room.floats(INPUT_VALUES).fill(0);
    const inputsAt = inputs.byteOffset + PADDING * INPUTS * FLOAT_BYTES;
    const meanAt = room.floats(PADDED_STEPS * CHANNELS).fill(0).byteOffset + PADDING_BYTES;
    const firstAt = room.floats(leadCount * PADDED_STEPS * CHANNELS).fill(0).byteOffset + PADDING_BYTES;
    const sums = room.floats(STEPS * CHANNELS).byteOffset;
    const ofMeanSums = room.floats(STEPS * CHANNELS).byteOffset;
    const leads = Array.from({ length: leadCount }, (_, l) => firstAt + l * SIGNALS_BYTES);
    layers.forEach(({ own, ofMean, bias }, i) => {
      const dilation = DILATIONS[i];
      if (ofMean) {
        kernels.convolve(meanAt, CHANNELS, STEPS, TAPS, dilation, ofMean, CHANNELS, bias, 0, ofMeanSums);
      }
      const [before, beforeStride] = ofMean ? [ofMeanSums, CHANNELS * FLOAT_BYTES] : [bias, 0];
      for (const [l, lead] of leads.entries()) {
        if (i === 0) toInputs(average.subarray(l * WINDOW, (l + 1) * WINDOW), inputs);
        const [given, count] = i === 0 ? [inputsAt, INPUTS] : [lead, CHANNELS];
        kernels.convolve(given, count, STEPS, TAPS, dilation, own, CHANNELS, before, beforeStride, sums);
        kernels.rectify(sums, STEPS * CHANNELS, i > 1 ? lead : 0, lead);
      }
      kernels.meanOf(firstAt, SIGNALS_BYTES, leadCount, STEPS * CHANNELS, meanAt);
    });
    const points = room.floats(2 * POINTS.length);
    // The scores of a point at each step are a convolution with a single tap.
    const scores = (at: Address, out: Address, before: Address, result: Address) =>
      kernels.convolve(at, CHANNELS, STEPS, 1, 1, out, POINTS.length, before, POINTS.length * FLOAT_BYTES, result);
    scores(meanAt, meanOut, usual, ofMeanSums);
    return leads.map((lead) => {
      scores(lead, ownOut, ofMeanSums, sums);
      kernels.pointByScores(sums, STEPS, timeOf(0), STEP, points.byteOffset);
      const [times, spreads] = [points.subarray(0, POINTS.length), points.subarray(POINTS.length)];
      return { times: new Float64Array(times), spreads: new Float64Array(spreads) };
    });
  });
}

const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;
/** The signals between two layers, of a lead. */
const SIGNALS_BYTES = PADDED_STEPS * CHANNELS * FLOAT_BYTES;
/** The zeros before these signals. */
const PADDING_BYTES = PADDING * CHANNELS * FLOAT_BYTES;
/** What the network needs for each lead, ... */
const LEAD_BYTES = SIGNALS_BYTES;
/** ... and for all: the inputs of a lead, the mean of all leads, two sums of a layer, and the points of a lead. */
const ROOM_BYTES =
  INPUT_VALUES * FLOAT_BYTES + SIGNALS_BYTES + 2 * STEPS * CHANNELS * FLOAT_BYTES + 2 * POINTS.length * FLOAT_BYTES;

/** The values of a window on their way to a quantile. */
const sorted = new Float64Array(WINDOW);
/** A window that goes on beyond its ends, as far as slopes reach, as it is there. */
const widened = new Float64Array(WINDOW + 2 * WIDE_SLOPE[2]);

/** The inputs of the network: the height over the middle level and the slope at two scales, by the QRS complex's height, large values compressed. */
function toInputs(window: Float64Array, inputs: Float32Array): void {
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
  for (let k = 0; k < WINDOW; k++) {
    const offset = 3 * (PADDING * STEP + k);
    const at = far + k;
    inputs[offset] = HEIGHT_FACTOR * scale * (widened[at] - level);
    inputs[offset + 1] = slopeScale * (widened[at + 1] - widened[at - 1]);
    const after = widened[at + near] + widened[at + middle] + widened[at + far];
    const before = widened[at - far] + widened[at - middle] + widened[at - near];
    inputs[offset + 2] = wideScale * (after - before);
  }
  kernels.compressLarge(inputs.byteOffset, INPUT_VALUES);
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

/** The middle of a step, in grid samples from the R peak. */
function timeOf(step: number): number {
  return STEP * step + STEP_MIDDLE - BEFORE;
}
