/**
 * Small networks, in floats of 32 bits: the layers and the outputs of those that point at waves. Signals are kept step by step, with
 * all the values of a step one after the other, so that the lanes of a register are outputs: four, and eight in two registers.
 */

/** The bytes of a float. */
const FLOAT: usize = 4;
/** The steps that are worked on at a time: four steps of eight outputs are eight sums, which hide how long an addition takes. */
const STEPS: i32 = 4;
/** The outputs that are worked on at a time. */
const OUTPUTS: i32 = 8;

/**
 * Filters signals: each output at each step is a weighted sum of all inputs at the steps about it.
 *
 * @param signals the first of `steps` steps of `inputs` values; those that the taps reach before it and after the last are there as well
 * @param steps four at the least
 * @param dilation the steps from one tap to the next
 * @param weights by eight outputs, tap, input and output of the eight
 * @param outputs a multiple of eight
 * @param before what is added to the sums: a value an output, for every step or for each
 * @param beforeStride the bytes from one step to the next in `before`: 0 where all steps have the same
 * @param result `steps` steps of `outputs` values
 */
export function convolve(
  signals: usize,
  inputs: i32,
  steps: i32,
  taps: i32,
  dilation: i32,
  weights: usize,
  outputs: i32,
  before: usize,
  beforeStride: usize,
  result: usize,
): void {
  const row = <usize>inputs * FLOAT;
  const resultRow = <usize>outputs * FLOAT;
  const apart = <usize>dilation * row;
  const first = signals - <usize>(taps >> 1) * apart;
  const blockBytes = <usize>(OUTPUTS * taps) * row;
  for (let output = 0; output < outputs; output += OUTPUTS, weights += blockBytes) {
    const column = <usize>output * FLOAT;
    for (let block = 0; block < steps; block += STEPS) {
      // The last steps are whole blocks as well: some of them are worked on twice.
      const step = <usize>min(block, steps - STEPS);
      let b = before + step * beforeStride + column;
      let s0 = v128.load(b);
      let t0 = v128.load(b, 16);
      b += beforeStride;
      let s1 = v128.load(b);
      let t1 = v128.load(b, 16);
      b += beforeStride;
      let s2 = v128.load(b);
      let t2 = v128.load(b, 16);
      b += beforeStride;
      let s3 = v128.load(b);
      let t3 = v128.load(b, 16);
      let w = weights;
      let tap = first + step * row;
      for (let k = 0; k < taps; k++, tap += apart) {
        const end = tap + row;
        for (let p = tap; p < end; p += FLOAT, w += OUTPUTS * FLOAT) {
          const u = v128.load(w);
          const v = v128.load(w, 16);
          const x0 = v128.load32_splat(p);
          s0 = f32x4.add(s0, f32x4.mul(x0, u));
          t0 = f32x4.add(t0, f32x4.mul(x0, v));
          const x1 = v128.load32_splat(p + row);
          s1 = f32x4.add(s1, f32x4.mul(x1, u));
          t1 = f32x4.add(t1, f32x4.mul(x1, v));
          const x2 = v128.load32_splat(p + 2 * row);
          s2 = f32x4.add(s2, f32x4.mul(x2, u));
          t2 = f32x4.add(t2, f32x4.mul(x2, v));
          const x3 = v128.load32_splat(p + 3 * row);
          s3 = f32x4.add(s3, f32x4.mul(x3, u));
          t3 = f32x4.add(t3, f32x4.mul(x3, v));
        }
      }
      let r = result + step * resultRow + column;
      v128.store(r, s0);
      v128.store(r, t0, 16);
      r += resultRow;
      v128.store(r, s1);
      v128.store(r, t1, 16);
      r += resultRow;
      v128.store(r, s2);
      v128.store(r, t2, 16);
      r += resultRow;
      v128.store(r, s3);
      v128.store(r, t3, 16);
    }
  }
}

/**
 * Sets values below 0 to 0.
 *
 * @param count a multiple of four
 * @param added what is then added to each value; 0 for nothing
 * @param result may be `added`
 */
export function rectify(values: usize, count: i32, added: usize, result: usize): void {
  const zero = f32x4.splat(0);
  const end = <usize>count * FLOAT;
  for (let i: usize = 0; i < end; i += 16) {
    const value = f32x4.pmax(v128.load(values + i), zero);
    v128.store(result + i, added ? f32x4.add(value, v128.load(added + i)) : value);
  }
}

/**
 * The mean of arrays.
 *
 * @param apart the bytes from the beginning of one array to that of the next
 * @param arrays their number
 * @param count the values of each, a multiple of four
 */
export function meanOf(first: usize, apart: usize, arrays: i32, count: i32, result: usize): void {
  const share = f32x4.splat(<f32>1 / <f32>arrays);
  const end = <usize>count * FLOAT;
  for (let i: usize = 0; i < end; i += 16) {
    let sum = v128.load(first + i);
    for (let k = 1; k < arrays; k++) sum = f32x4.add(sum, v128.load(first + <usize>k * apart + i));
    v128.store(result + i, f32x4.mul(sum, share));
  }
}

/**
 * The mean of times, each weighted by the exponential of its score, and how far they spread about it.
 *
 * @param scores of each step, eight at a time; in their place come the weights
 * @param firstTime the time of the first step
 * @param stepTime the time from one step to the next
 * @param result eight means, and then eight standard deviations
 */
export function pointByScores(scores: usize, steps: i32, firstTime: f32, stepTime: f32, result: usize): void {
  const row: usize = OUTPUTS * FLOAT;
  const step = f32x4.splat(stepTime);
  for (let column: usize = 0; column < row; column += 16) {
    const from = scores + column;
    const end = from + <usize>steps * row;
    let top = v128.load(from);
    for (let at = from; at < end; at += row) top = f32x4.pmax(top, v128.load(at));
    let time = f32x4.splat(firstTime);
    let sum = f32x4.splat(0);
    let times = f32x4.splat(0);
    for (let at = from; at < end; at += row, time = f32x4.add(time, step)) {
      const weight = exponentialOf(f32x4.sub(v128.load(at), top));
      v128.store(at, weight);
      sum = f32x4.add(sum, weight);
      times = f32x4.add(times, f32x4.mul(weight, time));
    }
    const mean = f32x4.div(times, sum);
    let squares = f32x4.splat(0);
    time = f32x4.splat(firstTime);
    for (let at = from; at < end; at += row, time = f32x4.add(time, step)) {
      const distance = f32x4.sub(time, mean);
      squares = f32x4.add(squares, f32x4.mul(v128.load(at), f32x4.mul(distance, distance)));
    }
    v128.store(result + column, mean);
    v128.store(result + row + column, f32x4.sqrt(f32x4.div(squares, sum)));
  }
}

/**
 * The exponentials of four numbers, to some 1e-7 of each, after `expf` of the Cephes library (Moshier, 1992): a power of two, and a
 * polynomial of what is left. What is below -87 or above 88 is taken for these.
 */
export function exponentialOf(values: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(values, f32x4.splat(-87)), f32x4.splat(88));
  // Beside 1.5 * 2^23 a float has no room for a fraction: the sum's last bits are the power, to which 127 is added as in a float's exponent.
  const rounded = f32x4.add(f32x4.mul(x, f32x4.splat(<f32>Math.LOG2E)), f32x4.splat(12583039));
  const power = f32x4.sub(rounded, f32x4.splat(12583039));
  // The natural logarithm of 2 in two parts, of which the first has few bits, so that its product is exact.
  const most = f32x4.sub(x, f32x4.mul(power, f32x4.splat(0.693359375)));
  const r = f32x4.sub(most, f32x4.mul(power, f32x4.splat(-2.1219444e-4)));
  let y = f32x4.splat(1.98756915e-4);
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.39819995e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(8.33345191e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(4.16657959e-2));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.166666655));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(0.5));
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, r), r), r), f32x4.splat(1));
  return f32x4.mul(y, i32x4.shl(rounded, 23));
}
