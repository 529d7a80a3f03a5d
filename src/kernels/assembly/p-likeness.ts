/** How alike the slopes before beats are: see p-likeness.ts of the analysis. */

const FLOAT: usize = 4;
const DOUBLE: usize = 8;
/** The slopes of a beat, and those that are kept of it: the last is 0, so that they go into registers by two. */
const SLOPES: i32 = 25;
const KEPT: i32 = 26;
/** The values from one slope to the next. */
const STEP: i32 = 2;
/** A slope is between the sums of the two values after a place and of the two before it. */
const REACH: i32 = 2;
/** The bytes of a beat's slopes, and of their sums. */
const BEAT: usize = <usize>KEPT * FLOAT;
const SUMS: usize = <usize>KEPT * DOUBLE;

/**
 * Reads the slopes of a lead before each beat, less their mean, of length 1.
 *
 * @param values of the lead, floats
 * @param centres the place of each beat
 * @param first the place of the first slope from a beat's: within the values the slopes are nearest to it
 * @param slopes 26 floats a beat
 */
export function readSlopes(values: usize, length: i32, centres: usize, beats: i32, first: i32, slopes: usize): void {
  const room = length - SLOPES * STEP - REACH;
  for (let b = 0; b < beats; b++, slopes += BEAT) {
    memory.fill(slopes, 0, BEAT);
    if (room < REACH) continue;
    let at = values + <usize>max(REACH, min(room, load<i32>(centres + <usize>b * 4) + first)) * FLOAT;
    let sum: f64 = 0;
    for (let k: usize = 0; k < BEAT - FLOAT; k += FLOAT, at += <usize>STEP * FLOAT) {
      const after = <f64>load<f32>(at, 8) + <f64>load<f32>(at, 4);
      const slope = after - <f64>load<f32>(at - 4) - <f64>load<f32>(at - 8);
      store<f32>(slopes + k, <f32>slope);
      sum += slope;
    }
    const mean = sum / SLOPES;
    let squares: f64 = 0;
    for (let k: usize = 0; k < BEAT - FLOAT; k += FLOAT) {
      const slope = <f32>(<f64>load<f32>(slopes + k) - mean);
      store<f32>(slopes + k, slope);
      squares += <f64>slope * <f64>slope;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let k: usize = 0; k < BEAT - FLOAT; k += FLOAT) {
      store<f32>(slopes + k, <f32>(scale * <f64>load<f32>(slopes + k)));
    }
  }
}

/**
 * The likeness of each beat to the mean of some, itself not among them.
 *
 * @param isOne a byte a beat: 1 for each of these
 * @param sums room for 26 doubles
 * @param likeness a float a beat
 */
export function compareWithSome(slopes: usize, isOne: usize, beats: i32, sums: usize, likeness: usize): void {
  memory.fill(sums, 0, SUMS);
  for (let b = 0; b < beats; b++) {
    if (load<u8>(isOne + <usize>b)) addSlopes(sums, slopes + <usize>b * BEAT, f64x2.splat(1));
  }
  for (let b = 0; b < beats; b++, slopes += BEAT) {
    const share = f64x2.splat(<f64>load<u8>(isOne + <usize>b));
    let products = f64x2.splat(0);
    let squares = f64x2.splat(0);
    for (let k: usize = 0; k < <usize>KEPT; k += 2) {
      const own = twoAt(slopes + k * FLOAT);
      const others = f64x2.sub(v128.load(sums + k * DOUBLE), f64x2.mul(share, own));
      products = f64x2.add(products, f64x2.mul(own, others));
      squares = f64x2.add(squares, f64x2.mul(others, others));
    }
    const size = sumOf(squares);
    store<f32>(likeness + <usize>b * FLOAT, size > 0 ? <f32>(sumOf(products) / Math.sqrt(size)) : 0);
  }
}

/**
 * The mean likeness of all pairs of the beats about each: the square of their sum is that of all pairs and of each with itself.
 *
 * @param compared the numbers of the beats that are compared, int32, ascending
 * @param neighbours to each side of a beat
 * @param sums room for 26 doubles
 * @param likeness a float a beat: those of the beats that are compared are set
 */
export function comparePairs(
  slopes: usize,
  compared: usize,
  count: i32,
  neighbours: i32,
  sums: usize,
  likeness: usize,
): void {
  memory.fill(sums, 0, SUMS);
  let from = 0;
  let to = 0;
  for (let place = 0; place < count; place++) {
    const end = min(count, place + neighbours + 1);
    const begin = max(0, place - neighbours);
    for (; to < end; to++) addSlopes(sums, slopesOf(slopes, compared, to), f64x2.splat(1));
    for (; from < begin; from++) addSlopes(sums, slopesOf(slopes, compared, from), f64x2.splat(-1));
    let squares = f64x2.splat(0);
    for (let k: usize = 0; k < SUMS; k += 16) {
      const two = v128.load(sums + k);
      squares = f64x2.add(squares, f64x2.mul(two, two));
    }
    const beats = <f64>(to - from);
    const beat = <usize>load<i32>(compared + <usize>place * 4);
    store<f32>(likeness + beat * FLOAT, beats > 1 ? <f32>((sumOf(squares) - beats) / (beats * (beats - 1))) : 0);
  }
}

function slopesOf(slopes: usize, compared: usize, place: i32): usize {
  return slopes + <usize>load<i32>(compared + <usize>place * 4) * BEAT;
}

/** Adds the slopes of a beat to sums, times a sign. */
function addSlopes(sums: usize, slopes: usize, sign: v128): void {
  for (let k: usize = 0; k < <usize>KEPT; k += 2) {
    const sum = v128.load(sums + k * DOUBLE);
    v128.store(sums + k * DOUBLE, f64x2.add(sum, f64x2.mul(sign, twoAt(slopes + k * FLOAT))));
  }
}

/** Two floats as doubles. */
function twoAt(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

function sumOf(two: v128): f64 {
  return f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1);
}
