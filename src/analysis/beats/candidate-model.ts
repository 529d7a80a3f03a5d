import { CANDIDATE_WEIGHTS } from "./candidate-weights.ts";

/**
 * A small network that says how likely a candidate is a beat, by what is known of it: one hidden layer of rectified units beside
 * a logistic model. A row of `hidden` is a unit: its bias, a weight for each value, and what it counts.
 */
export type CandidateModel = { bias: number; direct: number[]; hidden: number[][] };

/** The network that judges each candidate by its evidence, and that which changes the odds of those in doubt by what is about them. */
export type BeatModels = { first: CandidateModel; inDoubt: CandidateModel };

/** So many units are summed up in one pass: their sums do not wait for each other. */
const TOGETHER = 4;

/** The natural logarithm of the odds that each candidate is a beat. */
export function scoreCandidates(evidence: Float32Array, model: CandidateModel = CANDIDATE_WEIGHTS): Float64Array {
  const size = model.direct.length;
  const score = newScorer(model);
  const odds = new Float64Array(evidence.length / size);
  for (let k = 0; k < odds.length; k++) odds[k] = score(evidence, k * size);
  return odds;
}

/** Makes a function that gives what the network says of the values from a place on. */
export function newScorer({ bias, direct, hidden }: CandidateModel): (inputs: Float32Array, at: number) => number {
  const size = direct.length;
  const weights = Float64Array.from(direct);
  // Units of zeros, which count nothing, fill up the last pass.
  const units = Array.from({ length: TOGETHER * Math.ceil(hidden.length / TOGETHER) }, (_, u) =>
    Float64Array.from(hidden[u] ?? new Float64Array(size + 2)),
  );
  const values = new Float64Array(size);
  return (inputs, at) => {
    let sum = bias;
    for (let i = 0; i < size; i++) {
      values[i] = inputs[at + i];
      sum += weights[i] * values[i];
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
    return sum;
  };
}

/** A number, or 0 where it is below: without a branch, which could not be foreseen. */
function rectify(sum: number): number {
  return 0.5 * (sum + Math.abs(sum));
}
