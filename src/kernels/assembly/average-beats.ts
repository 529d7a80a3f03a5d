/** How leads are brought to one rate, and beats are added up. Samples are int32, those that are missing the lowest of them. */

const MISSING: i32 = i32.MIN_VALUE;
const SAMPLE: usize = 4;
const FLOAT: usize = 4;
const DOUBLE: usize = 8;
/** A place is a whole number of samples and a phase, of so many. */
const PHASES: i32 = 128;
const PHASE_BITS: i32 = 7;

/**
 * Makes floats of samples, in their place, with straight lines in the place of those that are missing.
 *
 * @returns the number of those that are missing
 */
export function bridgeMissing(samples: usize, count: i32): i32 {
  let missing = 0;
  /** The number of the last sample that is there. */
  let last = -1;
  for (let i = 0; i < count; i++) {
    const at = samples + <usize>i * SAMPLE;
    const sample = load<i32>(at);
    if (sample === MISSING) {
      missing++;
      continue;
    }
    store<f32>(at, <f32>sample);
    if (last < i - 1) bridge(samples, last, i);
    last = i;
  }
  if (last < 0) memory.fill(samples, 0, <usize>count * FLOAT);
  else {
    const end = load<f32>(samples + <usize>last * FLOAT);
    for (let i = last + 1; i < count; i++) store<f32>(samples + <usize>i * FLOAT, end);
  }
  return missing;
}

/** Puts a straight line between two values: one that is as high as the later where there is none before. */
function bridge(values: usize, before: i32, after: i32): void {
  const to = <f64>load<f32>(values + <usize>after * FLOAT);
  const from = before < 0 ? to : <f64>load<f32>(values + <usize>before * FLOAT);
  for (let i = before + 1; i < after; i++) {
    store<f32>(values + <usize>i * FLOAT, <f32>(from + ((to - from) * <f64>(i - before)) / <f64>(after - before)));
  }
}

/**
 * Brings values, floats and some 10 million at the most, to another rate: each result is a weighted sum of some of them. Beyond their ends they go on as they are there.
 *
 * @param step the values from one result to the next
 * @param firsts for each phase, the first value that has a weight, from the one at or before the place
 * @param weights doubles: for each phase, those of so many taps
 * @param result `results` floats
 */
export function resample(
  values: usize,
  count: i32,
  step: f64,
  firsts: usize,
  weights: usize,
  taps: i32,
  result: usize,
  results: i32,
): void {
  for (let i = 0; i < results; i++) {
    const place = <i32>(<f64>i * step * <f64>PHASES + 0.5);
    const phase = <usize>(place & (PHASES - 1));
    const start = (place >> PHASE_BITS) + load<i32>(firsts + phase * 4);
    const w = weights + phase * <usize>taps * DOUBLE;
    let sum: f64 = 0;
    if (start >= 0 && start + taps <= count) {
      const at = values + <usize>start * FLOAT;
      for (let k: usize = 0; k < <usize>taps; k++) sum += load<f64>(w + k * DOUBLE) * <f64>load<f32>(at + k * FLOAT);
    } else {
      for (let k = 0; k < taps; k++) {
        const at = min(count - 1, max(0, start + k));
        sum += load<f64>(w + <usize>k * DOUBLE) * <f64>load<f32>(values + <usize>at * FLOAT);
      }
    }
    store<f32>(result + <usize>i * FLOAT, <f32>sum);
  }
}

/** The sum of the squares of the differences from one float to the next. */
export function steepnessOf(values: usize, count: i32): f64 {
  let sums = f64x2.splat(0);
  let at = values;
  const end = values + <usize>max(0, count - 1) * FLOAT;
  for (; at + 2 * FLOAT <= end; at += 2 * FLOAT) {
    const slopes = f64x2.sub(twoAt(at + FLOAT), twoAt(at));
    sums = f64x2.add(sums, f64x2.mul(slopes, slopes));
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (; at < end; at += FLOAT) {
    const slope = <f64>load<f32>(at + FLOAT) - <f64>load<f32>(at);
    sum += slope * slope;
  }
  return sum;
}

/**
 * Adds windows of a lead to sums. Four windows at a time share the loads and stores.
 *
 * @param starts the number of the value that each begins with
 * @param length of a window, an even number
 * @param sums a double for each value of a window
 */
export function addWindows(values: usize, starts: usize, count: i32, length: i32, sums: usize): void {
  const end = sums + <usize>length * DOUBLE;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    let a = windowAt(values, starts, i);
    let b = windowAt(values, starts, i + 1);
    let c = windowAt(values, starts, i + 2);
    let d = windowAt(values, starts, i + 3);
    for (let sum = sums; sum < end; sum += 2 * DOUBLE) {
      const left = f64x2.add(twoAt(a), twoAt(b));
      const right = f64x2.add(twoAt(c), twoAt(d));
      v128.store(sum, f64x2.add(v128.load(sum), f64x2.add(left, right)));
      a += 2 * FLOAT;
      b += 2 * FLOAT;
      c += 2 * FLOAT;
      d += 2 * FLOAT;
    }
  }
  for (; i < count; i++) {
    let a = windowAt(values, starts, i);
    for (let sum = sums; sum < end; sum += 2 * DOUBLE, a += 2 * FLOAT) {
      v128.store(sum, f64x2.add(v128.load(sum), twoAt(a)));
    }
  }
}

function windowAt(values: usize, starts: usize, i: i32): usize {
  return values + <usize>load<i32>(starts + <usize>i * 4) * FLOAT;
}

/** Two floats as doubles. */
function twoAt(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** The values in which two beats are compared, and their slopes, each over two of them and two from the next. */
const COMPARED: i32 = 60;
const SLOPES: i32 = 29;
/**
 * A template in a lead: the sum of beats, its slopes from SLOPES_AT on, and the sum of their squares at SQUARES_AT. A lead, in a list of them: the address of
 * its values, their number, and at WEIGHT_AT its weight.
 */
const SLOPES_AT: usize = <usize>COMPARED * DOUBLE;
const SQUARES_AT: usize = SLOPES_AT + 30 * DOUBLE;
const TEMPLATE: usize = SQUARES_AT + 2 * DOUBLE;
const WEIGHT_AT: usize = 8;
const LEAD: usize = 16;

/**
 * Adds a beat to a template.
 *
 * @param leads a list: beyond its ends a lead goes on as it is there
 * @param start the place of the first value that is compared
 */
export function addToTemplate(template: usize, leads: usize, count: i32, start: i32): void {
  for (let l = 0; l < count; l++, leads += LEAD, template += TEMPLATE) {
    const values = <usize>load<u32>(leads);
    const length = load<i32>(leads, 4);
    if (length === 0) continue;
    for (let k = 0; k < COMPARED; k++) {
      const at = template + <usize>k * DOUBLE;
      const value = load<f32>(values + <usize>min(length - 1, max(0, start + k)) * FLOAT);
      store<f64>(at, load<f64>(at) + <f64>value);
    }
    let squares: f64 = 0;
    for (let i: usize = 0; i < <usize>SLOPES * DOUBLE; i += DOUBLE) {
      const slope = load<f64>(template + 2 * i, 16) - load<f64>(template + 2 * i);
      store<f64>(template + i, slope, SLOPES_AT);
      squares += slope * slope;
    }
    store<f64>(template, squares, SQUARES_AT);
  }
}

/** Pearson's correlation of the slopes of a template and of a beat, in all leads together, as far as these are there; see `addToTemplate`. */
export function correlate(template: usize, leads: usize, count: i32, start: i32): f64 {
  const first = start < 0 ? min(SLOPES, (1 - start) >> 1) : 0;
  let xx: f64 = 0;
  let yy: f64 = 0;
  let xy: f64 = 0;
  for (let l = 0; l < count; l++, leads += LEAD, template += TEMPLATE) {
    const values = <usize>load<u32>(leads);
    const end = max(first, min(SLOPES, ((load<i32>(leads, 4) - start + 1) >> 1) - 1));
    const slopes = template + SLOPES_AT;
    const weight = load<f64>(leads, WEIGHT_AT);
    let squares = f64x2.splat(0);
    let products = f64x2.splat(0);
    let i = first;
    for (; i + 2 <= end; i += 2) {
      const at = values + <usize>(start + 2 * i) * FLOAT;
      const two = f64x2.sub(everyOther(at + 2 * FLOAT), everyOther(at));
      squares = f64x2.add(squares, f64x2.mul(two, two));
      products = f64x2.add(products, f64x2.mul(two, v128.load(slopes + <usize>i * DOUBLE)));
    }
    let lyy = f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1);
    let lxy = f64x2.extract_lane(products, 0) + f64x2.extract_lane(products, 1);
    if (i < end) {
      const at = values + <usize>(start + 2 * i) * FLOAT;
      const slope = <f64>load<f32>(at, 8) - <f64>load<f32>(at);
      lyy += slope * slope;
      lxy += slope * load<f64>(slopes + <usize>i * DOUBLE);
    }
    let lxx = load<f64>(template, SQUARES_AT);
    for (let k = 0; k < first; k++) lxx -= squareAt(slopes, k);
    for (let k = end; k < SLOPES; k++) lxx -= squareAt(slopes, k);
    xx += weight * lxx;
    yy += weight * lyy;
    xy += weight * lxy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

function squareAt(values: usize, i: i32): f64 {
  const value = load<f64>(values + <usize>i * DOUBLE);
  return value * value;
}

/** The float at an address, and the second after it, as doubles. */
function everyOther(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load32_lane(at + 2 * FLOAT, v128.load32_zero(at), 1));
}
