/**
 * Small networks: the layers, in integers of 16 bits, which take half the time of floats, and the outputs of those that point at waves. Signals are kept step by
 * step, with all the values of a step one after the other, so that the lanes of a register are outputs: four, and eight in two registers.
 */

/** The bytes of a float, and of an integer of 16 bits. */
const FLOAT: usize = 4;
const INTEGER: usize = 2;
/** The steps that are worked on at a time: four steps of eight outputs are eight sums, which hide how long an addition takes. */
const STEPS: i32 = 4;
/** The outputs that are worked on at a time. */
const OUTPUTS: i32 = 8;
/** The bytes of these. */
const ROW: usize = <usize>OUTPUTS * FLOAT;

/**
 * Filters signals: each output at each step is a weighted sum of all inputs at the steps about it. Signals and weights are integers of 16 bits, two inputs are
 * multiplied at once; a sum becomes a float, to which its output's scale is applied.
 *
 * @param signals the first of `steps` steps of `inputs` integers; those that the taps reach before it and after the last are there as well
 * @param inputs an even number
 * @param steps four at the least
 * @param dilation the steps from one tap to the next
 * @param weights by eight outputs, tap, pair of inputs, output of the eight and input of the pair: integers whose magnitudes for an output add up to 65535 at
 *   the most, so that no sum overflows
 * @param scales a float an output
 * @param outputs a multiple of eight
 * @param before what is added to the scaled sums: a float an output, for every step or for each
 * @param beforeStride the bytes from one step to the next in `before`: 0 where all steps have the same
 * @param result `steps` steps of `outputs` floats
 */
export function convolve(
  signals: usize,
  inputs: i32,
  steps: i32,
  taps: i32,
  dilation: i32,
  weights: usize,
  scales: usize,
  outputs: i32,
  before: usize,
  beforeStride: usize,
  result: usize,
): void {
  const row = <usize>inputs * INTEGER;
  const resultRow = <usize>outputs * FLOAT;
  const apart = <usize>dilation * row;
  const first = signals - <usize>(taps >> 1) * apart;
  const blockBytes = <usize>(OUTPUTS * taps) * row;
  for (let output = 0; output < outputs; output += OUTPUTS, weights += blockBytes) {
    const column = <usize>output * FLOAT;
    for (let block = 0; block < steps; block += STEPS) {
      // The last steps are whole blocks as well: some of them are worked on twice.
      const step = <usize>min(block, steps - STEPS);
      let s0 = i32x4.splat(0);
      let t0 = s0;
      let s1 = s0;
      let t1 = s0;
      let s2 = s0;
      let t2 = s0;
      let s3 = s0;
      let t3 = s0;
      let w = weights;
      let tap = first + step * row;
      for (let k = 0; k < taps; k++, tap += apart) {
        const end = tap + row;
        for (let p = tap; p < end; p += 2 * INTEGER, w += ROW) {
          const u = v128.load(w);
          const v = v128.load(w, 16);
          const x0 = v128.load32_splat(p);
          s0 = i32x4.add(s0, i32x4.dot_i16x8_s(x0, u));
          t0 = i32x4.add(t0, i32x4.dot_i16x8_s(x0, v));
          const x1 = v128.load32_splat(p + row);
          s1 = i32x4.add(s1, i32x4.dot_i16x8_s(x1, u));
          t1 = i32x4.add(t1, i32x4.dot_i16x8_s(x1, v));
          const x2 = v128.load32_splat(p + 2 * row);
          s2 = i32x4.add(s2, i32x4.dot_i16x8_s(x2, u));
          t2 = i32x4.add(t2, i32x4.dot_i16x8_s(x2, v));
          const x3 = v128.load32_splat(p + 3 * row);
          s3 = i32x4.add(s3, i32x4.dot_i16x8_s(x3, u));
          t3 = i32x4.add(t3, i32x4.dot_i16x8_s(x3, v));
        }
      }
      const low = v128.load(scales + column);
      const high = v128.load(scales + column, 16);
      let b = before + step * beforeStride + column;
      let r = result + step * resultRow + column;
      v128.store(r, scaled(s0, low, b));
      v128.store(r, scaled(t0, high, b + 16), 16);
      b += beforeStride;
      r += resultRow;
      v128.store(r, scaled(s1, low, b));
      v128.store(r, scaled(t1, high, b + 16), 16);
      b += beforeStride;
      r += resultRow;
      v128.store(r, scaled(s2, low, b));
      v128.store(r, scaled(t2, high, b + 16), 16);
      b += beforeStride;
      r += resultRow;
      v128.store(r, scaled(s3, low, b));
      v128.store(r, scaled(t3, high, b + 16), 16);
    }
  }
}

function scaled(sums: v128, scales: v128, before: usize): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sums), scales), v128.load(before));
}

/**
 * Rounds values to integers of 16 bits: those below 0 to 0, and those above 32767 to that.
 *
 * @param count a multiple of eight
 * @param added integers that are added then, none of them below 0, up to 32767; 0 for nothing
 * @param result may be `added`
 */
export function rectify(values: usize, count: i32, added: usize, result: usize): void {
  const zero = f32x4.splat(0);
  const half = f32x4.splat(0.5);
  const end = <usize>count * INTEGER;
  for (let i: usize = 0; i < end; i += 16) {
    const at = values + 2 * i;
    const low = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.pmax(v128.load(at), zero), half));
    const high = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.pmax(v128.load(at, 16), zero), half));
    const rectified = i16x8.narrow_i32x4_s(low, high);
    v128.store(result + i, added ? i16x8.add_sat_s(rectified, v128.load(added + i)) : rectified);
  }
}

/**
 * Rounds floats to integers of 16 bits, the nearest that there are.
 *
 * @param count a multiple of eight
 * @param factor what they are multiplied by
 */
export function toIntegers(values: usize, count: i32, factor: f32, result: usize): void {
  const factors = f32x4.splat(factor);
  const end = <usize>count * INTEGER;
  for (let i: usize = 0; i < end; i += 16) {
    const at = values + 2 * i;
    const low = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(at), factors)));
    const high = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(at, 16), factors)));
    v128.store(result + i, i16x8.narrow_i32x4_s(low, high));
  }
}

/**
 * The mean of arrays of integers of 16 bits, rounded.
 *
 * @param apart the bytes from the beginning of one array to that of the next
 * @param arrays their number
 * @param count the values of each, none of them below 0: a multiple of eight
 */
export function meanOf(first: usize, apart: usize, arrays: i32, count: i32, result: usize): void {
  const share = f32x4.splat(<f32>1 / <f32>arrays);
  const half = f32x4.splat(0.5);
  const end = <usize>count * INTEGER;
  for (let i: usize = 0; i < end; i += 16) {
    let low = i32x4.splat(0);
    let high = low;
    for (let k = 0; k < arrays; k++) {
      const values = v128.load(first + <usize>k * apart + i);
      low = i32x4.add(low, i32x4.extend_low_i16x8_s(values));
      high = i32x4.add(high, i32x4.extend_high_i16x8_s(values));
    }
    const ofLow = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(low), share), half);
    const ofHigh = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(high), share), half);
    v128.store(result + i, i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(ofLow), i32x4.trunc_sat_f32x4_s(ofHigh)));
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
  const step = f32x4.splat(stepTime);
  for (let column: usize = 0; column < ROW; column += 16) {
    const from = scores + column;
    const end = from + <usize>steps * ROW;
    let top = v128.load(from);
    for (let at = from; at < end; at += ROW) top = f32x4.pmax(top, v128.load(at));
    let time = f32x4.splat(firstTime);
    let sum = f32x4.splat(0);
    let times = f32x4.splat(0);
    for (let at = from; at < end; at += ROW, time = f32x4.add(time, step)) {
      const weight = exponentialOf(f32x4.sub(v128.load(at), top));
      v128.store(at, weight);
      sum = f32x4.add(sum, weight);
      times = f32x4.add(times, f32x4.mul(weight, time));
    }
    const mean = f32x4.div(times, sum);
    let squares = f32x4.splat(0);
    time = f32x4.splat(firstTime);
    for (let at = from; at < end; at += ROW, time = f32x4.add(time, step)) {
      const distance = f32x4.sub(time, mean);
      squares = f32x4.add(squares, f32x4.mul(v128.load(at), f32x4.mul(distance, distance)));
    }
    v128.store(result + column, mean);
    v128.store(result + ROW + column, f32x4.sqrt(f32x4.div(squares, sum)));
  }
}

/**
 * Sets values to their inverse hyperbolic sines, to some 1e-7: large ones are compressed.
 *
 * @param count a multiple of four
 */
export function compressLarge(values: usize, count: i32): void {
  const one = f32x4.splat(1);
  const sign = i32x4.splat(i32.MIN_VALUE);
  const end = values + <usize>count * FLOAT;
  for (let at = values; at < end; at += 16) {
    const value = v128.load(at);
    const size = f32x4.abs(value);
    const sum = f32x4.add(size, f32x4.sqrt(f32x4.add(f32x4.mul(size, size), one)));
    v128.store(at, v128.or(logarithmOf(sum), v128.and(value, sign)));
  }
}

/** The natural logarithms of four numbers that are 1 at the least, after `logf` of the Cephes library (Moshier, 1992). */
function logarithmOf(values: v128): v128 {
  const one = f32x4.splat(1);
  // Of 1 to 2, or of half of that from the square root of 2 on.
  const mantissa = v128.or(v128.and(values, i32x4.splat(0x7fffff)), one);
  const isLarge = f32x4.gt(mantissa, f32x4.splat(<f32>Math.SQRT2));
  const x = f32x4.sub(v128.bitselect(f32x4.mul(mantissa, f32x4.splat(0.5)), mantissa, isLarge), one);
  const exponent = i32x4.sub(i32x4.sub(i32x4.shr_u(values, 23), i32x4.splat(127)), isLarge);
  const power = f32x4.convert_i32x4_s(exponent);
  let y = f32x4.splat(7.0376836e-2);
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(-0.1151461));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(0.116769984));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(-0.124201406));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(0.14249323));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(-0.16668057));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(0.20000714));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(-0.24999994));
  y = f32x4.add(f32x4.mul(y, x), f32x4.splat(0.3333333));
  const square = f32x4.mul(x, x);
  y = f32x4.mul(f32x4.mul(y, x), square);
  y = f32x4.add(y, f32x4.mul(power, f32x4.splat(-2.1219444e-4)));
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(x, y), f32x4.mul(power, f32x4.splat(0.693359375)));
}

/**
 * The exponentials of four numbers, to some 1e-7 of each, after `expf` of the Cephes library (Moshier, 1992): a power of two, and a
 * polynomial of what is left. What is below -87 or above 88 is taken for these.
 */
function exponentialOf(values: v128): v128 {
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

/** The places about a point in the second look at it: 25 and three that count for nothing, as four go into a register. */
const PLACES: i32 = 28;
/** The number of the place of the point itself, and of those to each side. */
const REACH: i32 = 12;
/** The bytes of a measure of the places. */
const MEASURE: usize = <usize>PLACES * FLOAT;
/** The hidden units of the second look's networks. */
const HIDDEN: usize = 16;

/**
 * The second look at a point of a wave: see second-look.ts of the analysis, which has what it reads about the point and the network that tells by
 * it how much later the point is.
 *
 * @param window of a beat, from its first value on
 * @param centre the value that the point is at
 * @param step the values from one place to the next: the outermost places are at `step + 1` and `last` of the window at the most
 * @param last at most the last value but `step + 1`
 * @param weights how much each place counts; for the inputs the direct ones, and those of all hidden units; the biases of these, and their weights;
 *   the bias
 * @param leastScale the least scale of slopes and heights
 * @param inputs room for three measures of the places
 */
export function lookAgain(
  window: usize,
  centre: i32,
  step: i32,
  last: i32,
  weights: usize,
  leastScale: f32,
  inputs: usize,
): f32 {
  const smoothing = (step | 1) >> 1;
  const slopeCount = 4 * step + 2;
  const slopeShare: f32 = 1 / <f32>slopeCount;
  const heightCount = 2 * smoothing + 1;
  const heightShare: f32 = 1 / <f32>heightCount;
  const slopes = inputs + MEASURE;
  const heights = slopes + MEASURE;
  const far = <usize>(step + 1) * FLOAT;
  const near = <usize>step * FLOAT;
  // Heights are told from the first, which may be large beside their differences.
  const ground = load<f32>(window + <usize>max(step + 1, min(last, centre - REACH * step)) * FLOAT);
  for (let i = 0; i < PLACES; i++) {
    const at = window + <usize>max(step + 1, min(last, centre + (i - REACH) * step)) * FLOAT;
    const rise = load<f32>(at + far) - load<f32>(at - far) + (load<f32>(at + near) - load<f32>(at - near));
    let height: f32 = 0;
    for (let j = -smoothing; j <= smoothing; j++) height += load<f32>(at + <usize>(j * <i32>FLOAT)) - ground;
    store<f32>(slopes + <usize>i * FLOAT, slopeShare * rise);
    store<f32>(heights + <usize>i * FLOAT, heightShare * height);
  }
  let steepest = f32x4.splat(leastScale);
  let sums = f32x4.splat(0);
  let counts = f32x4.splat(0);
  for (let i: usize = 0; i < MEASURE; i += 16) {
    const bell = v128.load(weights + i);
    steepest = f32x4.pmax(steepest, f32x4.mul(bell, f32x4.abs(v128.load(slopes + i))));
    sums = f32x4.add(sums, f32x4.mul(bell, v128.load(heights + i)));
    counts = f32x4.add(counts, bell);
  }
  const mean = f32x4.splat(sumOf(sums) / sumOf(counts));
  let farthest = f32x4.splat(leastScale);
  for (let i: usize = 0; i < MEASURE; i += 16) {
    const distance = f32x4.sub(v128.load(heights + i), mean);
    farthest = f32x4.pmax(farthest, f32x4.mul(v128.load(weights + i), f32x4.abs(distance)));
  }
  const slopeScale = f32x4.splat(highestOf(steepest));
  const heightScale = f32x4.splat(highestOf(farthest));
  for (let i: usize = 0; i < MEASURE; i += 16) {
    const slope = compress(v128.load(slopes + i), slopeScale);
    v128.store(inputs + i, f32x4.abs(slope));
    v128.store(slopes + i, slope);
    v128.store(heights + i, compress(f32x4.sub(v128.load(heights + i), mean), heightScale));
  }
  const direct = weights + MEASURE;
  let directSum = f32x4.splat(0);
  for (let i: usize = 0; i < 3 * MEASURE; i += 16) {
    directSum = f32x4.add(directSum, f32x4.mul(v128.load(direct + i), v128.load(inputs + i)));
  }
  let w = direct + 3 * MEASURE;
  const biases = w + 3 * MEASURE * HIDDEN;
  const out = biases + HIDDEN * FLOAT;
  let a = v128.load(biases);
  let b = v128.load(biases, 16);
  let c = v128.load(biases, 32);
  let d = v128.load(biases, 48);
  for (let i: usize = 0; i < 3 * MEASURE; i += FLOAT, w += HIDDEN * FLOAT) {
    const input = v128.load32_splat(inputs + i);
    a = f32x4.add(a, f32x4.mul(input, v128.load(w)));
    b = f32x4.add(b, f32x4.mul(input, v128.load(w, 16)));
    c = f32x4.add(c, f32x4.mul(input, v128.load(w, 32)));
    d = f32x4.add(d, f32x4.mul(input, v128.load(w, 48)));
  }
  const left = f32x4.add(f32x4.mul(tangentOf(a), v128.load(out)), f32x4.mul(tangentOf(b), v128.load(out, 16)));
  const right = f32x4.add(f32x4.mul(tangentOf(c), v128.load(out, 32)), f32x4.mul(tangentOf(d), v128.load(out, 48)));
  return load<f32>(out, 64) + sumOf(f32x4.add(directSum, f32x4.add(left, right)));
}

/** Compresses values to less than 2: to half of that when they are half of the scale. */
function compress(values: v128, scale: v128): v128 {
  const half = f32x4.mul(f32x4.splat(0.5), scale);
  return f32x4.div(f32x4.add(values, values), f32x4.add(half, f32x4.abs(values)));
}

/** The hyperbolic tangents of four numbers. */
function tangentOf(values: v128): v128 {
  const one = f32x4.splat(1);
  const power = exponentialOf(f32x4.add(values, values));
  return f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(power, one)));
}

function sumOf(values: v128): f32 {
  const left = f32x4.extract_lane(values, 0) + f32x4.extract_lane(values, 1);
  return left + (f32x4.extract_lane(values, 2) + f32x4.extract_lane(values, 3));
}

function highestOf(values: v128): f32 {
  const left = max(f32x4.extract_lane(values, 0), f32x4.extract_lane(values, 1));
  return max(left, max(f32x4.extract_lane(values, 2), f32x4.extract_lane(values, 3)));
}
