import { standardLead } from "../../recording/lead-names.ts";
import { FormatError } from "../format.ts";
import { findUnitsPerMillivolt, isUnit, parseHeading } from "./heading.ts";
import { parseNumber } from "./number-scanner.ts";
import { isTimeText } from "./steady-columns.ts";
import {
  COMMA,
  findSeparator,
  isMissing,
  MAX_COLUMNS,
  MAX_LINES_ABOVE,
  NO_SEPARATOR,
  type TextReader,
} from "./text.ts";

/** The most lines of headings: names, units, and a row that says something else, such as `CAL`. */
const MAX_HEADINGS = 3;
/** The longest line that is searched for a sampling rate. */
const MAX_LINE_BYTES = 256;
/** A sampling rate, as `Sampling rate: 500 Hz`, `SampleRate,500` and `fs = 250`. */
const RATE =
  /(?:\bfs\b|sampl\w*[\s_-]*(?:rate|freq\w*)|abtastrate|abtastfrequenz)[^\d\n]{0,16}?(\d{1,6}(?:[.,]\d{1,9})?)\s*(?:hz|sps|samples\/s\w*)?\s*$/i;

/** What stands above a table: how many lines that are no comments, and the sampling rate in Hz that a line names. */
type Preamble = { lines: number; samplingRate?: number };
/** The place of a line. */
type Line = { position: number; line: number };

/**
 * Moves the cursor over lines that some programs write above a table, such as `Patient: 7`, to its headings or its first
 * row. They are told by the table, whose rows have numbers in as many cells as its headings and other than those lines.
 */
export function passPreamble(reader: TextReader): Preamble {
  const lines = findLinesToTable(reader);
  const above = lines.slice(0, -1);
  const rates = [...reader.comments, ...above].map(({ position }) => findRate(reader, position));
  const table = lines.at(-1);
  if (table) reader.goTo(table);
  const samplingRate = rates.find((rate) => rate > 0);
  return { lines: above.length, ...(samplingRate !== undefined && { samplingRate }) };
}

/** The lines above the headings of a table, and the first line of these; none if the table is not found. */
function findLinesToTable(reader: TextReader): Line[] {
  const lines: Line[] = [];
  const ahead = reader.fork();
  while (lines.length < MAX_LINES_ABOVE && ahead.findLine()) {
    const { position, line } = ahead;
    lines.push({ position, line });
    const separator = isOneColumn(reader, lines) ? NO_SEPARATOR : findSeparator(ahead);
    const width = countValues(ahead, separator);
    ahead.goTo({ position: ahead.endOfLine(position) + 1, line: line + 1 });
    if (width === 0) continue;
    // The second sample may be missing.
    const isTable = ahead.findLine() && countValues(ahead, separator, true) === width;
    return isTable ? withoutHeadings(reader, lines, separator, width) : [];
  }
  return [];
}

/**
 * Whether the last line is a number with a decimal comma, and not two numbers: the line above it is a unit of voltage alone, or
 * the name of one lead with its unit.
 */
function isOneColumn(reader: TextReader, lines: readonly Line[]): boolean {
  const [above, last] = lines.slice(-2);
  if (last?.line !== above.line + 1) return false;
  const fork = reader.fork();
  fork.goTo(above);
  const [name = "", ...others] = readCells(fork, COMMA);
  const { name: lead, unit } = parseHeading(name);
  const namesLead = standardLead(lead) !== undefined || /^e[ck]g\b/i.test(lead);
  const isHeading = findUnitsPerMillivolt(name) !== undefined || (unit !== null && namesLead);
  if (others.length > 0 || !isHeading) return false;
  fork.goTo(last);
  return countValues(fork, NO_SEPARATOR) === 1;
}

/** @param lines those above the first row, and that row */
function withoutHeadings(reader: TextReader, lines: readonly Line[], separator: number, width: number): Line[] {
  const cellsOf = (line: Line) => {
    const fork = reader.fork();
    fork.goTo(line);
    return readCells(fork, separator);
  };
  // A heading may name a rate, too: in a cell of its own.
  const tellsRate = (line: Line) => {
    const cells = cellsOf(line);
    return findRate(reader, line.position) > 0 && (cells.length === 1 || !cells.some(namesRate));
  };
  // Of a table of one column all lines have the width: the last one is its heading, or its unit.
  const isOne = separator === NO_SEPARATOR;
  let row = lines.length - 1;
  // Its first samples may be missing, as those of a filter or a moving mean are.
  while (isOne && row > 0 && cellsOf(lines[row - 1]).some(isMissing)) row--;
  const most = !isOne ? MAX_HEADINGS : row > 1 && isUnit(cellsOf(lines[row - 1])[0] ?? "") ? 2 : 1;
  // An empty line parts what is above the table from its headings.
  const isHeading = (at: number) =>
    lines[at]?.line === lines[at + 1].line - 1 && cellsOf(lines[at]).length === width && !tellsRate(lines[at]);
  let first = row;
  while (row - first < most && isHeading(first - 1)) first--;
  // A line like those of the table is the table's, even if some of its cells are no numbers, but for one above a rate.
  const isTable = !isOne && cellsOf(lines[0]).length === width && !lines.slice(0, first).some(tellsRate);
  return isTable || first === 0 ? [] : lines.slice(0, first + 1);
}

/** Whether a text names a sampling rate: such a heading above a single column is taken for none. */
export function namesRate(text: string): boolean {
  return RATE.test(text);
}

/** The sampling rate in Hz that a line names; NaN if it names none. */
function findRate(reader: TextReader, position: number): number {
  const end = Math.min(reader.endOfLine(position), position + MAX_LINE_BYTES);
  const text = new TextDecoder().decode(reader.bytes.subarray(position, end)).trim();
  return Number(RATE.exec(text)?.[1].replace(",", "."));
}

/** The number of cells of a line in which all cells are values, and one a number unless all may be missing; 0 for other lines. */
function countValues(reader: TextReader, separator: number, mayBeMissing = false): number {
  const cells = readCells(reader.fork(), separator);
  const areValues = cells.every((cell) => isMissing(cell) || parseNumber(cell) !== undefined || isTimeText(cell));
  return areValues && (mayBeMissing || cells.some((cell) => parseNumber(cell))) ? cells.length : 0;
}

/** All cells of the line at the cursor, also the empty ones at its end; none of one that cannot be read. */
export function readCells(reader: TextReader, separator: number): string[] {
  try {
    const cells = [reader.readCell(separator)];
    while (separator !== NO_SEPARATOR && reader.bytes[reader.position] === separator && cells.length < MAX_COLUMNS) {
      reader.position++;
      cells.push(reader.readCell(separator));
    }
    return cells;
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}
