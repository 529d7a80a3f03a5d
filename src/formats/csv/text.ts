import { FormatError } from "../format.ts";
import { decodeText } from "../text.ts";
import { parseNumber } from "./number-scanner.ts";

export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
/** A comment begins with `#`, or with `%` as in MATLAB and OpenBCI. */
const COMMENT_MARKS: readonly number[] = [0x23, 0x25];
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const SEMICOLON = 0x3b;
export const TAB = 0x09;
/** The separator of a table with one column: a byte that no line holds. */
export const NO_SEPARATOR = LF;

/** The most cells of a line. */
export const MAX_COLUMNS = 1000;
/** The comments above a table in which names are looked for. */
const MAX_COMMENTS = 32;
/** The most lines above a table in which the table is looked for. */
export const MAX_LINES_ABOVE = 64;
/** The longest cell, in bytes: no number and no name of a lead is so long. */
const MAX_CELL_BYTES = 500;

/** A cursor over the lines of a file, which are split into cells by RFC 4180. */
export class TextReader {
  readonly bytes: Uint8Array;
  position = 0;
  /** The number of the line at the cursor. */
  line = 1;
  /** The last comments above the line that was found, each from behind its mark: MAX_COMMENTS or up to twice as many. */
  comments: { position: number; line: number }[] = [];

  /**
   * @param bytes in UTF-8 or windows-1252; or in UTF-16 with a byte order mark, as spreadsheets export it. Lines end in LF
   * or CR LF; in CR alone where there is no LF
   */
  constructor(bytes: Uint8Array) {
    this.bytes = withLineFeeds(fromUtf16(bytes) ?? bytes);
    if (this.hasByteOrderMark()) this.position = 3;
    // What spreadsheets are told of the separator is seen from the lines themselves.
    if (/^("?)sep=.\1\r?\n/i.test(this.decode(this.position, Math.min(this.bytes.length, this.position + 9)))) {
      this.position = this.endOfLine(this.position) + 1;
      this.line++;
    }
  }

  /** Moves to the next line that is neither empty nor a comment; false when there is none. */
  findLine(): boolean {
    const { bytes } = this;
    let start = this.position;
    let line = this.line;
    let at = start;
    for (; ; line++, start = at + 1, at = start) {
      while (bytes[at] === SPACE || bytes[at] === CR) at++;
      if (COMMENT_MARKS.includes(bytes[at])) {
        if (this.comments.push({ position: at + 1, line }) > 2 * MAX_COMMENTS) this.comments.splice(0, MAX_COMMENTS);
        at = this.endOfLine(at);
      }
      if (bytes[at] !== LF) break;
    }
    this.position = start;
    this.line = line;
    return at < bytes.length;
  }

  /** Reads the cells of the line, trimmed and without empty ones at its end, and moves to the next line. */
  readCells(separator: number): string[] {
    const cells = [this.readCell(separator)];
    while (separator !== NO_SEPARATOR && this.bytes[this.position] === separator) {
      if (cells.length === MAX_COLUMNS) this.fail(`more than ${MAX_COLUMNS} cells`);
      this.position++;
      cells.push(this.readCell(separator));
    }
    this.endLine();
    while (cells.length > 1 && cells.at(-1) === "") cells.pop();
    return cells;
  }

  /** Moves from the end of a line to the next one. */
  endLine(): void {
    // Windows makes CR CR LF of what a program ends in CR LF and writes as text.
    while (this.bytes[this.position] === CR) this.position++;
    if (this.position < this.bytes.length && this.bytes[this.position] !== LF)
      this.fail("breaks off at a CR without LF");
    this.position++;
    this.line++;
  }

  /** Reads a cell, trimmed, and moves behind it, to a separator or the end of the line. */
  readCell(separator: number): string {
    const { bytes } = this;
    let at = this.position;
    while (bytes[at] === SPACE) at++;
    const quoted = bytes[at] === QUOTE ? this.readQuoted(at + 1) : "";
    if (bytes[at] === QUOTE) at = this.position;
    const start = at;
    while (at < bytes.length && bytes[at] !== separator && bytes[at] !== LF && bytes[at] !== CR) {
      if (at++ - start > MAX_CELL_BYTES) this.fail(`a cell of more than ${MAX_CELL_BYTES} bytes`);
    }
    this.position = at;
    return (quoted + this.decode(start, at)).trim();
  }

  /** A second cursor at the same place. */
  fork(): TextReader {
    const fork = new TextReader(this.bytes);
    fork.goTo(this);
    return fork;
  }

  goTo({ position, line }: { position: number; line: number }): void {
    this.position = position;
    this.line = line;
  }

  /**
   * Throws with the line of the cursor.
   *
   * @throws FormatError
   */
  fail(message: string): never {
    throw new FormatError(`line ${this.line}`, message);
  }

  /** Reads the text between quotes, in which two quotes stand for one, and moves behind it. */
  private readQuoted(start: number): string {
    const { bytes } = this;
    let at = start;
    let lines = 0;
    for (; ; at++) {
      if (at >= bytes.length) this.fail("a quote that does not end");
      if (at - start > MAX_CELL_BYTES) this.fail(`a cell of more than ${MAX_CELL_BYTES} bytes`);
      if (bytes[at] === LF) lines++;
      if (bytes[at] !== QUOTE) continue;
      if (bytes[at + 1] !== QUOTE) break;
      at++;
    }
    this.position = at + 1;
    this.line += lines;
    return this.decode(start, at).replaceAll('""', '"');
  }

  /** The text of some bytes. It is quicker than the decoder, which takes seconds for millions of cells. */
  private decode(start: number, end: number): string {
    let text = "";
    for (let at = start; at < end; at++) {
      if (this.bytes[at] >= 0x80) return decodeText(this.bytes.subarray(start, end));
      text += String.fromCharCode(this.bytes[at]);
    }
    return text;
  }

  hasByteOrderMark(): boolean {
    return this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf;
  }

  /** The position of the line end at or behind a position, or the end of the file. */
  endOfLine(from: number): number {
    const end = this.bytes.indexOf(LF, from);
    return end < 0 ? this.bytes.length : end;
  }
}

/** The bytes with LF for CR, where CR alone ends the lines. */
function withLineFeeds(bytes: Uint8Array): Uint8Array {
  if (bytes.includes(LF) || !bytes.includes(CR)) return bytes;
  return bytes.map((byte) => (byte === CR ? LF : byte));
}

/** UTF-16 made UTF-8; undefined without the byte order mark of UTF-16. */
function fromUtf16(bytes: Uint8Array): Uint8Array | undefined {
  const mark = (bytes[0] << 8) | bytes[1];
  if (mark !== 0xfffe && mark !== 0xfeff) return undefined;
  return new TextEncoder().encode(new TextDecoder(mark === 0xfffe ? "utf-16le" : "utf-16be").decode(bytes));
}

/** The separator of the line at the cursor: a semicolon or a tab rather than a comma, which may be a decimal comma. */
export function findSeparator({ bytes, position }: TextReader): number {
  const found = new Set<number>();
  let isQuoted = false;
  const end = Math.min(bytes.length, position + MAX_COLUMNS * MAX_CELL_BYTES);
  for (let at = position; at < end && (isQuoted || bytes[at] !== LF); at++) {
    if (bytes[at] === QUOTE) isQuoted = !isQuoted;
    else if (!isQuoted) found.add(bytes[at]);
  }
  return [SEMICOLON, TAB, COMMA].find((separator) => found.has(separator)) ?? NO_SEPARATOR;
}

/**
 * The bytes with a tab for the blanks between columns, as `np.savetxt` writes them and programs that align them; the
 * bytes as they are where no blanks separate columns of numbers.
 */
export function separateByTabs(file: Uint8Array): Uint8Array {
  const reader = new TextReader(file);
  const { bytes } = reader;
  if (!hasBlanksBetweenNumbers(reader)) return bytes;
  const separated = new Uint8Array(bytes.length);
  let length = 0;
  /** Whether the line, or the comment in it, has begun. */
  let isWithin = false;
  for (let at = reader.hasByteOrderMark() ? 3 : 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === SPACE) {
      while (bytes[at + 1] === SPACE) at++;
      const next = at + 1 < bytes.length ? bytes[at + 1] : LF;
      if (isWithin && next !== LF && next !== CR) separated[length++] = TAB;
      continue;
    }
    isWithin = byte !== LF && (isWithin || !COMMENT_MARKS.includes(byte));
    separated[length++] = byte;
  }
  return separated.subarray(0, length);
}

/** Whether the table's first lines have numbers with blanks between them and no other separator. */
function hasBlanksBetweenNumbers(reader: TextReader): boolean {
  const ahead = reader.fork();
  for (let line = 0, isBelow = false; line < MAX_LINES_ABOVE && ahead.findLine(); line++) {
    const end = ahead.endOfLine(ahead.position);
    if (end - ahead.position > MAX_COLUMNS * MAX_CELL_BYTES) return false;
    const cells = new TextDecoder().decode(ahead.bytes.subarray(ahead.position, end)).trim().split(/ +/);
    const areNumbers = cells.length > 1 && cells.every((cell) => isMissing(cell) || parseNumber(cell));
    if (areNumbers && findSeparator(ahead) === NO_SEPARATOR) {
      if (isBelow) return true;
      isBelow = true;
    } else if (isBelow) return false;
    ahead.goTo({ position: end + 1, line: ahead.line + 1 });
    if (isBelow && !ahead.fork().findLine()) return true;
  }
  return false;
}

/** Whether a cell stands for a missing sample: some are the errors of spreadsheets, and `!` is of AD8232's first examples. */
export function isMissing(text: string): boolean {
  return /^(|--?|\.|\*|!|\?|[+-]?nan|null|na|n\/a|none|#(n\/a|num!|value!|div\/0!))$/i.test(text);
}
