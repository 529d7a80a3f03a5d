import { AppError } from "../errors.ts";
import { standardLead } from "../recording/lead-names.ts";
import { isVoltage, type Lead, MILLIVOLT } from "../recording/recording.ts";

/**
 * An ECG on paper: which part of which lead is drawn where. Lengths are in units of 0.01 mm, from the upper left corner
 * of the grid, to the right and down; seconds are from the beginning of the recording.
 *
 * A line of the paper is 250 mm long: 10 s at 25 mm/s. The layouts `3x4`, `6x2` and `12x1` give the twelve standard leads
 * so many lines and columns, the leads of a line one after the other in time, and below them rhythm strips of whole lines. The
 * layout `rows`, which also stands in where a standard lead lacks, gives each lead lines of its own: first a line of each
 * lead, then the next line of each.
 */
export type Sheets = {
  layout: Layout;
  /** The leads that are drawn, each once. */
  leads: DrawnLead[];
  scale: Scale;
  /** The duration of the longest lead in seconds. */
  duration: number;
  /** How many of these seconds the sheets have. */
  seconds: number;
  sheets: Sheet[];
};

/** How the leads are arranged on paper. */
export type Layout = "3x4" | "6x2" | "12x1" | "rows";

/** What is drawn, and how large. */
export type SheetOptions = {
  layout: Layout;
  /** The leads of up to three rhythm strips below the twelve, by name; lead II below `3x4` and `6x2` if left out. */
  rhythm?: readonly string[];
  /** The order of the limb leads. Cabrera's is aVL, I, -aVR, II, aVF, III, with aVR upside down. */
  order?: "standard" | "cabrera";
  /** The speed of the paper in mm/s; 25 if left out. */
  speed?: number;
  /** The height of a millivolt in mm; 10 if left out. */
  gain?: number;
  /** The gain of the chest leads; that of all others if left out. */
  chestGain?: number;
};

/**
 * How long a second and a millivolt are, and the paper's speed and gain that this is, in mm/s and mm/mV. A millivolt of a chest
 * lead may have a height of its own.
 */
export type Scale = { speed: number; gain: number; second: number; millivolt: number; chestMillivolt: number };

/** What is laid out of a lead: how many samples it has counts here, and whoever draws has the samples themselves. */
export type SheetLead = Omit<Lead, "samples"> & { samples: { readonly length: number } };

/** A lead that can be drawn to scale, and the name beside it. */
export type DrawnLead<L extends SheetLead = Lead> = L & { gain: number; samplingRate: number; label: string };

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

/** A millimetre in the unit of all lengths. */
export const MM = 100;

/** The squares of the grid. */
const SQUARE = 5 * MM;
/** The length of a line. */
const LINE = 250 * MM;
/** A line may be this much longer, so that one last sample does not start a new line. */
const TOLERANCE_SECONDS = 0.1;
/** A narrower grid would not leave room for the header. */
const MIN_GRID_WIDTH = 150 * MM;
/** The longest name of a lead that is drawn, in characters. */
const MAX_LABEL = 40;
/** The room to the left and right of the foot of a calibration pulse. */
const PULSE_FOOT = 2.5 * MM;
const PULSE_SECONDS = 0.2;
/** The longest pulse: that of 100 mm/s. On a screen a second may be longer still. */
const MAX_PULSE = 20 * MM;

/** The lowest line that lines are lowered to. */
const MIN_LINE = 8 * MM;

/** The distance of lines, the height of the baseline below a line's upper edge, and that of a lead's name above the baseline. */
type LineShape = { height: number; baseline: number; label: number };
const LINE_SHAPES: Record<Layout, LineShape> = {
  "3x4": { height: 40 * MM, baseline: 20 * MM, label: 14 * MM },
  "6x2": { height: 30 * MM, baseline: 15 * MM, label: 8 * MM },
  "12x1": { height: 25 * MM, baseline: 15 * MM, label: 8 * MM },
  rows: { height: 25 * MM, baseline: 15 * MM, label: 8 * MM },
};
/** The lines of the twelve leads, and the rhythm strips that are usual below them. */
const GRIDS = {
  "3x4": { lines: 3, rhythm: ["II"] },
  "6x2": { lines: 6, rhythm: ["II"] },
  "12x1": { lines: 12, rhythm: [] },
};
/** The most rhythm strips of a sheet. */
const MAX_RHYTHM = 3;
const LIMB_LEADS = {
  standard: ["I", "II", "III", "aVR", "aVL", "aVF"],
  cabrera: ["aVL", "I", "aVR", "II", "aVF", "III"],
};
const CHEST_LEADS = ["V1", "V2", "V3", "V4", "V5", "V6"];
/** Leads on the chest, those of the back and of the right side among them: V7, V3R. */
const CHEST_LABEL = /^V\d+R?$/i;

/** A part of a lead on a line of a sheet that it begins `seconds` after the line's start. */
type Part<L extends SheetLead> = { lead: DrawnLead<L>; from: number; to: number; line: number; seconds: number };

/**
 * Lays out one sheet as high as it must be: of the twelve leads the first line's time, in rows everything.
 *
 * @param maxSeconds the most that `rows` may have
 * @throws AppError `not-acceptable` for a lead that cannot be drawn to scale, a longer recording in rows, or a lead of a
 *   rhythm strip that is not there
 */
export function layOutSheet(
  leads: readonly Lead[],
  options: SheetOptions,
  maxSeconds: number,
): Sheets & { sheet: Sheet } {
  const chosen = chooseLeads(leads, options);
  const { layout, duration, lineSeconds } = chosen;
  if (layout === "rows" && duration > maxSeconds + TOLERANCE_SECONDS) {
    throw newNotDrawable(
      `Up to ${maxSeconds} s are drawn: ask for a part of these ${Math.round(duration)} s by start and end.`,
    );
  }
  const parts = layout === "rows" ? numberLines(listRows(chosen, chosen.leads.length).flat()) : listGrid(chosen, 0);
  const sheet = newSheet(chosen, parts, LINE_SHAPES[layout]);
  const seconds = layout === "rows" ? duration : Math.min(duration, lineSeconds);
  return { ...toSheets(chosen), seconds, sheets: [sheet], sheet };
}

/**
 * Lays out sheets of paper whose grids have a height, with as many sheets as the recording takes. Lines move closer together where
 * twelve leads and their rhythm strips would not fit.
 *
 * @throws AppError `not-acceptable` as layOutSheet does, and where there would be more than `maxSheets`: it says which
 *   window of the recording fits
 */
export function layOutSheets(
  leads: readonly Lead[],
  options: SheetOptions,
  { height, maxSheets }: { height: number; maxSheets: number },
): Sheets {
  const chosen = chooseLeads(leads, options);
  const { layout, duration, lineSeconds } = chosen;
  const lineCount = countLines(duration, lineSeconds);
  const groups = layout === "rows" ? groupRows(chosen, height) : undefined;
  // Sheets that one line's time takes.
  const sheetsPerLine = groups ? groups.sheetsPerLine / groups.linesPerSheet : 1;
  if (Math.ceil(lineCount * sheetsPerLine) > maxSheets) {
    const fitting = Math.floor(maxSheets / sheetsPerLine) * lineSeconds;
    throw newNotDrawable(
      `These ${Math.round(duration)} s take more than ${maxSheets} pages: ask for up to ${fitting} s of them by start and end.`,
    );
  }
  const pages = groups
    ? paginateRows(chosen, groups)
    : Array.from({ length: lineCount }, (_, line) => listGrid(chosen, line * lineSeconds));
  const sheets = pages.map((parts) => newSheet(chosen, parts, shapeLines(layout, parts, height, chosen.scale)));
  const seconds = layout === "rows" ? duration : Math.min(duration, lineCount * lineSeconds);
  return { ...toSheets(chosen), seconds, sheets };
}

/** What a screen has room for. */
export type Window = {
  /** The time of the left edge, in seconds from the beginning of the recording. */
  start: number;
  /** The length of a line. */
  length: number;
  /** The length of a second, instead of that of a speed. */
  second: number;
  /** The height of the screen. Lines move closer together, to MIN_LINE at the least, where they would be higher. */
  height: number;
  /** How many lines of time each lead has in `rows`. */
  lines: number;
};

/**
 * Lays out what a screen shows of a recording: a line's time from any time on.
 *
 * @throws AppError `not-acceptable` as layOutSheet does
 */
export function layOutWindow<L extends SheetLead>(
  leads: readonly L[],
  options: SheetOptions,
  { start, length, second, height, lines }: Window,
): Sheet<L> & { layout: Layout; lineSeconds: number } {
  const chosen = chooseLeads(leads, options);
  const lineSeconds = length / second;
  const window = { ...chosen, lineSeconds, scale: { ...chosen.scale, second } };
  const rows = Array.from({ length: lines }, (_, line) =>
    window.leads.map((lead) => {
      const from = start + line * lineSeconds;
      return { lead, from, to: from + lineSeconds, seconds: 0 };
    }),
  );
  const parts = window.layout === "rows" ? numberLines(rows.flat()) : listGrid(window, start);
  // Rows, which may be few, share the height that there is.
  const shape = window.layout === "rows" ? shapeToFill : shapeLower;
  const sheet = newSheet(window, parts, shape(window.layout, parts, height, window.scale));
  return { ...sheet, width: pulseRoom(window.scale) + length, layout: window.layout, lineSeconds };
}

/** How much of a line of a screen the calibration pulse in front takes. */
export function roomOfPulse(second: number): number {
  return pulseRoom({ second });
}

/** The width of a grid of whole lines on paper of this speed, with the calibration pulses in front. */
export function widthOfLines(speed: number): number {
  return toWholeSquares(pulseRoom(newScale(speed, 1)) + LINE);
}

type Chosen<L extends SheetLead = Lead> = {
  layout: Layout;
  leads: DrawnLead<L>[];
  rhythm: DrawnLead<L>[];
  scale: Scale;
  duration: number;
  lineSeconds: number;
};

function toSheets({ layout, leads, rhythm, scale, duration }: Chosen): Omit<Sheets, "sheets" | "seconds"> {
  const names = new Set(leads.map(({ name }) => name));
  return { layout, leads: [...leads, ...rhythm.filter(({ name }) => !names.has(name))], scale, duration };
}

/** The leads in the order in which they are drawn, column after column, and the layout that they allow. */
function chooseLeads<L extends SheetLead>(leads: readonly L[], options: SheetOptions): Chosen<L> {
  const { order = "standard", speed = 25, gain = 10, chestGain = gain } = options;
  const standard = [...LIMB_LEADS[order], ...CHEST_LEADS];
  const find = (wanted: string) => leads.find(({ name }) => standardLead(name) === wanted);
  const twelve = standard.map(find).filter((lead) => lead !== undefined);
  const layout = twelve.length === standard.length ? options.layout : "rows";
  const placeOf = ({ name }: L) => {
    const place = standard.indexOf(standardLead(name) ?? "");
    return place < 0 ? standard.length : place;
  };
  const rows = order === "cabrera" ? leads.toSorted((a, b) => placeOf(a) - placeOf(b)) : leads;
  const drawn = (layout === "rows" ? rows : twelve).map((lead) => requireScale(lead, order === "cabrera"));
  const rhythm = layout === "rows" ? [] : (options.rhythm ?? GRIDS[layout].rhythm);
  if (rhythm.length > MAX_RHYTHM) throw newNotDrawable(`Up to ${MAX_RHYTHM} rhythm strips are drawn.`);
  const scale = newScale(speed, gain, chestGain);
  return {
    layout,
    leads: drawn,
    rhythm: rhythm.map((name) => {
      const lead = leads.find((other) => other.name === name) ?? find(standardLead(name) ?? name);
      if (!lead) throw newNotDrawable(`There is no lead ${name} for the rhythm strip.`);
      return requireScale(lead, false);
    }),
    scale,
    duration: Math.max(...drawn.map(secondsOf)),
    lineSeconds: LINE / scale.second,
  };
}

function newScale(speed: number, gain: number, chestGain = gain): Scale {
  return { speed, gain, second: speed * MM, millivolt: gain * MM, chestMillivolt: chestGain * MM };
}

function requireScale<L extends SheetLead>(lead: L, isCabrera: boolean): DrawnLead<L> {
  const { name, gain, samplingRate } = lead;
  if (!isVoltage(lead)) {
    throw newNotDrawable(
      `Lead ${name} is in ${lead.unit}, not ${MILLIVOLT}: it cannot be drawn to the scale of an ECG.`,
    );
  }
  if (gain === null) throw newNotDrawable(`Lead ${name} has no gain: without millivolts it cannot be drawn to scale.`);
  if (samplingRate === null) throw newNotDrawable(`Lead ${name} has no sampling rate: it cannot be drawn to scale.`);
  const label = cut(standardLead(name) ?? name, MAX_LABEL);
  if (isCabrera && label === "aVR") return { ...lead, gain: -gain, samplingRate, label: "−aVR" };
  return { ...lead, gain, samplingRate, label };
}

function newNotDrawable(detail: string): AppError {
  return new AppError("not-acceptable", { detail });
}

function secondsOf({ samples, samplingRate }: DrawnLead<SheetLead>): number {
  return samples.length / samplingRate;
}

function countLines(duration: number, lineSeconds: number): number {
  return Math.max(1, Math.ceil((duration - TOLERANCE_SECONDS) / lineSeconds));
}

/** The parts of a sheet of the twelve leads from a time on, line by line, and the rhythm strips below. */
function listGrid<L extends SheetLead>({ layout, leads, rhythm, lineSeconds }: Chosen<L>, start: number): Part<L>[] {
  const lines = GRIDS[layout as keyof typeof GRIDS].lines;
  const columns = leads.length / lines;
  const columnSeconds = lineSeconds / columns;
  const parts = leads.map((_, i): Part<L> => {
    const [line, column] = [Math.floor(i / columns), i % columns];
    const seconds = column * columnSeconds;
    const from = start + seconds;
    return { lead: leads[column * lines + line], from, to: from + columnSeconds, line, seconds };
  });
  const strips = rhythm.map((lead, i) => ({ lead, from: start, to: start + lineSeconds, line: lines + i, seconds: 0 }));
  return [...parts, ...strips];
}

/** The parts of `rows` in groups of `size` leads at most, each of the same time. */
function listRows({ leads, duration, lineSeconds }: Chosen, size: number): Omit<Part<Lead>, "line">[][] {
  const lineCount = countLines(duration, lineSeconds);
  return Array.from({ length: lineCount }, (_, line) => {
    const from = line * lineSeconds;
    const to = line === lineCount - 1 ? Number.POSITIVE_INFINITY : from + lineSeconds;
    return Array.from({ length: Math.ceil(leads.length / size) }, (_, group) =>
      leads.slice(group * size, (group + 1) * size).map((lead) => ({ lead, from, to, seconds: 0 })),
    );
  }).flat();
}

type RowGroups = { size: number; sheetsPerLine: number; linesPerSheet: number };

/** How the leads of `rows` go on sheets of a height: whole groups together, or a group on several sheets. */
function groupRows({ leads: { length: leads }, scale }: Chosen, height: number): RowGroups {
  const room = Math.floor((height - roomForPulse(LINE_SHAPES.rows, scale)) / LINE_SHAPES.rows.height);
  const sheetsPerLine = Math.ceil(leads / room);
  return {
    size: Math.ceil(leads / sheetsPerLine),
    sheetsPerLine,
    linesPerSheet: Math.max(1, Math.floor(room / leads)),
  };
}

function paginateRows(chosen: Chosen, { size, linesPerSheet }: RowGroups): Part<Lead>[][] {
  const groups = listRows(chosen, size);
  return Array.from({ length: Math.ceil(groups.length / linesPerSheet) }, (_, sheet) =>
    numberLines(groups.slice(sheet * linesPerSheet, (sheet + 1) * linesPerSheet).flat()),
  );
}

/** Gives each part a line of its own. */
function numberLines<L extends SheetLead>(parts: readonly Omit<Part<L>, "line">[]): Part<L>[] {
  return parts.map((part, line) => ({ ...part, line }));
}

/** The shape of lines on paper of a height: that of rows, which go on on the next sheet, is as usual. */
function shapeLines(layout: Layout, parts: readonly { line: number }[], height: number, scale: Scale): LineShape {
  return layout === "rows" ? LINE_SHAPES.rows : shapeLower(layout, parts, height, scale);
}

/** The shape of lines that makes them fit into a height: as usual, or lower. */
function shapeLower(layout: Layout, parts: readonly { line: number }[], height: number, scale: Scale): LineShape {
  const usual = LINE_SHAPES[layout];
  const isFitting = countLinesOf(parts) * usual.height + roomForPulse(usual, scale) <= height;
  return isFitting ? usual : shapeToFill(layout, parts, height, scale);
}

/** The shape of lines that makes them as high together as the paper, but for what is lost to whole millimetres, and not too low. */
function shapeToFill(layout: Layout, parts: readonly { line: number }[], height: number, scale: Scale): LineShape {
  const usual = LINE_SHAPES[layout];
  const lines = countLinesOf(parts);
  const shape = (room: number): LineShape => {
    const fitting = Math.max(MIN_LINE, Math.floor(room / lines / MM) * MM);
    const baseline = Math.floor((usual.baseline * fitting) / usual.height / MM) * MM;
    return { height: fitting, baseline, label: Math.min(usual.label, baseline - 4 * MM) };
  };
  return shape(height - roomForPulse(shape(height - SQUARE), scale));
}

/** The room above the first line for a pulse that is higher than its baseline is low, in whole squares. */
function roomForPulse({ baseline }: LineShape, { millivolt, chestMillivolt }: Scale): number {
  return Math.max(0, toWholeSquares(Math.max(millivolt, chestMillivolt) - baseline));
}

function countLinesOf(parts: readonly { line: number }[]): number {
  return Math.max(...parts.map(({ line }) => line)) + 1;
}

function newSheet<L extends SheetLead>(
  { layout, scale, lineSeconds }: Chosen<L>,
  parts: readonly Part<L>[],
  shape: LineShape,
): Sheet<L> {
  const lines = countLinesOf(parts);
  const ends = parts.map(({ lead, from, to }) => Math.min(to, secondsOf(lead)) - from);
  const seconds = layout === "rows" ? Math.max(...ends) : lineSeconds;
  const [room, top] = [pulseRoom(scale), roomForPulse(shape, scale)];
  const baselineOf = (line: number) => top + line * shape.height + shape.baseline;
  const strips = parts.map(({ lead, from, to, line, seconds }): Strip<L> => {
    const [x, y] = [room + seconds * scale.second, baselineOf(line)];
    const text = from > seconds ? `${lead.label} · ${from} s` : lead.label;
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
  };
}

function pulseRoom({ second }: Pick<Scale, "second">): number {
  return 2 * PULSE_FOOT + Math.min(PULSE_SECONDS * second, MAX_PULSE);
}

function millivoltOf({ label }: { label: string }, { millivolt, chestMillivolt }: Scale): number {
  return CHEST_LABEL.test(label) ? chestMillivolt : millivolt;
}

/** A pulse as high as a millivolt of its line; of each height a step, for as long, where the leads differ. */
function newPulse(y: number, heights: readonly number[], { second }: Scale): Polyline {
  const [rise, end] = [PULSE_FOOT, pulseRoom({ second })];
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

/** Rounds a length up to whole squares. */
function toWholeSquares(length: number): number {
  return Math.ceil(length / SQUARE) * SQUARE;
}

function cut(words: string, length: number): string {
  return words.length > length ? `${words.slice(0, length)}…` : words;
}
