import { takeQuantile } from "../numbers/quantile.ts";
import { SHAPE_POINTS, SHAPE_STEP_SECONDS } from "./beat-shapes.ts";

/** Beats are compared when shifted by up to this many points: no more than beats are apart, so that their order stays. */
const MOST_SHIFT = 9;
/** A beat whose likeness to the last template is at least this is aligned with it: it is not shifted. */
const ALIGNED = 0.9;
/** A shifted beat is like a template when its likeness is at least this, ... */
const ALIKE = 0.88;
/** ... and larger by this than where it is. */
const MORE_ALIKE = 0.15;
/** Shifts are tried in steps of so many points, with every second point, and those between about the best of them: ... */
const SHIFT_STEP = 3;
/** ... where its likeness is at least this. */
const LEAST_NEAR = 0.5;
/** So many templates are known at a time. */
const MOST_TEMPLATES = 8;

/** The shape of a beat. */
type Shape = {
  points: Float64Array;
  /** The sum of the squares of the points before each of a lead and before its end: one more than points a lead. */
  squares: Float64Array;
};

/** Beats of one shape. */
type Template = {
  shape: Shape;
  /** The number of each of its beats, and by how many points its R peak is later than the template's. */
  beats: number[];
  shifts: number[];
};

/**
 * Finds by how much the R peak of each beat is late beside the other beats of its shape: where a QRS complex has two
 * peaks, of which now the one and now the other is higher, most of its beats say which it is.
 *
 * @param shapes SHAPE_POINTS for each lead of the first beat, then for each lead of the second, and so on
 * @param leadCount the number of leads
 * @returns seconds; 0 for a beat that is like none
 */
export function findShifts(shapes: Int8Array, leadCount: number): Float64Array {
  const length = leadCount * SHAPE_POINTS;
  const count = length > 0 ? shapes.length / length : 0;
  const seconds = new Float64Array(count);
  const templates: Template[] = [];
  const ended: Template[] = [];
  const shape = newShape(leadCount);
  for (let beat = 0; beat < count; beat++) {
    readShape(shapes, beat * length, shape);
    let best: Template | null = null;
    let shift = 0;
    let most = 0;
    for (const template of templates) {
      const here = likenessAt(template.shape, shape, 0, leadCount);
      const least = Math.max(ALIKE, here + MORE_ALIKE);
      const at = least < 1 ? findShift(template.shape, shape, least, leadCount) : 0;
      const likeness = at === 0 ? here : likenessAt(template.shape, shape, at, leadCount);
      if (likeness <= most) continue;
      most = likeness;
      best = template;
      shift = at;
      if (here >= ALIGNED) break;
    }
    if (!best || most < ALIKE) {
      if (templates.length === MOST_TEMPLATES) ended.push(...templates.splice(MOST_TEMPLATES - 1, 1));
      best = { shape: newShape(leadCount), beats: [], shifts: [] };
      readShape(shapes, beat * length, best.shape);
      templates.unshift(best);
      shift = 0;
    } else if (templates[0] !== best) {
      templates.splice(templates.indexOf(best), 1);
      templates.unshift(best);
    }
    best.beats.push(beat);
    best.shifts.push(shift);
  }
  for (const { beats, shifts } of [...templates, ...ended]) {
    const usual = takeQuantile(new Float64Array(shifts), shifts.length, 0.5);
    for (const [i, beat] of beats.entries()) seconds[beat] = (shifts[i] - usual) * SHAPE_STEP_SECONDS;
  }
  return seconds;
}

function newShape(leadCount: number): Shape {
  return {
    points: new Float64Array(leadCount * SHAPE_POINTS),
    squares: new Float64Array(leadCount * (SHAPE_POINTS + 1)),
  };
}

function readShape(shapes: Int8Array, at: number, { points, squares }: Shape): void {
  for (let first = 0, k = 0; first < points.length; first += SHAPE_POINTS, k++) {
    let sum = 0;
    for (let i = first; i < first + SHAPE_POINTS; i++) {
      const value = shapes[at + i];
      points[i] = value;
      sum += value * value;
      squares[++k] = sum;
    }
  }
}

/** By how many points a shape is most like a template when it is shifted: 0 where its likeness is nowhere as much as `least`. */
function findShift(template: Shape, shape: Shape, least: number, leadCount: number): number {
  let near: number | undefined;
  let most = LEAST_NEAR;
  for (let late = -MOST_SHIFT; late <= MOST_SHIFT; late += SHIFT_STEP) {
    const likeness = likenessAt(template, shape, late, leadCount, 2);
    if (likeness < most) continue;
    most = likeness;
    near = late;
  }
  if (near === undefined) return 0;
  let best = 0;
  most = least;
  const to = Math.min(MOST_SHIFT, near + SHIFT_STEP - 1);
  for (let late = Math.max(-MOST_SHIFT, near - SHIFT_STEP + 1); late <= to; late++) {
    const likeness = likenessAt(template, shape, late, leadCount);
    if (likeness < most) continue;
    most = likeness;
    best = late;
  }
  return best;
}

/**
 * The mean correlation of a shape and a template in all leads, the shape being so many points early: its R peak is late.
 *
 * @param step 2 to estimate it by every second point
 */
function likenessAt(template: Shape, shape: Shape, late: number, leadCount: number, step = 1): number {
  const ours = template.points;
  const theirs = shape.points;
  let likeness = 0;
  for (let lead = 0; lead < leadCount; lead++) {
    const from = lead * SHAPE_POINTS + Math.max(0, late);
    const to = (lead + 1) * SHAPE_POINTS + Math.min(0, late);
    // Two sums, as each waits for its own only: of integers both together are the same.
    let product = 0;
    let other = 0;
    let i = from;
    for (; i + step < to; i += 2 * step) {
      product += ours[i] * theirs[i - late];
      other += ours[i + step] * theirs[i + step - late];
    }
    if (i < to) product += ours[i] * theirs[i - late];
    product += other;
    const squares =
      squaresOf(template, from + lead, to + lead) * squaresOf(shape, from - late + lead, to - late + lead);
    likeness += (step * product) / (Math.sqrt(squares) || 1) / leadCount;
  }
  return likeness;
}

function squaresOf({ squares }: Shape, from: number, to: number): number {
  return squares[to] - squares[from];
}
