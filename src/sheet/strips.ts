import type { Lead } from "../recording/recording.ts";
import { type Chosen, type DrawnLead, type Layout, type Scale, type SheetLead, secondsOf } from "./drawn-leads.ts";
import { MM, SQUARE, toWholeSquares } from "./lengths.ts";

/** One sheet of paper. */
export type Sheet<L extends SheetLead = Lead> = {
  /** The grid's. */
  width: number;
  height: number;
  /** Calibration pulses of 1 mV for 200 ms, one in front of each line. Where the leads of a line differ in gain it has two steps. */
  pulses: Polyline[];
  /** Marks where one lead ends and the next begins. */
  separators: Polyline[];
  strips: Strip<L>[];
  /** So far up and down a mark of a line goes, and a trace that is cut off. */
  halfLine: number;
};

/** A part of a lead, `from` to `to`, which is drawn from `x` on, its median at the height `y`. */
export type Strip<L extends SheetLead = Lead> = {
  lead: DrawnLead<L>;
  from: number;
  to: number;
  x: number;
  y: number;
  /** The height of a millivolt. */
  millivolt: number;
  label: { text: string; x: number; y: number };
};

/** The points x0 y0 x1 y1 ... of a line; a single point is a dot. */
export type Polyline = number[];

/** A part of a lead on a line of a sheet that it begins `seconds` after the line's start. */
export type Part<L extends SheetLead> = { lead: DrawnLead<L>; from: number; to: number; line: number; seconds: number };

/** A narrower grid would not leave room for the header. */
const MIN_GRID_WIDTH = 150 * MM;
/** The room to the left and right of the foot of a calibration pulse. */
const PULSE_FOOT = 2.5 * MM;
/** How long a calibration pulse lasts. */
const PULSE_SECONDS = 0.2;
/** The longest pulse: that of 100 mm/s. On a screen a second may be longer still. */
const MAX_PULSE = 20 * MM;
/** The pulse where time is not known, which is of a height alone: as long as at 25 mm/s. */
const TIMELESS_PULSE = 5 * MM;
/** The lowest line that lines are lowered to on paper. */
const MIN_LINE = 8 * MM;
/**
 * The lowest line of each layout on a screen, which is scrolled: a millivolt has room at the usual gain. In columns V2 to V4 are below
 * each other at the same moment, and their waves have room.
 */
const MIN_SCREEN_LINES: Record<Layout, number> = { "3x4": 20 * MM, "6x2": 20 * MM, "12x1": 12 * MM, rows: 12 * MM };
/** The most of a line's height above and below its middle that is taken to be its own. */
const MAX_HALF_LINE = 12.5 * MM;
/** In lines that are higher than usual names stand higher, off the trace, but not so far that they seem to be another line's. */
const HIGHEST_LABEL = 14 * MM;
/** In lines that are lower than usual names stand lower, but not on the trace. */
const LOWEST_LABEL = 2 * MM;
/** Leads on the chest, those of the back and of the right side among them: V7, V3R. */
const CHEST_LABEL = /^V\d+R?$/i;

/**
 * The distance of lines, the height of the baseline below a line's upper edge, and that of a lead's name above the baseline. Above the
 * baseline of the first line, where the paper ends, is so much room at the least as `above`.
 */
type LineShape = { height: number; baseline: number; label: number; above: number };
/** The usual shape of the lines of each layout. */
export const LINE_SHAPES: Record<Layout, LineShape> = {
  // V4, the highest lead of most hearts, is on the first line.
  "3x4": { height: 40 * MM, baseline: 20 * MM, label: 14 * MM, above: 20 * MM },
  "6x2": { height: 30 * MM, baseline: 15 * MM, label: 8 * MM, above: 0 },
  "12x1": { height: 25 * MM, baseline: 15 * MM, label: 8 * MM, above: 0 },
  rows: { height: 25 * MM, baseline: 15 * MM, label: 8 * MM, above: 0 },
};

/** The shape of lines on paper of a height: that of rows, which go on on the next sheet, is as usual. */
export function shapeLines(
  layout: Layout,
  parts: readonly { line: number }[],
  height: number,
  scale: Scale,
): LineShape {
  return layout === "rows" ? LINE_SHAPES.rows : shapeLower(layout, parts, height, scale, MIN_LINE);
}

/** The shape of lines on a screen: rows, which may be few, share its height. */
export function shapeOnScreen(
  layout: Layout,
  parts: readonly { line: number }[],
  height: number,
  scale: Scale,
): LineShape {
  const shape = layout === "rows" ? shapeToFill : shapeLower;
  return shape(layout, parts, height, scale, MIN_SCREEN_LINES[layout]);
}

/** The shape of lines that makes them fit into a height: as usual, or lower. */
function shapeLower(
  layout: Layout,
  parts: readonly { line: number }[],
  height: number,
  scale: Scale,
  lowest: number,
): LineShape {
  const usual = LINE_SHAPES[layout];
  const isFitting = countLinesOf(parts) * usual.height + roomAbove(usual, scale) <= height;
  return isFitting ? usual : shapeToFill(layout, parts, height, scale, lowest);
}

/** The shape of lines that makes them as high together as the paper, but for what is lost to whole millimetres, and not too low. */
function shapeToFill(
  layout: Layout,
  parts: readonly { line: number }[],
  height: number,
  scale: Scale,
  lowest: number,
): LineShape {
  const usual = LINE_SHAPES[layout];
  const lines = countLinesOf(parts);
  const shape = (room: number): LineShape => {
    const fitting = Math.max(lowest, Math.floor(room / lines / MM) * MM);
    const baseline = Math.floor((usual.baseline * fitting) / usual.height / MM) * MM;
    const label = Math.max(usual.label, Math.min(HIGHEST_LABEL, (usual.label * fitting) / usual.height));
    return { ...usual, height: fitting, baseline, label: Math.max(LOWEST_LABEL, Math.min(label, baseline - 4 * MM)) };
  };
  return shape(height - roomAbove(shape(height - SQUARE), scale));
}

/** The room above the first line for a pulse, or a wave, that is higher than its baseline is low, in whole squares. */
export function roomAbove({ baseline, above }: LineShape, { millivolt, chestMillivolt }: Scale): number {
  return Math.max(0, toWholeSquares(Math.max(millivolt, chestMillivolt, above) - baseline));
}

function countLinesOf(parts: readonly { line: number }[]): number {
  return Math.max(...parts.map(({ line }) => line)) + 1;
}

/** Draws the parts of a sheet, each on its line, and the calibration pulses in front. */
export function newSheet<L extends SheetLead>(
  { layout, scale, lineSeconds }: Chosen<L>,
  parts: readonly Part<L>[],
  shape: LineShape,
): Sheet<L> {
  const lines = countLinesOf(parts);
  const ends = parts.map(({ lead, from, to }) => Math.min(to, secondsOf(lead)) - from);
  const seconds = layout === "rows" ? Math.max(...ends) : lineSeconds;
  const [room, top] = [pulseRoom(scale), roomAbove(shape, scale)];
  const baselineOf = (line: number) => top + line * shape.height + shape.baseline;
  const strips = parts.map(({ lead, from, to, line, seconds }): Strip<L> => {
    const [x, y] = [room + seconds * scale.second, baselineOf(line)];
    const text = from === seconds ? lead.label : `${lead.label} · ${Number(from.toFixed(2))} s`;
    const millivolt = millivoltOf(lead, scale);
    return { lead, from, to, x, y, millivolt, label: { text, x: x + MM, y: y - shape.label } };
  });
  const heightsOf = (line: number) =>
    parts.filter((part) => part.line === line).map(({ lead }) => millivoltOf(lead, scale));
  return {
    width: Math.max(MIN_GRID_WIDTH, toWholeSquares(room + seconds * scale.second)),
    height: top + lines * shape.height,
    pulses: Array.from({ length: lines }, (_, line) => newPulse(baselineOf(line), heightsOf(line), scale)),
    separators: strips.filter(({ x }) => x > room).flatMap(({ x, y }) => newSeparator(x, y)),
    strips,
    halfLine: Math.min(MAX_HALF_LINE, shape.height / 2),
  };
}

/** How much of a line the calibration pulse in front takes. */
export function pulseRoom({ second, isTimed = true }: Pick<Scale, "second" | "isTimed">): number {
  return 2 * PULSE_FOOT + (isTimed ? Math.min(PULSE_SECONDS * second, MAX_PULSE) : TIMELESS_PULSE);
}

function millivoltOf({ label }: { label: string }, { millivolt, chestMillivolt }: Scale): number {
  return CHEST_LABEL.test(label) ? chestMillivolt : millivolt;
}

/** A pulse as high as a millivolt of its line; of each height a step, for as long, where the leads differ. */
function newPulse(y: number, heights: readonly number[], scale: Scale): Polyline {
  const [rise, end] = [PULSE_FOOT, pulseRoom(scale)];
  const steps = [...new Set(heights)];
  const length = (end - 2 * PULSE_FOOT) / steps.length;
  const tops = steps.flatMap((height, i) => [rise + i * length, y - height, rise + (i + 1) * length, y - height]);
  return [0, y, rise, y, ...tops, end - PULSE_FOOT, y, end, y];
}

/** A tick above and one below the line. */
function newSeparator(x: number, y: number): Polyline[] {
  return [
    [x, y - 5 * MM, x, y - 3 * MM],
    [x, y + 3 * MM, x, y + 5 * MM],
  ];
}
