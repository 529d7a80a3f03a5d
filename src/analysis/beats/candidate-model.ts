import { CANDIDATE_WEIGHTS } from "./candidate-weights.ts";

/**
 * A small network that says how likely a candidate is a beat, by its evidence: one hidden layer of rectified units beside
 * a logistic model. A row of `hidden` is a unit: its bias, a weight for each of the evidence, and what it counts.
 */
export type CandidateModel = { bias: number; direct: number[]; hidden: number[][] };

/** So many units are summed up in one pass: their sums do not wait for each other. */
const TOGETHER = 4;

/** The natural logarithm of the odds that each candidate is a beat. */
export function scoreCandidates(evidence: Float32Array, model: CandidateModel = CANDIDATE_WEIGHTS): Float64Array {
  const { bias, hidden } = model;
  const size = model.direct.length;
  const direct = Float64Array.from(model.direct);
  // Units of zeros, which count nothing, fill up the last pass.
  const units = Array.from({ length: TOGETHER * Math.ceil(hidden.length / TOGETHER) }, (_, u) =>
    Float64Array.from(hidden[u] ?? new Float64Array(size + 2)),
  );
  const values = new Float64Array(size);
  const odds = new Float64Array(evidence.length / size);
  for (let k = 0; k < odds.length; k++) {
    let sum = bias;
    for (let i = 0; i < size; i++) {
      values[i] = evidence[k * size + i];
      sum += direct[i] * values[i];
    }
    for (let u = 0; u < units.length; u += TOGETHER) {
      const [a, b, c, d] = [units[u], units[u + 1], units[u + 2], units[u + 3]];
      let sumA = a[0];
      let sumB = b[0];
      let sumC = c[0];
      let sumD = d[0];
      for (let i = 0; i < size; i++) {
        const value = values[i];
        sumA += a[i + 1] * value;
        sumB += b[i + 1] * value;
        sumC += c[i + 1] * value;
        sumD += d[i + 1] * value;
      }
      sum += a[size + 1] * rectify(sumA) + b[size + 1] * rectify(sumB);
      sum += c[size + 1] * rectify(sumC) + d[size + 1] * rectify(sumD);
    }
    odds[k] = sum;
  }
  return odds;
}

/** A number, or 0 where it is below: without a branch, which could not be foreseen. */
function rectify(sum: number): number {
  return 0.5 * (sum + Math.abs(sum));
}
