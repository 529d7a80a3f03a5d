import { MAX_SAMPLE, MISSING } from "../recording/recording.ts";

/** Samples that are `10 ** decimals` times the numbers of a list. */
type NumberList = { samples: Int32Array; decimals: number };

/** A part of a list that is no sample. */
export type WrongNumber = {
  token: string;
  /** The index of the part in the list, from 0. */
  index: number;
  /** The offset of the part in the text. */
  offset: number;
};

const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** The characters that an error shows of a wrong number. */
const MAX_SHOWN_LENGTH = 32;

/**
 * The numbers of a text, separated by white space. They become integers by the power of ten that the number with the
 * most decimals needs.
 *
 * @param maxDecimals the most decimals of a number, not counting zeros at its end
 * @param missing letters that stand for a missing sample
 * @param fail is called with the first part that is neither, or does not fit into 32 bits
 */
export function parseNumberList(
  text: string,
  maxDecimals: number,
  missing: string,
  fail: (wrong: WrongNumber) => never,
): NumberList {
  const { count, decimals } = measureList(text, maxDecimals);
  const samples = new Int32Array(count);
  let at = 0;
  for (let index = 0; index < count; index++) {
    while (text.charCodeAt(at) <= SPACE) at++;
    const offset = at;
    const sign = text.charCodeAt(at);
    if (sign === MINUS || sign === PLUS) at++;
    const first = at;
    let value = 0;
    let code = text.charCodeAt(at);
    for (; isDigit(code); code = text.charCodeAt(++at)) value = value * 10 + code - ZERO;
    let digits = at - first;
    let toCome = decimals;
    if (code === POINT) {
      for (code = text.charCodeAt(++at); isDigit(code); code = text.charCodeAt(++at)) {
        digits++;
        if (toCome-- > 0) value = value * 10 + code - ZERO;
        else if (code !== ZERO) value = Number.NaN;
      }
    }
    if (toCome > 0) value *= 10 ** toCome;
    if (digits === 0 && at === offset && missing.includes(text.charAt(at))) {
      value = MISSING;
      code = text.charCodeAt(++at);
    } else if (digits === 0 || !(value <= MAX_SAMPLE)) value = Number.NaN;
    // At the end of the text there is no code.
    if (code > SPACE || Number.isNaN(value)) fail({ token: findToken(text, offset), index, offset });
    samples[index] = sign === MINUS ? -value : value;
  }
  return { samples, decimals };
}

/** The number of parts in a list, and the most decimals that any of them needs, up to `maxDecimals`. */
function measureList(text: string, maxDecimals: number): { count: number; decimals: number } {
  let count = 0;
  let decimals = 0;
  let isWithin = false;
  let point = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= SPACE) {
      isWithin = false;
      point = -1;
      continue;
    }
    if (!isWithin) count++;
    isWithin = true;
    if (code === POINT) point = i;
    else if (point >= 0 && code !== ZERO) decimals = Math.max(decimals, Math.min(i - point, maxDecimals));
  }
  return { count, decimals };
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= ZERO + 9;
}

function findToken(text: string, offset: number): string {
  return text.slice(offset, offset + MAX_SHOWN_LENGTH).split(/\s/, 1)[0];
}
