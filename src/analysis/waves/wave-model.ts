import { BEFORE, WINDOW } from "./average-beats.ts";
import { FIRST_LOOK } from "./wave-weights.ts";
import { newWeights } from "./weights.ts";

/** What the model points at, in the order of its outputs. */
export const POINTS = ["pOnset", "pEnd", "qrsOnset", "qrsEnd", "tOnset", "tEnd", "pPeak", "tPeak"] as const;

/** Per lead and point: the time in grid samples from the R peak, and how far around it the model is in doubt. */
export type PointedWaves = { times: Float64Array; spreads: Float64Array };

/** The model's own steps are two grid samples. */
const STEPS = WINDOW / 2;
const INPUTS = 6;
const CHANNELS = 16;
const TAPS = 5;
const DILATIONS = [1, 2, 4, 8];
/** Zeros to both sides of a signal, as far as a layer sees. */
const PADDING = ((TAPS - 1) / 2) * Math.max(...DILATIONS);
const STRIDE = STEPS + 2 * PADDING;
/** The first and the last grid sample from the R peak at which each point may be. */
const EARLIEST = [-110, -90, -30, -8, 15, 25, -100, 15];
const LATEST = [-8, 0, 8, 50, 100, 165, -5, 135];

type Layer = { own: Float64Array; shared: Float64Array | null; bias: Float64Array };
type Model = {
  layers: Layer[];
  ownOut: Float64Array;
  sharedOut: Float64Array;
  centres: Float64Array;
  widths: Float64Array;
};
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
 * Each lead goes through the same four layers (16 channels, 5 taps 1, 2, 4 and 8 steps apart; from the second on, the mean of
 * all leads goes in beside the lead itself, and from the third on, what a layer gives is added to what it was given). Its
 * outputs are a score a point and time; the point is the mean of the times, each weighted by the exponential of its score.
 * So it takes any number of leads in any order.
 *
 * It was trained on the average beats of records 1 to 60 of the Lobachevsky University database (Kalyakulina et al., "LUDB: a
 * new open-access validation tool for electrocardiogram delineation algorithms", IEEE Access 8:186181-186190, 2020), towards
 * the middle between the marks of all beats of a class (the middle of their mean and median) and the mean of those averaged:
 * 4000 steps of Adam with 8 averages each, at a rate of 0.004 that falls to 0 by a cosine, with a weight decay of 0.001.
 * The loss is Huber's of the error, and the cross entropy with a bell about the mark. In training, most averages are of some
 * of the beats only; they are stretched and moved in time, as a whole and in parts, their P and T waves made larger or
 * smaller, with noise and wander, of 1 to 12 leads, one lead in ten upside down: which way round a lead is says where its
 * waves are marked, but must not decide it. Where no beat of a class has a P wave, the model is to point at no time rather
 * than another: the cross entropy is then with all times alike. A fifth of the channels is left out; the weights kept are the
 * mean of the last hundred steps or so.
 *
 * @param average a window a lead
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

/** What a layer is given and what it gives, of each lead; what is common to the leads; and the mean of them. */
const room: { before: Float64Array; after: Float64Array }[] = [];
const common = newChannels(CHANNELS);
const mean = newChannels(CHANNELS);

/** The height over the middle level and the slope at two scales, by the QRS complex's height, large values compressed. */
function toInputs(window: Float32Array, inputs: Float64Array): void {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let k = BEFORE - 25; k < BEFORE + 35; k++) {
    if (window[k] < low) low = window[k];
    if (window[k] > high) high = window[k];
  }
  const scale = 1 / (high - low + 1e-6);
  const sorted = window.slice().sort();
  const level = 0.5 * (sorted[WINDOW / 2 - 1] + sorted[WINDOW / 2]);
  const at = (k: number) => window[k < 0 ? 0 : k >= WINDOW ? WINDOW - 1 : k];
  for (let k = 0; k < WINDOW; k++) {
    const offset = (k % 2) * 3 * STRIDE + PADDING + (k >> 1);
    inputs[offset] = Math.asinh(8 * scale * (window[k] - level));
    inputs[offset + STRIDE] = Math.asinh(25 * scale * (at(k + 1) - at(k - 1)));
    const wide = at(k + 3) + at(k + 4) + at(k + 5) - at(k - 5) - at(k - 4) - at(k - 3);
    inputs[offset + 2 * STRIDE] = Math.asinh((25 / 3) * scale * wide);
  }
}

function meanOf(leads: readonly { before: Float64Array }[]): Float64Array {
  mean.fill(0);
  for (const { before } of leads) for (let i = 0; i < mean.length; i++) mean[i] += before[i];
  for (let i = 0; i < mean.length; i++) mean[i] /= leads.length;
  return mean;
}

/**
 * Adds to the outputs; weights are by output, input and tap. Four outputs at a time share the loads of the inputs, which
 * take longer than the products.
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

function rectify(channels: Float64Array, before: Float64Array | null): void {
  for (let i = 0; i < channels.length; i++) if (channels[i] < 0) channels[i] = 0;
  if (before) for (let i = 0; i < channels.length; i++) channels[i] += before[i];
}

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

/** The mean of the times, each weighted by the exponential of its score and of how usual it is. */
function point(scores: Float64Array): PointedWaves {
  const { centres, widths } = model as Model;
  const times = new Float64Array(POINTS.length);
  const spreads = new Float64Array(POINTS.length);
  for (let p = 0; p < POINTS.length; p++) {
    const from = p * STRIDE + PADDING;
    let top = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < STEPS; k++) {
      const time = 2 * k + 0.5 - BEFORE;
      const unusual = (time / 30 - centres[p]) / widths[p];
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
      const time = 2 * k + 0.5 - BEFORE;
      sum += weight;
      first += weight * time;
      second += weight * time * time;
    }
    times[p] = first / sum;
    spreads[p] = Math.sqrt(Math.max(0, second / sum - times[p] * times[p]));
  }
  return { times, spreads };
}
