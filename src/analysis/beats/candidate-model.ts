import { CANDIDATE_WEIGHTS } from "./candidate-weights.ts";

/**
 * A small network that says how likely a candidate is a beat, by its evidence: one hidden layer beside a logistic model. A
 * row of `hidden` is a unit: its bias, a weight for each of the evidence, and what it counts.
 */
export type CandidateModel = { bias: number; direct: number[]; hidden: number[][] };

/** The natural logarithm of the odds that each candidate is a beat. */
export function scoreCandidates(evidence: Float32Array, model: CandidateModel = CANDIDATE_WEIGHTS): Float64Array {
  const { bias, direct, hidden } = model;
  const size = direct.length;
  const units = hidden.length;
  // The weights of all units for one of the evidence are side by side: their sums do not wait for each other.
  const weights = Float64Array.from({ length: (size + 2) * units }, (_, i) => hidden[i % units][Math.floor(i / units)]);
  const ownWeights = Float64Array.from(direct);
  const counts = weights.subarray((size + 1) * units);
  const sums = new Float64Array(units);
  const odds = new Float64Array(evidence.length / size);
  for (let k = 0, at = 0; k < odds.length; k++, at += size) {
    let sum = bias;
    for (let u = 0; u < units; u++) sums[u] = weights[u];
    for (let i = 0, w = units; i < size; i++) {
      const value = evidence[at + i];
      sum += ownWeights[i] * value;
      for (let u = 0; u < units; u++) sums[u] += weights[w++] * value;
    }
    for (let u = 0; u < units; u++) sum += counts[u] * hyperbolicTangent(sums[u]);
    odds[k] = sum;
  }
  return odds;
}

/** Math.tanh takes three times as long. */
function hyperbolicTangent(x: number): number {
  return 1 - 2 / (Math.exp(2 * x) + 1);
}
