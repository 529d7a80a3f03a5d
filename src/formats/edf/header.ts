import { type LocalTime, toInstant } from "../../recording/local-time.ts";
import type { Lead } from "../../recording/recording.ts";
import { ByteReader } from "../byte-reader.ts";
import type { ByteStream } from "../byte-stream.ts";
import { FormatError } from "../format.ts";
import { decodeText } from "../text.ts";
import { noteUnscaled } from "../unscaled.ts";
import { FIELD_LENGTH, findSimplest, type NumberField, parseNumberField } from "./number-field.ts";
import { isUnitStep, toScale } from "./scale.ts";

/** The bytes of the fixed part of the header, and of what the header has on each signal. */
export const HEADER_BYTES = 256;
/** The version field of EDF and EDF+. EDF+ says so in the reserved field: `EDF+C`, `EDF+D`. */
export const EDF_VERSION = "0       ";
/** The version field of BDF and BDF+. */
export const BDF_VERSION = "\xffBIOSEMI";
/** The longest data record that is read, in bytes: EDFlib takes no longer ones of BDF, and shorter ones of EDF. */
const MAX_RECORD_BYTES = 15 * 1024 * 1024;
/** The months as in `Startdate dd-MMM-yyyy` (EDF+ specification, section 2.1.3.4). */
export const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** The number of signals has four digits. */
const MAX_SIGNALS = 9999;
/** The label of a signal of annotations (EDF+ specification, section 2.2.1). */
const ANNOTATIONS_LABEL = /^[EB]DF Annotations$/;

/** The header of a file, as far as it is read. */
export type Header = {
  bytesPerSample: 2 | 3;
  patient: string;
  recording: string;
  /** The start of the recording; null when the file does not say it. */
  start: LocalTime | null;
  /** Sentences for the sender on what of the header was not understood, or how. */
  notes: string[];
  /** Whether the file is EDF+ or BDF+, which may have annotations. */
  isPlus: boolean;
  /** Whether there may be time between the data records, which then say when they begin. */
  isDiscontinuous: boolean;
  /** The number of data records; undefined if the header says -1: then they go on until the file ends. */
  recordCount: number | undefined;
  recordBytes: number;
  /** The signals without those of annotations. */
  signals: Signal[];
  annotationsSignals: Signal[];
};

/** A signal, as its part of the header describes it. */
export type Signal = {
  label: string;
  samplesPerRecord: number;
  /** The offset of its samples within a data record, in bytes. */
  offset: number;
  /** The filters that were on, as in `HP:0.05Hz LP:150Hz N:50Hz`; empty when none are named. */
  prefiltering: string;
  /** The sampling rate in Hz. */
  readSamplingRate: () => number;
  /** The scale, with a note for the sender where the ends make none, or one of no unit. */
  readScale: () => { scale: Pick<Lead, "gain" | "baseline" | "unit">; note?: string };
};

/** Whether a file begins with a header of this version, whose size fits its number of signals. */
export function beginsAs(version: string, prefix: Uint8Array): boolean {
  if (prefix.length < HEADER_BYTES) return false;
  const text = fromZeros(new ByteReader(prefix).latin1(HEADER_BYTES));
  return text.startsWith(version) && Number(text.slice(184, 192)) === HEADER_BYTES * (1 + Number(text.slice(252, 256)));
}

/** Reads the header record (EDF specification, table of the header record). */
export async function readHeader(file: ByteStream): Promise<Header> {
  const bytes = new ByteReader(await file.read(HEADER_BYTES));
  const version = fromZeros(bytes.latin1(8, "the version"));
  if (version !== EDF_VERSION && version !== BDF_VERSION) throw new FormatError("byte 0", "this is no EDF or BDF file");
  const patient = readText(bytes, 80, "local patient identification");
  const recording = readText(bytes, 80, "local recording identification");
  const date = readText(bytes, 8, "startdate of recording");
  const time = readText(bytes, 8, "starttime of recording");
  const headerBytes = readInteger(bytes, 8, "number of bytes in header record", 0, HEADER_BYTES * (MAX_SIGNALS + 1));
  const reserved = readText(bytes, 44, "reserved");
  const recordCount = readInteger(bytes, 8, "number of data records", -1, 99_999_999);
  const duration = readText(bytes, FIELD_LENGTH, "duration of a data record");
  const recordDuration = toNumberField(duration, "duration of a data record, in seconds");
  const signalCount = readInteger(bytes, 4, "number of signals in data record", 1, MAX_SIGNALS);
  if (headerBytes !== HEADER_BYTES * (signalCount + 1)) {
    const message = `${headerBytes} is not 256 for each of the ${signalCount} signals and 256 before them`;
    throw new FormatError("number of bytes in header record", message);
  }

  const rest = new ByteReader(await file.read(headerBytes - HEADER_BYTES), { start: HEADER_BYTES });
  const bytesPerSample = version === BDF_VERSION ? 3 : 2;
  const { signals, physicalEnds } = readSignals(rest, signalCount, bytesPerSample, recordDuration);
  const recordBytes = signals.reduce((sum, { samplesPerRecord }) => sum + samplesPerRecord, 0) * bytesPerSample;
  if (recordBytes > MAX_RECORD_BYTES)
    throw new FormatError("number of samples in each data record", `${recordBytes} bytes a data record are too many`);
  const { start, note } = toStart(date, time, recording);
  const notes = note === undefined ? [] : [note];
  const firstComma = [duration, ...physicalEnds].find((text) => text.includes(","));
  if (firstComma !== undefined) {
    const meant = toPoint(firstComma);
    notes.push(`The header has numbers with decimal commas: ${firstComma} was read as ${meant}, and others alike.`);
  }
  return {
    bytesPerSample,
    patient,
    recording,
    start,
    notes,
    isPlus: /^[EB]DF\+/.test(reserved),
    isDiscontinuous: /^[EB]DF\+D/.test(reserved),
    recordCount: recordCount < 0 ? undefined : recordCount,
    recordBytes,
    signals: signals.filter(({ label }) => !ANNOTATIONS_LABEL.test(label)),
    // One without room could be named in no time as often as there are signals, and be looked for in each data record.
    annotationsSignals: signals.filter((signal) => ANNOTATIONS_LABEL.test(signal.label) && signal.samplesPerRecord > 0),
  };
}

/**
 * Reads the fields of the signals, which are stored one field after the other, each for all signals. Numbers that only
 * leads need are parsed when a lead is made: other channels may have none.
 */
function readSignals(
  bytes: ByteReader,
  count: number,
  bytesPerSample: number,
  recordDuration: NumberField,
): { signals: Signal[]; physicalEnds: string[] } {
  const readAll = (length: number, what: string) => {
    const part = bytes.part(length * count, what);
    return Array.from({ length: count }, () => readText(part, length, what));
  };
  const labels = readAll(16, "label");
  readAll(80, "transducer type");
  const dimensions = readAll(8, "physical dimension");
  const physicalMin = readAll(8, "physical minimum");
  const physicalMax = readAll(8, "physical maximum");
  const digitalMin = readAll(8, "digital minimum");
  const digitalMax = readAll(8, "digital maximum");
  const prefiltering = readAll(80, "prefiltering");
  const counts = readAll(8, "number of samples in each data record");
  readAll(32, "reserved");

  let offset = 0;
  const signals = labels.map((label, i) => {
    const of = (what: string) => `${what} of signal ${i + 1}, ${JSON.stringify(label)}`;
    const samplesPerRecord = toInteger(counts[i], of("number of samples in each data record"), 0, 99_999_999);
    const signal: Signal = {
      label,
      samplesPerRecord,
      offset,
      prefiltering: prefiltering[i],
      readSamplingRate: () => {
        const rate = samplingRateOfRecord(samplesPerRecord, recordDuration);
        if (rate === undefined) throw new FormatError(of("number of samples in each data record"), "no sampling rate");
        return rate;
      },
      readScale: () => {
        const limit = 2 ** (8 * bytesPerSample - 1);
        const ends = {
          digitalMin: toInteger(digitalMin[i], of("digital minimum"), -limit, limit - 1),
          digitalMax: toInteger(digitalMax[i], of("digital maximum"), -limit, limit - 1),
          physicalMin: toNumberField(physicalMin[i], of("physical minimum")),
          physicalMax: toNumberField(physicalMax[i], of("physical maximum")),
        };
        const scale = toScale(ends, dimensions[i]);
        if (scale?.gain === null && !isUnitStep(ends)) return { scale, note: noteUnscaled([label]) };
        if (scale) return { scale };
        const physical = `from ${physicalMin[i]} to ${physicalMax[i]} ${dimensions[i]}`.trim();
        const made = `${physical}, from ${digitalMin[i]} to ${digitalMax[i]} ADC units`;
        return {
          scale: { gain: null, baseline: 0 },
          note: `Signal ${i + 1}, ${JSON.stringify(label)}, is kept without a gain: its ends make no scale (${made}).`,
        };
      },
    };
    offset += samplesPerRecord * bytesPerSample;
    return signal;
  });
  return { signals, physicalEnds: [...physicalMin, ...physicalMax] };
}

/**
 * The sampling rate in Hz; undefined when there is none. Where the duration was rounded to fit its field, the rate is
 * the simplest number that agrees with it.
 */
export function samplingRateOfRecord(samplesPerRecord: number, recordDuration: NumberField): number | undefined {
  const { digits, decimals, error } = recordDuration;
  const rate = (samplesPerRecord * 10 ** decimals) / digits;
  if (!(rate > 0 && rate < Number.POSITIVE_INFINITY)) return undefined;
  return findSimplest(rate, (rate * error * 10 ** decimals) / digits);
}

/**
 * The start of the recording, with a note for the sender on a date that was not understood. The year is that of EDF+'s
 * `Startdate dd-MMM-yyyy` if it has the same day, else it lies from 1985 to 2084. Without EDF+'s date 1 January 1985 is
 * no date: anonymised files have it. Nor is one of zeros.
 */
function toStart(date: string, time: string, recording: string): { start: LocalTime | null; note?: string } {
  const said = `${date} ${time}`.trim();
  const note = `The start of the recording, ${JSON.stringify(said)}, was not understood.`;
  const dateMatch = /^(\d{1,2})[.:/-](\d{1,2})[.:/-](\d\d|yy)$/i.exec(date);
  const timeMatch = /^(\d{1,2})[.:](\d{1,2})[.:](\d{1,2})$/.exec(time);
  if (!/[1-9a-z]/i.test(said)) return { start: null };
  if (!dateMatch || !timeMatch) return { start: null, note };
  const [day, month, shortYear] = dateMatch.slice(1).map(Number);
  const [hour, minute, second] = timeMatch.slice(1).map(Number);

  const full = /^Startdate (\d\d)-([A-Z]{3})-(\d{4})(?: |$)/i.exec(recording);
  const isSameDay = full && Number(full[1]) === day && MONTHS.indexOf(full[2].toUpperCase()) === month - 1;
  const toReal = (year: number) => {
    const start = { year, month, day, hour, minute, second };
    return toInstant(start, "UTC") === null ? { start: null, note } : { start };
  };
  if (isSameDay) return toReal(Number(full[3]));
  const differs = full ? `The start of the recording is ${date} in one place and ${full[0].trim()} in another` : "";
  if (Number.isNaN(shortYear)) return { start: null, note: full ? `${differs}: neither was kept.` : note };
  if (shortYear === 85 && month === 1 && day === 1)
    return full ? { start: null, note: `${differs}: neither was kept.` } : { start: null };
  const real = toReal(shortYear + (shortYear >= 85 ? 1900 : 2000));
  return full && real.start ? { ...real, note: `${differs}: the first was kept.` } : real;
}

/** Reads a text, which is padded with spaces, or by some programs with zeros. It is ASCII, but not in all files. */
function readText(bytes: ByteReader, length: number, what: string): string {
  return fromZeros(decodeText(bytes.take8(length, what))).trim();
}

function fromZeros(text: string): string {
  return text.replaceAll("\0", " ");
}

function readInteger(bytes: ByteReader, length: number, what: string, min: number, max: number): number {
  return toInteger(readText(bytes, length, what), what, min, max);
}

/** A whole number, which some programs write with a decimal point: `-32768.0`. */
function toInteger(text: string, what: string, min: number, max: number): number {
  const value = Number(/^([+-]?\d+)(?:[.,]0*)?$/.exec(text)?.[1] ?? Number.NaN);
  if (!(value >= min && value <= max))
    throw new FormatError(what, `${JSON.stringify(text)} is no whole number from ${min} to ${max}`);
  return value;
}

function toNumberField(text: string, what: string): NumberField {
  const number = parseNumberField(toPoint(text));
  if (!number) throw new FormatError(what, `${JSON.stringify(text)} is no number`);
  return number;
}

/** A number with the decimal comma that some programs write, as one with a point. */
function toPoint(number: string): string {
  return number.replace(",", ".");
}
