import { type LocalTime, toInstant } from "../../recording/local-time.ts";
import type { Recording } from "../../recording/recording.ts";
import type { ByteReader } from "../byte-reader.ts";
import { noteFilters } from "../filters.ts";
import { decodeText } from "../text.ts";

/** The tags of section 1 that are read or written (section 5.4.5 of the specification). */
export const TAG = {
  lastName: 0,
  firstName: 1,
  patientId: 2,
  acquiringDevice: 14,
  date: 25,
  time: 26,
  baselineFilter: 27,
  lowPassFilter: 28,
  filterBits: 29,
  timeZone: 34,
  end: 255,
} as const;

/** Manufacturers by their code in tag 14. All others are named in its last string. */
const MANUFACTURERS: Record<number, string> = {
  1: "Burdick",
  2: "Cambridge",
  3: "Compumed",
  4: "Datamed",
  5: "Fukuda",
  6: "Hewlett-Packard",
  7: "Marquette Electronics",
  8: "Mortara Instruments",
  9: "Nihon Kohden",
  10: "Okin",
  11: "Quinton",
  12: "Siemens",
  13: "SpaceLabs",
  14: "Telemed",
  15: "Hellige",
  16: "ESAOTE-OTE",
  17: "Schiller",
  18: "Picker-Schwarzer",
  19: "Elettronica Trentina",
  20: "Zwönitz",
};
/** The filters of tag 29 by their bit, from the lowest. */
const FILTER_BITS = ["60 Hz notch", "50 Hz notch", "artefacts", "baseline"];
/** A text that says nothing. */
const NOTHING = /^(unknown|unspecified)?$/i;
/** The largest offset from UTC that is read, in minutes. */
const MAX_OFFSET_MINUTES = 24 * 60;

type About = Pick<Recording, "recordedAt" | "subject" | "device"> & { notes: string[] };

/**
 * Reads who was recorded, when and with what (section 1).
 *
 * @param timeZone the IANA name of the zone of a record that does not give its offset from UTC
 */
export function readAbout(section: ByteReader | undefined, timeZone: string): About {
  const fields = section ? readFields(section) : new Map<number, ByteReader>();
  const [firstName, lastName, patientId] = [TAG.firstName, TAG.lastName, TAG.patientId].map((tag) => {
    const field = fields.get(tag);
    return field ? readText(field) : "";
  });
  const { recordedAt, notes } = readDate(fields, timeZone);
  return {
    subject: patientId || [firstName, lastName].filter((name) => name !== "").join(" ") || null,
    device: readDevice(fields.get(TAG.acquiringDevice)),
    recordedAt,
    notes: [...notes, ...noteFilters(readFilters(fields))],
  };
}

/** The filters that were on: below so many hundredths of a hertz, above so many hertz, and others by a bit each. */
function readFilters(fields: ReadonlyMap<number, ByteReader>): string[] {
  const [baseline, lowPass] = [TAG.baselineFilter, TAG.lowPassFilter].map((tag) => {
    const field = fields.get(tag);
    return field && field.remaining >= 2 ? field.u16() : 0;
  });
  const bits = fields.get(TAG.filterBits);
  const byte = bits && bits.remaining > 0 ? bits.u8() : 0;
  return [
    ...(baseline > 0 ? [`high pass ${baseline / 100} Hz`] : []),
    ...(lowPass > 0 ? [`low pass ${lowPass} Hz`] : []),
    ...FILTER_BITS.filter((_, bit) => byte & (1 << bit)),
  ];
}

/** Reads the first field of each tag. */
function readFields(section: ByteReader): Map<number, ByteReader> {
  const fields = new Map<number, ByteReader>();
  while (section.remaining >= 3) {
    const tag = section.u8();
    if (tag === TAG.end) break;
    const field = section.part(section.u16(), `tag ${tag}`);
    if (!fields.has(tag)) fields.set(tag, field);
  }
  return fields;
}

/** Reads the date; null for what is none, such as the zeros that stand for no date. All else has a note then. */
function readDate(
  fields: ReadonlyMap<number, ByteReader>,
  timeZone: string,
): { recordedAt: number | null; notes: string[] } {
  const date = fields.get(TAG.date);
  const time = fields.get(TAG.time);
  if (!date || date.remaining === 0) return { recordedAt: null, notes: [] };
  const isWhole = date.remaining >= 4 && time !== undefined && time.remaining >= 3;
  if (!isWhole) return { recordedAt: null, notes: ["The date of acquisition was not kept: it is not whole."] };
  const local: LocalTime = {
    year: date.u16(),
    month: date.u8(),
    day: date.u8(),
    hour: time.u8(),
    minute: time.u8(),
    second: time.u8(),
  };
  const zone = fields.get(TAG.timeZone);
  // 0x7FFF, which says that it is not known, is beyond the bounds too.
  const offset = zone && zone.remaining >= 2 ? zone.i16() : Number.NaN;
  const isKnown = Math.abs(offset) <= MAX_OFFSET_MINUTES;
  const wall = toInstant(local, isKnown ? "UTC" : timeZone);
  if (wall !== null) return { recordedAt: isKnown ? wall - offset * 60_000 : wall, notes: [] };
  const { year, month, day, hour, minute, second } = local;
  const notes = [
    `The date of acquisition, ${[year, month, day].join("-")} ${[hour, minute, second].join(":")}, is none.`,
  ];
  return { recordedAt: null, notes: month === 0 && day === 0 ? [] : notes };
}

/** Reads the manufacturer, model and serial number of the acquiring device (tag 14). */
function readDevice(field: ByteReader | undefined): string | null {
  // The strings are behind 36 bytes.
  if (!field || field.remaining < 36) return null;
  field.skip(7); // institution, department, device number, type
  const manufacturer = field.u8();
  const model = readText(field.part(6));
  field.skip(22); // versions, language, capabilities, mains frequency, reserved, length of the first string
  const strings = [];
  // Of the analysing program's revision, the serial number, two of software, the manufacturer.
  while (field.remaining > 0 && strings.length < 5) strings.push(readText(field));
  const parts = [MANUFACTURERS[manufacturer] ?? strings[4] ?? "", model, strings[1] ?? ""];
  return parts.filter((part) => !NOTHING.test(part)).join(" ") || null;
}

/** Reads a text up to the next NUL. */
function readText(field: ByteReader): string {
  const bytes: number[] = [];
  for (let byte = 0xff; field.remaining > 0 && byte !== 0; ) {
    byte = field.u8();
    if (byte !== 0) bytes.push(byte);
  }
  return decodeText(Uint8Array.from(bytes)).trim();
}
