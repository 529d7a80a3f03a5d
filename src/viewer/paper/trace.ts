import { MISSING } from "../../recording/recording.ts";
import type { LeadPart } from "../signal/lead-part.ts";
import { foldColumns } from "./columns.ts";

/** What a trace is drawn with. */
export type Pen = Pick<CanvasRenderingContext2D, "moveTo" | "lineTo" | "rect">;

/** Where a trace is drawn. Lengths are in device pixels. */
export type TraceBox = {
  /** The left edge, and how many columns there are from it on. */
  x: number;
  width: number;
  /** The height of the sample that the trace is centred on. */
  y: number;
  /** The time at the left edge, in seconds. */
  from: number;
  pixelsPerSecond: number;
  /** Hz, of the lead. */
  rate: number;
  /** The sample at `y`, in ADC units, and the pixels that an ADC unit is high (negative for an inverted scale). */
  centre: number;
  pixelsPerUnit: number;
};

/** Up to so many samples a pixel each sample is a point of the line; of more each column has its lowest and highest. */
const MAX_SAMPLES_PER_PIXEL = 2;
/** From so many pixels a sample on samples are dots, too. */
const DOT_PIXELS = 8;
const DOT = 4;
/** A sample between gaps is a square, which the line goes round at this distance. */
const LONE = 0.75;

/**
 * Adds the trace of a lead to a path: at most two points for each pixel column. Missing samples interrupt it, and a sample alone
 * is a dot, which is seen as well as the line is.
 *
 * @returns how many points it has
 */
export function traceLead(pen: Pen, parts: readonly LeadPart[], box: TraceBox): number {
  const isFine = parts.every(({ step }) => step === 1);
  return isFine && box.rate <= MAX_SAMPLES_PER_PIXEL * box.pixelsPerSecond
    ? traceSamples(pen, parts, box)
    : traceColumns(pen, parts, box);
}

/** Adds a dot for each sample, where samples are so far apart that one would ask which they are. */
export function dotSamples(pen: Pen, parts: readonly LeadPart[], box: TraceBox): void {
  if (box.pixelsPerSecond < DOT_PIXELS * box.rate || parts.some(({ step }) => step > 1)) return;
  for (const { start, low } of parts) {
    const { first, end } = rangeOf(start, low.length, box);
    for (let i = first; i < end; i++) {
      if (low[i] !== MISSING) pen.rect(xOf(start + i, box) - DOT / 2, yOf(low[i], box) - DOT / 2, DOT, DOT);
    }
  }
}

function traceSamples(pen: Pen, parts: readonly LeadPart[], box: TraceBox): number {
  const line = new Line(pen);
  let next = Number.NaN;
  for (const { start, low } of parts) {
    const { first, end } = rangeOf(start, low.length, box);
    // A tile that is still to come leaves a gap.
    if (start + first !== next) line.interrupt();
    for (let i = first; i < end; i++) {
      if (low[i] === MISSING) line.interrupt();
      else line.lineTo(xOf(start + i, box), yOf(low[i], box));
    }
    next = start + end;
  }
  line.interrupt();
  return line.points;
}

function traceColumns(pen: Pen, parts: readonly LeadPart[], box: TraceBox): number {
  // Columns are those of the screen: a line between two would be twice as wide.
  const left = Math.floor(box.x);
  const { rate, pixelsPerSecond } = box;
  const from = box.from - (box.x - left) / pixelsPerSecond;
  const count = Math.ceil(box.x + box.width) - left;
  const { low, high } = foldColumns(parts, { rate, from, pixelsPerSecond, count });
  const line = new Line(pen);
  let last = 0;
  for (let column = 0; column < low.length; column++) {
    if (low[column] === MISSING) {
      line.interrupt();
      continue;
    }
    const x = left + column + 0.5;
    const ends = [yOf(low[column], box), yOf(high[column], box)];
    // From the end that is nearer to where the line is.
    if (line.isDown && Math.abs(ends[1] - last) < Math.abs(ends[0] - last)) ends.reverse();
    line.lineTo(x, ends[0]);
    if (ends[1] !== ends[0]) line.lineTo(x, ends[1]);
    last = ends[1];
  }
  line.interrupt();
  return line.points;
}

/** The samples of a part that are seen, and one to each side, to which the line goes on. */
function rangeOf(start: number, length: number, { rate, from, width, pixelsPerSecond }: TraceBox) {
  const first = Math.max(0, Math.floor(from * rate) - start);
  const end = Math.min(length, Math.ceil((from + width / pixelsPerSecond) * rate) + 1 - start);
  return { first, end: Math.max(first, end) };
}

function xOf(sample: number, { x, from, rate, pixelsPerSecond }: TraceBox): number {
  return x + (sample / rate - from) * pixelsPerSecond;
}

function yOf(sample: number, { y, centre, pixelsPerUnit }: TraceBox): number {
  return y - (sample - centre) * pixelsPerUnit;
}

/** A line with interruptions. */
class Line {
  points = 0;
  isDown = false;
  private isDot = false;
  private readonly pen: Pen;
  private x = 0;
  private y = 0;

  constructor(pen: Pen) {
    this.pen = pen;
  }

  lineTo(x: number, y: number): void {
    if (this.isDown) this.pen.lineTo(x, y);
    else this.pen.moveTo(x, y);
    this.isDot = !this.isDown;
    this.isDown = true;
    this.points++;
    this.x = x;
    this.y = y;
  }

  /** Ends the line: the next point begins another one. */
  interrupt(): void {
    // A line of one point would not be drawn.
    if (this.isDown && this.isDot) this.addDot();
    this.isDown = false;
  }

  private addDot(): void {
    const { pen, x, y } = this;
    pen.moveTo(x - LONE, y - LONE);
    pen.lineTo(x + LONE, y - LONE);
    pen.lineTo(x + LONE, y + LONE);
    pen.lineTo(x - LONE, y + LONE);
    pen.lineTo(x - LONE, y - LONE);
  }
}
