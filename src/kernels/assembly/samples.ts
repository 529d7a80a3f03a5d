/** What is measured of a lead's samples, window by window. The samples are int32, and those that are missing the lowest of them. */

const MISSING: i32 = i32.MIN_VALUE;
/** The bytes of a sample. */
const SAMPLE: usize = 4;
/** The bytes of a number among results. */
const DOUBLE: usize = 8;

/**
 * The lowest and the highest of some samples, those that are missing passed over.
 *
 * @param result the lowest and the highest, int32; `i32.MAX_VALUE` and MISSING where there are none
 */
export function rangeOf(samples: usize, count: i32, result: usize): void {
  const missing = i32x4.splat(MISSING);
  const above = i32x4.splat(i32.MAX_VALUE);
  let lows = above;
  let highs = missing;
  const end = samples + <usize>count * SAMPLE;
  let at = samples;
  for (const last = end - ((end - samples) % 16); at < last; at += 16) {
    const four = v128.load(at);
    highs = i32x4.max_s(highs, four);
    lows = i32x4.min_s(lows, v128.bitselect(above, four, i32x4.eq(four, missing)));
  }
  let low = lowestOf(lows);
  let high = highestOf(highs);
  for (; at < end; at += SAMPLE) {
    const sample = load<i32>(at);
    if (sample > high) high = sample;
    if (sample < low && sample !== MISSING) low = sample;
  }
  store<i32>(result, low);
  store<i32>(result, high, 4);
}

/**
 * The means of the parts of some samples, and the lowest and the highest of all.
 *
 * @param parts a part that has no samples is left out
 * @param range the lowest and the highest, int32
 * @param means a double a part
 * @returns the number of means
 */
export function measureParts(samples: usize, count: i32, parts: i32, range: usize, means: usize): i32 {
  let lows = i32x4.splat(i32.MAX_VALUE);
  let highs = i32x4.splat(MISSING);
  let low = i32.MAX_VALUE;
  let high = MISSING;
  let found = 0;
  let at = samples;
  for (let part = 1; part <= parts; part++) {
    const end = samples + <usize>endOf(part, parts, count) * SAMPLE;
    const length = <i32>(end - at) / <i32>SAMPLE;
    if (length === 0) continue;
    let sums = i64x2.splat(0);
    for (; at + 16 <= end; at += 16) {
      const four = v128.load(at);
      highs = i32x4.max_s(highs, four);
      lows = i32x4.min_s(lows, four);
      sums = i64x2.add(sums, i64x2.add(i64x2.extend_low_i32x4_s(four), i64x2.extend_high_i32x4_s(four)));
    }
    let sum = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
    for (; at < end; at += SAMPLE) {
      const sample = load<i32>(at);
      if (sample > high) high = sample;
      if (sample < low) low = sample;
      sum += sample;
    }
    store<f64>(means + <usize>found * DOUBLE, <f64>sum / <f64>length);
    found++;
  }
  store<i32>(range, min(low, lowestOf(lows)));
  store<i32>(range, max(high, highestOf(highs)), 4);
  return found;
}

/**
 * The amplitudes of two sines in each part of some samples.
 *
 * @param level what is taken from each sample
 * @param waves the sine and the cosine of the first and of the second for each sample of a part, doubles
 * @param first the amplitudes of the first sine, a double for each part that has samples
 * @param second those of the second
 * @returns the number of each
 */
export function measureTones(
  samples: usize,
  count: i32,
  parts: i32,
  level: f64,
  waves: usize,
  first: usize,
  second: usize,
): i32 {
  let found: usize = 0;
  let at = samples;
  for (let part = 1; part <= parts; part++) {
    const end = samples + <usize>endOf(part, parts, count) * SAMPLE;
    const length = <i32>(end - at) / <i32>SAMPLE;
    if (length === 0) continue;
    // Two sums each, as each waits for its own only.
    let even1 = f64x2.splat(0);
    let even2 = f64x2.splat(0);
    let odd1 = f64x2.splat(0);
    let odd2 = f64x2.splat(0);
    let wave = waves;
    for (; at + SAMPLE < end; at += 2 * SAMPLE, wave += 8 * DOUBLE) {
      const even = f64x2.splat(<f64>load<i32>(at) - level);
      even1 = f64x2.add(even1, f64x2.mul(even, v128.load(wave)));
      even2 = f64x2.add(even2, f64x2.mul(even, v128.load(wave, 16)));
      const odd = f64x2.splat(<f64>load<i32>(at, 4) - level);
      odd1 = f64x2.add(odd1, f64x2.mul(odd, v128.load(wave, 32)));
      odd2 = f64x2.add(odd2, f64x2.mul(odd, v128.load(wave, 48)));
    }
    if (at < end) {
      const even = f64x2.splat(<f64>load<i32>(at) - level);
      even1 = f64x2.add(even1, f64x2.mul(even, v128.load(wave)));
      even2 = f64x2.add(even2, f64x2.mul(even, v128.load(wave, 16)));
      at += SAMPLE;
    }
    store<f64>(first + found, (2 * lengthOf(f64x2.add(even1, odd1))) / <f64>length);
    store<f64>(second + found, (2 * lengthOf(f64x2.add(even2, odd2))) / <f64>length);
    found += DOUBLE;
  }
  return <i32>(found / DOUBLE);
}

/**
 * The mean square of every other second difference in each part of some samples.
 *
 * @param step the samples from one to the next that a difference is of
 * @param powers a double for each part that has a difference
 * @returns the number of powers
 */
export function measureNoiseOfParts(samples: usize, count: i32, parts: i32, step: i32, powers: usize): i32 {
  const apart = <usize>step * SAMPLE;
  const half = f64x2.splat(0.5);
  let found: usize = 0;
  let end = 0;
  for (let part = 1; part <= parts; part++) {
    const from = max(step, end);
    end = endOf(part, parts, count);
    const measured = (min(count - step, end) - from + 1) >> 1;
    if (measured <= 0) continue;
    let sums = f64x2.splat(0);
    let at = samples + <usize>from * SAMPLE;
    for (let pairs = measured >> 1; pairs > 0; pairs--, at += 4 * SAMPLE) {
      const ends = f64x2.add(everyOther(at - apart), everyOther(at + apart));
      const difference = f64x2.sub(everyOther(at), f64x2.mul(half, ends));
      sums = f64x2.add(sums, f64x2.mul(difference, difference));
    }
    let power = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    if (measured & 1) {
      const ends = <f64>load<i32>(at - apart) + <f64>load<i32>(at + apart);
      const difference = <f64>load<i32>(at) - 0.5 * ends;
      power += difference * difference;
    }
    store<f64>(powers + found, power / <f64>measured);
    found += DOUBLE;
  }
  return <i32>(found / DOUBLE);
}

/**
 * Counts the samples of runs, in which one follows another that is the same: those that are flat, and those that are clipped.
 *
 * @param low the lowest sample: only runs of it and of the highest are clipped
 * @param leastFlat the samples of a flat run
 * @param leastClipped the samples of a clipped run
 * @param leastRun the lesser of the two, 2 at the least
 * @param leastStep between a clipped run and the sample before it or behind it
 * @param result the number of flat samples, and of those that are clipped, int32
 */
export function measureRuns(
  samples: usize,
  count: i32,
  low: i32,
  high: i32,
  leastFlat: i32,
  leastClipped: i32,
  leastRun: i32,
  leastStep: f64,
  result: usize,
): void {
  let flat = 0;
  let clipped = 0;
  // A run that is long enough has at least one of the pairs that are looked at.
  for (let at = 0; at + 1 < count; at += leastRun - 1) {
    const sample = sampleAt(samples, at);
    if (sampleAt(samples, at + 1) !== sample) continue;
    let from = at;
    let to = at + 2;
    while (from > 0 && sampleAt(samples, from - 1) === sample) from--;
    while (to < count && sampleAt(samples, to) === sample) to++;
    const run = to - from;
    if (run < leastRun) continue;
    at = to - 1;
    if (run >= leastFlat) flat += run;
    if (run < leastClipped || (sample !== low && sample !== high)) continue;
    const before = from > 0 ? abs(<f64>sample - <f64>sampleAt(samples, from - 1)) : 0;
    const after = to < count ? abs(<f64>sample - <f64>sampleAt(samples, to)) : 0;
    if (max(before, after) >= leastStep) clipped += run;
  }
  store<i32>(result, flat);
  store<i32>(result, clipped, 4);
}

/**
 * Finds a change from one sample to the next.
 *
 * @param from 1 at the least
 * @param to behind the last sample that may be found
 * @param least the change, above 0; it is beyond all changes if it has no room in 32 bits
 * @returns the number of the sample after it, or `to`
 */
export function findChange(samples: usize, from: i32, to: i32, least: u32): i32 {
  const enough = i32x4.splat(<i32>least);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = samples + <usize>i * SAMPLE;
    const here = v128.load(at);
    const before = v128.load(at - SAMPLE);
    const change = i32x4.sub(i32x4.max_s(here, before), i32x4.min_s(here, before));
    const found = i32x4.bitmask(i32x4.ge_u(change, enough));
    if (found) return i + ctz(found);
  }
  for (; i < to; i++) {
    const here = load<i32>(samples + <usize>i * SAMPLE);
    const before = load<i32>(samples + <usize>i * SAMPLE - SAMPLE);
    if (<u32>(max(here, before) - min(here, before)) >= least) return i;
  }
  return to;
}

/** The end of a part, of those of equal length that some samples are cut into: some ten million at the most. */
function endOf(part: i32, parts: i32, count: i32): i32 {
  return (part * count) / parts;
}

/** The sample at an address, and the second after it. */
function everyOther(at: usize): v128 {
  const here = v128.load32_zero(at);
  return f64x2.convert_low_i32x4_s(v128.load_lane<i32>(at + 2 * SAMPLE, here, 1));
}

/** The length of a vector. */
function lengthOf(vector: v128): f64 {
  const squares = f64x2.mul(vector, vector);
  return Math.sqrt(f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1));
}

function lowestOf(four: v128): i32 {
  const left = min(i32x4.extract_lane(four, 0), i32x4.extract_lane(four, 1));
  return min(left, min(i32x4.extract_lane(four, 2), i32x4.extract_lane(four, 3)));
}

function highestOf(four: v128): i32 {
  const left = max(i32x4.extract_lane(four, 0), i32x4.extract_lane(four, 1));
  return max(left, max(i32x4.extract_lane(four, 2), i32x4.extract_lane(four, 3)));
}

function sampleAt(samples: usize, i: i32): i32 {
  return load<i32>(samples + <usize>i * SAMPLE);
}
