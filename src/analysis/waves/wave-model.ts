import { BEFORE, COMPARED_AFTER, COMPARED_BEFORE, WINDOW } from "./average-beats.ts";
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
/** The taps of a layer's filters. */
const TAPS = 5;
/** The steps between the taps of each layer. */
const DILATIONS = [1, 2, 4, 8];
/** The zeros to both sides of a signal, as far as a layer sees. */
const PADDING = ((TAPS - 1) / 2) * Math.max(...DILATIONS);
/** The numbers of a signal with its zeros. */
const STRIDE = STEPS + 2 * PADDING;
/** The first grid sample from the R peak at which each point may be. */
const EARLIEST = [-110, -90, -30, -8, 15, 25, -100, 15];
/** The last grid sample from the R peak at which each point may be. */
const LATEST = [-8, 0, 8, 50, 100, 165, -5, 135];
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

/** The weights of a layer: for what is of the lead itself, and for what is common to all leads. */
type Layer = { own: Float64Array; shared: Float64Array | null; bias: Float64Array };
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
  const layers = DILATIONS.map((_, i) => ({
    own: take((i === 0 ? INPUTS : CHANNELS) * TAPS * CHANNELS),
    shared: i === 0 ? null : take(CHANNELS * TAPS * CHANNELS),
    bias: take(CHANNELS),
  }));
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
export function pointAtWaves(average: Float32Array, leadCount: number): PointedWaves[] {
  if (leadCount === 0) return [];
  model ??= readModel();
  const { layers, ownOut, sharedOut } = model;
  while (room.length < leadCount) room.push({ before: newChannels(CHANNELS), after: newChannels(CHANNELS) });
  const leads = room.slice(0, leadCount);
  for (const [l, { before }] of leads.entries()) toInputs(average.subarray(l * WINDOW, (l + 1) * WINDOW), before);
  layers.forEach(({ own, shared, bias }, i) => {
    const inputs = i === 0 ? INPUTS : CHANNELS;
    for (let c = 0; c < CHANNELS; c++) common.fill(bias[c], c * STRIDE + PADDING, c * STRIDE + PADDING + STEPS);
    if (shared) convolve(meanOf(leads), inputs, shared, CHANNELS, DILATIONS[i], common);
    for (const lead of leads) {
      const { before, after } = lead;
      after.set(common);
      convolve(before, inputs, own, CHANNELS, DILATIONS[i], after);
      rectify(after, i > 1 ? before : null);
      lead.before = after;
      lead.after = before;
    }
  });
  const sharedScores = newChannels(POINTS.length);
  combine(meanOf(leads), sharedOut, sharedScores);
  return leads.map(({ before }) => {
    const scores = sharedScores.slice();
    combine(before, ownOut, scores);
    return point(scores);
  });
}

function newChannels(count: number): Float64Array {
  return new Float64Array(count * STRIDE);
}

/** The input of a layer and its output, for each lead. */
const room: { before: Float64Array; after: Float64Array }[] = [];
/** The output of a layer by what is common to all leads. */
const common = newChannels(CHANNELS);
/** The mean of all leads. */
const mean = newChannels(CHANNELS);

/** The inputs of the network: the height over the middle level and the slope at two scales, by the QRS complex's height, large values compressed. */
function toInputs(window: Float32Array, inputs: Float64Array): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let k = BEFORE - COMPARED_BEFORE; k < BEFORE + COMPARED_AFTER; k++) {
    if (window[k] < low) low = window[k];
    if (window[k] > high) high = window[k];
  }
  const scale = 1 / (high - low + LEAST_HEIGHT);
  const sorted = window.slice().sort();
  const level = 0.5 * (sorted[WINDOW / 2 - 1] + sorted[WINDOW / 2]);
  const [near, middle, far] = WIDE_SLOPE;
  const at = (k: number) => window[k < 0 ? 0 : k >= WINDOW ? WINDOW - 1 : k];
  for (let k = 0; k < WINDOW; k++) {
    const offset = (k % STEP) * 3 * STRIDE + PADDING + (k >> 1);
    inputs[offset] = Math.asinh(HEIGHT_FACTOR * scale * (window[k] - level));
    inputs[offset + STRIDE] = Math.asinh(SLOPE_FACTOR * scale * (at(k + 1) - at(k - 1)));
    const wide = at(k + near) + at(k + middle) + at(k + far) - at(k - far) - at(k - middle) - at(k - near);
    inputs[offset + 2 * STRIDE] = Math.asinh((SLOPE_FACTOR / WIDE_SLOPE.length) * scale * wide);
  }
}

function meanOf(leads: readonly { before: Float64Array }[]): Float64Array {
  mean.fill(0);
  for (const { before } of leads) for (let i = 0; i < mean.length; i++) mean[i] += before[i];
  for (let i = 0; i < mean.length; i++) mean[i] /= leads.length;
  return mean;
}

/**
 * Adds the convolution of the inputs to the outputs. The weights are by output, input and tap. Four outputs at a time share
 * the loads of the inputs, which take longer than the products.
 */
function convolve(
  input: Float64Array,
  inputs: number,
  weights: Float64Array,
  outputs: number,
  dilation: number,
  output: Float64Array,
): void {
  const next = inputs * TAPS;
  for (let o = 0; o < outputs; o += 4) {
    for (let i = 0; i < inputs; i++) {
      const w = (o * inputs + i) * TAPS;
      const a0 = weights[w];
      const a1 = weights[w + 1];
      const a2 = weights[w + 2];
      const a3 = weights[w + 3];
      const a4 = weights[w + 4];
      const b0 = weights[w + next];
      const b1 = weights[w + next + 1];
      const b2 = weights[w + next + 2];
      const b3 = weights[w + next + 3];
      const b4 = weights[w + next + 4];
      const c0 = weights[w + 2 * next];
      const c1 = weights[w + 2 * next + 1];
      const c2 = weights[w + 2 * next + 2];
      const c3 = weights[w + 2 * next + 3];
      const c4 = weights[w + 2 * next + 4];
      const d0 = weights[w + 3 * next];
      const d1 = weights[w + 3 * next + 1];
      const d2 = weights[w + 3 * next + 2];
      const d3 = weights[w + 3 * next + 3];
      const d4 = weights[w + 3 * next + 4];
      let from = i * STRIDE + PADDING;
      let to = o * STRIDE + PADDING;
      for (const end = from + STEPS; from < end; from++, to++) {
        const u = input[from - 2 * dilation];
        const v = input[from - dilation];
        const x = input[from];
        const y = input[from + dilation];
        const z = input[from + 2 * dilation];
        output[to] += a0 * u + a1 * v + a2 * x + a3 * y + a4 * z;
        output[to + STRIDE] += b0 * u + b1 * v + b2 * x + b3 * y + b4 * z;
        output[to + 2 * STRIDE] += c0 * u + c1 * v + c2 * x + c3 * y + c4 * z;
        output[to + 3 * STRIDE] += d0 * u + d1 * v + d2 * x + d3 * y + d4 * z;
      }
    }
  }
}

/** Sets channels below 0 to 0, and adds what was before. */
function rectify(channels: Float64Array, before: Float64Array | null): void {
  for (let i = 0; i < channels.length; i++) if (channels[i] < 0) channels[i] = 0;
  if (before) for (let i = 0; i < channels.length; i++) channels[i] += before[i];
}

/** Adds to the score of each point and time the weighted sum of the channels. */
function combine(channels: Float64Array, weights: Float64Array, scores: Float64Array): void {
  for (let p = 0; p < POINTS.length; p++) {
    for (let c = 0; c < CHANNELS; c += 4) {
      const a = weights[c * POINTS.length + p];
      const b = weights[(c + 1) * POINTS.length + p];
      const d = weights[(c + 2) * POINTS.length + p];
      const e = weights[(c + 3) * POINTS.length + p];
      let from = c * STRIDE + PADDING;
      let to = p * STRIDE + PADDING;
      for (const end = from + STEPS; from < end; from++, to++) {
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
    const from = p * STRIDE + PADDING;
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < STEPS; k++) {
      const time = STEP * k + STEP_MIDDLE - BEFORE;
      const unusual = (time / USUAL_TIME_UNIT - centres[p]) / widths[p];
      const score =
        time < EARLIEST[p] || time > LATEST[p] ? Number.NEGATIVE_INFINITY : scores[from + k] - 0.5 * unusual * unusual;
      scores[from + k] = score;
      if (score > top) top = score;
    }
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let k = 0; k < STEPS; k++) {
      const weight = Math.exp(scores[from + k] - top);
      const time = STEP * k + STEP_MIDDLE - BEFORE;
      sum += weight;
      first += weight * time;
      second += weight * time * time;
    }
    times[p] = first / sum;
    spreads[p] = Math.sqrt(Math.max(0, second / sum - times[p] * times[p]));
  }
  return { times, spreads };
}
