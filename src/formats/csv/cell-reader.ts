import { decodeText } from "../text.ts";
import { NumberScanner } from "./number-scanner.ts";
import { COMMA, CR, isMissing, LF, NO_SEPARATOR, QUOTE, SPACE, type TextReader } from "./text.ts";

const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
/** The letters `nan`. */
const NAN = 0x6e616e;
/** The letters `null`. */
const NULL = 0x6e756c6c;
/** The bits that make four letters lower case. */
const LOWER_CASE = 0x20202020;
/** The digits that always fit into an int32. */
const QUICK_DIGITS = 9;

/** A cursor over the cells of a line, which says what is in each. */
export class CellReader {
  position = 0;
  kind: "number" | "missing" | "text" = "missing";
  /** The number in the cell: `digits / 10 ** decimals`. */
  digits = 0;
  decimals = 0;
  text = "";
  /** Where the number in the cell begins. */
  private start = 0;
  private readonly bytes: Uint8Array;
  private readonly reader: TextReader;
  private readonly separator: number;
  private readonly keepsZeros: boolean;
  private readonly number = new NumberScanner();

  /**
   * @param keepsZeros whether zeros at the end count as decimals, in numbers of more than QUICK_DIGITS digits or with
   * an exponent
   */
  constructor(reader: TextReader, separator: number, keepsZeros: boolean) {
    this.bytes = reader.bytes;
    this.reader = reader;
    this.separator = separator;
    this.keepsZeros = keepsZeros;
  }

  /** Reads a cell and moves behind it, to a separator or the end of the line. */
  read(): void {
    const { bytes, separator } = this;
    let at = this.position;
    while (bytes[at] === SPACE) at++;
    const isQuoted = bytes[at] === QUOTE;
    if (isQuoted) at++;
    const start = at;
    this.start = start;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let value = 0;
    for (let digit = bytes[at] - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at] - ZERO) {
      value = (Math.imul(value, 10) + digit) | 0;
    }
    let count = at - first;
    let decimals = 0;
    const mayHaveComma = separator !== COMMA || isQuoted;
    if (bytes[at] === DOT || (mayHaveComma && bytes[at] === COMMA)) {
      const point = ++at;
      for (let digit = bytes[at] - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at] - ZERO) {
        value = (Math.imul(value, 10) + digit) | 0;
      }
      decimals = at - point;
      count += decimals;
    }
    if (count === 0) at = passNoNumber(bytes, at);
    // All else is rarer: longer numbers, exponents, times, and what is no number.
    if (count > QUICK_DIGITS || !this.endCell(at, isQuoted)) {
      this.readOther(start, isQuoted);
      return;
    }
    this.kind = count === 0 ? "missing" : "number";
    this.digits = isNegative ? -value : value;
    this.decimals = decimals;
  }

  /** The number in the cell as it is written: doubles do not hold all its digits if there are many. */
  numberAsText(): string {
    return decodeText(this.bytes.subarray(this.start, this.position)).replace(/"? *$/, "");
  }

  /** Moves to the next cell; false at the end of the line. */
  passSeparator(): boolean {
    const { bytes, position, separator } = this;
    if (separator === NO_SEPARATOR || bytes[position] !== separator) return false;
    this.position++;
    return true;
  }

  private readOther(start: number, isQuoted: boolean): void {
    const { bytes, number, reader, separator } = this;
    const behind = number.scan(bytes, start, separator !== COMMA || isQuoted, this.keepsZeros);
    if (behind > 0 && this.endCell(behind, isQuoted)) {
      this.kind = "number";
      this.digits = number.digits;
      this.decimals = number.decimals;
      return;
    }
    reader.position = this.position;
    this.text = reader.readCell(separator);
    this.position = reader.position;
    this.kind = isMissing(this.text) ? "missing" : "text";
  }

  /** Moves to the end of the cell if there is nothing more in it; false if there is. */
  private endCell(behind: number, isQuoted: boolean): boolean {
    const { bytes } = this;
    let at = behind;
    if (isQuoted && bytes[at++] !== QUOTE) return false;
    while (bytes[at] === SPACE) at++;
    const next = at < bytes.length ? bytes[at] : LF;
    if (next !== this.separator && next !== LF && next !== CR) return false;
    this.position = at;
    return true;
  }
}

/** The position behind `NaN` or `null`, the most common texts for a missing number; `at` if neither is there. */
function passNoNumber(bytes: Uint8Array, at: number): number {
  const letters = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3] | LOWER_CASE;
  if (letters >>> 8 === NAN) return at + 3;
  return letters === NULL ? at + 4 : at;
}
