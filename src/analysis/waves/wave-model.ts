import { takeQuantile } from "../numbers/quantile.ts";
import { BEFORE, COMPARED_AFTER, COMPARED_BEFORE, WINDOW } from "./average-beats.ts";
import {
  addProducts,
  type Filters,
  fromTiles,
  newFilters,
  newSignals,
  newTiles,
  PADDING,
  STRIDE,
  TAPS,
  toTiles,
} from "./convolution.ts";
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

/**
 * A layer: its filters of what is of the lead itself, of what is common to all leads, and of a lead that is alone, for which both
 * are the same.
 */
type Layer = { own: Filters; shared: Filters | null; ofOne: Filters; bias: Float64Array };
type Model = {
  layers: Layer[];
  /** The weights of the scores of a lead's own last layer. */
  ownOut: Float64Array;
  /** The weights of the scores of the mean of all leads' last layers. */
  sharedOut: Float64Array;
  /** The usual time of each point, in USUAL_TIME_UNIT. */
  centres: Float64Array;
  /** The deviation of each point from it, in USUAL_TIME_UNIT. */
  widths: Float64Array;
};
/** The model, once it has been read. */
let model: Model | undefined;

function readModel(): Model {
  const take = newWeights(FIRST_LOOK);
  const filters = (inputs: number) => newFilters(take(inputs * TAPS * CHANNELS), inputs, CHANNELS);
  const layers = DILATIONS.map((_, i) => {
    const own = filters(i === 0 ? INPUTS : CHANNELS);
    const shared = i === 0 ? null : filters(CHANNELS);
    const ofOne = shared ? { ...own, values: own.values.map((value, k) => value + shared.values[k]) } : own;
    return { own, shared, ofOne, bias: take(CHANNELS) };
  });
  const ownOut = take(CHANNELS * POINTS.length);
  const sharedOut = take(CHANNELS * POINTS.length);
  const centres = take(POINTS.length);
  const widths = take(POINTS.length).map(Math.exp);
  return { layers, ownOut, sharedOut, centres, widths };
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
  const { layers, ownOut, sharedOut } = model;
  while (room.length < leadCount) room.push(newSignals(CHANNELS));
  const leads = room.slice(0, leadCount);
  for (const [l, signals] of leads.entries()) toInputs(average.subarray(l * WINDOW, (l + 1) * WINDOW), signals);
  const isOne = leadCount === 1;
  layers.forEach(({ own, shared: ofAll, ofOne, bias }, i) => {
    const shared = isOne ? null : ofAll;
    if (shared) {
      toTiles(mean, CHANNELS, DILATIONS[i], tiles);
      addProducts(shared, tiles, nothing, common);
    }
    mean.fill(0);
    for (const signals of leads) {
      toTiles(signals, own.inputs, DILATIONS[i], tiles);
      addProducts(isOne ? ofOne : own, tiles, shared ? common : nothing, sums);
      fromTiles(sums, CHANNELS, DILATIONS[i], filtered);
      rectify(filtered, bias, i > 1, signals, 1 / leadCount);
    }
  });
  const sharedScores = new Float64Array(POINTS.length * STEPS);
  combine(mean, sharedOut, sharedScores);
  return leads.map((signals) => {
    const scores = sharedScores.slice();
    combine(signals, ownOut, scores);
    return point(scores);
  });
}

/** The signals between two layers, for each lead. */
const room: Float64Array[] = [];
/** The mean of all leads' signals. */
const mean = newSignals(CHANNELS);
/** The tiles of what a layer is given. */
const tiles = newTiles(CHANNELS);
/** Tiles of zeros. */
const nothing = newTiles(CHANNELS);
/** The tiles of what a layer gives by what is common to all leads. */
const common = newTiles(CHANNELS);
/** The tiles of all that it gives. */
const sums = newTiles(CHANNELS);
/** The values of a window on their way to a quantile. */
const sorted = new Float64Array(WINDOW);
/** A window that goes on beyond its ends, as far as slopes reach, as it is there. */
const widened = new Float64Array(WINDOW + 2 * WIDE_SLOPE[2]);
/** What a layer gives, before it is rectified. */
const filtered = newSignals(CHANNELS);

/** The inputs of the network: the height over the middle level and the slope at two scales, by the QRS complex's height, large values compressed. */
function toInputs(window: Float64Array, inputs: Float64Array): void {
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
    const offset = (k % STEP) * 3 * STRIDE + PADDING + (k >> 1);
    const at = far + k;
    inputs[offset] = compress(HEIGHT_FACTOR * scale * (widened[at] - level));
    inputs[offset + STRIDE] = compress(slopeScale * (widened[at + 1] - widened[at - 1]));
    const after = widened[at + near] + widened[at + middle] + widened[at + far];
    const before = widened[at - far] + widened[at - middle] + widened[at - near];
    inputs[offset + 2 * STRIDE] = compress(wideScale * (after - before));
  }
}

/** The steps of the table of `compress` in 1. */
const TABLE_STEPS = 32;
/** The table ends here: few values are beyond it. */
const TABLE_END = 16;
/** The inverse hyperbolic sine at each step of the table, and its slope over a step. */
const TABLE = Float64Array.from({ length: 2 * (TABLE_STEPS * TABLE_END + 1) }, (_, i) => {
  const value = (i >> 1) / TABLE_STEPS;
  return i % 2 === 0 ? Math.asinh(value) : 1 / (TABLE_STEPS * Math.hypot(1, value));
});

/** The inverse hyperbolic sine to eight decimals, by cubic interpolation: Math.asinh takes most of the time of the inputs. */
function compress(value: number): number {
  const size = Math.abs(value);
  if (!(size < TABLE_END)) return Math.asinh(value);
  const steps = size * TABLE_STEPS;
  const step = steps | 0;
  const part = steps - step;
  const low = TABLE[2 * step];
  const rise = TABLE[2 * step + 2] - low;
  const slope = TABLE[2 * step + 1];
  const bend = slope + TABLE[2 * step + 3] - 2 * rise;
  const found = low + part * (slope + part * (rise - slope - bend + part * bend));
  return value < 0 ? -found : found;
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

/**
 * Sets what is below 0 of a layer's output to 0, puts it in the place of the signals, and adds a share of it to the mean.
 *
 * @param isAdded whether it is added to the signals
 * @param share of the lead in the mean of all
 */
function rectify(
  filtered: Float64Array,
  bias: Float64Array,
  isAdded: boolean,
  signals: Float64Array,
  share: number,
): void {
  for (let c = 0; c < CHANNELS; c++) {
    const from = c * STRIDE + PADDING;
    for (let i = from; i < from + STEPS; i++) {
      const sum = filtered[i] + bias[c];
      // Half of a number and its size is the number, or 0 where it is below: without a branch, which could not be foreseen.
      const value = 0.5 * (sum + Math.abs(sum)) + (isAdded ? signals[i] : 0);
      signals[i] = value;
      mean[i] += share * value;
    }
  }
}

/** Adds the weighted sum of the channels to the score of each point at each step at which it may be. */
function combine(channels: Float64Array, weights: Float64Array, scores: Float64Array): void {
  for (let p = 0; p < POINTS.length; p++) {
    for (let c = 0; c < CHANNELS; c += 4) {
      const a = weights[c * POINTS.length + p];
      const b = weights[(c + 1) * POINTS.length + p];
      const d = weights[(c + 2) * POINTS.length + p];
      const e = weights[(c + 3) * POINTS.length + p];
      let from = c * STRIDE + PADDING + FIRST_STEPS[p];
      const last = p * STEPS + LAST_STEPS[p];
      for (let to = p * STEPS + FIRST_STEPS[p]; to <= last; from++, to++) {
        scores[to] +=
          a * channels[from] +
          b * channels[from + STRIDE] +
          d * channels[from + 2 * STRIDE] +
          e * channels[from + 3 * STRIDE];
      }
    }
  }
}

/** Points at the mean of the times, each weighted by the exponential of its score and of how usual it is. */
function point(scores: Float64Array): PointedWaves {
  const { centres, widths } = model as Model;
  const times = new Float64Array(POINTS.length);
  const spreads = new Float64Array(POINTS.length);
  for (let p = 0; p < POINTS.length; p++) {
    const from = p * STEPS;
    let top = Number.NEGATIVE_INFINITY;
    for (let k = FIRST_STEPS[p]; k <= LAST_STEPS[p]; k++) {
      const unusual = (timeOf(k) / USUAL_TIME_UNIT - centres[p]) / widths[p];
      const score = scores[from + k] - 0.5 * unusual * unusual;
      scores[from + k] = score;
      if (score > top) top = score;
    }
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let k = FIRST_STEPS[p]; k <= LAST_STEPS[p]; k++) {
      const weight = Math.exp(scores[from + k] - top);
      const time = timeOf(k);
      sum += weight;
      first += weight * time;
      second += weight * time * time;
    }
    times[p] = first / sum;
    spreads[p] = Math.sqrt(Math.max(0, second / sum - times[p] * times[p]));
  }
  return { times, spreads };
}

/** The middle of a step, in grid samples from the R peak. */
function timeOf(step: number): number {
  return STEP * step + STEP_MIDDLE - BEFORE;
}
