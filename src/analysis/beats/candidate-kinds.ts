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
const SAME_KIND = 0.85;
/** A wave is of a kind at once when its likeness to it is at least this: other kinds are not looked at. */
const SURE_KIND = 0.95;
/** Waves of one kind have heights within this of its own, a logarithm. */
const SAME_HEIGHT = Math.log(2);
/** So many kinds are known at a time: one that was long not seen makes room. */
const MOST_KINDS = 48;
/** A wave moves its kind's template by this share of the way at the least, as shapes drift over hours. */
const LEAST_WEIGHT = 0.05;
/** The first points of a shape that are compared, and the number of them. */
const COMPARED = { from: 3, count: 23 };
/** Shapes are compared as they are, and with one of them this many points early and late. */
const SHIFT = 2;
/** Three points in a row make one of an outline; the last of those that are compared is left. */
const OUTLINE_POINTS = 6;
/** A bound is taken for reached when it is this near, as it is rounded. */
const NEARLY = 1 - 1e-9;
/** So many of the first waves are gone through twice: kinds are known from the beginning. */
const WARM_UP = 400;
/** Waves are compared with so many kinds of beats, those with the most of them. */
const BEAT_KINDS = 3;
/** The kinds of beats are chosen anew after so many waves. */
const CHOSEN_EACH = 30;
/** A kind is one of beats when it has at least so many, ... */
const LEAST_BEATS = 3;
/** ... and they are more than this share of it. */
const BEAT_SHARE = 0.5;
/** The likeness of a kind to those of beats is taken anew after so many of its waves. */
const COMPARED_EACH = 16;
/** A wave that is like no beat is so far from their heights, a logarithm; none is farther. */
const MOST_OFF_HEIGHT = 2;

/** A shape, and what is taken of it once for all comparisons: SHAPE_POINTS a lead in its points and slopes, a number a lead in their sizes. */
type Shape = {
  points: Float64Array;
  /** The root of the squares of the points, of those that are compared. */
  sizes: Float64Array;
  /** Whether the slopes are those of the points: they are taken when they are wanted. */
  hasSlopes: boolean;
  /** The difference of each point from the one before; 0 for the first. */
  slopes: Float64Array;
  /** The size of the slopes like that of the points. */
  slopeSizes: Float64Array;
};

/**
 * The outline of a shape's points, three in a row as one, and how much of the shape it leaves out. With few products those of
 * two shapes tell how alike they are at the most (the inequality of Cauchy and Schwarz bounds what is left out).
 */
type Outline = {
  /** OUTLINE_POINTS a lead: sums of neighbours, scaled so that products of two outlines are those of two smooth shapes. */
  sums: Float64Array;
  /** The root of the squares of what is left of each lead without its outline. */
  rests: Float64Array;
};

type Kind = {
  number: number;
  template: Shape;
  outline: Outline;
  /** A logarithm. */
  height: number;
  count: number;
  beats: number;
  /** What was found when the kind was last compared with those of beats. */
  compared: { like: number; slopeLike: number; beatHeight: number };
};

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
  const length = leadCount * SHAPE_POINTS;
  const found = {
    kindOf: new Int32Array(total),
    fits: new Float32Array(total),
    likes: new Float32Array(total),
    slopeLikes: new Float32Array(total),
    offHeights: new Float32Array(total),
  };
  /** The kinds, those seen last first. */
  const kinds: Kind[] = [];
  let count = 0;
  let ofBeats: Kind[] = [];
  /** The kinds that made room since those of beats were chosen, and those that can be begun anew: of beats they are no more. */
  let gone: Kind[] = [];
  const spare: Kind[] = [];
  const wave = newWave(leadCount);
  const warmUp = Math.min(total, WARM_UP);
  for (let turn = -warmUp; turn < total; turn++) {
    const k = turn < 0 ? turn + warmUp : turn;
    if (k % CHOSEN_EACH === 0) {
      ofBeats = chooseKindsOfBeats(kinds);
      spare.push(...gone);
      gone = [];
    }
    wave.read(shapes, k * length);
    let place = -1;
    let most = 0;
    for (let i = 0; i < kinds.length && most < SURE_KIND; i++) {
      if (Math.abs(logs[k] - kinds[i].height) > SAME_HEIGHT) continue;
      const likeness = wave.likenessTo(kinds[i], most);
      if (likeness <= most) continue;
      most = likeness;
      place = i;
    }
    const isKnown = most >= SAME_KIND;
    if (!isKnown) {
      place = kinds.length < MOST_KINDS ? kinds.length : findLeast(kinds);
      if (place < kinds.length) gone.push(kinds[place]);
    }
    const best = isKnown ? kinds[place] : begin(spare.pop() ?? newKind(leadCount), count++);
    for (let i = place; i > 0; i--) kinds[i] = kinds[i - 1];
    kinds[0] = best;
    const isShared = isKnown && most >= SURE_KIND && best.count % COMPARED_EACH !== 0;
    const compared = isShared ? best.compared : wave.compareWith(ofBeats);
    best.compared = compared;
    addTo(best, wave.points, logs[k], isBeat[k]);
    found.kindOf[k] = best.number;
    found.fits[k] = most;
    found.likes[k] = compared.like;
    found.slopeLikes[k] = compared.slopeLike;
    found.offHeights[k] = Math.min(MOST_OFF_HEIGHT, Math.abs(logs[k] - compared.beatHeight));
  }
  return { count, ...found };
}

/** Holds one wave while it is compared with kinds. */
function newWave(leadCount: number) {
  const shape = newShape(leadCount);
  const { points, sizes, slopes, slopeSizes } = shape;
  /** The outlines of the points that are compared with a kind's. */
  const earlier = newOutline(leadCount);
  const same = newOutline(leadCount);
  const later = newOutline(leadCount);

  function read(shapes: Int8Array, at: number): void {
    for (let i = 0; i < points.length; i++) points[i] = shapes[at + i];
    measureShape(shape);
    drawOutline(points, -SHIFT, earlier);
    drawOutline(points, 0, same);
    drawOutline(points, SHIFT, later);
  }

  /** The sum of the products of the points and a kind's in a lead is no more than this, shifted or not. */
  function boundIn({ sums, rests }: Outline, lead: number): number {
    const earlierSums = earlier.sums;
    const sameSums = same.sums;
    const laterSums = later.sums;
    let early = rests[lead] * earlier.rests[lead];
    let central = rests[lead] * same.rests[lead];
    let late = rests[lead] * later.rests[lead];
    for (let i = lead * OUTLINE_POINTS; i < (lead + 1) * OUTLINE_POINTS; i++) {
      const sum = sums[i];
      early += sum * earlierSums[i];
      central += sum * sameSums[i];
      late += sum * laterSums[i];
    }
    return Math.max(early, central, late);
  }

  /** The likeness to a kind in the lead in which it is largest: exact when it is more than `least`, or else no more than that. */
  function likenessTo({ template, outline }: Kind, least: number): number {
    let likeness = least;
    for (let lead = 0; lead < leadCount; lead++) {
      const size = sizes[lead] * template.sizes[lead] || 1;
      if (boundIn(outline, lead) < NEARLY * likeness * size) continue;
      const others = template.points;
      const from = lead * SHAPE_POINTS + COMPARED.from + SHIFT;
      const to = from + COMPARED.count - 2 * SHIFT;
      let early = 0;
      let central = 0;
      let late = 0;
      for (let i = from; i < to; i++) {
        const value = others[i];
        early += value * points[i - SHIFT];
        central += value * points[i];
        late += value * points[i + SHIFT];
      }
      const here = Math.max(early, central, late) / size;
      if (here > likeness) likeness = here;
    }
    return likeness;
  }

  /** The likeness of slopes, as they are and up to three points early and late, in the lead in which it is largest. */
  function slopeLikenessTo({ template }: Kind): number {
    takeSlopes(shape);
    takeSlopes(template);
    const others = template.slopes;
    let likeness = 0;
    for (let lead = 0; lead < leadCount; lead++) {
      const from = lead * SHAPE_POINTS + COMPARED.from;
      let earlier3 = 0;
      let earlier2 = 0;
      let earlier1 = 0;
      let same = 0;
      let later1 = 0;
      let later2 = 0;
      let later3 = 0;
      for (let i = from; i < from + COMPARED.count; i++) {
        const slope = others[i];
        earlier3 += slope * slopes[i - 3];
        earlier2 += slope * slopes[i - 2];
        earlier1 += slope * slopes[i - 1];
        same += slope * slopes[i];
        later1 += slope * slopes[i + 1];
        later2 += slope * slopes[i + 2];
        later3 += slope * slopes[i + 3];
      }
      const most = Math.max(earlier3, earlier2, earlier1, same, later1, later2, later3);
      likeness = Math.max(likeness, most / (slopeSizes[lead] * template.slopeSizes[lead] || 1));
    }
    return likeness;
  }

  return {
    points,
    read,
    likenessTo,
    compareWith(ofBeats: readonly Kind[]): Kind["compared"] {
      const most = { like: 0, slopeLike: 0, beatHeight: Number.POSITIVE_INFINITY };
      for (const kind of ofBeats) {
        most.like = likenessTo(kind, most.like);
        const slopeLike = slopeLikenessTo(kind);
        if (slopeLike <= most.slopeLike) continue;
        most.slopeLike = slopeLike;
        most.beatHeight = kind.height;
      }
      return most;
    },
  };
}

function newShape(leadCount: number): Shape {
  return {
    points: new Float64Array(leadCount * SHAPE_POINTS),
    sizes: new Float64Array(leadCount),
    hasSlopes: false,
    slopes: new Float64Array(leadCount * SHAPE_POINTS),
    slopeSizes: new Float64Array(leadCount),
  };
}

/** Takes the sizes of a shape whose points are new. */
function measureShape(shape: Shape): void {
  measureSizes(shape.points, shape.sizes);
  shape.hasSlopes = false;
}

function takeSlopes(shape: Shape): void {
  if (shape.hasSlopes) return;
  const { points, slopes } = shape;
  for (let i = 1; i < points.length; i++) slopes[i] = points[i] - points[i - 1];
  for (let i = 0; i < points.length; i += SHAPE_POINTS) slopes[i] = 0;
  measureSizes(slopes, shape.slopeSizes);
  shape.hasSlopes = true;
}

function measureSizes(points: Float64Array, sizes: Float64Array): void {
  for (let lead = 0; lead < sizes.length; lead++) {
    const from = lead * SHAPE_POINTS + COMPARED.from;
    let squares = 0;
    for (let i = from; i < from + COMPARED.count; i++) squares += points[i] * points[i];
    sizes[lead] = Math.sqrt(squares);
  }
}

function newOutline(leadCount: number): Outline {
  return { sums: new Float64Array(leadCount * OUTLINE_POINTS), rests: new Float64Array(leadCount) };
}

/** Takes the outline of the points that are compared with others, when they are so many points late. */
function drawOutline(points: Float64Array, late: number, { sums, rests }: Outline): void {
  for (let lead = 0; lead < rests.length; lead++) {
    let at = lead * SHAPE_POINTS + COMPARED.from + SHIFT + late;
    let rest = 0;
    for (let i = lead * OUTLINE_POINTS; i < (lead + 1) * OUTLINE_POINTS; i++, at += 3) {
      const a = points[at];
      const b = points[at + 1];
      const c = points[at + 2];
      const sum = a + b + c;
      sums[i] = sum / Math.sqrt(3);
      rest += a * a + b * b + c * c - (sum * sum) / 3;
    }
    rest += points[at] * points[at];
    rests[lead] = Math.sqrt(Math.max(0, rest));
  }
}

function newKind(leadCount: number): Kind {
  return {
    number: 0,
    template: newShape(leadCount),
    outline: newOutline(leadCount),
    height: 0,
    count: 0,
    beats: 0,
    compared: { like: 0, slopeLike: 0, beatHeight: 0 },
  };
}

/** Makes a kind one without waves. */
function begin(kind: Kind, number: number): Kind {
  kind.number = number;
  kind.template.points.fill(0);
  kind.height = 0;
  kind.count = 0;
  kind.beats = 0;
  return kind;
}

function addTo(kind: Kind, wave: Float64Array, log: number, isBeat: number): void {
  kind.count++;
  kind.beats += isBeat;
  const weight = Math.max(LEAST_WEIGHT, 1 / kind.count);
  kind.height += weight * (log - kind.height);
  const { points } = kind.template;
  for (let i = 0; i < points.length; i++) points[i] += weight * (wave[i] - points[i]);
  measureShape(kind.template);
  drawOutline(points, 0, kind.outline);
}

function chooseKindsOfBeats(kinds: readonly Kind[]): Kind[] {
  return kinds
    .filter(({ beats, count }) => beats >= LEAST_BEATS && beats > BEAT_SHARE * count)
    .sort((a, b) => b.beats - a.beats)
    .slice(0, BEAT_KINDS);
}

/** The place of the kind with the fewest waves among those that were not seen lately. */
function findLeast(kinds: readonly Kind[]): number {
  let least = kinds.length - 1;
  for (let i = least - 1; i >= kinds.length >> 1; i--) if (kinds[i].count < kinds[least].count) least = i;
  return least;
}
