/**
 * Finds the waves that may be beats, their R peaks and shapes: see lead-sum.ts, shares.ts, r-peak.ts and beat-shapes.ts of the beats. All
 * numbers are float64 but where another type is named.
 */

/** A QRS complex goes back by no less than this share of how far it went. */
const RETURN_SHARE: f64 = 0.5;
/** The share that is left of the energy where the signal does not go back at all. */
const ONE_WAY_TRUST: f64 = 0.4;
/** A peak at the beginning of the reach counts this much more than one in its middle: the first of two large ones is the R peak. */
const EARLIER: f64 = 0.2;
/** A block has no more places than this, and about each of them no more excursions: beats are looked for at less than 240 Hz. */
const MOST_PLACES: i32 = 32;
const MOST_EXCURSIONS: i32 = 64;
/** The points of a shape, and its largest excursion: that of a signed byte. */
const POINTS: i32 = 32;
const LARGEST: i32 = 127;

/**
 * Begins a sum with the energy of a lead.
 *
 * @param sum with room for one more
 * @param energy with room for one more
 * @param factor how the lead counts
 */
export function takeEnergy(sum: usize, energy: usize, count: i32, factor: f64): void {
  const factors = f64x2.splat(factor);
  for (let i = 0; i < count << 3; i += 16) v128.store(sum + i, f64x2.mul(factors, v128.load(energy + i)));
}

/**
 * Adds the energy of a lead to a sum.
 *
 * @param sum with room for one more
 * @param energy with room for one more
 * @param factor how the lead counts
 */
export function addEnergy(sum: usize, energy: usize, count: i32, factor: f64): void {
  const factors = f64x2.splat(factor);
  for (let i = 0; i < count << 3; i += 16) {
    v128.store(sum + i, f64x2.add(v128.load(sum + i), f64x2.mul(factors, v128.load(energy + i))));
  }
}

/**
 * Finds the peaks of a sum: of places that are as near as `apart` only the highest is one.
 *
 * @param sum with `apart` values before and behind those that are searched, and two more behind
 * @param from the first place that is searched
 * @param to the place after the last
 * @param least lower ones are none
 * @param places what is found, int32
 * @param most no more than so many are found
 * @returns the number of them
 */
export function findPeaks(sum: usize, from: i32, to: i32, apart: i32, least: f64, places: usize, most: i32): i32 {
  const leasts = f64x2.splat(least);
  let count = 0;
  for (let i = from; i < to; ) {
    const at = sum + (i << 3);
    const here = v128.load(at);
    const isTop = v128.and(f64x2.gt(here, v128.load(at - 8)), f64x2.ge(here, v128.load(at, 8)));
    const isPeak = i64x2.bitmask(v128.and(isTop, f64x2.ge(here, leasts)));
    if (isPeak === 0) {
      i += 2;
      continue;
    }
    const place = i + (isPeak >> 1);
    if (place >= to) break;
    const away = distanceToHigher(sum, place, apart);
    if (away > apart) {
      if (count === most) break;
      store<i32>(places + (count << 2), place);
      count++;
    }
    // Those on the way are not higher than this one.
    i = place + away;
  }
  return count;
}

/** How far the next value is that is higher, or as high and before it; more than `reach` where none is within that. */
function distanceToHigher(values: usize, at: i32, reach: i32): i32 {
  const height = load<f64>(values + (at << 3));
  let i = 1;
  for (; i <= reach; i++) {
    if (load<f64>(values + ((at - i) << 3)) >= height || load<f64>(values + ((at + i) << 3)) > height) break;
  }
  return i;
}

/**
 * Adds to the heights of waves what they are in a lead: its energy there as a share of the usual beat's, by square roots. The energy is
 * trusted less where the signal only rises or only falls, as in a step.
 *
 * @param signal smooth: the address of the value at place 0, whether it is there or not; there is the reach before and behind the places
 * @param energy that of its energy there
 * @param count the number of places
 * @param places int32
 * @param weight how the lead counts
 * @param level the energy in the usual beat
 * @param heights what is added to, one for each place
 */
export function addHeights(
  signal: usize,
  energy: usize,
  count: i32,
  places: usize,
  reach: i32,
  weight: f64,
  level: f64,
  heights: usize,
): void {
  for (let k = 0; k < count; k++) {
    const place = load<i32>(places + (k << 2)) << 3;
    const height = load<f64>(heights + (k << 3));
    const trusted = trustAt(signal + place, reach) * load<f64>(energy + place);
    store<f64>(heights + (k << 3), height + weight * sqrt(trusted / level));
  }
}

/** How far the energy at a place can be trusted: ONE_WAY_TRUST to 1. */
function trustAt(center: usize, reach: i32): f64 {
  const end = center + (reach << 3);
  let before = center - (reach << 3);
  const net = abs(load<f64>(end) - load<f64>(before));
  let total: f64 = 0;
  // Two at a time, as their number is even, and added up one after the other.
  for (; before < end; before += 16) {
    const changes = f64x2.abs(f64x2.sub(v128.load(before, 8), v128.load(before)));
    total = total + f64x2.extract_lane(changes, 0) + f64x2.extract_lane(changes, 1);
  }
  // What it rises less what it falls is how far it comes; both together are the total.
  const both = total + net;
  const share = (total - net) / (both > 0 ? both : 1);
  return min(1, ONE_WAY_TRUST + ((1 - ONE_WAY_TRUST) * share) / RETURN_SHARE);
}

/** How far all leads are from their baselines about each place of a block: zeros when a block begins. */
const EXCURSIONS: usize = memory.data(8 * (MOST_PLACES * MOST_EXCURSIONS + 2), 16);
/** How much an excursion counts, by its place before the middle of the reach or behind it. */
const WEIGHTS: usize = memory.data(8 * MOST_EXCURSIONS, 16);

/**
 * Adds how far a lead is from its baseline about places to what other leads are.
 *
 * @param signal the lead's
 * @param count the number of places, MOST_PLACES at the most
 * @param starts int32: the places at which the baselines begin
 * @param factor how the lead counts
 * @param far a baseline is a line over twice as many values
 * @param reach excursions are of the middle of it and so many values before and behind: at most `far`, and MOST_EXCURSIONS in all
 */
export function addExcursions(signal: usize, count: i32, starts: usize, factor: f64, far: i32, reach: i32): void {
  const length = (2 * reach + 1) << 3;
  const factors = f64x2.splat(factor);
  for (let k = 0; k < count; k++) {
    const from = signal + (load<i32>(starts + (k << 2)) << 3);
    const tilt = (load<f64>(from + (far << 4)) - load<f64>(from)) / <f64>(2 * far);
    const start = f64x2.splat(load<f64>(from) + tilt * <f64>(far - reach));
    const first = from + ((far - reach) << 3);
    const to = EXCURSIONS + k * length;
    const tilts = f64x2.splat(tilt);
    let steps = f64x2.replace_lane(f64x2.splat(0), 1, 1);
    let i = 0;
    for (; i + 8 < length; i += 16) {
      const over = f64x2.sub(f64x2.sub(v128.load(first + i), start), f64x2.mul(tilts, steps));
      v128.store(to + i, f64x2.add(v128.load(to + i), f64x2.mul(factors, f64x2.abs(over))));
      steps = f64x2.add(steps, f64x2.splat(2));
    }
    const over = load<f64>(first + i) - f64x2.extract_lane(start, 0) - tilt * f64x2.extract_lane(steps, 0);
    store<f64>(to + i, load<f64>(to + i) + factor * abs(over));
  }
}

/**
 * Finds the R peak among the excursions about each place: the largest, but that earlier ones count more.
 *
 * @param places int32
 * @param peaks what is found: between two places
 */
export function pickPeaks(count: i32, reach: i32, places: usize, peaks: usize): void {
  const last = 2 * reach;
  for (let i = 0; i <= last; i++) {
    store<f64>(WEIGHTS + (i << 3), 1 + (EARLIER * <f64>(reach - i)) / <f64>reach);
  }
  for (let k = 0; k < count; k++) {
    const from = EXCURSIONS + ((k * (last + 1)) << 3);
    let best = 0;
    let most: f64 = 0;
    for (let i = 0; i <= last; i++) {
      const value = load<f64>(from + (i << 3)) * load<f64>(WEIGHTS + (i << 3));
      store<f64>(from + (i << 3), value);
      const isMore = value > most;
      best = isMore ? i : best;
      most = isMore ? value : most;
    }
    const first = load<i32>(places + (k << 2)) - reach;
    store<f64>(peaks + (k << 3), <f64>(first + best) + vertexOf(from, best, last));
  }
  memory.fill(EXCURSIONS, 0, <usize>((count * (last + 1)) << 3));
}

/** Where the parabola through the largest excursion and its neighbours has its vertex: -0.5 to 0.5 of the way to one of them. */
function vertexOf(excursions: usize, at: i32, last: i32): f64 {
  if (at === 0 || at === last) return 0;
  const here = excursions + (at << 3);
  const before = load<f64>(here - 8);
  const after = load<f64>(here, 8);
  const bend = before - 2 * load<f64>(here) + after;
  return bend < 0 ? max(-0.5, min(0.5, (before - after) / (2 * bend))) : 0;
}

/**
 * Reads the shapes of waves: the signal about their R peaks, less its mean, the largest excursion being LARGEST.
 *
 * @param values the lead's
 * @param valueCount the number of values
 * @param count the number of waves
 * @param firsts where each shape begins among the values, between two of them
 * @param step how many values two points are apart
 * @param shapes what is found: POINTS bytes with a sign for each, ...
 * @param apart ... so many bytes apart
 * @param largest what LARGEST stands for in each
 */
export function readShapes(
  values: usize,
  valueCount: i32,
  count: i32,
  firsts: usize,
  step: f64,
  shapes: usize,
  apart: i32,
  largest: usize,
): void {
  const steps = f64x2.splat(step);
  const lastLeft = i32x4.splat(valueCount - 2);
  for (let k = 0; k < count; k++) {
    const first = v128.load64_splat(firsts + (k << 3));
    let numbers = f64x2.replace_lane(f64x2.splat(0), 1, 1);
    let sum: f64 = 0;
    let least = f64x2.splat(Infinity);
    let most = f64x2.splat(-Infinity);
    for (let i = 0; i < POINTS; i += 2) {
      const places = f64x2.add(first, f64x2.mul(numbers, steps));
      numbers = f64x2.add(numbers, f64x2.splat(2));
      const cut = i32x4.min_s(i32x4.trunc_sat_f64x2_s_zero(places), lastLeft);
      const lefts = i32x4.max_s(cut, i32x4.splat(0));
      const one = v128.load(values + (i32x4.extract_lane(lefts, 0) << 3));
      const other = v128.load(values + (i32x4.extract_lane(lefts, 1) << 3));
      const left = v128.shuffle<f64>(one, other, 0, 2);
      const right = v128.shuffle<f64>(one, other, 1, 3);
      const part = f64x2.sub(places, f64x2.convert_low_i32x4_s(lefts));
      const points = f64x2.add(left, f64x2.mul(part, f64x2.sub(right, left)));
      v128.store(POINTS_HERE + (i << 3), points);
      sum = sum + f64x2.extract_lane(points, 0) + f64x2.extract_lane(points, 1);
      least = f64x2.pmin(least, points);
      most = f64x2.pmax(most, points);
    }
    const mean = sum / POINTS;
    const top = max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)) - mean;
    const bottom = mean - min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
    const height = max(top, bottom);
    const scales = f64x2.splat(height > 0 ? <f64>LARGEST / height : 0);
    const means = f64x2.splat(mean);
    // Rounds to the nearest: what is above 0 is cut off.
    const half = f64x2.splat(<f64>LARGEST + 0.5);
    const to = shapes + k * apart;
    for (let i = 0; i < POINTS; i += 2) {
      const over = f64x2.mul(f64x2.sub(v128.load(POINTS_HERE + (i << 3)), means), scales);
      const bytes = i32x4.sub(i32x4.trunc_sat_f64x2_s_zero(f64x2.add(over, half)), i32x4.splat(LARGEST));
      store<i8>(to + i, <i8>i32x4.extract_lane(bytes, 0));
      store<i8>(to + i, <i8>i32x4.extract_lane(bytes, 1), 1);
    }
    store<f64>(largest + (k << 3), height);
  }
}

/** The points of one shape before they are rounded. */
const POINTS_HERE: usize = memory.data(8 * POINTS, 16);
