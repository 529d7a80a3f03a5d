import { EVIDENCE } from "../beats/candidate-evidence.ts";
import type { CandidateModel } from "../beats/candidate-model.ts";
import type { CandidateExample } from "./candidate-examples.ts";
import { newRandom } from "./random.ts";

const INPUTS = EVIDENCE.length;
const UNITS = 12;
/** The weights of a unit: one for each of the evidence, and its bias. */
const UNIT_SIZE = INPUTS + 1;
/** Where what units count begins among all weights, then the bias of the whole, then the direct weights. */
const COUNTS = UNITS * UNIT_SIZE;
const BIAS = COUNTS + UNITS;
const DIRECT = BIAS + 1;
const SIZE = DIRECT + INPUTS;

const STEPS = 56000;
const BATCH = 64;
/** The rate of learning falls evenly by the first of these, to the second. */
const RATE = { fall: 0.01, least: 0.0001 };
/** What the square of a weight costs, as against half of it the mean loss of a batch. */
const RIDGE = 5e-5;

/** How much of what is learned from is of each database; of others 1. */
const SHARES: Record<string, number | undefined> = {
  mitdb: 4,
  nstdb: 1.8,
  cpsc2019: 0.3,
  cpsc2021: 0.4,
  ludb: 0.5,
  noise: 0.8,
  "noise in one lead": 0.4,
  "10 s with noise": 0.4,
  "10 s": 0.7,
  "10 s with large beats": 0.5,
  "60 s with large beats": 0.4,
  "lower for a while": 0.3,
  "no beats for a while": 1,
  "odd beats": 0.5,
  generated: 1.1,
};

/**
 * Fits the network by Adam (Kingma and Ba, 2015) to examples that are drawn by the shares of their databases. The evidence is
 * brought to mean 0 and deviation 1 for that, and the weights back.
 */
export function fitNetwork(examples: readonly CandidateExample[], seed: number, steps = STEPS): CandidateModel {
  const random = newRandom(seed);
  const scales = measureScales(examples);
  const lots = [...Map.groupBy(examples, ({ database }) => database)].map(([database, list]) => ({
    share: SHARES[database] ?? 1,
    isBeat: list.map(({ isBeat }) => (isBeat ? 1 : 0)),
    inputs: list.map(({ evidence }) =>
      Float64Array.from(evidence, (value, i) => (value - scales.means[i]) / scales.deviations[i]),
    ),
  }));
  const shares = lots.reduce((sum, { share }) => sum + share, 0);
  const drawLot = () => {
    let left = random() * shares;
    let i = 0;
    for (; i < lots.length - 1 && left > lots[i].share; i++) left -= lots[i].share;
    return lots[i];
  };

  const weights = new Float64Array(SIZE);
  for (let i = 0; i < COUNTS; i++) weights[i] = ((random() - 0.5) * 1.5) / Math.sqrt(INPUTS);
  for (let i = COUNTS; i < BIAS; i++) weights[i] = random() - 0.5;
  const gradient = new Float64Array(SIZE);
  const first = new Float64Array(SIZE);
  const second = new Float64Array(SIZE);
  for (let step = 1; step <= steps; step++) {
    gradient.fill(0);
    for (let b = 0; b < BATCH; b++) {
      const lot = drawLot();
      const at = Math.floor(random() * lot.inputs.length);
      addGradient(weights, lot.inputs[at], lot.isBeat[at], gradient);
    }
    const rate = RATE.fall * (1 - step / steps) + RATE.least;
    for (let i = 0; i < SIZE; i++) {
      const slope = gradient[i] + RIDGE * weights[i];
      first[i] = 0.9 * first[i] + 0.1 * slope;
      second[i] = 0.999 * second[i] + 0.001 * slope ** 2;
      weights[i] -= (rate * (first[i] / (1 - 0.9 ** step))) / (Math.sqrt(second[i] / (1 - 0.999 ** step)) + 1e-8);
    }
  }
  return toModel(weights, scales);
}

type Scales = { means: Float64Array; deviations: Float64Array };

function measureScales(examples: readonly CandidateExample[]): Scales {
  const means = new Float64Array(INPUTS);
  const squares = new Float64Array(INPUTS);
  for (const { evidence } of examples) for (let i = 0; i < INPUTS; i++) means[i] += evidence[i] / examples.length;
  for (const { evidence } of examples) {
    for (let i = 0; i < INPUTS; i++) squares[i] += (evidence[i] - means[i]) ** 2 / examples.length;
  }
  return { means, deviations: squares.map((square) => Math.sqrt(square) || 1) };
}

const OUTPUTS = new Float64Array(UNITS);

/** Adds how a batch's mean loss, the logarithm of the likelihood, changes with the weights by one of its examples. */
function addGradient(weights: Float64Array, inputs: Float64Array, isBeat: number, gradient: Float64Array): void {
  let odds = weights[BIAS];
  for (let i = 0; i < INPUTS; i++) odds += weights[DIRECT + i] * inputs[i];
  for (let unit = 0; unit < UNITS; unit++) {
    const at = unit * UNIT_SIZE;
    let sum = weights[at + INPUTS];
    for (let i = 0; i < INPUTS; i++) sum += weights[at + i] * inputs[i];
    OUTPUTS[unit] = Math.max(0, sum);
    odds += weights[COUNTS + unit] * OUTPUTS[unit];
  }
  const error = (1 / (1 + Math.exp(-odds)) - isBeat) / BATCH;
  gradient[BIAS] += error;
  for (let i = 0; i < INPUTS; i++) gradient[DIRECT + i] += error * inputs[i];
  for (let unit = 0; unit < UNITS; unit++) {
    const at = unit * UNIT_SIZE;
    gradient[COUNTS + unit] += error * OUTPUTS[unit];
    if (OUTPUTS[unit] === 0) continue;
    const slope = error * weights[COUNTS + unit];
    for (let i = 0; i < INPUTS; i++) gradient[at + i] += slope * inputs[i];
    gradient[at + INPUTS] += slope;
  }
}

/** The weights for the evidence as it is. */
function toModel(weights: Float64Array, { means, deviations }: Scales): CandidateModel {
  const rescale = (from: number, bias: number) => {
    const own = Array.from(deviations, (deviation, i) => weights[from + i] / deviation);
    return { own, bias: bias - own.reduce((sum, weight, i) => sum + weight * means[i], 0) };
  };
  const { own: direct, bias } = rescale(DIRECT, weights[BIAS]);
  const hidden = Array.from({ length: UNITS }, (_, unit) => {
    const at = unit * UNIT_SIZE;
    const { own, bias: ownBias } = rescale(at, weights[at + INPUTS]);
    return [ownBias, ...own, weights[COUNTS + unit]].map(round);
  });
  return { bias: round(bias), direct: direct.map(round), hidden };
}

function round(weight: number): number {
  return Number(weight.toFixed(3));
}
