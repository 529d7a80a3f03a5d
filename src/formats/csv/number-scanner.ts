const PLUS = 0x2b;
const MINUS = 0x2d;
const COMMA = 0x2c;
/** The minus sign U+2212 in UTF-8, which programs write where Swedish, Norwegian or Finnish is set. */
const [MINUS_1, MINUS_2, MINUS_3] = [0xe2, 0x88, 0x92];
const DOT = 0x2e;
const ZERO = 0x30;
const LETTER_E = 0x65;
/** The bit that makes a letter lower case. */
const LOWER_CASE = 0x20;
/** The most digits of an exponent: doubles have up to 308. */
const MAX_EXPONENT_DIGITS = 3;

/** Reads numbers out of bytes. The last one is `digits / 10 ** decimals`. */
export class NumberScanner {
  digits = 0;
  decimals = 0;

  /**
   * Reads a number with a decimal point, or a comma where there may be one, with or without an exponent. Zeros at its
   * end count as decimals, for they tell a column's resolution, unless `keepsZeros` is false.
   *
   * @returns the position behind the number; -1 if there is none
   */
  scan(bytes: Uint8Array, start: number, mayHaveComma: boolean, keepsZeros: boolean): number {
    const minusBytes = countMinusBytes(bytes, start);
    const isNegative = minusBytes > 0;
    let at = bytes[start] === PLUS ? start + 1 : start + minusBytes;
    let value = 0;
    /** Zeros that count once another digit comes behind them. */
    let zeros = 0;
    let count = 0;
    let decimals = 0;
    let isFraction = false;
    for (; ; at++) {
      const digit = bytes[at] - ZERO;
      if (digit >= 0 && digit <= 9) {
        count++;
        if (isFraction) decimals++;
        if (digit > 0) {
          value = zeros > 0 && value > 0 ? value * 10 ** (zeros + 1) + digit : value * 10 + digit;
          zeros = 0;
        } else zeros++;
      } else if (!isFraction && (bytes[at] === DOT || (mayHaveComma && bytes[at] === COMMA))) isFraction = true;
      else break;
    }
    if (count === 0) return -1;
    if ((bytes[at] | LOWER_CASE) === LETTER_E) {
      const isSmall = bytes[++at] === MINUS;
      if (isSmall || bytes[at] === PLUS) at++;
      const first = at;
      let exponent = 0;
      for (let digit = bytes[at] - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at] - ZERO) {
        exponent = 10 * exponent + digit;
      }
      if (at === first || at - first > MAX_EXPONENT_DIGITS) return -1;
      decimals += isSmall ? exponent : -exponent;
    }
    if (value === 0) zeros = decimals;
    const dropped = keepsZeros ? 0 : Math.max(0, Math.min(zeros, decimals));
    const shift = Math.max(0, zeros - dropped) + Math.max(0, -decimals);
    if (shift > 0 && value > 0) value *= 10 ** shift;
    this.digits = isNegative ? -value : value;
    this.decimals = Math.max(0, decimals - dropped);
    return Number.isFinite(value) ? at : -1;
  }
}

/** The bytes of a minus sign; 0 if there is none. */
function countMinusBytes(bytes: Uint8Array, at: number): number {
  if (bytes[at] === MINUS) return 1;
  return bytes[at] === MINUS_1 && bytes[at + 1] === MINUS_2 && bytes[at + 2] === MINUS_3 ? 3 : 0;
}

const encoder = new TextEncoder();

/** The number in a text, with a point or a comma; undefined if it is no number. */
export function parseNumber(text: string): NumberScanner | undefined {
  const bytes = encoder.encode(text);
  const number = new NumberScanner();
  return number.scan(bytes, 0, true, true) === bytes.length ? number : undefined;
}
