/**
 * The signal of a lead at the rate at which beats are looked for, and its QRS energy: see lead-signal.ts and qrs-energy.ts of the analysis.
 * All numbers but the samples are float64, and sums are made in the order of the samples.
 */

/** A sample that is missing: MISSING of the recording. */
const MISSING: i32 = -2147483648;
/** The signal is at rest when it changes by less than this share of the step. */
const STEP_REST: f64 = 0.2;

/** A spike is so many times farther from the values beside it than these are from each other and from the next. */
const SPIKE_OVER_REST: f64 = 8;

/** What loops have as vectors again and again: these are loaded before them, since V8 makes a vector that stands in the code anew for each use. */
const HALF = memory.data<f64>([0.5, 0.5], 16);
const OVER_REST = memory.data<f64>([SPIKE_OVER_REST, SPIKE_OVER_REST], 16);
const STEP_RESTS = memory.data<f64>([STEP_REST, STEP_REST], 16);

/**
 * Adds up samples in groups, less an offset.
 *
 * @param samples int32
 * @param count the number of groups
 * @param factor the number of samples in a group
 * @param sums one for each group
 * @returns 1 where all samples are there; 0 where one is missing, and the sums say nothing
 */
export function addGroups(samples: usize, count: i32, factor: i32, offset: f64, sums: usize): i32 {
  let missing = 0;
  let at = samples;
  let to = sums;
  const end = sums + (count << 3);
  if (factor === 3) {
    // The groups of most long recordings, four at a time.
    const marks = i32x4.splat(MISSING);
    const offsets = f64x2.splat(offset);
    let marked = i32x4.splat(0);
    for (; to + 24 < end; to += 32, at += 48) {
      const one = v128.load(at);
      const two = v128.load(at, 16);
      const three = v128.load(at, 32);
      marked = v128.or(marked, v128.or(i32x4.eq(one, marks), v128.or(i32x4.eq(two, marks), i32x4.eq(three, marks))));
      const firsts = v128.shuffle<i32>(v128.shuffle<i32>(one, two, 0, 3, 6, 6), three, 0, 1, 2, 5);
      const seconds = v128.shuffle<i32>(v128.shuffle<i32>(one, two, 1, 4, 7, 7), three, 0, 1, 2, 6);
      const thirds = v128.shuffle<i32>(v128.shuffle<i32>(one, two, 2, 5, 5, 5), three, 0, 1, 4, 7);
      v128.store(to, f64x2.sub(addThree(firsts, seconds, thirds), offsets));
      const behind = addThree(upper(firsts), upper(seconds), upper(thirds));
      v128.store(to, f64x2.sub(behind, offsets), 16);
    }
    missing = i32(v128.any_true(marked));
  }
  for (; to < end; to += 8) {
    let sum: i64 = 0;
    for (let i = 0; i < factor; i++, at += 4) {
      const sample = load<i32>(at);
      missing |= i32(sample === MISSING);
      sum += <i64>sample;
    }
    store<f64>(to, <f64>sum - offset);
  }
  return missing ^ 1;
}

/** The sums of the first two of four integers each. */
function addThree(firsts: v128, seconds: v128, thirds: v128): v128 {
  const both = f64x2.add(f64x2.convert_low_i32x4_s(firsts), f64x2.convert_low_i32x4_s(seconds));
  return f64x2.add(both, f64x2.convert_low_i32x4_s(thirds));
}

/** The last two of four integers, as the first. */
function upper(four: v128): v128 {
  return v128.shuffle<i32>(four, four, 2, 3, 2, 3);
}

/**
 * Takes the spikes out of a signal: single values that are far from those beside them, where the signal is at rest. A spike becomes
 * the mean of these, and the value behind it is none.
 *
 * @param values the signal, with three values before and after the places that are looked at
 * @param from the number of the first value that may be a spike
 * @param to the number of the value behind the last
 * @param least a spike is at least so high
 * @returns the number of the next value that may be a spike
 */
export function takeSpikes(values: usize, from: i32, to: i32, least: f64): i32 {
  const half = v128.load(HALF);
  const overRest = v128.load(OVER_REST);
  let i = from;
  while (i < to) {
    const at = values + (i << 3);
    if (i + 4 <= to && !v128.any_true(v128.or(mayBeSpikes(at, half, overRest), mayBeSpikes(at + 16, half, overRest)))) {
      i += 4;
      continue;
    }
    const mayBe = v128.any_true(mayBeSpikes(at, half, overRest));
    if (mayBe && takeSpike(at, least)) i += 2;
    else if (mayBe && i + 1 < to && takeSpike(at + 8, least)) i += 3;
    else i = min(i + 2, to);
  }
  return i;
}

/** Which of two values are far from those beside them, and these near to each other and to the one before. */
function mayBeSpikes(at: usize, half: v128, overRest: v128): v128 {
  const before = v128.load(at - 8);
  const after = v128.load(at, 8);
  const middle = f64x2.mul(half, f64x2.add(before, after));
  const heights = f64x2.abs(f64x2.sub(v128.load(at), middle));
  const steps = f64x2.abs(f64x2.sub(after, before));
  const rises = f64x2.abs(f64x2.sub(before, v128.load(at - 16)));
  return f64x2.gt(heights, f64x2.mul(overRest, f64x2.pmax(steps, rises)));
}

/** Takes out a spike at an address, if there is one. */
function takeSpike(at: usize, least: f64): bool {
  const before = load<f64>(at - 8);
  const after = load<f64>(at, 8);
  const middle = 0.5 * (before + after);
  const height = abs(load<f64>(at) - middle);
  const rest = height / SPIKE_OVER_REST;
  if (
    height < least ||
    abs(after - before) >= rest ||
    abs(load<f64>(at - 16) - before) >= rest ||
    abs(load<f64>(at - 24) - before) >= rest ||
    abs(load<f64>(at, 16) - after) >= rest ||
    abs(load<f64>(at, 24) - after) >= rest
  )
    return false;
  store<f64>(at, middle);
  return true;
}

/**
 * Takes the steps out of a signal, as when an electrode comes off: behind one it goes on where it was before it.
 *
 * @param values the signal, with the reach before and after the places that are looked at
 * @param from the number of the first value that may be the middle of a step
 * @param to the number of the value behind the last
 * @param end the number of values
 * @param reach the signal is at rest for so many values before a step and after it
 * @returns the sum of all steps
 */
export function takeSteps(values: usize, from: i32, to: i32, end: i32, reach: i32): f64 {
  const far = reach << 3;
  const rest = v128.load(STEP_RESTS);
  let steps: f64 = 0;
  let i = from;
  while (i < to) {
    const at = values + (i << 3);
    if (i + 4 <= to && !v128.any_true(v128.or(mayBeSteps(at, far, rest), mayBeSteps(at + 16, far, rest)))) {
      i += 4;
      continue;
    }
    if (v128.any_true(mayBeSteps(at, far, rest))) {
      steps += takeStep(values, i, end, reach);
      if (i + 1 < to) steps += takeStep(values, i + 1, end, reach);
    }
    i += 2;
  }
  return steps;
}

/** Which of two values may be steps: those about which the signal is at rest at once, and so many bytes away. */
function mayBeSteps(at: usize, far: usize, rest: v128): v128 {
  const before = v128.load(at - 8);
  const after = v128.load(at, 8);
  const riseBefore = f64x2.abs(f64x2.sub(before, v128.load(at - 16)));
  const riseAfter = f64x2.abs(f64x2.sub(v128.load(at, 16), after));
  const farBefore = f64x2.abs(f64x2.sub(before, v128.load(at - far)));
  const farAfter = f64x2.abs(f64x2.sub(v128.load(at + far), after));
  const most = f64x2.pmax(f64x2.pmax(riseBefore, riseAfter), f64x2.pmax(farBefore, farAfter));
  return f64x2.lt(most, f64x2.mul(f64x2.abs(f64x2.sub(after, before)), rest));
}

/** Takes out a step whose middle is at a place, if there is one, and gives its height. */
function takeStep(values: usize, place: i32, end: i32, reach: i32): f64 {
  const at = values + (place << 3);
  const before = load<f64>(at - 8);
  const after = load<f64>(at, 8);
  const step = after - before;
  const size = abs(step) * STEP_REST;
  for (let i = 2; i <= reach; i++) {
    if (abs(load<f64>(at - (i << 3)) - before) >= size || abs(load<f64>(at + (i << 3)) - after) >= size) return 0;
  }
  store<f64>(at, before);
  for (let i = at + 8; i < values + (end << 3); i += 8) store<f64>(i, load<f64>(i) - step);
  return step;
}

/**
 * Smooths a signal: the weighted mean of each value, its neighbours and theirs.
 *
 * @param values the signal, from two values before the first that is made smooth to two after the last
 * @param smooth what is found
 */
export function smoothValues(values: usize, smooth: usize, count: i32, middle: f64, near: f64, far: f64): void {
  const middles = f64x2.splat(middle);
  const nears = f64x2.splat(near);
  const fars = f64x2.splat(far);
  for (let i = 0; i < count << 3; i += 16) {
    const at = values + i;
    const ofMiddle = f64x2.mul(middles, v128.load(at, 16));
    const ofNear = f64x2.mul(nears, f64x2.add(v128.load(at, 8), v128.load(at, 24)));
    const ofFar = f64x2.mul(fars, f64x2.add(v128.load(at), v128.load(at, 32)));
    v128.store(smooth + i, f64x2.add(f64x2.add(ofMiddle, ofNear), ofFar));
  }
}

/**
 * Reads the slopes of a signal at another rate: how much it changes from each place to the next, where it goes straight from value to value.
 *
 * @param signal its first value
 * @param place the first place, in values from that one
 * @param step from each place to the next, in values
 * @param count the number of slopes
 * @param slopes what is found, floats of 32 bits
 */
export function resampleSlopes(signal: usize, place: f64, step: f64, count: i32, slopes: usize): void {
  // Places are counted in parts of 2^-32, as floors of fractions are slow.
  let at = <i64>(place * ONE);
  const apart = <i64>(step * ONE);
  let before = valueAt(signal, at);
  for (const end = slopes + ((<usize>count) << 2); slopes < end; slopes += 4) {
    at += apart;
    const value = valueAt(signal, at);
    store<f32>(slopes, <f32>(value - before));
    before = value;
  }
}

/** From one value to the next, in the parts in which places are counted. */
const ONE: f64 = 4294967296;

/** A signal between two of its values. */
function valueAt(signal: usize, place: i64): f64 {
  const at = signal + ((<usize>(place >> 32)) << 3);
  const value = load<f64>(at);
  return value + (<f64>(<u32>place) / ONE) * (load<f64>(at, 8) - value);
}

/** The slopes of a block: it has no more values than these, with those beside it, at any rate. */
const SLOPES: usize = memory.data(8 * 1024, 16);

/**
 * Measures the QRS energy about each value: the standard deviation of the slopes about it.
 *
 * @param signal from the first value of the first slope
 * @param whole a slope is the change of the signal over so many values, ...
 * @param part ... and over this part of the next
 * @param side the slopes before and after each that are about it
 * @param energy what is found, with room for one more
 * @returns the largest
 */
export function measureEnergy(signal: usize, count: i32, whole: i32, part: f64, side: i32, energy: usize): f64 {
  const parts = f64x2.splat(part);
  const end = signal + (whole << 3);
  const slopeBytes = (count + 2 * side) << 3;
  for (let i = 0; i < slopeBytes; i += 16) {
    const here = v128.load(end + i);
    const change = f64x2.sub(here, v128.load(signal + i));
    v128.store(SLOPES + i, f64x2.add(change, f64x2.mul(parts, f64x2.sub(v128.load(end + i, 8), here))));
  }
  const width = (2 * side + 1) << 3;
  let sum: f64 = 0;
  let net: f64 = 0;
  for (let i = 0; i < width; i += 8) {
    const slope = load<f64>(SLOPES + i);
    sum += slope * slope;
    net += slope;
  }
  const scale = f64x2.splat(1 / <f64>(2 * side + 1));
  // The sum of the squares, and that of the slopes.
  let both = f64x2.replace_lane(f64x2.splat(sum), 1, net);
  let largest = f64x2.splat(0);
  for (let i = 0; i < count << 3; i += 16) {
    const next = v128.load(SLOPES + width + i);
    const gone = v128.load(SLOPES + i);
    const squares = f64x2.sub(f64x2.mul(next, next), f64x2.mul(gone, gone));
    const nets = f64x2.sub(next, gone);
    const second = f64x2.add(both, v128.shuffle<f64>(squares, nets, 0, 2));
    const sumsHere = v128.shuffle<f64>(both, second, 0, 2);
    const netsHere = v128.shuffle<f64>(both, second, 1, 3);
    both = f64x2.add(second, v128.shuffle<f64>(squares, nets, 1, 3));
    const ofNets = f64x2.mul(f64x2.mul(scale, netsHere), netsHere);
    const roots = f64x2.sqrt(f64x2.pmax(f64x2.splat(0), f64x2.mul(scale, f64x2.sub(sumsHere, ofNets))));
    v128.store(energy + i, roots);
    // Behind the last one there is none.
    largest = f64x2.pmax(largest, i + 8 < count << 3 ? roots : f64x2.replace_lane(roots, 1, 0));
  }
  return max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
}
