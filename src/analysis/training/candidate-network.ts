import type { CandidateModel } from "../beats/candidate-model.ts";
import type { CandidateExample } from "./candidate-examples.ts";
import { newRandom } from "./random.ts";

/** How a network is fitted. */
type Plan = {
  units: number;
  steps: number;
  /** The rate of learning falls evenly by the first of these, to the second. */
  rate: { fall: number; least: number };
  /** Half of this, times the square of each weight, is added to the mean loss of a batch. */
  ridge: number;
};

/** The network that judges each candidate by itself. */
export const FIRST: Plan = { units: 12, steps: 56000, rate: { fall: 0.01, least: 0.0001 }, ridge: 5e-5 };
/** The network that changes the odds of candidates in doubt: it has many inputs for what it learns from, so that weights cost more. */
export const IN_DOUBT: Plan = { units: 16, steps: 30000, rate: { fall: 0.002, least: 0.00001 }, ridge: 5e-3 };

const BATCH = 64;

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
  "noise, made up": 1.4,
  "noise in one lead, made up": 0.8,
  "10 s with noise, made up": 0.8,
  "ventricular runs": 0.8,
  extrasystoles: 0.8,
};

/**
 * Fits a network by Adam (Kingma and Ba, 2015) to examples that are drawn by the shares of their databases: with the odds by which
 * they were judged before it says how likely each is a beat. The evidence is brought to mean 0 and deviation 1 for that, and
 * the weights back.
 */
export function fitNetwork(examples: readonly CandidateExample[], seed: number, plan: Plan): CandidateModel {
  const { steps, rate, ridge } = plan;
  const random = newRandom(seed);
  const scales = measureScales(examples);
  const places = newPlaces(scales.means.length, plan.units);
  const lots = [...Map.groupBy(examples, ({ database }) => database)].map(([database, list]) => ({
    share: SHARES[database] ?? 1,
    isBeat: list.map(({ isBeat }) => (isBeat ? 1 : 0)),
    odds: list.map(({ odds }) => odds),
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

  const { size, counts, bias } = places;
  const weights = new Float64Array(size);
  for (let i = 0; i < counts; i++) weights[i] = ((random() - 0.5) * 1.5) / Math.sqrt(places.inputs);
  for (let i = counts; i < bias; i++) weights[i] = random() - 0.5;
  const gradient = new Float64Array(size);
  const first = new Float64Array(size);
  const second = new Float64Array(size);
  for (let step = 1; step <= steps; step++) {
    gradient.fill(0);
    for (let b = 0; b < BATCH; b++) {
      const lot = drawLot();
      const at = Math.floor(random() * lot.inputs.length);
      addGradient(places, weights, lot.inputs[at], lot.odds[at], lot.isBeat[at], gradient);
    }
    const pace = rate.fall * (1 - step / steps) + rate.least;
    for (let i = 0; i < size; i++) {
      const slope = gradient[i] + ridge * weights[i];
      first[i] = 0.9 * first[i] + 0.1 * slope;
      second[i] = 0.999 * second[i] + 0.001 * slope ** 2;
      weights[i] -= (pace * (first[i] / (1 - 0.9 ** step))) / (Math.sqrt(second[i] / (1 - 0.999 ** step)) + 1e-8);
    }
  }
  return toModel(places, weights, scales);
}

/** Where what there is of a network begins among its weights: those of the units come first, one for each input and a bias each. */
type Places = { inputs: number; units: number; counts: number; bias: number; direct: number; size: number };

function newPlaces(inputs: number, units: number): Places {
  const counts = units * (inputs + 1);
  const bias = counts + units;
  return { inputs, units, counts, bias, direct: bias + 1, size: bias + 1 + inputs };
}

type Scales = { means: Float64Array; deviations: Float64Array };

function measureScales(examples: readonly CandidateExample[]): Scales {
  const inputs = examples[0].evidence.length;
  const means = new Float64Array(inputs);
  const squares = new Float64Array(inputs);
  for (const { evidence } of examples) for (let i = 0; i < inputs; i++) means[i] += evidence[i] / examples.length;
  for (const { evidence } of examples) {
    for (let i = 0; i < inputs; i++) squares[i] += (evidence[i] - means[i]) ** 2 / examples.length;
  }
  return { means, deviations: squares.map((square) => Math.sqrt(square) || 1) };
}

/** Adds how a batch's mean loss, the logarithm of the likelihood, changes with the weights by one of its examples. */
function addGradient(
  { inputs, units, counts, bias, direct }: Places,
  weights: Float64Array,
  values: Float64Array,
  before: number,
  isBeat: number,
  gradient: Float64Array,
): void {
  const unitSize = inputs + 1;
  let odds = before + weights[bias];
  for (let i = 0; i < inputs; i++) odds += weights[direct + i] * values[i];
  for (let unit = 0; unit < units; unit++) {
    const at = unit * unitSize;
    let sum = weights[at + inputs];
    for (let i = 0; i < inputs; i++) sum += weights[at + i] * values[i];
    OUTPUTS[unit] = Math.max(0, sum);
    odds += weights[counts + unit] * OUTPUTS[unit];
  }
  const error = (1 / (1 + Math.exp(-odds)) - isBeat) / BATCH;
  gradient[bias] += error;
  for (let i = 0; i < inputs; i++) gradient[direct + i] += error * values[i];
  for (let unit = 0; unit < units; unit++) {
    const at = unit * unitSize;
    gradient[counts + unit] += error * OUTPUTS[unit];
    if (OUTPUTS[unit] === 0) continue;
    const slope = error * weights[counts + unit];
    for (let i = 0; i < inputs; i++) gradient[at + i] += slope * values[i];
    gradient[at + inputs] += slope;
  }
}

const MOST_UNITS = 32;
/** What the units of a network say of one example. */
const OUTPUTS = new Float64Array(MOST_UNITS);

/** The weights for the evidence as it is. */
function toModel(
  { inputs, units, counts, bias, direct }: Places,
  weights: Float64Array,
  { means, deviations }: Scales,
): CandidateModel {
  const rescale = (from: number, of: number) => {
    const own = Array.from(deviations, (deviation, i) => weights[from + i] / deviation);
    return { own, bias: of - own.reduce((sum, weight, i) => sum + weight * means[i], 0) };
  };
  const { own: ofInputs, bias: ofAll } = rescale(direct, weights[bias]);
  const hidden = Array.from({ length: units }, (_, unit) => {
    const at = unit * (inputs + 1);
    const { own, bias: ownBias } = rescale(at, weights[at + inputs]);
    return [ownBias, ...own, weights[counts + unit]].map(round);
  });
  return { bias: round(ofAll), direct: ofInputs.map(round), hidden };
}

function round(weight: number): number {
  return Number(weight.toFixed(3));
}
