import { ATTRIBUTES, type Keyword } from "./attributes.ts";

/** The values of attributes. Undefined leaves an attribute out; an empty text or list makes one without a value. */
export type Values = { [keyword in Keyword]?: string | number | Uint8Array | Values[] };

/** Value representations with lengths of 32 bits, and two zero bytes before them (PS3.5, section 7.1.2). */
const LONG_VRS = new Set(["OB", "OW", "SQ"]);
/** The tag of an item in a sequence (PS3.5, section 7.5). */
const ITEM = [0xfe, 0xff, 0x00, 0xe0];

/** Encodes a data set in explicit VR little endian (PS3.5, section 7.1), in parts that follow one another. */
export function encodeDataSet(values: Values): Uint8Array[] {
  const keywords = (Object.keys(values) as Keyword[]).filter((keyword) => values[keyword] !== undefined);
  keywords.sort((a, b) => (ATTRIBUTES[a] < ATTRIBUTES[b] ? -1 : 1));
  return keywords.flatMap((keyword) => encodeElement(ATTRIBUTES[keyword], values[keyword] ?? ""));
}

/** The length of all parts together, in bytes. */
export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((length, part) => length + part.length, 0);
}

/**
 * Encodes an attribute.
 *
 * @param attribute its tag and value representation
 */
function encodeElement(attribute: string, value: string | number | Uint8Array | Values[]): Uint8Array[] {
  const vr = attribute.slice(-2);
  const parts = encodeValue(vr, value);
  const length = lengthOf(parts);
  const isLong = LONG_VRS.has(vr);
  const header = new Uint8Array(isLong ? 12 : 8);
  const view = new DataView(header.buffer);
  view.setUint16(0, Number.parseInt(attribute.slice(0, 4), 16), true);
  view.setUint16(2, Number.parseInt(attribute.slice(5, 9), 16), true);
  header.set(new TextEncoder().encode(vr), 4);
  if (isLong) view.setUint32(8, length, true);
  else view.setUint16(6, length, true);
  return [header, ...parts];
}

function encodeValue(vr: string, value: string | number | Uint8Array | Values[]): Uint8Array[] {
  if (Array.isArray(value)) return value.flatMap(encodeItem);
  if (typeof value !== "number") return padToEven(value, vr);
  const number = new Uint8Array(vr === "US" ? 2 : 4);
  const view = new DataView(number.buffer);
  if (vr === "US") view.setUint16(0, value, true);
  else view.setUint32(0, value, true);
  return [number];
}

/** Pads a value to an even length: texts with a space, UIDs and bytes with a zero (PS3.5, section 6.2). */
function padToEven(value: string | Uint8Array, vr: string): Uint8Array[] {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (bytes.length % 2 === 0) return [bytes];
  return [bytes, Uint8Array.of(typeof value === "string" && vr !== "UI" ? 0x20 : 0)];
}

function encodeItem(values: Values): Uint8Array[] {
  const parts = encodeDataSet(values);
  const header = new Uint8Array(8);
  header.set(ITEM);
  new DataView(header.buffer).setUint32(4, lengthOf(parts), true);
  return [header, ...parts];
}
