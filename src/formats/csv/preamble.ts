import { FormatError } from "../format.ts";
import { parseNumber } from "./number-scanner.ts";
import { isTimeText } from "./steady-columns.ts";
import { findSeparator, isMissing, MAX_COLUMNS, NO_SEPARATOR, type TextReader } from "./text.ts";

/** The most lines above a table in which the table is looked for. */
const MAX_LINES = 64;
/** The most lines of headings: names, units, and a row that says something else, such as `CAL`. */
const MAX_HEADINGS = 3;
/** The longest line that is searched for a sampling rate. */
const MAX_LINE_BYTES = 256;
/** A sampling rate, as `Sampling rate: 500 Hz`, `SampleRate,500` and `fs = 250`. */
const RATE =
  /(?:\bfs\b|sampl\w*[ _-]*(?:rate|freq\w*)|abtastrate|abtastfrequenz)[^\d\n]{0,16}?(\d{1,6}(?:[.,]\d{1,9})?)\s*(?:hz|sps|samples\/s\w*)?\s*$/i;

/** What stands above a table: how many lines, and the sampling rate in Hz that one of them names. */
export type Preamble = { lines: number; samplingRate?: number };

/**
 * Moves the cursor over lines that some programs write above a table, such as `Patient: 7`, to its headings or its first
 * row. They are told by the table, whose rows have numbers in as many cells as its headings and other than those lines.
 */
export function passPreamble(reader: TextReader): Preamble {
  const lines: { position: number; line: number; end: number }[] = [];
  const ahead = reader.fork();
  while (lines.length < MAX_LINES && ahead.findLine()) {
    const { position, line } = ahead;
    const end = ahead.endOfLine(position);
    lines.push({ position, line, end });
    const separator = findSeparator(ahead);
    const width = countValues(ahead, separator);
    ahead.goTo({ position: end + 1, line: line + 1 });
    if (width === 0) continue;
    const isTable = ahead.findLine() && countValues(ahead, separator) === width;
    return isTable ? moveTo(reader, lines, { separator, width }) : { lines: 0 };
  }
  return { lines: 0 };
}

/** @param lines those above the first row, and that row */
function moveTo(
  reader: TextReader,
  lines: readonly { position: number; line: number; end: number }[],
  { separator, width }: { separator: number; width: number },
): Preamble {
  const hasWidth = (at: number) => {
    const fork = reader.fork();
    fork.goTo(lines[at]);
    return readCells(fork, separator).length === width;
  };
  // An empty line parts what is above the table from its headings.
  const isHeading = (at: number) => lines[at]?.line === lines[at + 1].line - 1 && hasWidth(at);
  let first = lines.length - 1;
  while (lines.length - first <= MAX_HEADINGS && isHeading(first - 1)) first--;
  // A line like those of the table is the table's, even if some of its cells are no numbers.
  if (first === 0 || hasWidth(0)) return { lines: 0 };
  const rates = lines.slice(0, first).map(({ position, end }) => {
    const bytes = reader.bytes.subarray(position, Math.min(end, position + MAX_LINE_BYTES));
    return Number(RATE.exec(new TextDecoder().decode(bytes).trim())?.[1].replace(",", "."));
  });
  reader.goTo(lines[first]);
  const samplingRate = rates.find((rate) => rate > 0);
  return { lines: first, ...(samplingRate !== undefined && { samplingRate }) };
}

/** The number of cells of a line in which all cells are values, and one a number; 0 for other lines. */
function countValues(reader: TextReader, separator: number): number {
  const cells = readCells(reader.fork(), separator);
  const areValues = cells.every((cell) => isMissing(cell) || parseNumber(cell) !== undefined || isTimeText(cell));
  return areValues && cells.some((cell) => parseNumber(cell)) ? cells.length : 0;
}

/** All cells of the line at the cursor, also the empty ones at its end; none of one that cannot be read. */
function readCells(reader: TextReader, separator: number): string[] {
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
