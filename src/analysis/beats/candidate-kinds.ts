import { SHAPE_POINTS } from "./beat-shapes.ts";

/** Candidates grouped by their shapes and heights, whatever they are: QRS complexes, T waves, noise. */
export type CandidateKinds = {
  /** The number of kinds. */
  count: number;
  /** The kind of each candidate. */
  kindOf: Int32Array;
  /** The likeness of each candidate to the kind that it is most alike, 0 to 1. */
  fits: Float32Array;
  /** The likeness of each candidate to the kind of beats that it is most alike, at whatever height, 0 to 1. */
  likes: Float32Array;
  /** The same of their slopes, on which a wandering baseline leaves little. */
  slopeLikes: Float32Array;
  /** How far the height of each is from that of the kind of beats whose slopes it is most alike, a logarithm. */
  offHeights: Float32Array;
};

/** A wave whose likeness to every kind is below this begins a kind of its own. */
const SAME_KIND = 0.9;
/** A wave is of a kind at once when its likeness to it is at least this: other kinds are not looked at. */
const SURE_KIND = 0.97;
/** Waves of one kind have heights within this of its own, a logarithm. */
const SAME_HEIGHT = Math.log(2);
/** So many kinds are known at a time: one that was long not seen makes room. */
const MOST_KINDS = 48;
/** A wave moves its kind's template by this share of the way at the least, as shapes drift over hours. */
const LEAST_WEIGHT = 0.05;
/** An outline has a point for every two of a shape: from this point of the shape on, so many points, 20 ms apart. */
const OUTLINE = { from: 2, count: 12 };
/** Outlines that are less alike by more than this than wanted are not compared shifted. */
const MOST_BY_SHIFT = 0.3;
/** The first points of a shape whose slopes are compared, and the number of them. */
const SLOPES = { from: 4, count: 22 };
/** Slopes are compared as they are, and with one of the shapes up to this many points early and late. */
const SLOPE_SHIFT = 3;
/** So many of the first waves are gone through twice: kinds are known from the beginning. */
const WARM_UP = 400;
/** Waves are compared with so many kinds of beats, those with the most of them. */
const BEAT_KINDS = 3;
/** The kinds of beats are chosen anew after so many waves. */
const CHOSEN_EACH = 100;
/** A kind is one of beats when it has at least so many, ... */
const LEAST_BEATS = 3;
/** ... and they are more than this share of it. */
const BEAT_SHARE = 0.5;
/** The likeness of a kind to those of beats is taken anew after so many of its waves. */
const COMPARED_EACH = 16;
/** A wave that is like no beat is so far from their heights, a logarithm; none is farther. */
const MOST_OFF_HEIGHT = 2;

/** What is found when a wave is compared with the kinds of beats. */
type Compared = { like: number; slopeLike: number; beatHeight: number };

/** A kind of beats as it was when it was chosen: its outline, its slopes, and its height as a logarithm. */
type KindOfBeats = { outline: Float64Array; slopes: Float64Array; height: number };

/**
 * Groups candidates into kinds by their shapes and heights, in one pass: each goes to the kind that it is most alike, or
 * begins one. A candidate that is surely of a kind shares what was found of it.
 *
 * @param shapes SHAPE_POINTS for each lead of the first candidate, then for each lead of the second, and so on
 * @param logs the height of each candidate, a logarithm
 * @param isBeat 1 for each candidate that is taken for a beat so far
 */
export function groupCandidates(
  shapes: Int8Array,
  leadCount: number,
  logs: Float64Array,
  isBeat: Uint8Array,
): CandidateKinds {
  const total = logs.length;
  const found = {
    kindOf: new Int32Array(total),
    fits: new Float32Array(total),
    likes: new Float32Array(total),
    slopeLikes: new Float32Array(total),
    offHeights: new Float32Array(total),
  };
  const kinds = new KnownKinds(leadCount);
  let ofBeats: KindOfBeats[] = [];
  const points = new Float64Array(leadCount * SHAPE_POINTS);
  const outline = new Float64Array(leadCount * OUTLINE.count);
  const slopes = new Float64Array(points.length);
  const warmUp = Math.min(total, WARM_UP);
  for (let turn = -warmUp; turn < total; turn++) {
    const k = turn < 0 ? turn + warmUp : turn;
    if (k % CHOSEN_EACH === 0) ofBeats = kinds.chooseKindsOfBeats();
    for (let i = 0, at = k * points.length; i < points.length; i++) points[i] = shapes[at + i];
    drawOutline(points, 0, outline, 0, leadCount);
    const fit = kinds.see(outline, logs[k]);
    const kind = kinds.last;
    let compared = kinds.compared[kind];
    if (fit < SURE_KIND || kinds.counts[kind] % COMPARED_EACH === 0) {
      takeSlopes(points, 0, slopes);
      compared = compare(outline, slopes, ofBeats, leadCount);
      kinds.compared[kind] = compared;
    }
    kinds.add(points, logs[k], isBeat[k]);
    found.kindOf[k] = kinds.numbers[kind];
    found.fits[k] = fit;
    found.likes[k] = compared.like;
    found.slopeLikes[k] = compared.slopeLike;
    found.offHeights[k] = Math.min(MOST_OFF_HEIGHT, Math.abs(logs[k] - compared.beatHeight));
  }
  return { count: kinds.begun, ...found };
}

/** The kinds that are known at a time: each has a slot, which is its place in all lists. */
class KnownKinds {
  /** The number of kinds begun so far. */
  begun = 0;
  /** The slot of the kind that was seen last. */
  last = 0;
  /** The number of each kind among all that were begun. */
  readonly numbers = new Int32Array(MOST_KINDS);
  /** The number of waves of each kind, and of beats among them. */
  readonly counts = new Int32Array(MOST_KINDS);
  /** What was found when a wave of each was last compared with the kinds of beats. */
  readonly compared: Compared[] = [];
  private readonly beats = new Int32Array(MOST_KINDS);
  /** The mean height of each, a logarithm. */
  private readonly heights = new Float64Array(MOST_KINDS);
  /** The mean shape of each, and its outline. */
  private readonly templates: Float64Array;
  private readonly outlines: Float64Array;
  /** The slots in use, those seen last first. */
  private order = new Uint8Array(MOST_KINDS);
  private known = 0;
  private readonly leadCount: number;

  constructor(leadCount: number) {
    this.leadCount = leadCount;
    this.templates = new Float64Array(MOST_KINDS * leadCount * SHAPE_POINTS);
    this.outlines = new Float64Array(MOST_KINDS * leadCount * OUTLINE.count);
  }

  /**
   * Finds the kind of a wave, or begins one: it is `last` then.
   *
   * @returns the likeness to the kind that the wave is most alike
   */
  see(outline: Float64Array, log: number): number {
    const { order, heights, outlines, leadCount } = this;
    let place = -1;
    let most = 0;
    for (let i = 0; i < this.known && most < SURE_KIND; i++) {
      const slot = order[i];
      if (Math.abs(log - heights[slot]) > SAME_HEIGHT) continue;
      const likeness = likenessOf(outline, outlines, slot * outline.length, leadCount, most);
      if (likeness <= most) continue;
      most = likeness;
      place = i;
    }
    if (most < SAME_KIND) place = this.begin();
    const slot = order[place];
    for (let i = place; i > 0; i--) order[i] = order[i - 1];
    order[0] = slot;
    this.last = slot;
    return most;
  }

  /** Adds a wave to the kind that was seen last. */
  add(points: Float64Array, log: number, isBeat: number): void {
    const { last, templates, heights, outlines, leadCount } = this;
    this.beats[last] += isBeat;
    const weight = Math.max(LEAST_WEIGHT, 1 / ++this.counts[last]);
    heights[last] += weight * (log - heights[last]);
    const first = last * points.length;
    for (let i = 0; i < points.length; i++) templates[first + i] += weight * (points[i] - templates[first + i]);
    drawOutline(templates, first, outlines, last * leadCount * OUTLINE.count, leadCount);
  }

  chooseKindsOfBeats(): KindOfBeats[] {
    const { beats, counts, heights, templates, outlines, leadCount } = this;
    const ofBeats: number[] = [];
    for (let slot = 0; slot < this.known; slot++) {
      if (beats[slot] >= LEAST_BEATS && beats[slot] > BEAT_SHARE * counts[slot]) ofBeats.push(slot);
    }
    return ofBeats
      .sort((a, b) => beats[b] - beats[a])
      .slice(0, BEAT_KINDS)
      .map((slot) => {
        const length = leadCount * OUTLINE.count;
        const slopes = new Float64Array(leadCount * SHAPE_POINTS);
        takeSlopes(templates, slot * slopes.length, slopes);
        return { outline: outlines.slice(slot * length, (slot + 1) * length), slopes, height: heights[slot] };
      });
  }

  /** The place in the order of a slot for a new kind: a free one, or that of the kind with the fewest waves of those that were not seen lately. */
  private begin(): number {
    const { order, counts, templates } = this;
    let place = this.known;
    if (this.known < MOST_KINDS) order[this.known++] = place;
    else {
      place = MOST_KINDS - 1;
      for (let i = place - 1; i >= MOST_KINDS >> 1; i--) if (counts[order[i]] < counts[order[place]]) place = i;
    }
    const slot = order[place];
    this.numbers[slot] = this.begun++;
    counts[slot] = 0;
    this.beats[slot] = 0;
    this.heights[slot] = 0;
    const length = this.leadCount * SHAPE_POINTS;
    templates.fill(0, slot * length, (slot + 1) * length);
    return place;
  }
}

/** Draws the outline of a shape: the sums of two points each, scaled to the size 1 in each lead. */
function drawOutline(points: Float64Array, first: number, outlines: Float64Array, to: number, leadCount: number): void {
  for (let lead = 0; lead < leadCount; lead++) {
    const from = to + lead * OUTLINE.count;
    let at = first + lead * SHAPE_POINTS + OUTLINE.from;
    let squares = 0;
    for (let i = from; i < from + OUTLINE.count; i++, at += 2) {
      const sum = points[at] + points[at + 1];
      outlines[i] = sum;
      squares += sum * sum;
    }
    const scale = 1 / (Math.sqrt(squares) || 1);
    for (let i = from; i < from + OUTLINE.count; i++) outlines[i] *= scale;
  }
}

/**
 * The likeness of an outline to another among `outlines`, in the lead in which it is largest: as it is, and a point early and
 * late, unless it is far from as much as `least` already.
 */
function likenessOf(
  outline: Float64Array,
  outlines: Float64Array,
  at: number,
  leadCount: number,
  least: number,
): number {
  let likeness = 0;
  for (let lead = 0; lead < leadCount; lead++) {
    const from = lead * OUTLINE.count;
    const to = from + OUTLINE.count;
    // Two sums, as each waits for its own only.
    let same = 0;
    let other = 0;
    for (let i = from; i < to; i += 2) {
      same += outlines[at + i] * outline[i];
      other += outlines[at + i + 1] * outline[i + 1];
    }
    same += other;
    if (same > likeness) likeness = same;
    if (same < least - MOST_BY_SHIFT) continue;
    let early = 0;
    let late = 0;
    for (let i = from + 1; i < to - 1; i++) {
      const value = outlines[at + i];
      early += value * outline[i - 1];
      late += value * outline[i + 1];
    }
    if (early > likeness) likeness = early;
    if (late > likeness) likeness = late;
  }
  return likeness;
}

/** Takes the slopes of a shape where they are compared: the difference of each point from the one before, scaled to the size 1 in each lead. */
function takeSlopes(points: Float64Array, first: number, slopes: Float64Array): void {
  for (let start = SLOPES.from; start < slopes.length; start += SHAPE_POINTS) {
    const end = start + SLOPES.count;
    for (let i = start - SLOPE_SHIFT; i < end + SLOPE_SHIFT; i++) slopes[i] = points[first + i] - points[first + i - 1];
    let squares = 0;
    for (let i = start; i < end; i++) squares += slopes[i] * slopes[i];
    const scale = 1 / (Math.sqrt(squares) || 1);
    for (let i = start - SLOPE_SHIFT; i < end + SLOPE_SHIFT; i++) slopes[i] *= scale;
  }
}

/** Compares a wave with kinds of beats: how alike they are at the most, and their slopes, and the height of the kind whose slopes are. */
function compare(
  outline: Float64Array,
  slopes: Float64Array,
  ofBeats: readonly KindOfBeats[],
  leadCount: number,
): Compared {
  const most = { like: 0, slopeLike: 0, beatHeight: Number.POSITIVE_INFINITY };
  for (const kind of ofBeats) {
    most.like = Math.max(most.like, likenessOf(outline, kind.outline, 0, leadCount, 0));
    const slopeLike = slopeLikenessOf(slopes, kind.slopes);
    if (slopeLike <= most.slopeLike) continue;
    most.slopeLike = slopeLike;
    most.beatHeight = kind.height;
  }
  return most;
}

/** The likeness of slopes, as they are and up to three points early and late, in the lead in which it is largest. */
function slopeLikenessOf(slopes: Float64Array, others: Float64Array): number {
  let likeness = 0;
  for (let start = SLOPES.from; start < slopes.length; start += SHAPE_POINTS) {
    let earlier3 = 0;
    let earlier2 = 0;
    let earlier1 = 0;
    let same = 0;
    let later1 = 0;
    let later2 = 0;
    let later3 = 0;
    for (let i = start; i < start + SLOPES.count; i++) {
      const slope = others[i];
      earlier3 += slope * slopes[i - 3];
      earlier2 += slope * slopes[i - 2];
      earlier1 += slope * slopes[i - 1];
      same += slope * slopes[i];
      later1 += slope * slopes[i + 1];
      later2 += slope * slopes[i + 2];
      later3 += slope * slopes[i + 3];
    }
    likeness = Math.max(likeness, earlier3, earlier2, earlier1, same, later1, later2, later3);
  }
  return likeness;
}
