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
  const odds = new Float64Array(evidence.length / size).fill(bias);
  for (let k = 0, at = 0; k < odds.length; k++, at += size) {
    for (let i = 0; i < size; i++) odds[k] += direct[i] * evidence[at + i];
  }
  for (const unit of hidden) {
    const weights = Float64Array.from(unit);
    const counts = weights[size + 1];
    for (let k = 0, at = 0; k < odds.length; k++, at += size) {
      let sum = weights[0];
      for (let i = 0; i < size; i++) sum += weights[i + 1] * evidence[at + i];
      odds[k] += counts * Math.tanh(sum);
    }
  }
  return odds;
}
