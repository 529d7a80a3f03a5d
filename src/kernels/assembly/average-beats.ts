/** How leads are brought to one rate, and beats are added up. Samples are int32, those that are missing the lowest of them. */

const MISSING: i32 = i32.MIN_VALUE;
const SAMPLE: usize = 4;
const FLOAT: usize = 4;
const DOUBLE: usize = 8;
/** A place is a whole number of samples and a phase, of so many. */
const PHASES: i64 = 128;

/**
 * Makes doubles of samples, with straight lines in the place of those that are missing.
 *
 * @returns the number of those that are missing
 */
export function bridgeGaps(samples: usize, count: i32, result: usize): i32 {
  let missing = 0;
  /** The number of the last sample that is there. */
  let last = -1;
  for (let i = 0; i < count; i++) {
    const sample = load<i32>(samples + <usize>i * SAMPLE);
    if (sample === MISSING) {
      missing++;
      continue;
    }
    if (last < i - 1) bridge(samples, last, i, result);
    store<f64>(result + <usize>i * DOUBLE, <f64>sample);
    last = i;
  }
  if (last >= 0) {
    const end = <f64>load<i32>(samples + <usize>last * SAMPLE);
    for (let i = last + 1; i < count; i++) store<f64>(result + <usize>i * DOUBLE, end);
  } else memory.fill(result, 0, <usize>count * DOUBLE);
  return missing;
}

/** Puts a straight line between two samples: one that is as high as the later where there is none before. */
function bridge(samples: usize, before: i32, after: i32, result: usize): void {
  const to = <f64>load<i32>(samples + <usize>after * SAMPLE);
  const from = before < 0 ? to : <f64>load<i32>(samples + <usize>before * SAMPLE);
  for (let i = before + 1; i < after; i++) {
    store<f64>(result + <usize>i * DOUBLE, from + ((to - from) * <f64>(i - before)) / <f64>(after - before));
  }
}

/** Makes floats of doubles. */
export function toFloats(values: usize, count: i32, result: usize): void {
  for (let i = 0; i < count; i++) store<f32>(result + <usize>i * FLOAT, <f32>load<f64>(values + <usize>i * DOUBLE));
}

/**
 * Brings values to another rate: each result is a weighted sum of some of them. Beyond their ends they go on as they are there.
 *
 * @param step the values from one result to the next
 * @param firsts for each phase, the first value that has a weight, from the one at or before the place
 * @param weights floats: for each phase, those of so many taps
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
    const place = <i64>Math.floor(<f64>i * step * <f64>PHASES + 0.5);
    const phase = <usize>(place % PHASES);
    const start = place / PHASES + <i64>load<i32>(firsts + phase * 4);
    let w = weights + phase * <usize>taps * FLOAT;
    let sum: f64 = 0;
    if (start >= 0 && start + <i64>taps <= <i64>count) {
      let at = values + <usize>start * DOUBLE;
      for (let k = 0; k < taps; k++, w += FLOAT, at += DOUBLE) sum += <f64>load<f32>(w) * load<f64>(at);
    } else {
      for (let k = 0; k < taps; k++, w += FLOAT) {
        const at = min<i64>(<i64>count - 1, max<i64>(0, start + <i64>k));
        sum += <f64>load<f32>(w) * load<f64>(values + <usize>at * DOUBLE);
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
