import type { Lead } from "../recording/recording.ts";
import {
  type Chosen,
  chooseLeads,
  type DrawnLead,
  GRIDS,
  type Layout,
  newNotDrawable,
  newScale,
  type Scale,
  type SheetLead,
  type SheetOptions,
} from "./drawn-leads.ts";
import { LINE, toWholeSquares } from "./lengths.ts";
import {
  LINE_SHAPES,
  newSheet,
  type Part,
  pulseRoom,
  roomAbove,
  type Sheet,
  shapeLines,
  shapeOnScreen,
} from "./strips.ts";

/**
 * An ECG on paper: which part of which lead is drawn where. Lengths are in units of 0.01 mm, from the upper left corner
 * of the grid, to the right and down; seconds are from the beginning of the recording.
 *
 * A line of the paper is 250 mm long: 10 s at 25 mm/s. The layouts `3x4`, `6x2` and `12x1` give the twelve standard leads
 * so many lines and columns, the leads of a line one after the other in time, and below them rhythm strips of whole lines. A
 * column that the recording would end before the middle of has the last seconds that there are: no lead is left out. The
 * layout `rows`, which also stands in where a standard lead lacks, gives each lead lines of its own: first a line of each
 * lead, then the next line of each.
 */
export type Sheets<L extends SheetLead = Lead> = {
  layout: Layout;
  /** The leads that are drawn, each once, and those that the layout has no place for. */
  leads: DrawnLead<L>[];
  hidden: L[];
  scale: Scale;
  /** The duration of the longest lead in seconds. */
  duration: number;
  /** How many of these seconds the sheets have. */
  seconds: number;
  sheets: Sheet<L>[];
};

/** A line may be this much longer, so that one last sample does not start a new line. */
const TOLERANCE_SECONDS = 0.1;

/**
 * Lays out one sheet as high as it must be: of the twelve leads the first line's time, in rows everything.
 *
 * @param maxSeconds the most that `rows` may have
 * @throws AppError `not-acceptable` for a lead that cannot be drawn to scale, a longer recording in rows, or a lead of a
 *   rhythm strip that is not there
 */
export function layOutSheet<L extends SheetLead>(
  leads: readonly L[],
  options: SheetOptions,
  maxSeconds: number,
): Sheets<L> & { sheet: Sheet<L> } {
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
export function layOutSheets<L extends SheetLead>(
  leads: readonly L[],
  options: SheetOptions,
  { height, maxSheets }: { height: number; maxSheets: number },
): Sheets<L> {
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
type Window = {
  /** The time of the left edge, in seconds from the beginning of the recording. */
  start: number;
  /** The length of a line. */
  length: number;
  /** The length of a second, instead of that of a speed; of a sample where time is not known. */
  second: number;
  isTimed?: boolean;
  /** The height of the screen. Lines move closer together, down to a least height for each layout, where they would be higher. */
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
  { start, length, second, isTimed, height, lines }: Window,
): Sheet<L> & { layout: Layout; hidden: L[]; lineSeconds: number } {
  const chosen = chooseLeads(leads, options);
  const lineSeconds = length / second;
  const window = { ...chosen, lineSeconds, scale: { ...chosen.scale, second, isTimed } };
  const rows = Array.from({ length: lines }, (_, line) =>
    window.leads.map((lead) => {
      const from = start + line * lineSeconds;
      return { lead, from, to: from + lineSeconds, seconds: 0 };
    }),
  );
  const parts = window.layout === "rows" ? numberLines(rows.flat()) : listGrid(window, start);
  const sheet = newSheet(window, parts, shapeOnScreen(window.layout, parts, height, window.scale));
  const { layout, hidden } = window;
  return { ...sheet, width: pulseRoom(window.scale) + length, layout, hidden, lineSeconds };
}

/** How much of a line of a screen the calibration pulse in front takes. */
export function roomOfPulse(second: number, isTimed = true): number {
  return pulseRoom({ second, isTimed });
}

/** The width of a grid of whole lines on paper of this speed, with the calibration pulses in front. */
export function widthOfLines(speed: number): number {
  return toWholeSquares(pulseRoom(newScale(speed, 1)) + LINE);
}

function toSheets<L extends SheetLead>({
  layout,
  leads,
  rhythm,
  hidden,
  scale,
  duration,
}: Chosen<L>): Omit<Sheets<L>, "sheets" | "seconds"> {
  const names = new Set(leads.map(({ name }) => name));
  return { layout, leads: [...leads, ...rhythm.filter(({ name }) => !names.has(name))], hidden, scale, duration };
}

function countLines(duration: number, lineSeconds: number): number {
  return Math.max(1, Math.ceil((duration - TOLERANCE_SECONDS) / lineSeconds));
}

/** The parts of a sheet of the twelve leads from a time on, line by line, and the rhythm strips below. */
function listGrid<L extends SheetLead>(
  { layout, leads, rhythm, lineSeconds, duration }: Chosen<L>,
  start: number,
): Part<L>[] {
  const lines = GRIDS[layout as keyof typeof GRIDS].lines;
  const columns = leads.length / lines;
  const columnSeconds = lineSeconds / columns;
  const parts = leads.map((_, i): Part<L> => {
    const [line, column] = [Math.floor(i / columns), i % columns];
    const seconds = column * columnSeconds;
    const isHalfFull = start + seconds + columnSeconds / 2 <= duration;
    const from = isHalfFull ? start + seconds : Math.max(start, duration - columnSeconds);
    return { lead: leads[column * lines + line], from, to: from + columnSeconds, line, seconds };
  });
  const strips = rhythm.map((lead, i) => ({ lead, from: start, to: start + lineSeconds, line: lines + i, seconds: 0 }));
  return [...parts, ...strips];
}

/** The parts of `rows` in groups of `size` leads at most, each of the same time. */
function listRows<L extends SheetLead>(
  { leads, duration, lineSeconds }: Chosen<L>,
  size: number,
): Omit<Part<L>, "line">[][] {
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
function groupRows({ leads: { length: leads }, scale }: Chosen<SheetLead>, height: number): RowGroups {
  const room = Math.floor((height - roomAbove(LINE_SHAPES.rows, scale)) / LINE_SHAPES.rows.height);
  const sheetsPerLine = Math.ceil(leads / room);
  return {
    size: Math.ceil(leads / sheetsPerLine),
    sheetsPerLine,
    linesPerSheet: Math.max(1, Math.floor(room / leads)),
  };
}

function paginateRows<L extends SheetLead>(chosen: Chosen<L>, { size, linesPerSheet }: RowGroups): Part<L>[][] {
  const groups = listRows(chosen, size);
  return Array.from({ length: Math.ceil(groups.length / linesPerSheet) }, (_, sheet) =>
    numberLines(groups.slice(sheet * linesPerSheet, (sheet + 1) * linesPerSheet).flat()),
  );
}

/** Gives each part a line of its own. */
function numberLines<L extends SheetLead>(parts: readonly Omit<Part<L>, "line">[]): Part<L>[] {
  return parts.map((part, line) => ({ ...part, line }));
}
