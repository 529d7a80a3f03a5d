import { type LinearPredictor, MAX_OWN, MAX_REFERENCES, newPredictor } from "./linear-predictor.ts";

export type FitRows = {
  /** The samples that a fit looks at. */
  indices: Int32Array;
  /** The square root of how much each counts. */
  weights: Float64Array;
  /** The weighted energy that rounding to integers leaves of any prediction. */
  rounding: number;
};

/** For the 14 weights of a predictor more rows would fit little better, and fitting is what takes most of the time. */
const MAX_ROWS = 500;
/** Of the running mean of activity, forth and back: how much of it is each row's own. */
const ACTIVITY_SHARE = 0.3;
/** The activity of a perfectly still lead, as a share of the mean. */
const LEAST_ACTIVITY = 0.05;
/** With references, a lead's own past says less that is new. */
const OWN_BESIDE_REFERENCES = 6;
/** Bits of a weight after the point, where it weights nothing larger than the errors, and the most of them. */
const WEIGHT_BITS = 4;
const MAX_WEIGHT_BITS = 13;

/**
 * Least squares alone would fit the QRS complexes and little else: they have most of the energy, but the bits are spent
 * in the long quiet stretches between. So every row counts by the inverse of the variance that the activity around it
 * lets expect.
 *
 * @param group leads of one length
 */
export function chooseRows(group: readonly Int32Array[]): FitRows {
  const first = MAX_OWN + 1;
  const length = group[0].length;
  const stride = Math.max(1, Math.ceil(length / MAX_ROWS));
  const indices = Int32Array.from(
    { length: Math.max(0, Math.floor((length - first) / stride)) },
    (_, k) => first + k * stride,
  );
  const activity = new Float64Array(indices.length);
  for (const samples of group) {
    let total = 1e-9;
    for (const i of indices) total += Math.abs((samples[i] - samples[i - 1]) | 0);
    const scale = indices.length / total / group.length;
    for (let k = 0; k < activity.length; k++)
      activity[k] += scale * Math.abs((samples[indices[k]] - samples[indices[k] - 1]) | 0);
  }
  let mean = 1;
  for (let k = 0; k < activity.length; k++) activity[k] = mean += ACTIVITY_SHARE * (activity[k] - mean);
  for (let k = activity.length - 1; k >= 0; k--) activity[k] = mean += ACTIVITY_SHARE * (activity[k] - mean);
  const weights = activity.map((around) => 1 / (LEAST_ACTIVITY + around));
  return { indices, weights, rounding: weights.reduce((sum, weight) => sum + weight * weight, 0) / 12 };
}

/** The weighted differences `lag` samples before the rows. */
function column(samples: Int32Array, lag: number, { indices, weights }: FitRows): Float64Array {
  const values = new Float64Array(indices.length);
  for (let k = 0; k < values.length; k++) {
    const i = indices[k] - lag;
    values[k] = ((samples[i] - samples[i - 1]) | 0) * weights[k];
  }
  return values;
}

/** Of each of the columns its products with each of the others. */
function products(columns: readonly Float64Array[], others: readonly Float64Array[]): Float64Array[] {
  const results = columns.map(() => new Float64Array(others.length));
  // Eight sums at a time do not wait for each other; those beyond the last column or other are of the first, unused.
  for (let i = 0; i < columns.length; i += 2) {
    const a = columns[i];
    const b = columns[i + 1] ?? a;
    for (let j = 0; j < others.length; j += 4) {
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
      for (let k = 0; k < a.length; k++) {
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
      const left = others.length - j;
      results[i].set([ac, ad, ae, af].slice(0, left), j);
      results[i + 1]?.set([bc, bd, be, bf].slice(0, left), j);
    }
  }
  return results;
}

/** Of each column its products with the columns up to itself. */
function gram(columns: readonly Float64Array[]): Float64Array[] {
  const rows: Float64Array[] = [];
  for (let i = 0; i < columns.length; i += 2) rows.push(...products(columns.slice(i, i + 2), columns.slice(0, i + 2)));
  return rows;
}

/**
 * The weights of all columns but the last that come nearest to the last one: Cholesky's solution of the normal
 * equations. A column that adds nothing to those before it gets 0.
 */
function leastSquares(matrix: readonly Float64Array[]): { solution: Float64Array; left: number; most: number } {
  const n = matrix.length - 1;
  const lower = matrix.map((row) => row.slice());
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= i && j < n; j++) {
      let sum = lower[i][j];
      for (let k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      if (j < i) lower[i][j] = lower[j][j] > 0 ? sum / lower[j][j] : 0;
      else lower[i][i] = sum > 1e-6 * matrix[i][i] ? Math.sqrt(sum) : 0;
    }
  }
  const solution = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = lower[n][i];
    for (let k = i + 1; k < n; k++) sum -= lower[k][i] * solution[k];
    solution[i] = lower[i][i] > 0 ? sum / lower[i][i] : 0;
  }
  let left = matrix[n][n];
  for (let k = 0; k < n; k++) left -= lower[n][k] ** 2;
  return { solution, left: Math.max(0, left), most: Math.max(...matrix.map((row, i) => row[i])) };
}

/** A lead as it is fitted, and as others are fitted to it. */
export type FitLead = {
  samples: Int32Array;
  /** The largest difference at the rows. */
  peak: number;
  /** Its columns of lag 0 and 1. */
  now: Float64Array;
  before: Float64Array;
  /** Products of each of the two with `now` of the leads before, `before` and `now`. */
  nowProducts: Float64Array;
  beforeProducts: Float64Array;
};

export function newFitLead(samples: Int32Array, earlier: readonly FitLead[], rows: FitRows): FitLead {
  const now = column(samples, 0, rows);
  const before = column(samples, 1, rows);
  let peak = 0;
  for (const i of rows.indices) peak = Math.max(peak, Math.abs((samples[i] - samples[i - 1]) | 0));
  const [nowProducts, beforeProducts] = products([now, before], [...earlier.map((lead) => lead.now), before, now]);
  return { samples, peak, now, before, nowProducts, beforeProducts };
}

/** @param earlier leads of the same length, of which a few are chosen as references */
export function fitPredictor(lead: FitLead, earlier: readonly FitLead[], rows: FitRows): LinearPredictor {
  const chosen = chooseReferences(lead, earlier);
  const own = [lead.before];
  const ownCount = chosen.length > 1 ? OWN_BESIDE_REFERENCES : MAX_OWN;
  for (let lag = 2; lag <= ownCount; lag++) own.push(column(lead.samples, lag, rows));
  const all = [...chosen.flatMap(({ now, before }) => [now, before]), ...own, lead.now];
  const { solution, left, most } = leastSquares(gram(all));
  const largest = Math.max(lead.peak, ...chosen.map(({ peak }) => peak));
  const largestSum = solution.reduce((sum, weight) => sum + largest * Math.abs(weight), 1);
  const weightBits = chooseWeightBits(most / (left + rows.rounding), largestSum);
  const weights = Array.from(solution, (weight) => Math.round(weight * 2 ** weightBits));
  const references = chosen.map(({ samples }) => samples);
  return newPredictor(weightBits, references, weights.slice(0, 2 * chosen.length), weights.slice(2 * chosen.length));
}

/**
 * So many bits after the point that rounding the weights adds about a hundredth to the energy of the errors, but no
 * more than leave a prediction within 32 bits.
 *
 * @param ratio of the energy of what is weighted to that of the errors
 * @param largestSum of weighted differences, as far as the rows tell
 */
function chooseWeightBits(ratio: number, largestSum: number): number {
  const enough = Math.ceil(WEIGHT_BITS + Math.log2(Math.max(1, ratio)) / 2);
  return Math.max(0, Math.min(MAX_WEIGHT_BITS, enough, Math.floor(29 - Math.log2(largestSum))));
}

/**
 * The few leads that, beside its own last difference, best explain the lead: greedy forward selection, by eliminating
 * what is chosen from the products of all.
 */
function chooseReferences(lead: FitLead, earlier: readonly FitLead[]): readonly FitLead[] {
  const count = earlier.length;
  if (count <= MAX_REFERENCES) return earlier;
  const own = count;
  const target = count + 1;
  const size = count + 2;
  const left = Array.from({ length: size }, () => new Float64Array(size));
  const fill = (i: number, products: Float64Array): void => {
    for (let j = 0; j < i; j++) left[i][j] = left[j][i] = products[j];
    left[i][i] = products[products.length - (i === own ? 2 : 1)];
  };
  for (const [i, { nowProducts }] of earlier.entries()) fill(i, nowProducts);
  fill(own, lead.beforeProducts);
  fill(target, lead.nowProducts);
  const energies = left.map((row, i) => row[i]);
  const isSpent = (i: number): boolean => left[i][i] <= 1e-5 * energies[i];
  const eliminate = (pivot: number): void => {
    const row = left[pivot].slice();
    for (const other of left) {
      const share = other[pivot] / row[pivot];
      for (let j = 0; j < row.length; j++) other[j] -= share * row[j];
    }
  };
  if (!isSpent(own)) eliminate(own);
  const chosen: number[] = [];
  while (chosen.length < MAX_REFERENCES) {
    const gains = earlier.map((_, i) => (isSpent(i) ? 0 : left[i][target] ** 2 / left[i][i]));
    const best = gains.indexOf(Math.max(...gains));
    if (!(gains[best] > 0)) break;
    eliminate(best);
    chosen.push(best);
  }
  return chosen.map((i) => earlier[i]);
}
