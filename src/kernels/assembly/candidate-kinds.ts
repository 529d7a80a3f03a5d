/**
 * Groups candidates, the waves that may be beats, into kinds by their shapes and heights, in one pass: each goes to the kind that it is
 * most alike, or begins one. A candidate that is surely of a kind shares what was found of it. All numbers are float64 until
 * something is found, and sums are made in the order of the points.
 */

/** The points of a shape. */
const POINTS: i32 = 32;
/** A wave whose likeness to every kind is below this begins a kind of its own. */
const SAME_KIND: f64 = 0.9;
/** A wave is of a kind at once when its likeness to it is at least this: other kinds are not looked at. */
const SURE_KIND: f64 = 0.97;
/** Waves of one kind have heights within this of its own, a logarithm: of 2. */
const SAME_HEIGHT: f64 = Math.LN2;
/** So many kinds are known at a time: one that was long not seen makes room. */
const MOST_KINDS: i32 = 48;
/** A wave moves its kind's template by this share of the way at the least, as shapes drift over hours. */
const LEAST_WEIGHT: f64 = 0.05;
/** An outline has a point for every two of a shape: from this point of the shape on, so many points, 20 ms apart. */
const OUTLINE_FROM: i32 = 2;
const OUTLINE_POINTS: i32 = 12;
/** Outlines that are less alike by more than this than wanted are not compared shifted. */
const MOST_BY_SHIFT: f64 = 0.3;
/** The first points of a shape whose slopes are compared, and the number of them. */
const SLOPES_FROM: i32 = 4;
const SLOPES: i32 = 22;
/** Slopes are compared as they are, and with one of the shapes up to this many points early and late: there are sums for seven. */
const SLOPE_SHIFT: i32 = 3;
/** Waves are compared with so many kinds of beats, those with the most of them. */
const BEAT_KINDS: i32 = 3;
/** The kinds of beats are chosen anew after so many waves. */
const CHOSEN_EACH: i32 = 100;
/** A kind is one of beats when it has at least so many, ... */
const LEAST_BEATS: i32 = 3;
/** ... and they are more than this share of it. */
const BEAT_SHARE: f64 = 0.5;
/** The likeness of a kind to those of beats is taken anew after so many of its waves. */
const COMPARED_EACH: i32 = 16;
/** A wave that is like no beat is so far from their heights, a logarithm; none is farther. */
const MOST_OFF_HEIGHT: f64 = 2;

/*
 * What is known of kinds, each part at its address from the first byte: a kind has a slot, which is its place in all lists.
 */

/** The number of slots in use, of kinds begun so far, and of kinds of beats: i32. */
const KNOWN: usize = 0;
const BEGUN: usize = 4;
const BEATS_CHOSEN: usize = 8;
/** The slots in use, those seen last first: u8. */
const ORDER: usize = 16;
/** The number of each kind among all that were begun, of its waves, and of beats among them: i32. */
const NUMBERS: usize = ORDER + MOST_KINDS;
const COUNTS: usize = NUMBERS + 4 * MOST_KINDS;
const BEATS: usize = COUNTS + 4 * MOST_KINDS;
/** The mean height of each, a logarithm. */
const HEIGHTS: usize = BEATS + 4 * MOST_KINDS;
/** What was found when a wave of each was last compared with the kinds of beats: its likeness, that of its slopes, and the height. */
const LIKES: usize = HEIGHTS + 8 * MOST_KINDS;
const SLOPE_LIKES: usize = LIKES + 8 * MOST_KINDS;
const BEAT_HEIGHTS: usize = SLOPE_LIKES + 8 * MOST_KINDS;
/** The slots of the kinds of beats when they were chosen, and their heights then. */
const CHOSEN: usize = BEAT_HEIGHTS + 8 * MOST_KINDS;
const CHOSEN_HEIGHTS: usize = CHOSEN + 4 * (BEAT_KINDS + 1);
/** What has a size that depends on the number of leads: all shapes and outlines. */
const SHAPES: usize = CHOSEN_HEIGHTS + 8 * (BEAT_KINDS + 1);

/** The shapes, and then the outlines, that are kept: a template of each kind, the slopes of each kind of beats, and a wave and its slopes. */
const SHAPE_COUNT: i32 = MOST_KINDS + BEAT_KINDS + 2;
const OUTLINE_COUNT: i32 = MOST_KINDS + BEAT_KINDS + 1;

/** The bytes that what is known of kinds takes. They are zeros at first. */
export function candidateKindsSize(leadCount: i32): i32 {
  return <i32>SHAPES + 8 * leadCount * (SHAPE_COUNT * POINTS + OUTLINE_COUNT * OUTLINE_POINTS);
}

function shapeAt(kinds: usize, leadCount: i32, number: i32): usize {
  return kinds + SHAPES + <usize>(8 * leadCount * POINTS * number);
}

function outlineAt(kinds: usize, leadCount: i32, number: i32): usize {
  return kinds + SHAPES + <usize>(8 * leadCount * (SHAPE_COUNT * POINTS + OUTLINE_POINTS * number));
}

/**
 * Groups the next candidates.
 *
 * @param kinds what is known of kinds
 * @param first the number of the first of them
 * @param shapes POINTS bytes with a sign for each lead of each
 * @param logs the height of each, a logarithm
 * @param isBeat 1 for each that is taken for a beat so far
 * @param kindOf what is found: the number of each one's kind; and float32:
 * @param fits the likeness to the kind that it is most alike
 * @param likes the likeness to the kind of beats that it is most alike
 * @param slopeLikes the same of its slopes
 * @param offHeights how far its height is from that of the kind of beats whose slopes it is most alike
 * @returns the number of kinds so far
 */
export function groupCandidates(
  kinds: usize,
  leadCount: i32,
  first: i32,
  count: i32,
  shapes: usize,
  logs: usize,
  isBeat: usize,
  kindOf: usize,
  fits: usize,
  likes: usize,
  slopeLikes: usize,
  offHeights: usize,
): i32 {
  const points = shapeAt(kinds, leadCount, MOST_KINDS + BEAT_KINDS);
  const slopes = shapeAt(kinds, leadCount, MOST_KINDS + BEAT_KINDS + 1);
  const outline = outlineAt(kinds, leadCount, MOST_KINDS + BEAT_KINDS);
  const size = leadCount * POINTS;
  for (let k = 0; k < count; k++) {
    if ((first + k) % CHOSEN_EACH === 0) chooseKindsOfBeats(kinds, leadCount);
    const shape = shapes + <usize>(k * size);
    for (let i = 0; i < size; i += 2) {
      const two = f64x2.splat(<f64>load<i8>(shape + i));
      v128.store(points + (i << 3), f64x2.replace_lane(two, 1, <f64>load<i8>(shape + i, 1)));
    }
    drawOutline(points, outline, leadCount);
    const log = load<f64>(logs + (k << 3));
    const fit = see(kinds, leadCount, outline, log);
    const slot = <usize>load<u8>(kinds, ORDER);
    const ofKind = kinds + (slot << 3);
    if (fit < SURE_KIND || load<i32>(kinds + (slot << 2), COUNTS) % COMPARED_EACH === 0) {
      takeSlopes(points, slopes, leadCount);
      compareWithBeats(kinds, leadCount, outline, slopes, ofKind);
    }
    addToKind(kinds, leadCount, <i32>slot, points, log, load<u8>(isBeat + k));
    const to = k << 2;
    store<i32>(kindOf + to, load<i32>(kinds + (slot << 2), NUMBERS));
    store<f32>(fits + to, <f32>fit);
    store<f32>(likes + to, <f32>load<f64>(ofKind, LIKES));
    store<f32>(slopeLikes + to, <f32>load<f64>(ofKind, SLOPE_LIKES));
    store<f32>(offHeights + to, <f32>min(MOST_OFF_HEIGHT, abs(log - load<f64>(ofKind, BEAT_HEIGHTS))));
  }
  return load<i32>(kinds, BEGUN);
}

/** Finds the kind of a wave, or begins one: it is the first in the order then. Gives the likeness to the kind that the wave is most alike. */
function see(kinds: usize, leadCount: i32, outline: usize, log: f64): f64 {
  const known = load<i32>(kinds, KNOWN);
  let place = -1;
  let most: f64 = 0;
  for (let i = 0; i < known && most < SURE_KIND; i++) {
    const slot = <i32>load<u8>(kinds + i, ORDER);
    if (abs(log - load<f64>(kinds + (slot << 3), HEIGHTS)) > SAME_HEIGHT) continue;
    const likeness = likenessOf(outline, outlineAt(kinds, leadCount, slot), leadCount, most);
    if (likeness <= most) continue;
    most = likeness;
    place = i;
  }
  if (place < 0 || most < SAME_KIND) place = begin(kinds, leadCount);
  const slot = load<u8>(kinds + place, ORDER);
  for (let i = place; i > 0; i--) store<u8>(kinds + i, load<u8>(kinds + i - 1, ORDER), ORDER);
  store<u8>(kinds, slot, ORDER);
  return most;
}

/** The place in the order of a slot for a new kind: a free one, or that of the kind with the fewest waves of those that were not seen lately. */
function begin(kinds: usize, leadCount: i32): i32 {
  let place = load<i32>(kinds, KNOWN);
  if (place < MOST_KINDS) {
    store<u8>(kinds + place, <u8>place, ORDER);
    store<i32>(kinds, place + 1, KNOWN);
  } else {
    place = MOST_KINDS - 1;
    for (let i = place - 1; i >= MOST_KINDS >> 1; i--) {
      const here = load<i32>(kinds + ((<usize>load<u8>(kinds + i, ORDER)) << 2), COUNTS);
      if (here < load<i32>(kinds + ((<usize>load<u8>(kinds + place, ORDER)) << 2), COUNTS)) place = i;
    }
  }
  const slot = <usize>load<u8>(kinds + place, ORDER);
  const begun = load<i32>(kinds, BEGUN);
  store<i32>(kinds + (slot << 2), begun, NUMBERS);
  store<i32>(kinds, begun + 1, BEGUN);
  store<i32>(kinds + (slot << 2), 0, COUNTS);
  store<i32>(kinds + (slot << 2), 0, BEATS);
  store<f64>(kinds + (slot << 3), 0, HEIGHTS);
  memory.fill(shapeAt(kinds, leadCount, <i32>slot), 0, <usize>(8 * leadCount * POINTS));
  return place;
}

/** Adds a wave to a kind. */
function addToKind(kinds: usize, leadCount: i32, slot: i32, points: usize, log: f64, isBeat: i32): void {
  const ofKind = kinds + (slot << 2);
  const count = load<i32>(ofKind, COUNTS) + 1;
  store<i32>(ofKind, count, COUNTS);
  store<i32>(ofKind, load<i32>(ofKind, BEATS) + isBeat, BEATS);
  const weight = max(LEAST_WEIGHT, 1 / <f64>count);
  const height = load<f64>(kinds + (slot << 3), HEIGHTS);
  store<f64>(kinds + (slot << 3), height + weight * (log - height), HEIGHTS);
  const template = shapeAt(kinds, leadCount, slot);
  const weights = f64x2.splat(weight);
  for (let i = 0; i < (leadCount * POINTS) << 3; i += 16) {
    const before = v128.load(template + i);
    v128.store(template + i, f64x2.add(before, f64x2.mul(weights, f64x2.sub(v128.load(points + i), before))));
  }
  drawOutline(template, outlineAt(kinds, leadCount, slot), leadCount);
}

/** Chooses the kinds of beats: those with the most beats, as they are now. */
function chooseKindsOfBeats(kinds: usize, leadCount: i32): void {
  const known = load<i32>(kinds, KNOWN);
  let chosen = 0;
  for (let slot = 0; slot < known; slot++) {
    const beats = load<i32>(kinds + (slot << 2), BEATS);
    if (beats < LEAST_BEATS || <f64>beats <= BEAT_SHARE * <f64>load<i32>(kinds + (slot << 2), COUNTS)) continue;
    // Into its place among those with as many beats or more; one more than are chosen is written over.
    let place = chosen;
    for (; place > 0; place--) {
      const other = load<i32>(kinds + ((place - 1) << 2), CHOSEN);
      if (load<i32>(kinds + (other << 2), BEATS) >= beats) break;
      store<i32>(kinds + (place << 2), other, CHOSEN);
    }
    store<i32>(kinds + (place << 2), slot, CHOSEN);
    chosen = min(BEAT_KINDS, chosen + 1);
  }
  store<i32>(kinds, chosen, BEATS_CHOSEN);
  for (let i = 0; i < chosen; i++) {
    const slot = load<i32>(kinds + (i << 2), CHOSEN);
    takeSlopes(shapeAt(kinds, leadCount, slot), shapeAt(kinds, leadCount, MOST_KINDS + i), leadCount);
    const bytes = <usize>(8 * leadCount * OUTLINE_POINTS);
    memory.copy(outlineAt(kinds, leadCount, MOST_KINDS + i), outlineAt(kinds, leadCount, slot), bytes);
    store<f64>(kinds + (i << 3), load<f64>(kinds + (slot << 3), HEIGHTS), CHOSEN_HEIGHTS);
  }
}

/** Compares a wave with the kinds of beats: how alike they are at the most, and their slopes, and the height of the kind whose slopes are. */
function compareWithBeats(kinds: usize, leadCount: i32, outline: usize, slopes: usize, found: usize): void {
  let like: f64 = 0;
  let slopeLike: f64 = 0;
  let beatHeight: f64 = Infinity;
  const chosen = load<i32>(kinds, BEATS_CHOSEN);
  for (let i = 0; i < chosen; i++) {
    like = max(like, likenessOf(outline, outlineAt(kinds, leadCount, MOST_KINDS + i), leadCount, 0));
    const likeness = slopeLikenessOf(slopes, shapeAt(kinds, leadCount, MOST_KINDS + i), leadCount);
    if (likeness <= slopeLike) continue;
    slopeLike = likeness;
    beatHeight = load<f64>(kinds + (i << 3), CHOSEN_HEIGHTS);
  }
  store<f64>(found, like, LIKES);
  store<f64>(found, slopeLike, SLOPE_LIKES);
  store<f64>(found, beatHeight, BEAT_HEIGHTS);
}

/** Draws the outline of a shape: the sums of two points each, scaled to the size 1 in each lead. */
function drawOutline(shape: usize, outline: usize, leadCount: i32): void {
  for (let lead = 0; lead < leadCount; lead++) {
    let from = shape + <usize>((lead * POINTS + OUTLINE_FROM) << 3);
    const to = outline + <usize>((lead * OUTLINE_POINTS) << 3);
    const end = to + (OUTLINE_POINTS << 3);
    let squares: f64 = 0;
    for (let at = to; at < end; at += 16, from += 32) {
      const one = v128.load(from);
      const two = v128.load(from, 16);
      const sums = f64x2.add(v128.shuffle<f64>(one, two, 0, 2), v128.shuffle<f64>(one, two, 1, 3));
      v128.store(at, sums);
      const both = f64x2.mul(sums, sums);
      squares = squares + f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
    }
    const scales = f64x2.splat(scaleOf(squares));
    for (let at = to; at < end; at += 16) v128.store(at, f64x2.mul(v128.load(at), scales));
  }
}

/** Takes the slopes of a shape where they are compared: the difference of each point from the one before, scaled to the size 1 in each lead. */
function takeSlopes(shape: usize, slopes: usize, leadCount: i32): void {
  for (let lead = 0; lead < leadCount; lead++) {
    const offset = <usize>((lead * POINTS + SLOPES_FROM) << 3);
    const from = shape + offset;
    const to = slopes + offset;
    for (let i = -SLOPE_SHIFT << 3; i < (SLOPES + SLOPE_SHIFT) << 3; i += 16) {
      v128.store(to + i, f64x2.sub(v128.load(from + i), v128.load(from + i - 8)));
    }
    let squares: f64 = 0;
    for (let i = 0; i < SLOPES << 3; i += 8) squares += load<f64>(to + i) * load<f64>(to + i);
    const scales = f64x2.splat(scaleOf(squares));
    for (let i = -SLOPE_SHIFT << 3; i < (SLOPES + SLOPE_SHIFT) << 3; i += 16) {
      v128.store(to + i, f64x2.mul(v128.load(to + i), scales));
    }
  }
}

function scaleOf(squares: f64): f64 {
  return squares > 0 ? 1 / sqrt(squares) : 1;
}

/**
 * The likeness of two outlines, in the lead in which it is largest: as they are, and with one a point early and late, unless it is
 * far from as much as `least` already.
 */
function likenessOf(outline: usize, other: usize, leadCount: i32, least: f64): f64 {
  let likeness: f64 = 0;
  for (let lead = 0; lead < leadCount; lead++) {
    const ours = outline + <usize>((lead * OUTLINE_POINTS) << 3);
    const theirs = other + <usize>((lead * OUTLINE_POINTS) << 3);
    let sums = f64x2.splat(0);
    for (let i = 0; i < OUTLINE_POINTS << 3; i += 16) {
      sums = f64x2.add(sums, f64x2.mul(v128.load(theirs + i), v128.load(ours + i)));
    }
    const same = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    if (same > likeness) likeness = same;
    if (same < least - MOST_BY_SHIFT) continue;
    let shifted = f64x2.splat(0);
    for (let i = 8; i < (OUTLINE_POINTS - 1) << 3; i += 8) {
      const beside = v128.shuffle<f64>(v128.load(ours + i - 8), v128.load(ours + i), 0, 3);
      shifted = f64x2.add(shifted, f64x2.mul(v128.load64_splat(theirs + i), beside));
    }
    likeness = max(likeness, max(f64x2.extract_lane(shifted, 0), f64x2.extract_lane(shifted, 1)));
  }
  return likeness;
}

/** The likeness of slopes, as they are and up to three points early and late, in the lead in which it is largest. */
function slopeLikenessOf(slopes: usize, others: usize, leadCount: i32): f64 {
  let likeness: f64 = 0;
  for (let lead = 0; lead < leadCount; lead++) {
    const offset = <usize>((lead * POINTS + SLOPES_FROM) << 3);
    const ours = slopes + offset;
    const theirs = others + offset;
    let earlier = f64x2.splat(0);
    let early = f64x2.splat(0);
    let late = f64x2.splat(0);
    let latest: f64 = 0;
    for (let i = 0; i < SLOPES << 3; i += 8) {
      const slope = v128.load64_splat(theirs + i);
      earlier = f64x2.add(earlier, f64x2.mul(slope, v128.load(ours + i - 24)));
      early = f64x2.add(early, f64x2.mul(slope, v128.load(ours + i - 8)));
      late = f64x2.add(late, f64x2.mul(slope, v128.load(ours + i + 8)));
      latest += load<f64>(theirs + i) * load<f64>(ours + i + 24);
    }
    const all = f64x2.pmax(f64x2.pmax(earlier, early), late);
    likeness = max(max(likeness, latest), max(f64x2.extract_lane(all, 0), f64x2.extract_lane(all, 1)));
  }
  return likeness;
}
