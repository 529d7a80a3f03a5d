import {
  type LinearPredictor,
  MAX_OWN,
  MAX_OWN_BESIDE_REFERENCES,
  MAX_REFERENCES,
  newPredictor,
} from "./linear-predictor.ts";

/** The samples that predictors are fitted on, the rows of the least-squares problem. */
export type FitRows = {
  /** Indices of the samples. */
  indices: Int32Array;
  /** The square root of how much each row counts. */
  weights: Float64Array;
  /** The weighted energy of the errors that rounding to integers alone makes: 1/12 a sample. */
  rounding: number;
};

/** How many rows a fit has at most: twice as many save 0.2 to 0.4 %, and encoding takes 1.3 times as long. */
const MAX_ROWS = 500;
/**
 * Where a row is between two strides, in 65536ths for each row before it: the golden ratio spreads rows evenly and by no
 * period, for those at every tenth sample of 500 Hz would see all of the mains' hum at one phase.
 */
const ROW_STEP = 40503;
/** At how many points of each row's stride activity is looked at, so that it is not that of the row alone. */
const POINTS_PER_ROW = 4;
/** The share that each point's own activity has in the running mean of activity. */
const ACTIVITY_SHARE = 0.3;
/** The least activity that is assumed of a row, as a share of the mean: a perfectly still lead has this. */
const LEAST_ACTIVITY = 0.05;
/** Bits of a weight after the point when the weighted differences are as small as the errors. */
const WEIGHT_BITS = 4;
/** Bits of a weight after the point, at most. */
const MAX_WEIGHT_BITS = 13;

/**
 * Chooses the rows that leads are fitted on, and their weights. Plain least squares would fit little but the QRS
 * complexes, which have most of the energy, although most bits are spent between them. Therefore a row is weighted by
 * the inverse of the variance to be expected from the activity around it.
 *
 * @param group leads of one length
 */
export function chooseRows(group: readonly Int32Array[]): FitRows {
  const first = MAX_OWN + 1;
  const length = group[0].length;
  const stride = Math.max(1, Math.ceil(length / MAX_ROWS));
  const indices = new Int32Array(Math.max(0, Math.floor((length - first) / stride)));
  for (let k = 0; k < indices.length; k++)
    indices[k] = first + k * stride + ((((k * ROW_STEP) & 0xffff) * stride) >> 16);
  const step = Math.max(1, Math.floor(stride / POINTS_PER_ROW));
  const activity = new Float64Array(Math.max(0, Math.ceil((length - first) / step)));
  for (const samples of group) {
    let total = 1e-9;
    for (let k = 0; k < indices.length; k++) total += magnitude(samples, indices[k]);
    const scale = indices.length / total / group.length;
    for (let p = 0; p < activity.length; p++) activity[p] += scale * magnitude(samples, first + p * step);
  }
  let mean = 1;
  for (let p = 0; p < activity.length; p++) activity[p] = mean += ACTIVITY_SHARE * (activity[p] - mean);
  for (let p = activity.length - 1; p >= 0; p--) activity[p] = mean += ACTIVITY_SHARE * (activity[p] - mean);
  const weights = new Float64Array(indices.length);
  for (let k = 0; k < weights.length; k++)
    weights[k] = 1 / (LEAST_ACTIVITY + activity[Math.floor((indices[k] - first) / step)]);
  return { indices, weights, rounding: weights.reduce((sum, weight) => sum + weight * weight, 0) / 12 };
}

/** The magnitude of the difference that leads to sample `i`. */
function magnitude(samples: Int32Array, i: number): number {
  return Math.abs((samples[i] - samples[i - 1]) | 0);
}

/** Computes the weighted differences `lag` samples before the rows. */
function column(samples: Int32Array, lag: number, rows: FitRows): Float64Array {
  const values = new Float64Array(rows.indices.length);
  fillColumn(values, samples, lag, rows);
  return values;
}

function fillColumn(values: Float64Array, samples: Int32Array, lag: number, { indices, weights }: FitRows): void {
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k] - lag;
    values[k] = ((samples[i] - samples[i - 1]) | 0) * weights[k];
  }
}

/**
 * Computes the scalar product of each column with each of the others, or, if the others are the columns themselves, at
 * least with those up to itself.
 *
 * @param count how many rows the columns have
 * @param results a row for each column, which gets the products
 */
function multiply(
  columns: readonly Float64Array[],
  others: readonly Float64Array[],
  count: number,
  results: readonly Float64Array[],
): void {
  // Eight sums at a time do not wait for each other. Those beyond the last column are not used.
  for (let i = 0; i < columns.length; i += 2) {
    const a = columns[i];
    const b = columns[i + 1] ?? a;
    const ofA = results[i];
    const ofB = results[i + 1] ?? UNUSED;
    const end = others === columns ? i + 2 : others.length;
    for (let j = 0; j < end; j += 4) {
      const c = others[j];
      const d = others[j + 1] ?? c;
      const e = others[j + 2] ?? c;
      const f = others[j + 3] ?? c;
      let ac = 0;
      let ad = 0;
      let ae = 0;
      let af = 0;
      let bc = 0;
      let bd = 0;
      let be = 0;
      let bf = 0;
      for (let k = 0; k < count; k++) {
        const atA = a[k];
        const atB = b[k];
        const atC = c[k];
        const atD = d[k];
        const atE = e[k];
        const atF = f[k];
        ac += atA * atC;
        ad += atA * atD;
        ae += atA * atE;
        af += atA * atF;
        bc += atB * atC;
        bd += atB * atD;
        be += atB * atE;
        bf += atB * atF;
      }
      // What is written beyond the end of a row is lost.
      ofA[j] = ac;
      ofA[j + 1] = ad;
      ofA[j + 2] = ae;
      ofA[j + 3] = af;
      ofB[j] = bc;
      ofB[j + 1] = bd;
      ofB[j + 2] = be;
      ofB[j + 3] = bf;
    }
  }
}

// A fit's memory is used again for the next one, for making it would cost as much as the fit. What it holds between two
// fits is never read.

/** The most columns of a fit: two of each reference, the lead's own, and that which is predicted. */
const MAX_COLUMNS = 2 * MAX_REFERENCES + MAX_OWN + 1;
/** The lead's own columns, of the lags from 2 on. */
const OWN_COLUMNS = Array.from({ length: MAX_OWN - 1 }, () => new Float64Array(MAX_ROWS));
/** The scalar products of the columns. */
const MATRIX = Array.from({ length: MAX_COLUMNS }, () => new Float64Array(MAX_COLUMNS));
/** In the place of a row that is not there. */
const UNUSED = new Float64Array(0);

/**
 * Finds the weights with which all columns but the last add up most nearly to the last one, by Cholesky decomposition
 * of the normal equations. A column that depends on those before it gets 0.
 *
 * @param matrix each column's scalar products with those up to itself; they are written over
 * @param n how many columns there are but the last
 * @returns the weights, the energy of the errors that are left, and the largest energy of a column
 */
function leastSquares(
  matrix: readonly Float64Array[],
  n: number,
): { solution: Float64Array; left: number; most: number } {
  let most = 0;
  for (let i = 0; i <= n; i++) {
    const row = matrix[i];
    const energy = row[i];
    most = Math.max(most, energy);
    for (let j = 0; j <= i && j < n; j++) {
      const other = matrix[j];
      let sum = row[j];
      for (let k = 0; k < j; k++) sum -= row[k] * other[k];
      if (j < i) row[j] = other[j] > 0 ? sum / other[j] : 0;
      else row[i] = sum > 1e-6 * energy ? Math.sqrt(sum) : 0;
    }
  }
  const last = matrix[n];
  const solution = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = last[i];
    for (let k = i + 1; k < n; k++) sum -= matrix[k][i] * solution[k];
    solution[i] = matrix[i][i] > 0 ? sum / matrix[i][i] : 0;
  }
  let left = last[n];
  for (let k = 0; k < n; k++) left -= last[k] ** 2;
  return { solution, left: Math.max(0, left), most };
}

/** A lead with its columns and products, which serve to fit it and to fit others to it. */
export type FitLead = {
  samples: Int32Array;
  /** The largest magnitude of a difference at the rows. */
  peak: number;
  /** The column of lag 0. */
  now: Float64Array;
  /** The column of lag 1. */
  before: Float64Array;
  /** Scalar products of `now` with `now` of each earlier lead, then with the lead's own `before` and `now`. */
  nowProducts: Float64Array;
  /** Scalar products of `before` with the same columns. */
  beforeProducts: Float64Array;
};

/** Prepares a lead for fitting. */
export function newFitLead(samples: Int32Array, earlier: readonly FitLead[], rows: FitRows): FitLead {
  const now = column(samples, 0, rows);
  const before = column(samples, 1, rows);
  let peak = 0;
  for (let k = 0; k < rows.indices.length; k++) peak = Math.max(peak, magnitude(samples, rows.indices[k]));
  const others = [...earlier.map((lead) => lead.now), before, now];
  const nowProducts = new Float64Array(others.length);
  const beforeProducts = new Float64Array(others.length);
  multiply([now, before], others, now.length, [nowProducts, beforeProducts]);
  return { samples, peak, now, before, nowProducts, beforeProducts };
}

/**
 * Fits a predictor to a lead by weighted least squares.
 *
 * @param earlier leads of the same length, of which a few are chosen as references
 */
export function fitPredictor(lead: FitLead, earlier: readonly FitLead[], rows: FitRows): LinearPredictor {
  const chosen = chooseReferences(lead, earlier);
  const ownCount = chosen.length > 1 ? MAX_OWN_BESIDE_REFERENCES : MAX_OWN;
  const own = OWN_COLUMNS.slice(0, ownCount - 1);
  for (const [k, values] of own.entries()) fillColumn(values, lead.samples, k + 2, rows);
  const all = [...chosen.flatMap(({ now, before }) => [now, before]), lead.before, ...own, lead.now];
  multiply(all, all, lead.now.length, MATRIX);
  const { solution, left, most } = leastSquares(MATRIX, all.length - 1);
  const largest = Math.max(lead.peak, ...chosen.map(({ peak }) => peak));
  const largestSum = solution.reduce((sum, weight) => sum + largest * Math.abs(weight), 1);
  const weightBits = chooseWeightBits(most / (left + rows.rounding), largestSum);
  const weights = Array.from(solution, (weight) => Math.round(weight * 2 ** weightBits));
  const references = chosen.map(({ samples }) => samples);
  return newPredictor(weightBits, references, weights.slice(0, 2 * chosen.length), weights.slice(2 * chosen.length));
}

/**
 * Chooses the bits of a weight after the point: so many that rounding the weights adds about a hundredth to the energy
 * of the errors, and so few that a prediction stays within 32 bits.
 *
 * @param ratio the energy of the weighted differences divided by that of the errors
 * @param largestSum the largest sum of weighted differences that the rows let expect
 */
function chooseWeightBits(ratio: number, largestSum: number): number {
  const enough = Math.ceil(WEIGHT_BITS + Math.log2(Math.max(1, ratio)) / 2);
  return Math.max(0, Math.min(MAX_WEIGHT_BITS, enough, Math.floor(29 - Math.log2(largestSum))));
}

/**
 * Chooses the leads that best predict a lead beside its own last difference, by greedy forward selection: a chosen lead
 * is eliminated from the scalar products of all others, so that the next one is chosen for what it adds.
 */
function chooseReferences(lead: FitLead, earlier: readonly FitLead[]): readonly FitLead[] {
  const count = earlier.length;
  if (count <= MAX_REFERENCES) return earlier;
  const own = count;
  const target = count + 1;
  const size = count + 2;
  // A row for each earlier lead, the own last difference, and the target.
  const left = new Float64Array(size * size);
  const fill = (i: number, products: Float64Array): void => {
    for (let j = 0; j < i; j++) left[i * size + j] = left[j * size + i] = products[j];
    left[i * size + i] = products[products.length - (i === own ? 2 : 1)];
  };
  for (const [i, { nowProducts }] of earlier.entries()) fill(i, nowProducts);
  fill(own, lead.beforeProducts);
  fill(target, lead.nowProducts);
  const energies = Float64Array.from({ length: size }, (_, i) => left[i * size + i]);
  const isSpent = (i: number): boolean => left[i * size + i] <= 1e-5 * energies[i];
  const eliminate = (pivot: number): void => {
    const row = left.slice(pivot * size, (pivot + 1) * size);
    for (let i = 0; i < size; i++) {
      const share = left[i * size + pivot] / row[pivot];
      for (let j = 0; j < size; j++) left[i * size + j] -= share * row[j];
    }
  };
  if (!isSpent(own)) eliminate(own);
  const chosen: number[] = [];
  while (chosen.length < MAX_REFERENCES) {
    const gains = earlier.map((_, i) => (isSpent(i) ? 0 : left[i * size + target] ** 2 / left[i * size + i]));
    const best = gains.indexOf(Math.max(...gains));
    if (!(gains[best] > 0)) break;
    eliminate(best);
    chosen.push(best);
  }
  return chosen.map((i) => earlier[i]);
}
