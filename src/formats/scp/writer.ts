import type { AppError } from "../../errors.ts";
import { toInstant, toLocalTime } from "../../recording/local-time.ts";
import { isVoltage, type Lead, MISSING, type Recording } from "../../recording/recording.ts";
import { crcCcitt } from "../crc-ccitt.ts";
import { newNotAcceptable, type WriteOptions } from "../format.ts";
import { joinBytes } from "../join-bytes.ts";
import { MAX_LEADS } from "../limits.ts";
import { TAG } from "./about.ts";
import { DEFAULT_TABLE, encode } from "./huffman.ts";
import { ALL_SIMULTANEOUS, findLeadNumber } from "./lead-definitions.ts";
import { MAGIC, POINTER_BYTES, POINTER_COUNT, RECORD_HEADER_BYTES, SECTION_HEADER_BYTES } from "./record.ts";
import { MAX_SAMPLES } from "./rhythm.ts";

/** The version of the sections and of the protocol: 2.0. */
const VERSION = 20;
/** The largest unsigned integer of 16 bits. */
const MAX_U16 = 0xffff;
/** The lowest sample: section 6 has 16 bits. */
const MIN_INT16 = -0x8000;
/** The highest sample. */
const MAX_INT16 = 0x7fff;
/** The longest lead in section 6, in bytes: its length has 16 bits. */
const MAX_LEAD_BYTES = MAX_U16;
/** The most leads that are counted as simultaneous: their number has 5 bits. */
const MAX_SIMULTANEOUS = 31;

type Bytes = readonly number[] | Uint8Array;
type Section = { id: number; content: Uint8Array };
/** A field of section 1: a tag and its value. */
type Field = [number, Bytes];

/**
 * Writes a record of sections 0, 1, 3 and 6, and section 2 with the specification's Huffman table where first
 * differences in that table take less room than samples. The date is kept to the second, with its offset from UTC.
 *
 * @throws AppError `not-acceptable`, with a detail that says what SCP-ECG cannot carry
 */
export function write(recording: Recording, { timeZone }: WriteOptions): Uint8Array<ArrayBuffer> {
  const { leads } = recording;
  checkSize(leads);
  const other = leads.find((lead) => !isVoltage(lead));
  if (other) throw newNotAcceptable(`SCP-ECG has voltages only: lead ${other.name} is in ${other.unit}.`);
  const interval = requireWhole(leads, "samplingRate", "a sampling rate", "microseconds between two samples");
  const multiplier = requireWhole(leads, "gain", "a gain", "nanovolts in an ADC unit");
  for (const lead of leads) checkSamples(lead);
  const { data, isCoded } = encodeLeads(leads);
  const lengths = data.map(({ length }) => u16(length));
  return writeRecord([
    { id: 1, content: writeAbout(recording, timeZone) },
    ...(isCoded ? [{ id: 2, content: joinBytes([u16(DEFAULT_TABLE)]) }] : []),
    { id: 3, content: writeLeadDefinitions(leads) },
    { id: 6, content: joinBytes([u16(multiplier), u16(interval), [isCoded ? 1 : 0, 0], ...lengths, ...data]) },
  ]);
}

/** Refuses what is too long, before anything is made of it. The shortest code has one bit. */
function checkSize(leads: readonly Lead[]): void {
  if (leads.length > MAX_LEADS) throw newNotAcceptable(`SCP-ECG is written with up to ${MAX_LEADS} leads.`);
  const lengths = leads.map(({ samples }) => samples.length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total > MAX_SAMPLES || lengths.some((length) => length > MAX_LEAD_BYTES * 8)) throw newTooLong();
}

function newTooLong(): AppError {
  return newNotAcceptable(`SCP-ECG has up to ${MAX_LEAD_BYTES} bytes for a lead: ask for a part of the recording.`);
}

/**
 * A million divided by a value that all leads have in common. It must be an integer that gives the value back: `unit`
 * says of what.
 */
function requireWhole(leads: readonly Lead[], key: "samplingRate" | "gain", name: string, unit: string): number {
  const value = leads[0]?.[key] ?? null;
  if (value === null || leads.some((lead) => lead[key] !== value))
    throw newNotAcceptable(`SCP-ECG needs ${name} that is known and the same for all leads.`);
  const whole = Math.round(1e6 / value);
  // When it is read it shall be what it was.
  if (!(whole >= 1 && whole <= MAX_U16 && 1e6 / whole === value))
    throw newNotAcceptable(`SCP-ECG cannot carry ${name} of ${value}: it has 1 to ${MAX_U16} whole ${unit}.`);
  return whole;
}

function checkSamples({ name, samples, baseline }: Lead): void {
  if (baseline !== 0) throw newNotAcceptable(`SCP-ECG has 0 mV at 0 ADC units, but lead ${name} at ${baseline}.`);
  for (const sample of samples) {
    if (sample === MISSING) throw newNotAcceptable(`SCP-ECG cannot say that samples are missing, as in lead ${name}.`);
    if (sample < MIN_INT16 || sample > MAX_INT16)
      throw newNotAcceptable(`SCP-ECG has samples of 16 bits, but lead ${name} has ${sample}.`);
  }
}

/** Encodes the leads for section 6: their first differences in Huffman codes, or their samples as they are. */
function encodeLeads(leads: readonly Lead[]): { data: Uint8Array[]; isCoded: boolean } {
  const plain = leads.map(({ samples }) => toBytes(samples));
  const coded = leads.map(({ samples }) => encodeDifferences(samples));
  const isCoded = coded.every((lead) => lead !== undefined) && countBytes(coded) < countBytes(plain);
  const data = isCoded ? coded : plain;
  if (data.some(({ length }) => length > MAX_LEAD_BYTES)) throw newTooLong();
  return { data, isCoded };
}

/**
 * Encodes first differences; undefined when one has more than 16 bits, for not all programs overflow back to the
 * sample.
 */
function encodeDifferences(samples: Int32Array): Uint8Array | undefined {
  const differences = samples.map((sample, i) => (i === 0 ? sample : sample - samples[i - 1]));
  if (differences.some((difference) => difference < MIN_INT16 || difference > MAX_INT16)) return undefined;
  return encode(differences);
}

function toBytes(samples: Int32Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2);
  for (const [i, sample] of samples.entries()) bytes.set(u16(sample), 2 * i);
  return bytes;
}

function countBytes(leads: readonly Uint8Array[]): number {
  return leads.reduce((sum, { length }) => sum + length, 0);
}

/** Writes section 1: the tags that must be there, and the time zone. */
function writeAbout({ subject, device, recordedAt }: Recording, timeZone: string): Uint8Array {
  const fields: Field[] = [
    [TAG.patientId, text(subject ?? "")],
    [TAG.acquiringDevice, writeDevice(device ?? "")],
    ...writeDate(recordedAt, timeZone),
    [TAG.end, []],
  ];
  return joinBytes(fields.flatMap(([tag, value]) => [[tag], u16(value.length), value]));
}

/** Writes the date and time of the acquisition; nothing when they are not known, for there is no value for that. */
function writeDate(recordedAt: number | null, timeZone: string): Field[] {
  if (recordedAt === null) return [];
  const local = toLocalTime(recordedAt, timeZone);
  const fields: Field[] = [
    [TAG.date, [...u16(local.year), local.month, local.day]],
    [TAG.time, [local.hour, local.minute, Math.floor(local.second)]],
  ];
  const offset = ((toInstant(local, "UTC") ?? recordedAt) - recordedAt) / 60_000;
  // Long ago there were offsets with seconds, for which there is no place.
  if (Number.isInteger(offset)) fields.push([TAG.timeZone, [...u16(offset), 0, 0]]);
  return fields;
}

/**
 * Writes tag 14, the acquiring device (section 5.4.5 of the specification). The name of the device stands in place of
 * the manufacturer, which may be long.
 */
function writeDevice(device: string): Uint8Array {
  const isAscii = /^\p{ASCII}*$/u.test(device);
  return joinBytes([
    [0, 0, 0, 0, 0, 0], // institution, department, number
    [1, 0xff], // a system, of another manufacturer than those that have a code
    [0, 0, 0, 0, 0, 0], // model
    [VERSION, 0xa0], // category II: with the rhythm data
    [isAscii ? 0 : 1, 0, 0], // language, capabilities, mains frequency
    new Uint8Array(16),
    [1], // the first string's length
    text(""), // revision of the analysing program
    text(""), // serial number
    text(""), // its software
    text(""), // its SCP-ECG software
    text(device),
  ]);
}

/** Writes section 3. All leads begin with the first sample. */
function writeLeadDefinitions(leads: readonly Lead[]): Uint8Array {
  const flags = ALL_SIMULTANEOUS + (Math.min(leads.length, MAX_SIMULTANEOUS) << 3);
  const definitions = leads.map(({ name, samples }) => {
    const number = findLeadNumber(name);
    if (number === undefined) throw newNotAcceptable(`SCP-ECG has no number for a lead called ${name}.`);
    return [...u32(1), ...u32(samples.length), number];
  });
  return joinBytes([[leads.length, flags], ...definitions]);
}

/** Writes the record header, section 0 and all others, each with its CRC. */
function writeRecord(sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const pointersLength = SECTION_HEADER_BYTES + POINTER_COUNT * POINTER_BYTES;
  const pointers = Array.from({ length: POINTER_COUNT }, (_, id): Bytes => [...u16(id), ...u32(0), ...u32(0)]);
  let index = RECORD_HEADER_BYTES + 1;
  const point = (id: number, length: number) => {
    pointers[id] = [...u16(id), ...u32(length), ...u32(index)];
    index += length;
  };
  point(0, pointersLength);
  const rest = sections.map(({ id, content }) => {
    const section = writeSection(id, content);
    point(id, section.length);
    return section;
  });
  const body = [writeSection(0, joinBytes(pointers), new TextEncoder().encode(MAGIC)), ...rest];
  return withCrc(joinBytes([u32(index - 1), ...body]));
}

/** Writes a section, padded to an even length. */
function writeSection(id: number, content: Uint8Array, reserved: Bytes = [0, 0, 0, 0, 0, 0]): Uint8Array {
  const padding = new Uint8Array(content.length % 2);
  const length = SECTION_HEADER_BYTES + content.length + padding.length;
  return withCrc(joinBytes([u16(id), u32(length), [VERSION, VERSION], reserved, content, padding]));
}

function withCrc(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return joinBytes([u16(crcCcitt(bytes)), bytes]);
}

/** A text with the NUL that ends it. */
function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

function u16(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

function u32(value: number): number[] {
  return [...u16(value), ...u16(value >>> 16)];
}
