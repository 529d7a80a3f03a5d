import { type Beats, SHAPE_POINTS } from "./beats.ts";

/** A normal beat, a supraventricular or a ventricular ectopic one, or one that is too unlike an ECG to say. */
export type BeatType = "N" | "S" | "V" | "Q";

/** Shapes are of one kind when they correlate by this much, at their best shift. */
const SAME_KIND = 0.9;
const MOST_SHIFT = 2;
/** A beat that is as near as this to the kind of the beat before is of it: the others are not looked at. */
const SURE_KIND = 0.97;
/** Of a shape: in its points, so that a flat one has a logarithm. */
const LEAST_WIDTH = 1e-3;
/** Kinds beyond so many are of noise. */
const MOST_KINDS = 60;
/** A kind's template follows its beats with this weight at the least, as shapes drift over hours. */
const LEAST_WEIGHT = 0.03;

/** Intervals before and after that say what is usual. */
const USUAL_INTERVALS = 12;
const LONGEST_RR_SECONDS = 2.5;
/** An interval below this share of the usual is premature: a beat of the dominant kind is then supraventricular. */
const PREMATURE_SHARE = 0.85;
/** But not where more than this share of the intervals is irregular by that much, as in atrial fibrillation. */
const MOST_IRREGULAR_SHARE = 0.3;

/**
 * A logistic model of a ventricular beat, fitted to 22 MIT-BIH records, each by its first lead and by both: what each
 * feature counts. With `bias` those are ventricular whose probability is 0.3 or more.
 */
const VENTRICULAR = {
  ownUnlikeness: 1.1,
  kindUnlikeness: 1.8,
  earliness: 0.9,
  pauseAfter: 4.3,
  /** Of the logarithm of the width over the dominant kind's, below `WIDE` and above it. */
  width: 9.4,
  moreWidth: 2.5,
  kindEarliness: 9.8,
  kindPauseAfter: 14.5,
  bias: -5.4,
};
const WIDE = 0.2;
const MOST_EARLY = 0.7;
const MOST_EARLY_KIND = 0.3;
const LONGEST_PAUSE = 0.8;
const LONGEST_PAUSE_OF_KIND = 0.5;

type Kind = {
  /** The mean of its shapes, the later ones counting more. */
  template: Float32Array;
  beats: number;
  width: number;
  /** Medians over its beats of the interval before and of the one after, as shares of the usual. */
  before: number;
  after: number;
};

/**
 * What each beat is, by its shape and its time. Shapes are grouped into kinds, one of which is dominant: it has the most
 * beats for how wide and how early they are. A beat is ventricular by how unlike that its kind is, how much wider, how
 * early its beats come and how late those after them, and by its own shape and time. Of the others an early one is
 * supraventricular, where the rhythm about it is regular.
 */
export function typeBeats(beats: Beats): BeatType[] {
  const count = beats.times.length;
  if (count === 0) return [];
  const shapes = newShapeReader(beats);
  const before = Float64Array.from(beats.times, (time, i) =>
    i > 0 && !beats.afterGap[i] ? time - beats.times[i - 1] : Number.NaN,
  );
  const usual = usualIntervals(before);
  /** The interval before each beat, as a share of the usual; 1 where there is none. */
  const shares = Float64Array.from(before, (rr, i) => (Number.isNaN(rr) ? 1 : rr / usual[i]));
  const shareAfter = (i: number) => (i + 1 < count ? shares[i + 1] : 1);

  const { kinds, kindOf } = groupShapes(shapes, count);
  const members: number[][] = kinds.map(() => []);
  for (let i = 0; i < count; i++) if (kindOf[i] >= 0) members[kindOf[i]].push(i);
  for (const [k, kind] of kinds.entries()) {
    kind.before = medianOf(members[k].map((i) => shares[i]));
    kind.after = medianOf(members[k].map(shareAfter));
    kind.width = widthOf(kind.template);
  }
  const dominant = dominantKind(kinds);
  /** What the kind of a beat speaks for its being ventricular. */
  const kindScores = kinds.map((kind) => {
    const wider = Math.log((kind.width + LEAST_WIDTH) / (dominant.width + LEAST_WIDTH));
    return (
      VENTRICULAR.bias +
      VENTRICULAR.kindUnlikeness * unlikeness(correlate(dominant.template, kind.template)) +
      VENTRICULAR.width * limit(wider, -2 * WIDE, WIDE) +
      VENTRICULAR.moreWidth * limit(wider - WIDE, 0, 3 * WIDE) +
      VENTRICULAR.kindEarliness * limit(1 - kind.before, 0, MOST_EARLY_KIND) +
      VENTRICULAR.kindPauseAfter * limit(kind.after - 1, 0, LONGEST_PAUSE_OF_KIND)
    );
  });
  const irregular = irregularShare(shares);

  return Array.from({ length: count }, (_, i): BeatType => {
    if (kindOf[i] < 0) return "Q";
    const own = correlate(dominant.template, shapes.read(i));
    const score =
      kindScores[kindOf[i]] +
      VENTRICULAR.ownUnlikeness * unlikeness(own) +
      VENTRICULAR.earliness * limit(1 - shares[i], 0, MOST_EARLY) +
      VENTRICULAR.pauseAfter * limit(shareAfter(i) - 1, 0, LONGEST_PAUSE);
    if (score > 0) return "V";
    return shares[i] < PREMATURE_SHARE && irregular[i] < MOST_IRREGULAR_SHARE ? "S" : "N";
  });
}

/** 0 for the same shape, 1 for one that has nothing of it. */
function unlikeness(correlation: number): number {
  return limit(1 - correlation, 0, 1);
}

function limit(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

type Shapes = { length: number; read: (beat: number) => Float32Array };

/** Shapes to one scale in each lead, and to as much in each: its median beat is 1 high. One at a time, as they are many. */
function newShapeReader({ times, shapes, shapeScales, shapeLeads }: Beats): Shapes {
  const leads = shapeLeads.length;
  const length = leads * SHAPE_POINTS;
  const usual = shapeLeads.map((_, l) => 127 * (medianOf(times.map((_time, i) => shapeScales[i * leads + l])) || 1));
  const shape = new Float32Array(length);
  return {
    length,
    read(beat) {
      for (let l = 0; l < leads; l++) {
        const scale = shapeScales[beat * leads + l] / usual[l];
        const from = beat * length;
        for (let k = l * SHAPE_POINTS; k < (l + 1) * SHAPE_POINTS; k++) shape[k] = scale * shapes[from + k];
      }
      return shape;
    },
  };
}

/** Each shape goes to the kind that it is most like, or begins one: one pass, as beats come. */
function groupShapes({ read, length }: Shapes, count: number): { kinds: Kind[]; kindOf: Int32Array } {
  const kinds: Kind[] = [];
  const kindOf = new Int32Array(count).fill(-1);
  let last = 0;
  for (let i = 0; i < count; i++) {
    const shape = read(i);
    let best = -1;
    let most = SAME_KIND;
    for (let k = 0; k < kinds.length && most < SURE_KIND; k++) {
      // The kind of the beat before first: most often it is that one again.
      const kind = k === 0 ? last : k <= last ? k - 1 : k;
      const correlation = correlate(kinds[kind].template, shape);
      if (correlation > most) {
        most = correlation;
        best = kind;
      }
    }
    if (best < 0) {
      if (kinds.length === MOST_KINDS) continue;
      best = kinds.push({ template: shape.slice(), beats: 0, width: 0, before: 1, after: 1 }) - 1;
    }
    const { template } = kinds[best];
    const weight = Math.max(LEAST_WEIGHT, 1 / ++kinds[best].beats);
    for (let k = 0; k < length; k++) template[k] += weight * (shape[k] - template[k]);
    kindOf[i] = best;
    last = best;
  }
  return { kinds, kindOf };
}

/** The kind that has the most beats for how wide and how early they are. */
function dominantKind(kinds: readonly Kind[]): Kind {
  const scores = kinds.map(({ beats, before, width }) => (beats * limit(before, 0.5, 1) ** 2) / (width + LEAST_WIDTH));
  return kinds[scores.indexOf(Math.max(...scores))];
}

/** The correlation of two shapes of one or more leads, at the shift at which it is largest. */
function correlate(a: Float32Array, b: Float32Array): number {
  let best = -1;
  for (let shift = -MOST_SHIFT; shift <= MOST_SHIFT; shift++) {
    let product = 0;
    let aSquares = 0;
    let bSquares = 0;
    for (let lead = 0; lead < a.length; lead += SHAPE_POINTS) {
      for (let k = lead + MOST_SHIFT; k < lead + SHAPE_POINTS - MOST_SHIFT; k++) {
        const x = a[k];
        const y = b[k + shift];
        product += x * y;
        aSquares += x * x;
        bSquares += y * y;
      }
    }
    const squares = aSquares * bSquares;
    if (squares > 0) best = Math.max(best, product / Math.sqrt(squares));
  }
  return best;
}

/** How far the slopes of a shape are spread in time about their middle, all leads together: a standard deviation. */
function widthOf(values: Float32Array): number {
  let weight = 0;
  let sum = 0;
  let squares = 0;
  for (let k = 1; k < values.length; k++) {
    const point = k % SHAPE_POINTS;
    if (point === 0) continue;
    const slope = (values[k] - values[k - 1]) ** 2;
    weight += slope;
    sum += slope * point;
    squares += slope * point * point;
  }
  return weight > 0 ? Math.sqrt(Math.max(0, squares / weight - (sum / weight) ** 2)) : 0;
}

/** The median of the intervals about each beat. */
function usualIntervals(intervals: Float64Array): Float64Array {
  return intervals.map((_, i) => {
    const near = intervals
      .subarray(Math.max(0, i - USUAL_INTERVALS), i + USUAL_INTERVALS + 1)
      .filter((rr) => rr <= LONGEST_RR_SECONDS);
    return near.length > 0 ? medianOf(near) : 1;
  });
}

/** About each beat: the share of intervals that are not as usual. */
function irregularShare(shares: Float64Array): Float64Array {
  return shares.map((_, i) => {
    const near = shares.subarray(Math.max(0, i - USUAL_INTERVALS), i + USUAL_INTERVALS + 1);
    let irregular = 0;
    for (const share of near) if (Math.abs(share - 1) > 1 - PREMATURE_SHARE) irregular++;
    return irregular / near.length;
  });
}

function medianOf(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted.length > 0 ? sorted[sorted.length >> 1] : 0;
}
