import { FormatError } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { parseNumber } from "./number-scanner.ts";
import { isValue } from "./read-headings.ts";
import { CR, findSeparator, LF, NO_SEPARATOR, QUOTE, SPACE, type TextReader } from "./text.ts";

/** The most rows of a table with a row a lead: with some for times and counts. */
const MAX_ROWS = MAX_LEADS + 8;
/** The most lines above such a table. */
const MAX_LINES_ABOVE = 64;

/** A table that was turned round: its text, with what was above it as it was, and how many rows and lines above it had. */
export type TurnedTable = { bytes: Uint8Array; rows: number; linesAbove: number };
/** A row: the place of its first cell and the end of its last one. */
type Row = { start: number; end: number };

/**
 * Turns a table round that has a row a lead, as programs have their arrays: one with more columns than there are leads, and
 * no more rows than that. Undefined for any other, for one with quotes, and for rows of words or of differing lengths.
 *
 * @param reader at the beginning of the file
 */
export function turnTable(reader: TextReader): TurnedTable | undefined {
  const ahead = reader.fork();
  for (let above = 0; above <= MAX_LINES_ABOVE && ahead.findLine(); above++) {
    const separator = findSeparator(ahead);
    const row = rowAt(ahead, separator);
    if (separator !== NO_SEPARATOR && countCells(ahead.bytes, row, separator) > MAX_ROWS) return turn(ahead, separator);
    ahead.goTo({ position: ahead.endOfLine(row.start) + 1, line: ahead.line + 1 });
  }
  return undefined;
}

/** The error of a turned table in the rows and columns of the file. */
export function turnError(error: FormatError, { linesAbove }: TurnedTable): FormatError {
  const [{ path, message }] = error.options.errors ?? [{ path: "", message: error.message }];
  const line = Number(/^line (\d+)$/.exec(path)?.[1]);
  if (!(line > linesAbove)) return error;
  const turned = message.replace(/\bcell (\d+)\b/, (_, cell) => `the cell in line ${Number(cell) + linesAbove}`);
  return new FormatError(`column ${line - linesAbove}`, turned);
}

/** Turns the rows from the cursor on. */
function turn(reader: TextReader, separator: number): TurnedTable | undefined {
  const { bytes, position, line } = reader;
  const rows: Row[] = [];
  let columns: number | undefined;
  let hasNumbers = false;
  for (; reader.findLine(); reader.goTo({ position: reader.endOfLine(reader.position) + 1, line: reader.line + 1 })) {
    const row = rowAt(reader, separator);
    const count = countCells(bytes, row, separator);
    columns ??= count;
    const isRow = count === columns && bytes.subarray(row.start, row.end).indexOf(QUOTE) < 0;
    if (!isRow || rows.length === MAX_ROWS) return undefined;
    const cells = sampleCells(reader, separator, row);
    if (!cells.every(isValue)) return undefined;
    hasNumbers ||= cells.some((cell) => parseNumber(cell));
    rows.push(row);
  }
  if (!hasNumbers) return undefined;
  const turned = new Uint8Array(rows.reduce((sum, { start, end }) => sum + end - start + 1, position));
  turned.set(bytes.subarray(0, position));
  let length = position;
  for (let column = 0; column < (columns ?? 0); column++) {
    for (const row of rows) {
      let at = row.start;
      while (at < row.end && bytes[at] !== separator) turned[length++] = bytes[at++];
      turned[length++] = row === rows[rows.length - 1] ? LF : separator;
      row.start = at + 1;
    }
  }
  return { bytes: turned.subarray(0, length), rows: rows.length, linesAbove: line - 1 };
}

/** The row at the cursor, without blanks and a separator at its end. */
function rowAt(reader: TextReader, separator: number): Row {
  const { bytes, position } = reader;
  let end = reader.endOfLine(position);
  while (end > position && [SPACE, CR].includes(bytes[end - 1])) end--;
  return { start: position, end: bytes[end - 1] === separator ? end - 1 : end };
}

function countCells(bytes: Uint8Array, { start, end }: Row, separator: number): number {
  let count = 1;
  for (let at = start; at < end; at++) if (bytes[at] === separator) count++;
  return count;
}

/** The second and the last cell: the first may be the name of a lead. */
function sampleCells(reader: TextReader, separator: number, { start, end }: Row): string[] {
  const cellBehind = (at: number) => {
    const fork = reader.fork();
    fork.goTo({ position: at + 1, line: reader.line });
    try {
      return fork.readCell(separator);
    } catch (error) {
      if (error instanceof FormatError) return "too long";
      throw error;
    }
  };
  const { bytes } = reader;
  return [bytes.indexOf(separator, start), bytes.lastIndexOf(separator, end - 1)].map(cellBehind);
}
