import { kernels, type Maker } from "../kernels/kernels.ts";
import { type LinearPredictor, MAX_OWN, MAX_OWN_BESIDE_REFERENCES, MAX_REFERENCES } from "./linear-predictor.ts";

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
/** The most points: they are an eighth of a row's stride apart at least. */
const MAX_POINTS = 8 * MAX_ROWS;
/** The share that each point's own activity has in the running mean of activity. */
const ACTIVITY_SHARE = 0.3;
/** The least activity that is assumed of a row, as a share of the mean: a perfectly still lead has this. */
const LEAST_ACTIVITY = 0.05;
/** Bits of a weight after the point when the weighted differences are as small as the errors. */
const WEIGHT_BITS = 4;
/** Bits of a weight after the point, at most. */
const MAX_WEIGHT_BITS = 13;

/** The memory of the rows of leads of one length, in a room of the kernels. */
type RowArrays = Pick<FitRows, "indices" | "weights">;

/** The first sample that may be a row. */
const FIRST_ROW = MAX_OWN + 1;

/** How many samples rows are apart, on average. */
function strideOf(length: number): number {
  return Math.max(1, Math.ceil(length / MAX_ROWS));
}

function countRows(length: number): number {
  return Math.max(0, Math.floor((length - FIRST_ROW) / strideOf(length)));
}

/** Makes the memory of the rows of leads of a length. */
export function newRowArrays(maker: Maker, length: number): RowArrays {
  return { indices: maker.ints(countRows(length)), weights: maker.doubles(countRows(length)) };
}

/** The memory of what a lead is fitted by, in a room of the kernels. */
export type LeadArrays = Pick<FitLead, "pair" | "products">;

/** Makes the memory of one of so many leads; of one of any length by default. */
export function newLeadArrays(maker: Maker, leadCount: number, length?: number): LeadArrays {
  const rows = length === undefined ? MAX_ROWS : countRows(length);
  return { pair: maker.doubles(2 * rows), products: maker.doubles(4 * leadCount) };
}

/** The memory in which leads are fitted one after the other, in a room of the kernels. */
export type FitDesk = {
  /** The activity at each of the points. */
  activity: Float64Array;
  /** The lead's own columns of a fit, but for those of the lags 0 and 1. */
  ownPairs: readonly Float64Array[];
  /** The addresses of pairs. */
  pairs: Int32Array;
  /** The products of the columns of a fit. */
  matrix: Float64Array;
  /** The weights of a fit, and two numbers more. */
  solution: Float64Array;
  /** What the leads that are chosen as references leave of the products. */
  left: Float64Array;
};

/** Makes a desk for so many leads of so many samples at most. */
export function newFitDesk(maker: Maker, leadCount: number, length: number): FitDesk {
  const mostPairs = Math.max(MAX_PAIRS, leadCount);
  return {
    activity: maker.doubles(Math.min(length, MAX_POINTS)),
    ownPairs: Array.from({ length: MAX_OWN / 2 }, () => maker.doubles(2 * MAX_ROWS)),
    pairs: maker.ints(mostPairs),
    matrix: maker.doubles((2 * MAX_PAIRS) ** 2),
    solution: maker.doubles(2 * MAX_PAIRS),
    left: maker.doubles((leadCount + 1) ** 2),
  };
}

/**
 * Chooses the rows that leads are fitted on, and their weights. Plain least squares would fit little but the QRS
 * complexes, which have most of the energy, although most bits are spent between them. Therefore a row is weighted by
 * the inverse of the variance to be expected from the activity around it.
 *
 * @param group leads of one length
 */
export function chooseRows(group: readonly Int32Array[], { indices, weights }: RowArrays, desk: FitDesk): FitRows {
  const length = group[0].length;
  const stride = strideOf(length);
  for (let k = 0; k < indices.length; k++)
    indices[k] = FIRST_ROW + k * stride + ((((k * ROW_STEP) & 0xffff) * stride) >> 16);
  const step = Math.max(1, Math.floor(stride / POINTS_PER_ROW));
  const points = Math.max(0, Math.ceil((length - FIRST_ROW) / step));
  const activity = desk.activity.fill(0, 0, points);
  for (const samples of group) {
    kernels.addActivity(
      samples.byteOffset,
      indices.byteOffset,
      indices.length,
      group.length,
      activity.byteOffset,
      points,
      FIRST_ROW,
      step,
    );
  }
  kernels.smoothActivity(activity.byteOffset, points, ACTIVITY_SHARE);
  let rounding = 0;
  for (let k = 0; k < weights.length; k++) {
    weights[k] = 1 / (LEAST_ACTIVITY + activity[Math.floor((indices[k] - FIRST_ROW) / step)]);
    rounding += weights[k] * weights[k];
  }
  return { indices, weights, rounding: rounding / 12 };
}

/** The most pairs of columns of a fit: those of the references, the lead's own, and that which has the predicted one. */
const MAX_PAIRS = Math.max(MAX_REFERENCES + MAX_OWN_BESIDE_REFERENCES / 2, 1 + MAX_OWN / 2) + 1;

/** Fills a pair with the weighted differences `lag` and `lag + 1` samples before the rows; gives the largest magnitude of the former. */
function fillPair(samples: Int32Array, lag: number, { indices, weights }: FitRows, pair: Float64Array): number {
  const peak = kernels.fillPair(
    samples.byteOffset,
    lag,
    indices.byteOffset,
    weights.byteOffset,
    indices.length,
    pair.byteOffset,
  );
  return peak >>> 0;
}

/**
 * Multiplies the columns of the pairs from `from` on with those of all pairs up to their own.
 *
 * @param products gets for each of these columns a row of two numbers for each of all pairs
 */
function multiply(
  all: readonly Float64Array[],
  from: number,
  { indices }: FitRows,
  products: Float64Array,
  { pairs }: FitDesk,
): void {
  for (const [i, pair] of all.entries()) pairs[i] = pair.byteOffset;
  kernels.multiply(pairs.byteOffset, from, all.length, indices.length, products.byteOffset, 2 * all.length);
}

/** A lead with a pair of columns and their products, which serve to fit it and to fit others to it. */
export type FitLead = {
  samples: Int32Array;
  /** The largest magnitude of a difference at the rows. */
  peak: number;
  /** The columns of the lags 0 and 1, in a room of the kernels. */
  pair: Float64Array;
  /**
   * Scalar products, in the same room: of the column of lag 0 with those of lag 0 and of lag 1 of each earlier lead in turn and with
   * the lead's own, then of the column of lag 1 with the same columns.
   */
  products: Float64Array;
};

/**
 * Prepares a lead for fitting.
 *
 * @param arrays get the lead's columns and products
 */
export function newFitLead(
  samples: Int32Array,
  earlier: readonly FitLead[],
  rows: FitRows,
  { pair, products }: LeadArrays,
  desk: FitDesk,
): FitLead {
  const peak = fillPair(samples, 0, rows, pair);
  multiply([...earlier.map((lead) => lead.pair), pair], earlier.length, rows, products, desk);
  return { samples, peak, pair, products };
}

/**
 * Fits a predictor to a lead by weighted least squares.
 *
 * @param earlier leads of the same length, of which a few are chosen as references
 */
export function fitPredictor(
  lead: FitLead,
  earlier: readonly FitLead[],
  rows: FitRows,
  desk: FitDesk,
): LinearPredictor {
  const chosen = chooseReferences(lead, earlier, desk);
  const ownCount = chosen.length > 1 ? MAX_OWN_BESIDE_REFERENCES : MAX_OWN;
  const own = desk.ownPairs.slice(0, ownCount / 2);
  for (const [k, pair] of own.entries()) fillPair(lead.samples, 1 + 2 * k, rows, pair);
  const pairs = [...chosen.map(({ pair }) => pair), ...own, lead.pair];
  const stride = 2 * pairs.length;
  multiply(pairs, 0, rows, desk.matrix, desk);
  // The last column, that of lag 1, is among the others already.
  const n = stride - 2;
  kernels.leastSquares(desk.matrix.byteOffset, stride, n, desk.solution.byteOffset);
  const solution = desk.solution.subarray(0, n);
  const [left, most] = desk.solution.subarray(n);
  const largest = Math.max(lead.peak, ...chosen.map(({ peak }) => peak));
  const largestSum = solution.reduce((sum, weight) => sum + largest * Math.abs(weight), 1);
  const weightBits = chooseWeightBits(most / (left + rows.rounding), largestSum);
  const weights = Array.from(solution, (weight) => Math.round(weight * 2 ** weightBits));
  return {
    shift: weightBits,
    references: chosen.map(({ samples }) => samples),
    referenceWeights: weights.slice(0, 2 * chosen.length),
    ownWeights: weights.slice(2 * chosen.length),
  };
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
function chooseReferences(lead: FitLead, earlier: readonly FitLead[], desk: FitDesk): readonly FitLead[] {
  const count = earlier.length;
  if (count <= MAX_REFERENCES) return earlier;
  const own = count;
  const target = count + 1;
  const size = count + 2;
  // A row for each earlier lead, the own last difference, and the target.
  const { left } = desk;
  /** Fills a row with a column's products, which begin at `start`, and with that with itself. */
  const fill = (i: number, products: Float64Array, start: number, itself: number): void => {
    for (let j = 0; j < Math.min(i, count); j++) left[i * size + j] = left[j * size + i] = products[start + 2 * j];
    left[i * size + i] = products[itself];
  };
  for (const [i, { products }] of earlier.entries()) fill(i, products, 0, 2 * i);
  const { products } = lead;
  const beforeStart = 2 * (count + 1);
  fill(own, products, beforeStart, beforeStart + 2 * own + 1);
  fill(target, products, 0, 2 * own);
  left[own * size + target] = left[target * size + own] = products[2 * own + 1];
  const energies = Float64Array.from({ length: size }, (_, i) => left[i * size + i]);
  const isSpent = (i: number): boolean => left[i * size + i] <= 1e-5 * energies[i];
  const eliminate = (pivot: number): void => kernels.eliminate(left.byteOffset, size, pivot);
  if (!isSpent(own)) eliminate(own);
  const chosen: number[] = [];
  while (chosen.length < MAX_REFERENCES) {
    const gains = earlier.map((_, i) =>
      isSpent(i) ? 0 : (left[i * size + target] * left[i * size + target]) / left[i * size + i],
    );
    const best = gains.indexOf(Math.max(...gains));
    if (!(gains[best] > 0)) break;
    eliminate(best);
    chosen.push(best);
  }
  return chosen.map((i) => earlier[i]);
}
