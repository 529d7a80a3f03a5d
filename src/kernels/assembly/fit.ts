/**
 * The sums that predictors are fitted by: see fit-predictor.ts of the codec. Columns come in pairs, whose numbers alternate, so that
 * the same operations go over both at once. Every product is summed up row by row.
 */

/** The difference that leads to a sample, as a magnitude. */
function magnitude(samples: usize, i: i32): f64 {
  const at = samples + ((<usize>i) << 2);
  return abs(<f64>(load<i32>(at) - load<i32>(at - 4)));
}

/** The magnitudes of the differences that lead to two samples. */
function magnitudes(first: usize, second: usize): v128 {
  const ofFirst = v128.load64_zero(first - 4);
  const ofSecond = v128.load64_zero(second - 4);
  const before = v128.shuffle<i32>(ofFirst, ofSecond, 0, 4, 0, 4);
  const now = v128.shuffle<i32>(ofFirst, ofSecond, 1, 5, 1, 5);
  return f64x2.abs(f64x2.convert_low_i32x4_s(i32x4.sub(now, before)));
}

/**
 * Adds to the activity at each point the magnitude of a lead's difference there, divided by the mean of those at the rows and by
 * the number of leads.
 *
 * @param first the sample of the first point
 * @param step how many samples the points are apart
 */
export function addActivity(
  samples: usize,
  indices: usize,
  rows: i32,
  leads: i32,
  activity: usize,
  points: i32,
  first: i32,
  step: i32,
): void {
  let total = 1e-9;
  for (let k = 0; k < rows; k++) total += magnitude(samples, load<i32>(indices + ((<usize>k) << 2)));
  const scale = <f64>rows / total / <f64>leads;
  const scales = f64x2.splat(scale);
  const stepBytes = (<usize>step) << 2;
  const end = activity + ((<usize>points) << 3);
  let sample = samples + ((<usize>first) << 2);
  let at = activity;
  for (; at + 16 <= end; at += 16, sample += 2 * stepBytes) {
    const added = f64x2.mul(scales, magnitudes(sample, sample + stepBytes));
    v128.store(at, f64x2.add(v128.load(at), added));
  }
  if (at < end) store<f64>(at, load<f64>(at) + scale * magnitude(sample, 0));
}

/** Replaces the activity at each point by a running mean, which begins at 1, first forwards and then backwards. */
export function smoothActivity(activity: usize, points: i32, share: f64): void {
  let mean: f64 = 1;
  const end = activity + ((<usize>points) << 3);
  for (let at = activity; at < end; at += 8) {
    mean += share * (load<f64>(at) - mean);
    store<f64>(at, mean);
  }
  for (let at = end; at > activity; ) {
    at -= 8;
    mean += share * (load<f64>(at) - mean);
    store<f64>(at, mean);
  }
}

/**
 * Fills a pair of columns with the weighted differences `lag` and `lag + 1` samples before the rows.
 *
 * @returns the largest magnitude of the former, without weights
 */
export function fillPair(samples: usize, lag: i32, indices: usize, weights: usize, rows: i32, pair: usize): u32 {
  const before = samples - ((<usize>lag) << 2);
  let peaks = i32x4.splat(0);
  for (let k = 0; k < rows; k++) {
    const row = <usize>k;
    const at = before + ((<usize>load<i32>(indices + (row << 2))) << 2);
    const backwards = i32x4.sub(v128.load64_zero(at - 4), v128.load64_zero(at - 8));
    const differences = v128.shuffle<i32>(backwards, backwards, 1, 0, 3, 2);
    peaks = i32x4.max_u(peaks, i32x4.abs(differences));
    const weight = v128.load64_splat(weights + (row << 3));
    v128.store(pair + (row << 4), f64x2.mul(f64x2.convert_low_i32x4_s(differences), weight));
  }
  return i32x4.extract_lane(peaks, 0);
}

/**
 * Computes the scalar products of the columns of some pairs with those of all pairs up to their own.
 *
 * @param pairs the addresses of all pairs
 * @param from the first pair whose products are wanted; `to` is behind the last one
 * @param products gets a row of numbers for each column of these pairs
 * @param stride how many numbers a row has room for
 */
export function multiply(pairs: usize, from: i32, to: i32, rows: i32, products: usize, stride: i32): void {
  const end = (<usize>rows) << 4;
  const rowBytes = (<usize>stride) << 3;
  let row = products;
  for (let i = from; i < to; i++, row += 2 * rowBytes) {
    const x: usize = load<u32>(pairs + ((<usize>i) << 2));
    for (let j = 0; j <= i; j += 2) {
      const y: usize = load<u32>(pairs + ((<usize>j) << 2));
      const z: usize = j < i ? load<u32>(pairs + ((<usize>j) << 2), 4) : y;
      // Four sums at a time do not wait for each other.
      let firstY = f64x2.splat(0);
      let firstZ = f64x2.splat(0);
      let secondY = f64x2.splat(0);
      let secondZ = f64x2.splat(0);
      for (let at: usize = 0; at < end; at += 16) {
        const first = v128.load64_splat(x + at);
        const second = v128.load64_splat(x + at, 8);
        const inY = v128.load(y + at);
        const inZ = v128.load(z + at);
        firstY = f64x2.add(firstY, f64x2.mul(first, inY));
        firstZ = f64x2.add(firstZ, f64x2.mul(first, inZ));
        secondY = f64x2.add(secondY, f64x2.mul(second, inY));
        secondZ = f64x2.add(secondZ, f64x2.mul(second, inZ));
      }
      const product = row + ((<usize>j) << 4);
      v128.store(product, firstY);
      v128.store(product + rowBytes, secondY);
      if (j < i) {
        v128.store(product, firstZ, 16);
        v128.store(product + rowBytes, secondZ, 16);
      }
    }
  }
}

/**
 * Whether neighbouring samples are so unlike each other that differences vary more than half as much as the samples do.
 *
 * @param stride how many samples those that are looked at are apart
 */
export function isRough(samples: usize, length: i32, stride: i32): bool {
  let count: f64 = 0;
  let sum: f64 = 0;
  let squares: f64 = 0;
  let differences: f64 = 0;
  for (let i = 1; i < length; i += stride) {
    const at = samples + ((<usize>i) << 2);
    const sample: f64 = load<i32>(at);
    const difference = sample - <f64>load<i32>(at - 4);
    count++;
    sum += sample;
    squares += sample * sample;
    differences += difference * difference;
  }
  return differences > 0.5 * (squares - (sum * sum) / count);
}

/** The address of a number of a square matrix. */
function place(matrix: usize, size: i32, row: i32, column: i32): usize {
  return matrix + ((<usize>(row * size + column)) << 3);
}

/** Eliminates a column from a square matrix of scalar products: what is left are the products of what it does not explain. */
export function eliminate(matrix: usize, size: i32, pivot: i32): void {
  const bytes = (<usize>size) << 3;
  const pivotRow = place(matrix, size, pivot, 0);
  const energy = load<f64>(place(matrix, size, pivot, pivot));
  for (let i = 0; i < size; i++) {
    if (i === pivot) continue;
    const row = place(matrix, size, i, 0);
    const share = load<f64>(place(matrix, size, i, pivot)) / energy;
    for (let at: usize = 0; at < bytes; at += 8)
      store<f64>(row + at, load<f64>(row + at) - share * load<f64>(pivotRow + at));
  }
  memory.fill(pivotRow, 0, bytes);
}

/**
 * Finds the weights with which all columns but the last add up most nearly to the last one, by Cholesky decomposition
 * of the normal equations. A column that depends on those before it gets 0.
 *
 * @param matrix each column's scalar products with those up to itself, a row of `size` numbers for each; they are written over
 * @param n how many columns there are but the last
 * @param solution gets the weights, the energy of the errors that are left, and the largest energy of a column
 */
export function leastSquares(matrix: usize, size: i32, n: i32, solution: usize): void {
  let most: f64 = 0;
  for (let i = 0; i <= n; i++) {
    const energy = load<f64>(place(matrix, size, i, i));
    most = max(most, energy);
    for (let j = 0; j <= i && j < n; j++) {
      const product = place(matrix, size, i, j);
      let sum = load<f64>(product);
      for (let k = 0; k < j; k++) sum -= load<f64>(place(matrix, size, i, k)) * load<f64>(place(matrix, size, j, k));
      if (j < i) {
        const diagonal = load<f64>(place(matrix, size, j, j));
        store<f64>(product, diagonal > 0 ? sum / diagonal : 0);
      } else {
        store<f64>(product, sum > 1e-6 * energy ? sqrt(sum) : 0);
      }
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = load<f64>(place(matrix, size, n, i));
    for (let k = i + 1; k < n; k++)
      sum -= load<f64>(place(matrix, size, k, i)) * load<f64>(solution + ((<usize>k) << 3));
    const diagonal = load<f64>(place(matrix, size, i, i));
    store<f64>(solution + ((<usize>i) << 3), diagonal > 0 ? sum / diagonal : 0);
  }
  let left = load<f64>(place(matrix, size, n, n));
  for (let k = 0; k < n; k++) {
    const explained = load<f64>(place(matrix, size, n, k));
    left -= explained * explained;
  }
  const end = solution + ((<usize>n) << 3);
  store<f64>(end, max(0, left));
  store<f64>(end, most, 8);
}
