/**
 * Finds beats of one shape, and by how much the R peak of each is late beside that of the first: see align-beats.ts of the beats. Products
 * of points are integers, and so are their sums.
 */

/** The points of a shape, and zeros before and behind them: as many as shapes are shifted, and more. */
const POINTS: i32 = 32;
const PADDING: i32 = 16;
/** Beats are compared when shifted by up to this many points: no more than beats are apart, so that their order stays. */
const MOST_SHIFT: i32 = 9;
/** A beat whose likeness to the last template is at least this is aligned with it: it is not shifted. */
const ALIGNED: f64 = 0.9;
/** A shifted beat is like a template when its likeness is at least this, ... */
const ALIKE: f64 = 0.88;
/** ... and larger by this than where it is. */
const MORE_ALIKE: f64 = 0.15;
/** Shifts are tried in steps of so many points, with every second point, and those between about the best of them: ... */
const SHIFT_STEP: i32 = 3;
/** ... where its likeness is at least this. */
const LEAST_NEAR: f64 = 0.5;
/** So many templates are known at a time. */
const MOST_TEMPLATES: i32 = 8;

/** A shape in one lead: its points between zeros, and the sum of the squares of those before each and before its end, i32. */
const SQUARES: usize = POINTS + 2 * PADDING;
const SHAPE_BYTES: i32 = <i32>SQUARES + 4 * (POINTS + 4);

/*
 * The templates that are known, each part at its address from the first byte. A template has a slot, which is its place among the shapes.
 */

/** The number of slots in use, and of templates begun so far: i32. */
const KNOWN: usize = 0;
const BEGUN: usize = 4;
/** The slots in use, those seen last first, i32; and the number of the template in each. */
const ORDER: usize = 16;
const NUMBERS: usize = ORDER + 4 * MOST_TEMPLATES;
/** The shape of each, and behind them that of the beat. */
const SHAPES: usize = NUMBERS + 4 * MOST_TEMPLATES;

/** The bytes that templates take. They are zeros at first. */
export function templatesSize(leadCount: i32): i32 {
  return <i32>SHAPES + (MOST_TEMPLATES + 1) * leadCount * SHAPE_BYTES;
}

/**
 * Compares the next beats with the templates that are known.
 *
 * @param templates what is known
 * @param shapes POINTS bytes with a sign for each lead of each beat
 * @param numbers what is found: the number of the template that each is like, int32; a new one where it is like none
 * @param shifts by how many points its R peak is later than the template's, int32
 */
export function alignBeats(
  templates: usize,
  leadCount: i32,
  count: i32,
  shapes: usize,
  numbers: usize,
  shifts: usize,
): void {
  const size = leadCount * SHAPE_BYTES;
  const beat = templates + SHAPES + <usize>(MOST_TEMPLATES * size);
  for (let k = 0; k < count; k++) {
    readShape(shapes + <usize>(k * leadCount * POINTS), beat, leadCount);
    const known = load<i32>(templates, KNOWN);
    let best = -1;
    let shift = 0;
    let most: f64 = 0;
    for (let place = 0; place < known; place++) {
      const template = templates + SHAPES + <usize>(load<i32>(templates + (place << 2), ORDER) * size);
      const here = likenessAt(template, beat, 0, leadCount, 1);
      const least = max(ALIKE, here + MORE_ALIKE);
      const at = least < 1 ? findShift(template, beat, least, leadCount) : 0;
      const likeness = at === 0 ? here : likenessAt(template, beat, at, leadCount, 1);
      if (likeness <= most) continue;
      most = likeness;
      best = place;
      shift = at;
      if (here >= ALIGNED) break;
    }
    if (best < 0 || most < ALIKE) {
      best = begin(templates);
      const slot = load<i32>(templates + (best << 2), ORDER);
      memory.copy(templates + SHAPES + <usize>(slot * size), beat, <usize>size);
      shift = 0;
    }
    const slot = load<i32>(templates + (best << 2), ORDER);
    for (let i = best; i > 0; i--)
      store<i32>(templates + (i << 2), load<i32>(templates + ((i - 1) << 2), ORDER), ORDER);
    store<i32>(templates, slot, ORDER);
    store<i32>(numbers + (k << 2), load<i32>(templates + (slot << 2), NUMBERS));
    store<i32>(shifts + (k << 2), shift);
  }
}

/** The place in the order of a slot for a new template: a free one, or that which was not seen for longest. */
function begin(templates: usize): i32 {
  let place = load<i32>(templates, KNOWN);
  if (place < MOST_TEMPLATES) {
    store<i32>(templates + (place << 2), place, ORDER);
    store<i32>(templates, place + 1, KNOWN);
  } else place = MOST_TEMPLATES - 1;
  const begun = load<i32>(templates, BEGUN);
  store<i32>(templates + (load<i32>(templates + (place << 2), ORDER) << 2), begun, NUMBERS);
  store<i32>(templates, begun + 1, BEGUN);
  return place;
}

function readShape(points: usize, shape: usize, leadCount: i32): void {
  for (let lead = 0; lead < leadCount; lead++) {
    const from = points + <usize>(lead * POINTS);
    const to = shape + <usize>(lead * SHAPE_BYTES);
    v128.store(to + PADDING, v128.load(from));
    v128.store(to + PADDING + 16, v128.load(from, 16));
    let sum = 0;
    for (let i = 0; i < POINTS; i++) {
      store<i32>(to + (i << 2), sum, SQUARES);
      const value = <i32>load<i8>(from + i);
      sum += value * value;
    }
    store<i32>(to + (POINTS << 2), sum, SQUARES);
  }
}

/** By how many points a shape is most like a template when it is shifted: 0 where its likeness is nowhere as much as `least`. */
function findShift(template: usize, shape: usize, least: f64, leadCount: i32): i32 {
  let near = MOST_SHIFT + 1;
  let most = LEAST_NEAR;
  for (let late = -MOST_SHIFT; late <= MOST_SHIFT; late += SHIFT_STEP) {
    const likeness = likenessAt(template, shape, late, leadCount, 2);
    if (likeness < most) continue;
    most = likeness;
    near = late;
  }
  if (near > MOST_SHIFT) return 0;
  let best = 0;
  most = least;
  const to = min(MOST_SHIFT, near + SHIFT_STEP - 1);
  for (let late = max(-MOST_SHIFT, near - SHIFT_STEP + 1); late <= to; late++) {
    const likeness = likenessAt(template, shape, late, leadCount, 1);
    if (likeness < most) continue;
    most = likeness;
    best = late;
  }
  return best;
}

/**
 * The mean correlation of a shape and a template in all leads but those that are flat in both, the shape being so many points early: its R peak
 * is late.
 *
 * @param step 2 to estimate it by every second point
 */
function likenessAt(template: usize, shape: usize, late: i32, leadCount: i32, step: i32): f64 {
  const from = max(0, late);
  const to = POINTS + min(0, late);
  // Every second point from the first on: bytes of even numbers, or of odd ones.
  const wanted = step === 1 ? i16x8.splat(-1) : i16x8.splat((from & 1) === 0 ? 0x00ff : -0x0100);
  let likeness: f64 = 0;
  let counted = 0;
  for (let lead = 0; lead < leadCount; lead++) {
    const ours = template + <usize>(lead * SHAPE_BYTES);
    const theirs = shape + <usize>(lead * SHAPE_BYTES);
    let sums = i32x4.splat(0);
    for (let i = PADDING; i < PADDING + POINTS; i += 16) {
      const one = v128.and(v128.load(ours + i), wanted);
      const other = v128.load(theirs + i - late);
      const low = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(one), i16x8.extend_low_i8x16_s(other));
      const high = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(one), i16x8.extend_high_i8x16_s(other));
      sums = i32x4.add(sums, i32x4.add(low, high));
    }
    const pairs = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
    const product = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
    const ourSquares = squaresOf(ours, from, to);
    const theirSquares = squaresOf(theirs, from - late, to - late);
    if (ourSquares + theirSquares > 0) counted++;
    const squares = <f64>ourSquares * <f64>theirSquares;
    if (squares > 0) likeness += <f64>(step * product) / sqrt(squares);
  }
  return counted > 0 ? likeness / <f64>counted : 0;
}

/** The sum of the squares of points of a shape. */
function squaresOf(shape: usize, from: i32, to: i32): i32 {
  return load<i32>(shape + (to << 2), SQUARES) - load<i32>(shape + (from << 2), SQUARES);
}
