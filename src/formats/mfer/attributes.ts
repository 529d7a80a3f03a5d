import type { Lead } from "../../recording/recording.ts";
import type { ByteReader } from "../byte-reader.ts";
import { divide } from "../decimal.ts";
import { FormatError } from "../format.ts";
import { toLeadName } from "../scp/lead-definitions.ts";
import { decodeText } from "../text.ts";
import { describe, TAGS } from "./items.ts";

/** What is said of a channel's samples, or of those of all channels. */
export type Attributes = {
  blockLength?: number;
  dataType?: DataType;
  samplingRate?: number;
  scale?: Pick<Lead, "gain" | "unit">;
  /** The sample at 0 of the unit, as it is stored. */
  offset?: StoredInteger;
  /** A missing sample, as it is stored. */
  missing?: StoredInteger;
  name?: string;
};

/** An integer whose type of data may come later: its value without a sign, and its bytes. */
export type StoredInteger = { value: number; bytes: number };

/** How integers are stored. */
export type DataType = { bytes: 1 | 2 | 4; isSigned: boolean };

/** The types of data by their code. Floating point (7 and 8) and AHA's compression (9) are not read. */
const DATA_TYPES: readonly DataType[] = [
  { bytes: 2, isSigned: true },
  { bytes: 2, isSigned: false },
  { bytes: 4, isSigned: true },
  { bytes: 1, isSigned: false },
  { bytes: 2, isSigned: false },
  { bytes: 1, isSigned: true },
  { bytes: 4, isSigned: false },
];
/** The type of data where none is named. */
export const DEFAULT_DATA_TYPE = DATA_TYPES[0];

/** The units of sampling intervals: a frequency, or a time. The third one is a distance. */
const [HERTZ, SECOND] = [0, 1];
/** The unit of voltages, whose values are kept in millivolts. */
const VOLT = 0;
/** Millivolts are ten to this times smaller than volts. */
const MILLIVOLT_EXPONENT = 3;
/** The units of resolutions by their code. */
const UNITS = [
  ["V", "mmHg", "Pa", "cmH2O", "mmHg/s", "dyn", "N", "%", "Cel", "1/min"],
  ["1/s", "Ohm", "A", "rpm", "W", "dB", "kg", "J", "dyn.s/m2/cm5", "L"],
  ["L/s", "L/min", "cd"],
].flat();
/** The bytes that are read of a waveform's text, far more than a lead's name has: the text is compared at each change of attributes. */
const MAX_TEXT_BYTES = 256;
/** The first code of a waveform that is no lead of an ECG as SCP-ECG numbers them. */
const LEAD_CODES_END = 256;

/**
 * Puts what an item says into attributes.
 *
 * @returns whether the item is one of attributes
 */
export function putAttribute(
  attributes: Attributes,
  tag: number,
  value: ByteReader,
  { isLittleEndian, charset }: { isLittleEndian: boolean; charset?: string },
): boolean {
  const fail = (message: string): never => {
    throw new FormatError(`byte ${value.position}, ${describe(tag)}`, message);
  };
  const readNumber = (isSigned: boolean) => {
    if (value.remaining < 1 || value.remaining > 4) fail(`${value.remaining} bytes are no integer`);
    return toInteger(value.take8(value.remaining), isLittleEndian, isSigned);
  };
  switch (tag) {
    case TAGS.blockLength:
      attributes.blockLength = readNumber(false);
      return true;
    case TAGS.dataType: {
      const code = readNumber(false);
      attributes.dataType = DATA_TYPES[code] ?? fail(`data of type ${code} are not read: they are no plain integers`);
      return true;
    }
    case TAGS.offset:
    case TAGS.missing: {
      const bytes = value.remaining;
      attributes[tag === TAGS.offset ? "offset" : "missing"] = { value: readNumber(false), bytes };
      return true;
    }
    case TAGS.interval: {
      const [unit, exponent] = [value.u8("the unit"), value.i8("the power of ten")];
      const digits = BigInt(readNumber(true));
      if (unit !== HERTZ && unit !== SECOND) fail(`unit ${unit} is none of time: samples are not so far apart`);
      if (digits <= 0n) fail(`${digits} is no sampling interval`);
      attributes.samplingRate =
        unit === HERTZ ? Number(`${digits}e${exponent}`) : divide({ digits: 1n, exponent: 0 }, { digits, exponent });
      return true;
    }
    case TAGS.resolution: {
      const [unit, exponent] = [value.u8("the unit"), value.i8("the power of ten")];
      const digits = BigInt(readNumber(true));
      const step = { digits, exponent: unit === VOLT ? exponent + MILLIVOLT_EXPONENT : exponent };
      attributes.scale = { gain: digits === 0n ? null : divide({ digits: 1n, exponent: 0 }, step) };
      if (unit !== VOLT) attributes.scale.unit = UNITS[unit] ?? `unit ${unit}`;
      return true;
    }
    case TAGS.waveform:
      attributes.name = readName(value, isLittleEndian, charset);
      return true;
    default:
      return false;
  }
}

/** Reads what a waveform is: a lead's number, and a text, which names what is no lead of an ECG. */
function readName(value: ByteReader, isLittleEndian: boolean, charset?: string): string {
  const bytes = value.take8(Math.min(2, value.remaining));
  // The class of the waveform is one of the two bytes, 0 for an ECG: writers do not agree which.
  const codes = [isLittleEndian, !isLittleEndian].map((order) => toInteger(bytes, order, false));
  const code = codes.find((code) => code > 0 && code < LEAD_CODES_END) ?? 0;
  const text = decodeText(value.take8(Math.min(MAX_TEXT_BYTES, value.remaining)), charset)
    .replace(/\0.*$/s, "")
    .trim();
  return toLeadName(code) || text || (codes[0] > 0 ? `waveform ${codes[0]}` : "");
}

/** The integer in up to four bytes. */
export function toInteger(bytes: Uint8Array, isLittleEndian: boolean, isSigned: boolean): number {
  let value = 0;
  for (let i = 0; i < bytes.length; i++) value = value * 256 + bytes[isLittleEndian ? bytes.length - 1 - i : i];
  return isSigned ? toSigned({ value, bytes: bytes.length }) : value;
}

/** The integer that is stored in two's complement. */
export function toSigned({ value, bytes }: StoredInteger): number {
  const span = 256 ** bytes;
  return value >= span / 2 ? value - span : value;
}
