import { standardLead } from "../recording/lead-names.ts";
import { type LocalTime, toInstant, toLocalTime } from "../recording/local-time.ts";
import { isVoltage, type Lead, MISSING, type Recording, type RecordingHead } from "../recording/recording.ts";
import { ByteReader } from "./byte-reader.ts";
import type { ByteStream } from "./byte-stream.ts";
import { crcCcitt } from "./crc-ccitt.ts";
import {
  type Format,
  FormatError,
  type InputFile,
  newNotAcceptable,
  type OpenRecording,
  type ReadOptions,
  type Stretch,
  type WriteOptions,
} from "./format.ts";
import { decodeText } from "./text.ts";

/**
 * The Holter format of the International Society for Holter and Noninvasive Electrocardiology, version 1.0. Specification:
 * F. Badilini, "The ISHNE Holter Standard Output File Format", Ann Noninvasive Electrocardiol 3(3):263-266, 1998.
 */
export const ishne = {
  id: "ishne",
  mediaTypes: ["application/ishne", "application/x-ishne"],
  extensions: [".ecg", ".hol"],
  detect: (prefix) => new ByteReader(prefix.subarray(0, 8)).latin1(Math.min(prefix.length, 8)) === MAGIC,
  hasMagic: true,
  open,
  write,
} satisfies Format;

/** The magic number at the beginning of a file. */
const MAGIC = "ISHNE1.0";
/** The version that is written into the header. */
const FILE_VERSION = 1;
/**
 * The offset of the first byte that the checksum covers, behind the checksum itself. It covers the fixed and the
 * variable block of the header.
 */
const CHECKED_FROM = 10;
/** The checksum of a file whose program computes none. */
const NO_CHECKSUM = 0;
/** The offset of the variable block, in bytes. */
const FIXED_BYTES = 522;
/** The longest variable block that is read, in bytes: far more than the text that it is for. */
const MAX_VARIABLE_BYTES = 1 << 20;
/** The leads that the header has places for. */
const LEAD_PLACES = 12;
/** The code in the header for what is absent or not known. */
const ABSENT = -9;
/** The stored value of a missing sample: the lowest integer of 16 bits, as in other formats of 16 bits. */
const MISSING_CODE = -32768;
/** The highest sample, and the largest number of a field of 16 bits. */
const MAX_INT16 = 32767;
/** The length of the ID, in characters. */
const ID_LENGTH = 20;
const NANOVOLTS_PER_MILLIVOLT = 1_000_000;
/** Samples of all leads together that are read at once. */
const STRETCH_SAMPLES = 1 << 17;

/** The lead code of an unknown lead. */
const UNKNOWN_LEAD = 0;
/** The lead quality code for "not known". */
const UNKNOWN_QUALITY = 0;
/** Names of leads by their code. Code 0 is an unknown lead, 1 a generic bipolar one. */
const LEAD_NAMES = ["", "", "X", "Y", "Z", "I", "II", "III", "aVR", "aVL", "aVF"].concat([
  "V1",
  "V2",
  "V3",
  "V4",
  "V5",
  "V6",
  "ES",
  "AS",
  "AI",
]);

type Header = {
  subject: string | null;
  device: string | null;
  start: LocalTime;
  leads: RecordingHead["leads"];
  /** The number of samples that the header promises, of each lead or of all of them: programs differ. */
  promised: number;
  isVerified: boolean;
};

async function open({ bytes }: InputFile, { timeZone }: ReadOptions): Promise<OpenRecording> {
  const { start, isVerified, promised, ...about } = await readHeader(bytes);
  const recordedAt = toInstant(start, timeZone);
  const { year, month, day, hour, minute, second } = start;
  const isUnknown = [day, month, year].every((field) => field === 0 || field === ABSENT);
  const notes = isVerified ? [] : ["The file has a checksum of 0: the header could not be verified."];
  if (recordedAt === null && !isUnknown)
    notes.push(`The start, ${[year, month, day].join("-")} ${[hour, minute, second].join(":")}, is no date and time.`);
  const head = { ...about, recordedAt, note: null, isOpen: false, ...(notes.length > 0 && { notes }) };
  return { head, stretches: readStretches(bytes, head.leads.length, promised) };
}

async function readHeader(file: ByteStream): Promise<Header> {
  const fixed = await file.read(FIXED_BYTES);
  const bytes = new ByteReader(fixed);
  if (bytes.latin1(8, "the magic number") !== MAGIC) throw new FormatError("byte 0", "this is no ISHNE 1.0 file");
  const checksum = bytes.u16("the checksum");
  const variableBytes = readCount(bytes, "size of variable length block", 0, MAX_VARIABLE_BYTES);
  const promised = bytes.i32("the number of samples");
  bytes.skip(4, "offset of variable length block");
  const ecgOffset = readCount(bytes, "offset of ECG block", FIXED_BYTES + variableBytes, 2 * MAX_VARIABLE_BYTES);
  bytes.skip(2, "file version");
  const firstName = readText(bytes, 40, "first name");
  const lastName = readText(bytes, 40, "last name");
  const id = readText(bytes, ID_LENGTH, "ID");
  bytes.skip(2 + 2 + 6, "sex, race and date of birth");
  const [day, month, year] = [bytes.i16("day"), bytes.i16("month"), bytes.i16("year")];
  bytes.skip(6, "date of file");
  const [hour, minute, second] = [bytes.i16("hour"), bytes.i16("minute"), bytes.i16("second")];
  const leadCount = bytes.i16("number of leads");
  if (leadCount < 1 || leadCount > LEAD_PLACES)
    throw new FormatError("number of leads", `${leadCount} is not from 1 to ${LEAD_PLACES}`);
  const codes = readForLeads(bytes, "lead specification");
  readForLeads(bytes, "lead quality");
  const resolutions = readForLeads(bytes, "amplitude resolution");
  bytes.skip(2, "pacemaker code");
  const recorder = readText(bytes, 40, "type of recorder");
  const samplingRate = bytes.i16("sampling rate");
  if (samplingRate <= 0) throw new FormatError("sampling rate", `${samplingRate} Hz is none`);
  bytes.skip(80 + 80 + 88, "proprietary and reserved fields");

  const variable = await file.read(variableBytes);
  const isRight = crcCcitt(variable, crcCcitt(fixed.subarray(CHECKED_FROM))) === checksum;
  if ((!isRight && checksum !== NO_CHECKSUM) || variable.length < variableBytes)
    throw new FormatError("byte 8", "the checksum is not that of the header");
  const gap = ecgOffset - FIXED_BYTES - variableBytes;
  if ((await file.read(gap)).length < gap) throw new FormatError("offset of ECG block", "it is behind the end");

  return {
    subject: id || `${firstName} ${lastName}`.trim() || null,
    device: recorder || null,
    start: { day, month, year, hour, minute, second },
    promised,
    isVerified: isRight,
    leads: Array.from({ length: leadCount }, (_, i) => ({
      name: LEAD_NAMES[codes[i]] || nameUnknown(i),
      samplingRate,
      gain: resolutions[i] > 0 ? NANOVOLTS_PER_MILLIVOLT / resolutions[i] : null,
      baseline: 0,
    })),
  };
}

function readCount(bytes: ByteReader, what: string, min: number, max: number): number {
  const value = bytes.i32(what);
  if (value < min || value > max) throw new FormatError(what, `${value} is not from ${min} to ${max}`);
  return value;
}

/** Reads a text field, in which a zero ends a text that is shorter than the field. */
function readText(bytes: ByteReader, length: number, what: string): string {
  const field = bytes.take8(length, what);
  const end = field.indexOf(0);
  return decodeText(end < 0 ? field : field.subarray(0, end)).trim();
}

function readForLeads(bytes: ByteReader, what: string): number[] {
  return Array.from({ length: LEAD_PLACES }, () => bytes.i16(what));
}

function nameUnknown(index: number): string {
  return `lead ${index + 1}`;
}

/**
 * Samples have 16 bits, and those of all leads take turns. They are counted by the file's length; where that is not what
 * the header promises, a note says so.
 */
async function* readStretches(file: ByteStream, leadCount: number, promised: number): AsyncGenerator<Stretch> {
  const frameBytes = 2 * leadCount;
  const framesAtOnce = Math.ceil(STRETCH_SAMPLES / leadCount);
  let count = 0;
  for (;;) {
    const part = await file.read(framesAtOnce * frameBytes);
    if (part.length % frameBytes > 0)
      throw new FormatError(`byte ${file.position}`, `the file ends within the samples of ${leadCount} leads`);
    if (part.length === 0) break;
    const frames = part.length / frameBytes;
    count += frames;
    yield {
      samples: Array.from({ length: leadCount }, (_, i) => readSamples(part.subarray(2 * i), frames, frameBytes)),
    };
  }
  if (promised > 0 && promised !== count && promised !== count * leadCount) {
    const notes = [`The header promises ${promised} samples, and the file has ${count} of each lead: they are kept.`];
    yield { samples: Array.from({ length: leadCount }, () => new Int32Array(0)), notes };
  }
}

function readSamples(bytes: Uint8Array, count: number, frameBytes: number): Int32Array {
  const samples = new Int32Array(count);
  for (let i = 0, at = 0; i < count; i++, at += frameBytes) {
    const sample = ((bytes[at] << 16) | (bytes[at + 1] << 24)) >> 16;
    samples[i] = sample === MISSING_CODE ? MISSING : sample;
  }
  return samples;
}

/**
 * Writes a file. The date's fraction of a second, and a subject that is longer than its field, are left out: there is
 * no place for them.
 *
 * @throws AppError `not-acceptable`
 */
function write(recording: Recording, { timeZone }: WriteOptions): Uint8Array<ArrayBuffer> {
  const { leads } = recording;
  if (leads.length === 0) throw newNotAcceptable("ISHNE needs a lead.");
  if (leads.length > LEAD_PLACES)
    throw newNotAcceptable(`ISHNE carries up to ${LEAD_PLACES} leads: these are ${leads.length}.`);
  const [{ samplingRate, samples }] = leads;
  if (samplingRate === null || !Number.isInteger(samplingRate) || samplingRate < 1 || samplingRate > MAX_INT16)
    throw newNotAcceptable(`ISHNE needs a sampling rate of 1 to ${MAX_INT16} whole Hz: this is ${samplingRate}.`);
  if (leads.some((lead) => lead.samplingRate !== samplingRate || lead.samples.length !== samples.length))
    throw newNotAcceptable("ISHNE carries leads of one sampling rate and one length only.");

  const bytes = new Uint8Array(FIXED_BYTES + 2 * leads.length * samples.length);
  writeHeader(bytes, recording, { samplingRate, count: samples.length, timeZone });
  for (const [i, lead] of leads.entries()) writeSamples(lead, bytes.subarray(FIXED_BYTES + 2 * i), 2 * leads.length);
  return bytes;
}

function writeHeader(
  bytes: Uint8Array,
  { recordedAt, subject, device, leads }: Recording,
  { samplingRate, count, timeZone }: { samplingRate: number; count: number; timeZone: string },
): void {
  const view = new DataView(bytes.buffer);
  let position = 0;
  const put16 = (value: number) => {
    view.setInt16(position, value, true);
    position += 2;
  };
  const put32 = (value: number) => {
    view.setInt32(position, value, true);
    position += 4;
  };
  const putText = (text: string, length: number) => {
    for (let i = 0; i < Math.min(text.length, length); i++) bytes[position + i] = toLatin1(text.charCodeAt(i));
    position += length;
  };
  const putForLeads = (values: number[]) => {
    for (let i = 0; i < LEAD_PLACES; i++) put16(values[i] ?? ABSENT);
  };
  const start = recordedAt === null ? null : toLocalTime(recordedAt, timeZone);

  putText(MAGIC, 8);
  put16(0); // The checksum, when the rest is there.
  put32(0); // The size of the variable block.
  put32(count);
  put32(FIXED_BYTES); // Where the variable block would be, and where the samples are.
  put32(FIXED_BYTES);
  put16(FILE_VERSION);
  putText("", 40 + 40); // Names.
  putText(subject !== null && subject.length <= ID_LENGTH ? subject : "", ID_LENGTH);
  position += 2 + 2 + 6; // Sex, race and date of birth: 0 is unknown.
  for (const value of start ? [start.day, start.month, start.year] : [0, 0, 0]) put16(value);
  position += 6; // The date of the file.
  for (const value of start ? [start.hour, start.minute, Math.floor(start.second)] : [0, 0, 0]) put16(value);
  put16(leads.length);
  putForLeads(leads.map(toCode));
  putForLeads(leads.map(() => UNKNOWN_QUALITY));
  putForLeads(leads.map(toResolution));
  put16(ABSENT); // Whether there is a pacemaker.
  putText(device ?? "", 40);
  put16(samplingRate);
  view.setUint16(8, crcCcitt(bytes.subarray(CHECKED_FROM, FIXED_BYTES)), true);
}

function toLatin1(code: number): number {
  return code <= 0xff ? code : "?".charCodeAt(0);
}

/**
 * The code of a lead.
 *
 * @throws AppError `not-acceptable` for a name that has no code: there is no place for text, nor for a unit
 */
function toCode(lead: Lead, index: number): number {
  const { name } = lead;
  if (!isVoltage(lead)) throw newNotAcceptable(`ISHNE has voltages only: lead ${name} is in ${lead.unit}.`);
  if (name === nameUnknown(index)) return UNKNOWN_LEAD;
  const code = LEAD_NAMES.indexOf(standardLead(name) ?? name);
  if (code <= UNKNOWN_LEAD) throw newNotAcceptable(`ISHNE has no code for lead ${name}.`);
  return code;
}

/**
 * The amplitude resolution of a lead, in nV; 0 when its gain is not known.
 *
 * @throws AppError `not-acceptable` for a scale that is no whole number of nV
 */
function toResolution({ name, gain, baseline }: Lead): number {
  if (baseline !== 0) throw newNotAcceptable(`ISHNE has 0 mV at 0: that of lead ${name} is at ${baseline}.`);
  if (gain === null) return 0;
  const resolution = Math.round(NANOVOLTS_PER_MILLIVOLT / gain);
  if (resolution < 1 || resolution > MAX_INT16 || NANOVOLTS_PER_MILLIVOLT / resolution !== gain) {
    const detail = `ISHNE carries a resolution of 1 to ${MAX_INT16} whole nV: that of lead ${name} is ${NANOVOLTS_PER_MILLIVOLT / gain}.`;
    throw newNotAcceptable(detail);
  }
  return resolution;
}

/** Writes the samples of a lead, `frameBytes` apart. */
function writeSamples({ name, samples }: Lead, bytes: Uint8Array, frameBytes: number): void {
  for (let i = 0, at = 0; i < samples.length; i++, at += frameBytes) {
    const sample = samples[i] === MISSING ? MISSING_CODE : samples[i];
    if (samples[i] !== MISSING && (sample <= MISSING_CODE || sample > MAX_INT16))
      throw newNotAcceptable(`ISHNE carries samples of -${MAX_INT16} to ${MAX_INT16}: lead ${name} has ${sample}.`);
    bytes[at] = sample;
    bytes[at + 1] = sample >> 8;
  }
}
