import { type Decimal, findDecimal } from "../decimal.ts";
import { FormatError } from "../format.ts";
import { decodeText } from "../text.ts";

/**
 * The most values of a resource: an ECG has a few hundred beside its samples. A small text of many values would fill
 * the memory.
 */
const MAX_VALUES = 200_000;
/** The deepest nesting: an Observation in a Bundle has some ten levels. */
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** A number with all its digits. FHIR says to keep them, and a double does not. */
export class JsonNumber {
  /** The number; undefined when it has too many digits, or too large an exponent, for `findDecimal`. */
  readonly decimal: Decimal | undefined;

  constructor(text: string) {
    this.decimal = findDecimal(text);
  }
}

/**
 * Parses a JSON text (RFC 8259), with its numbers as `JsonNumber`. One that is no UTF-8 is read as windows-1252.
 *
 * @throws FormatError with the byte
 */
export function parseExactJson(bytes: Uint8Array): { value: unknown; isUtf8: boolean } {
  requireFewValues(bytes);
  const text = decodeText(bytes);
  // Letters beyond ASCII have more bytes than characters in UTF-8, and one byte each in windows-1252.
  const isUtf8 = text.length < bytes.length || !/[\u0080-\uffff]/.test(text);
  try {
    return { value: JSON.parse(text, keepDigits), isUtf8 };
  } catch (error) {
    throw new FormatError("JSON", (error as Error).message);
  }
}

/** Makes numbers `JsonNumber`. Their source is given by engines of 2023 or later. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? new JsonNumber(context?.source ?? String(value)) : value;
}

function requireFewValues(bytes: Uint8Array): void {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) i = findQuote(bytes, i + 1);
    else if (byte === COMMA) values++;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      values++;
      depth++;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
    if (depth > MAX_DEPTH) throw new FormatError(`byte ${i}`, `values are nested more than ${MAX_DEPTH} deep`);
    if (values > MAX_VALUES) throw new FormatError(`byte ${i}`, `there are more than ${MAX_VALUES} values`);
  }
}

/** The position of the quote that ends a string, or the end of the text. */
function findQuote(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] === BACKSLASH) i++;
    else if (bytes[i] === QUOTE) return i;
  }
  return bytes.length;
}
