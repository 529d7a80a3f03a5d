import type { LocalTime } from "../../recording/local-time.ts";
import { ByteReader } from "../byte-reader.ts";
import type { ByteStream } from "../byte-stream.ts";
import { FormatError } from "../format.ts";
import { FIELD_LENGTH, findSimplest, type NumberField, parseNumberField } from "./number-field.ts";
import { toScale } from "./scale.ts";

/** The bytes of the fixed part of the header, and of what the header has on each signal. */
export const HEADER_BYTES = 256;
/** The version field of EDF and EDF+. EDF+ says so in the reserved field: `EDF+C`, `EDF+D`. */
export const EDF_VERSION = "0       ";
/** The version field of BDF and BDF+. */
export const BDF_VERSION = "\xffBIOSEMI";
/** The longest data record that is read, in bytes: EDFlib takes no longer ones of BDF, and shorter ones of EDF. */
export const MAX_RECORD_BYTES = 15 * 1024 * 1024;
/** The months as in `Startdate dd-MMM-yyyy` (EDF+ specification, section 2.1.3.4). */
export const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** The number of signals has four digits. */
const MAX_SIGNALS = 9999;
/** The label of a signal of annotations (EDF+ specification, section 2.2.1). */
const ANNOTATIONS_LABEL = /^[EB]DF Annotations$/;

export type Header = {
  bytesPerSample: 2 | 3;
  patient: string;
  recording: string;
  /** The start of the recording; null when the file does not say it. */
  start: LocalTime | null;
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

export type Signal = {
  label: string;
  samplesPerRecord: number;
  /** The offset of its samples within a data record, in bytes. */
  offset: number;
  /** The sampling rate in Hz. */
  readSamplingRate: () => number;
  readScale: () => { gain: number | null; baseline: number };
};

/** Whether a file begins with a header of this version, whose size fits its number of signals. */
export function beginsAs(version: string, prefix: Uint8Array): boolean {
  if (prefix.length < HEADER_BYTES) return false;
  const text = new ByteReader(prefix).latin1(HEADER_BYTES);
  return text.startsWith(version) && Number(text.slice(184, 192)) === HEADER_BYTES * (1 + Number(text.slice(252, 256)));
}

/** Reads the header record (EDF specification, table of the header record). */
export async function readHeader(file: ByteStream): Promise<Header> {
  const bytes = new ByteReader(await file.read(HEADER_BYTES));
  const version = bytes.latin1(8, "the version");
  if (version !== EDF_VERSION && version !== BDF_VERSION) throw new FormatError("byte 0", "this is no EDF or BDF file");
  const patient = readText(bytes, 80, "local patient identification");
  const recording = readText(bytes, 80, "local recording identification");
  const date = readText(bytes, 8, "startdate of recording");
  const time = readText(bytes, 8, "starttime of recording");
  const headerBytes = readInteger(bytes, 8, "number of bytes in header record", 0, HEADER_BYTES * (MAX_SIGNALS + 1));
  const reserved = readText(bytes, 44, "reserved");
  const recordCount = readInteger(bytes, 8, "number of data records", -1, 99_999_999);
  const recordDuration = readNumber(bytes, "duration of a data record, in seconds");
  const signalCount = readInteger(bytes, 4, "number of signals in data record", 1, MAX_SIGNALS);
  if (headerBytes !== HEADER_BYTES * (signalCount + 1)) {
    const message = `${headerBytes} is not 256 for each of the ${signalCount} signals and 256 before them`;
    throw new FormatError("number of bytes in header record", message);
  }

  const rest = new ByteReader(await file.read(headerBytes - HEADER_BYTES), { start: HEADER_BYTES });
  const bytesPerSample = version === BDF_VERSION ? 3 : 2;
  const signals = readSignals(rest, signalCount, bytesPerSample, recordDuration);
  const recordBytes = signals.reduce((sum, { samplesPerRecord }) => sum + samplesPerRecord, 0) * bytesPerSample;
  if (recordBytes > MAX_RECORD_BYTES)
    throw new FormatError("number of samples in each data record", `${recordBytes} bytes a data record are too many`);
  return {
    bytesPerSample,
    patient,
    recording,
    start: toStart(date, time, recording),
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
function readSignals(bytes: ByteReader, count: number, bytesPerSample: number, recordDuration: NumberField): Signal[] {
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
  readAll(80, "prefiltering");
  const counts = readAll(8, "number of samples in each data record");
  readAll(32, "reserved");

  let offset = 0;
  return labels.map((label, i) => {
    const of = (what: string) => `${what} of signal ${i + 1}, ${JSON.stringify(label)}`;
    const samplesPerRecord = toInteger(counts[i], of("number of samples in each data record"), 0, 99_999_999);
    const signal: Signal = {
      label,
      samplesPerRecord,
      offset,
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
        if (!scale) throw new FormatError(of("digital and physical minimum and maximum"), "they make no scale");
        return scale;
      },
    };
    offset += samplesPerRecord * bytesPerSample;
    return signal;
  });
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
 * The start of the recording. The year is that of EDF+'s `Startdate dd-MMM-yyyy` if it has the same day, else it lies
 * from 1985 to 2084. Without EDF+'s date 1 January 1985 is no date: anonymised files have it.
 */
function toStart(date: string, time: string, recording: string): LocalTime | null {
  const dateMatch = /^(\d{1,2})[.:/-](\d{1,2})[.:/-](\d\d|yy)$/i.exec(date);
  const timeMatch = /^(\d{1,2})[.:](\d{1,2})[.:](\d{1,2})$/.exec(time);
  if (!dateMatch || !timeMatch) return null;
  const [day, month, shortYear] = dateMatch.slice(1).map(Number);
  const [hour, minute, second] = timeMatch.slice(1).map(Number);

  const full = /^Startdate (\d\d)-([A-Z]{3})-(\d{4})(?: |$)/i.exec(recording);
  const isSameDay = full && Number(full[1]) === day && MONTHS.indexOf(full[2].toUpperCase()) === month - 1;
  if (isSameDay) return { year: Number(full[3]), month, day, hour, minute, second };
  if (Number.isNaN(shortYear) || (shortYear === 85 && month === 1 && day === 1)) return null;
  return { year: shortYear + (shortYear >= 85 ? 1900 : 2000), month, day, hour, minute, second };
}

/** Reads a text, which is padded with spaces, or by some programs with zeros. */
function readText(bytes: ByteReader, length: number, what: string): string {
  return bytes.latin1(length, what).replaceAll("\0", " ").trim();
}

function readInteger(bytes: ByteReader, length: number, what: string, min: number, max: number): number {
  return toInteger(readText(bytes, length, what), what, min, max);
}

function readNumber(bytes: ByteReader, what: string): NumberField {
  return toNumberField(readText(bytes, FIELD_LENGTH, what), what);
}

function toInteger(text: string, what: string, min: number, max: number): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new FormatError(what, `${JSON.stringify(text)} is no whole number from ${min} to ${max}`);
  return value;
}

function toNumberField(text: string, what: string): NumberField {
  const number = parseNumberField(text);
  if (!number) throw new FormatError(what, `${JSON.stringify(text)} is no number`);
  return number;
}
