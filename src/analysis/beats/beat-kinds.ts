import { takeQuantile } from "../numbers/quantile.ts";
import { SHAPE_POINTS } from "./beat-shapes.ts";
import type { Beats } from "./beats.ts";

/**
 * A kind of beats: a cluster of beats whose shapes are alike. Its numbers are of single precision, but kept as doubles, which are
 * sooner read.
 */
type Kind = {
  /** The mean of the beats' shapes, the later ones counting more, as `Shapes` gives them. */
  template: Float64Array;
  /** The template, each point times its weight of POINT_WEIGHTS. */
  weighted: Float64Array;
  /** The template as `coarsen` gives it. */
  coarse: Float64Array;
  /** The template's energy, as `energyOf` gives it. */
  energy: number;
  /** The number of beats of this kind. */
  beats: number;
  /** How steep the template is for its height, a logarithm: the less, the wider its waves are. */
  sharpness: number;
};

export type BeatKinds = {
  kinds: Kind[];
  /** The number of each beat's kind; -1 for a beat without a shape. */
  kindOf: Int32Array;
  /** The likeness of each two kinds: a row and a column a kind. */
  likeness: Float64Array[];
  /** The discordance of each beat, as `discordanceOf` gives it. */
  discordance: Float32Array;
};

/*
 * The constants were chosen on 22 MIT-BIH records, together with the weights of the model of ventricular kinds that is
 * fitted to what they give (`beat-types.ts`). The points of a shape are 10 ms apart.
 */

/** A beat whose likeness to every kind is below this begins a kind of its own. */
const SAME_KIND = 0.93;
/** A beat is of the kind of the beat before when its likeness to it is at least this: other kinds are not looked at. */
const SURE_KIND = 0.97;
/** There are no more kinds than this: further beats, as in noise, go to the most alike. */
const MOST_KINDS = 80;
/** A shape is compared in full with this many kinds: the nearest by coarse shapes. */
const NEAR_KINDS = 4;
/** A point of a coarse shape is the sum of this many points. */
const COARSE_POINTS = 4;
/** A beat moves its kind's template by this share of the way at the least, as shapes drift over hours. */
const LEAST_WEIGHT = 0.03;
/** Shapes are compared when shifted by up to this many points: wide waves have no sharp R peak. */
const MOST_SHIFT = 2;

/** The points of a shape before the first of these are before the QRS complex, those from the second on after it. */
const QRS_EDGES = { from: 3, to: 23 };
/** The weight, in a likeness, of a point before the QRS complex. */
const WEIGHT_BEFORE_QRS = 0.3;
/** The weight, in a likeness, of a point after the QRS complex. */
const WEIGHT_AFTER_QRS = 0.35;
/** The weight of each point in a likeness. */
const POINT_WEIGHTS = Float64Array.from({ length: SHAPE_POINTS }, (_, k) =>
  Math.fround(k < QRS_EDGES.from ? WEIGHT_BEFORE_QRS : k < QRS_EDGES.to ? 1 : WEIGHT_AFTER_QRS),
);
/** The points of a shape that are before every QRS complex: 130 to 90 ms before the R peak. */
const BASELINE = { from: 0, to: 4 };
/** The points among which the QRS complex is highest: 60 ms before the R peak to 70 ms after it. */
const QRS = { from: 7, to: 20 };
/** The points of the ST segment and the T wave's start: 130 to 190 ms after the R peak. */
const ST = { from: 26, to: 32 };

/** A lead counts in full when a beat's correlation with one of the two before is usually at least this. */
const ALIKE_IN_GOOD_LEAD = 0.95;
/** A lead counts LEAST_LEAD_WEIGHT when that correlation is this or less. */
const ALIKE_IN_BAD_LEAD = 0.6;
/** The weight of a lead whose beats do not repeat themselves: not 0, for it may be all there is. */
const LEAST_LEAD_WEIGHT = 0.0025;
/** This many beats tell how good a lead is. */
const LEAD_SAMPLE = 2000;
/** Keeps the logarithm of a flat template's sharpness finite, and noise of that size from counting. */
const LEAST_SHARPNESS = 0.01;

/**
 * Groups beats into kinds by their shapes, in one pass: each goes to the kind that it is most alike, or begins one.
 * Shapes are alike when their waves are, and as high: ventricular beats of some leads differ by their height alone. Leads
 * whose beats do not repeat themselves, for noise, count little.
 */
export function groupBeats(beats: Beats): BeatKinds {
  const shapes = newShapes(beats);
  const count = beats.times.length;
  const kinds: Kind[] = [];
  const kindOf = new Int32Array(count).fill(-1);
  const discordance = new Float32Array(count);
  const coarse = new Float64Array((beats.shapeLeads.length * SHAPE_POINTS) / COARSE_POINTS);
  let last = -1;
  for (let i = 0; i < count; i++) {
    const shape = shapes.read(i);
    const energy = energyOf(shape);
    if (energy === 0) continue;
    discordance[i] = discordanceOf(shape, shapes.leadWeights);
    let best = last;
    let most = last >= 0 ? likenessOf(kinds[last], shape, energy) : -1;
    if (most < SURE_KIND) {
      for (const k of findNear(kinds, coarsen(shape, coarse))) {
        const likeness = k === last ? most : likenessOf(kinds[k], shape, energy);
        if (likeness <= most) continue;
        most = likeness;
        best = k;
      }
    }
    if (most < SAME_KIND && kinds.length < MOST_KINDS) {
      best = kinds.push(newKind(shape)) - 1;
      most = 1;
    }
    kinds[best].beats++;
    if (most >= SAME_KIND) follow(kinds[best], shape);
    kindOf[i] = best;
    last = best;
  }
  for (const kind of kinds) kind.sharpness = sharpnessOf(kind.template);
  const likeness = kinds.map((a) => Float64Array.from(kinds, (b) => likenessOf(a, b.template, b.energy)));
  return { kinds, kindOf, likeness, discordance };
}

type Shapes = {
  /**
   * The shape of a beat in all leads, one after the other: a median beat is 1 high in each, times the root of the lead's
   * weight. It is valid until the next is read.
   */
  read: (beat: number) => Float64Array;
  /** How much each lead counts: LEAST_LEAD_WEIGHT to 1. */
  leadWeights: number[];
};

function newShapes({ times, shapes, shapeScales, shapeLeads }: Beats): Shapes {
  const leads = shapeLeads.length;
  const length = leads * SHAPE_POINTS;
  const scales = new Float64Array(times.length);
  const factors = shapeLeads.map((_, lead) => {
    for (let i = 0; i < scales.length; i++) scales[i] = shapeScales[i * leads + lead];
    return 1 / (127 * (takeQuantile(scales, scales.length, 0.5) || 1));
  });
  const leadWeights = factors.map(() => 1);
  const shape = new Float64Array(length);
  function read(beat: number) {
    for (let lead = 0; lead < leads; lead++) {
      const factor = Math.sqrt(leadWeights[lead]) * factors[lead] * shapeScales[beat * leads + lead];
      const from = beat * length;
      const to = (lead + 1) * SHAPE_POINTS;
      for (let k = lead * SHAPE_POINTS; k < to; k++) shape[k] = Math.fround(factor * shapes[from + k]);
    }
    return shape;
  }

  const step = Math.max(1, Math.floor(times.length / LEAD_SAMPLE));
  const alike = leadWeights.map(() => new Float64Array(Math.ceil(times.length / step)));
  let sampled = 0;
  /** The shapes of a beat and of the two before it, and of each in each lead. */
  const three = [0, 1, 2].map(() => new Float64Array(length));
  const inLeads = three.map((shape) =>
    leadWeights.map((_, lead) => shape.subarray(lead * SHAPE_POINTS, (lead + 1) * SHAPE_POINTS)),
  );
  for (let i = 2; i < times.length; i += step) {
    for (let back = 0; back < three.length; back++) three[back].set(read(i - back));
    for (let lead = 0; lead < leads; lead++) {
      const [now, last, before] = inLeads.map((shapes) => shapes[lead]);
      alike[lead][sampled] = Math.max(correlate(before, now), correlate(last, now));
    }
    sampled++;
  }
  for (const [lead, values] of alike.entries()) {
    const usual = sampled > 0 ? takeQuantile(values, sampled, 0.5) : 1;
    const share = (usual - ALIKE_IN_BAD_LEAD) / (ALIKE_IN_GOOD_LEAD - ALIKE_IN_BAD_LEAD);
    leadWeights[lead] = Math.max(LEAST_LEAD_WEIGHT, Math.max(0, Math.min(1, share)) ** 2);
  }
  return { read, leadWeights };
}

function newKind(shape: Float64Array): Kind {
  const kind = {
    template: shape.slice(),
    weighted: shape.slice(),
    coarse: new Float64Array(shape.length / COARSE_POINTS),
    energy: 0,
    beats: 0,
    sharpness: 0,
  };
  follow(kind, shape);
  return kind;
}

/** Moves the template of a kind towards the shape of one of its beats. */
function follow(kind: Kind, shape: Float64Array): void {
  const { template, weighted } = kind;
  const weight = Math.max(LEAST_WEIGHT, 1 / Math.max(1, kind.beats));
  for (let lead = 0; lead < template.length; lead += SHAPE_POINTS) {
    for (let k = 0; k < SHAPE_POINTS; k++) {
      const point = Math.fround(template[lead + k] + weight * (shape[lead + k] - template[lead + k]));
      template[lead + k] = point;
      weighted[lead + k] = Math.fround(POINT_WEIGHTS[k] * point);
    }
  }
  kind.energy = energyOf(template);
  coarsen(template, kind.coarse);
}

/** The energy of a shape: the sum of its squares, each times the weight of its point. */
function energyOf(shape: Float64Array): number {
  // Two sums, as each waits for its own only.
  let even = 0;
  let odd = 0;
  for (let lead = 0; lead < shape.length; lead += SHAPE_POINTS) {
    for (let k = MOST_SHIFT; k < SHAPE_POINTS - MOST_SHIFT; k += 2) {
      even += POINT_WEIGHTS[k] * shape[lead + k] ** 2;
      odd += POINT_WEIGHTS[k + 1] * shape[lead + k + 1] ** 2;
    }
  }
  return even + odd;
}

/**
 * The likeness of a kind and a shape: 1 less the energy of their difference as a share of both energies. It is 1 for the
 * same shape, 0 for shapes that have nothing in common, below 0 for opposite ones, and 0.8 for one twice as high.
 */
function likenessOf(kind: Kind, shape: Float64Array, energy: number): number {
  const energies = kind.energy + energy;
  return energies > 0 ? (2 * productOf(kind.weighted, shape)) / energies : 1;
}

/** The numbers of the kinds nearest to one shape, nearest first. */
const NEAR: number[] = [];
/** The distance of each of them. */
const NEAR_DISTANCES = new Float64Array(NEAR_KINDS);

/** The numbers of the NEAR_KINDS kinds that a coarse shape is nearest to. They are valid until the next call. */
function findNear(kinds: readonly Kind[], coarse: Float64Array): readonly number[] {
  NEAR.length = 0;
  for (let k = 0; k < kinds.length; k++) {
    const other = kinds[k].coarse;
    const most = NEAR.length < NEAR_KINDS ? Number.POSITIVE_INFINITY : NEAR_DISTANCES[NEAR_KINDS - 1];
    let distance = 0;
    for (let i = 0; i < coarse.length && distance < most; i++) {
      const difference = coarse[i] - other[i];
      distance += difference * difference;
    }
    if (distance >= most) continue;
    let at = Math.min(NEAR.length, NEAR_KINDS - 1);
    for (; at > 0 && NEAR_DISTANCES[at - 1] > distance; at--) {
      NEAR[at] = NEAR[at - 1];
      NEAR_DISTANCES[at] = NEAR_DISTANCES[at - 1];
    }
    NEAR[at] = k;
    NEAR_DISTANCES[at] = distance;
  }
  return NEAR;
}

/** Sums up a shape in groups of COARSE_POINTS: a shift changes them little. */
function coarsen(shape: Float64Array, coarse: Float64Array): Float64Array {
  for (let i = 0; i < coarse.length; i++) {
    let sum = 0;
    for (let k = i * COARSE_POINTS; k < (i + 1) * COARSE_POINTS; k++) sum += shape[k];
    coarse[i] = Math.fround(sum);
  }
  return coarse;
}

/** A shape in one lead, each point times its weight of POINT_WEIGHTS. */
const WEIGHTED = new Float64Array(SHAPE_POINTS);

/** The correlation of two shapes in one lead, which does not depend on their heights. */
function correlate(a: Float64Array, b: Float64Array): number {
  const energies = energyOf(a) * energyOf(b);
  for (let k = 0; k < SHAPE_POINTS; k++) WEIGHTED[k] = Math.fround(POINT_WEIGHTS[k] * a[k]);
  return energies > 0 ? productOf(WEIGHTED, b) / Math.sqrt(energies) : 1;
}

/** The product of a weighted template and a shape at the shift at which it is the largest, found uphill, as it has one top. */
function productOf(weighted: Float64Array, shape: Float64Array): number {
  let most = productAt(weighted, shape, 0);
  for (const direction of [1, -1]) {
    let shift = direction;
    for (; shift <= MOST_SHIFT && shift >= -MOST_SHIFT; shift += direction) {
      const product = productAt(weighted, shape, shift);
      if (product <= most) break;
      most = product;
    }
    if (shift !== direction) break;
  }
  return most;
}

function productAt(weighted: Float64Array, shape: Float64Array, shift: number): number {
  let even = 0;
  let odd = 0;
  for (let lead = 0; lead < weighted.length; lead += SHAPE_POINTS) {
    const to = lead + SHAPE_POINTS - MOST_SHIFT;
    for (let k = lead + MOST_SHIFT; k < to; k += 2) {
      even += weighted[k] * shape[k + shift];
      odd += weighted[k + 1] * shape[k + 1 + shift];
    }
  }
  return even + odd;
}

function sharpnessOf(template: Float64Array): number {
  let squares = 0;
  let slopes = 0;
  for (let k = 0; k < template.length; k++) {
    squares += template[k] ** 2;
    if (k % SHAPE_POINTS > 0) slopes += (template[k] - template[k - 1]) ** 2;
  }
  return Math.log(Math.sqrt(slopes / (squares || 1)) + LEAST_SHARPNESS);
}

/**
 * The discordance of a beat: how far the ST segment and the T wave's start go the other way than the QRS complex, as a
 * share of its height, in the mean of all leads, -1 to 1. A ventricle that is not activated by its conduction system recovers the other way.
 */
function discordanceOf(shape: Float64Array, leadWeights: readonly number[]): number {
  let sum = 0;
  let weights = 0;
  for (let lead = 0; lead < leadWeights.length; lead++) {
    const start = lead * SHAPE_POINTS;
    const baseline = meanOf(shape, start + BASELINE.from, start + BASELINE.to);
    let height = 0;
    for (let k = start + QRS.from; k < start + QRS.to; k++) {
      if (Math.abs(shape[k] - baseline) > Math.abs(height)) height = shape[k] - baseline;
    }
    const share = height === 0 ? 0 : (meanOf(shape, start + ST.from, start + ST.to) - baseline) / height;
    sum -= leadWeights[lead] * Math.max(-1, Math.min(1, share));
    weights += leadWeights[lead];
  }
  return weights > 0 ? sum / weights : 0;
}

function meanOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k];
  return sum / (to - from);
}
