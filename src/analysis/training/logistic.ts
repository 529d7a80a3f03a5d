/** Evidence on something that was seen so many times to be what is asked for, and so many times not to be. */
export type Observation = { values: readonly number[]; yes: number; no: number };

const MOST_STEPS = 50;
const CONVERGED = 1e-9;

/**
 * Logistic regression by Newton's method.
 *
 * @param ridge what the square of each weight costs, as against half of it a logarithm of the likelihood; not the bias's
 * @returns the bias, and a weight a value
 */
export function fitLogistic(observations: readonly Observation[], ridge: number): number[] {
  const size = (observations[0]?.values.length ?? 0) + 1;
  const weights = new Array<number>(size).fill(0);
  for (let step = 0; step < MOST_STEPS; step++) {
    const gradient = weights.map((weight, i) => (i > 0 ? ridge * weight : 0));
    const curvature = weights.map((_, i) => weights.map((_, j) => (i === j && i > 0 ? ridge : 0)));
    for (const { values, yes, no } of observations) {
      const x = [1, ...values];
      const odds = x.reduce((sum, value, i) => sum + weights[i] * value, 0);
      const share = 1 / (1 + Math.exp(-odds));
      const error = (yes + no) * share - yes;
      const weight = (yes + no) * share * (1 - share);
      for (let i = 0; i < size; i++) {
        gradient[i] += error * x[i];
        for (let j = 0; j < size; j++) curvature[i][j] += weight * x[i] * x[j];
      }
    }
    const change = solve(curvature, gradient);
    for (let i = 0; i < size; i++) weights[i] -= change[i];
    if (Math.max(...change.map(Math.abs)) < CONVERGED) return weights;
  }
  return weights;
}

/** Gauss's elimination, the largest pivot of each column first. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const size = rows.length;
  for (let c = 0; c < size; c++) {
    const pivot = rows.reduce((best, row, r) => (r > c && Math.abs(row[c]) > Math.abs(rows[best][c]) ? r : best), c);
    [rows[c], rows[pivot]] = [rows[pivot], rows[c]];
    for (let r = 0; r < size; r++) {
      if (r === c) continue;
      const factor = rows[r][c] / rows[c][c];
      for (let k = c; k <= size; k++) rows[r][k] -= factor * rows[c][k];
    }
  }
  return rows.map((row, i) => row[size] / row[i]);
}
