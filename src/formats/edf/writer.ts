import { type LocalTime, toLocalTime } from "../../recording/local-time.ts";
import { type Lead, MISSING, type Recording } from "../../recording/recording.ts";
import { newNotAcceptable, type WriteOptions } from "../format.ts";
import { BDF_VERSION, EDF_VERSION, HEADER_BYTES, MONTHS, samplingRateOfRecord } from "./header.ts";
import { toAscii, toLabel } from "./label.ts";
import { formatNumberField, parseNumberField, trimZeros } from "./number-field.ts";
import { type Ends, fitScale } from "./scale.ts";
import { formatTal, formatTimeKeeping } from "./tals.ts";

/** The variants of the format. */
type Kind = { name: "EDF" | "BDF"; bytesPerSample: 2 | 3 };

/** The length that the EDF specification recommends a data record not to exceed, in bytes. */
const USUAL_RECORD_BYTES = 61440;
/** The longest data record that is written, in bytes: EDFlib takes no longer ones of EDF. */
const MAX_WRITTEN_RECORD_BYTES = 10 * 1024 * 1024;
/** The longest patient code: with three unknown subfields behind it the identification has 80 characters at most. */
const PATIENT_CODE_LENGTH = 72;
/** The relative error of a quotient of doubles, generously. */
const ROUNDING = 1e-12;

/** The fields of one signal in the header. */
type SignalFields = Ends<string> & { label: string; dimension: string; samplesPerRecord: number };

/**
 * Writes EDF+C or BDF+C: the samples as they are, their scale as exactly as the header can tell it, and the annotations
 * as texts in a signal of their own behind the leads.
 *
 * @throws AppError `not-acceptable`
 */
export function writeEdf(recording: Recording, { timeZone }: WriteOptions, kind: Kind): Uint8Array<ArrayBuffer> {
  const { leads, annotations, recordedAt } = recording;
  const limit = 2 ** (8 * kind.bytesPerSample - 1);
  const scales = leads.map((lead) =>
    fitScale(lead, { ...findRange(lead, kind, limit), lowest: -limit, highest: limit - 1 }),
  );
  const { recordCount, recordDuration, samplesPerRecord } = chooseRecords(leads, kind);
  const labels = leads.map(toLabel);

  const start = recordedAt === null ? null : toLocalTime(recordedAt, timeZone);
  const startFraction = start ? Math.round((start.second % 1) * 1000) / 1000 : 0;
  const tals = annotations.map((annotation) => {
    const label = labels[leads.findIndex(({ name }) => name === annotation.lead)];
    return formatTal(startFraction + annotation.time, annotation, label);
  });
  const records = distribute(
    tals.filter((tal) => tal !== undefined),
    Array.from({ length: recordCount }, (_, i) => formatTimeKeeping(startFraction + i * Number(recordDuration))),
  );

  const signals: SignalFields[] = [
    ...scales.map((scale, i) => ({ label: labels[i], ...scale, samplesPerRecord: samplesPerRecord[i] })),
    {
      label: `${kind.name} Annotations`,
      dimension: "",
      physicalMin: "-1",
      physicalMax: "1",
      digitalMin: -limit,
      digitalMax: limit - 1,
      samplesPerRecord: Math.ceil(records.reduce((most, tals) => Math.max(most, tals.length), 0) / kind.bytesPerSample),
    },
  ];
  const header = formatHeader({ recording, start, kind, recordCount, recordDuration, signals });
  const recordSamples = signals.reduce((sum, signal) => sum + signal.samplesPerRecord, 0);
  const bytes = new Uint8Array(header.length + recordCount * recordSamples * kind.bytesPerSample);
  for (let i = 0; i < header.length; i++) bytes[i] = header.charCodeAt(i);
  let position = header.length;
  for (let record = 0; record < recordCount; record++) {
    for (const [i, { samples }] of leads.entries()) {
      const count = samplesPerRecord[i];
      writeSamples(samples.subarray(record * count, (record + 1) * count), bytes, position, kind);
      position += count * kind.bytesPerSample;
    }
    bytes.set(records[record], position);
    position += (signals.at(-1)?.samplesPerRecord ?? 0) * kind.bytesPerSample;
  }
  return bytes;
}

/**
 * The lowest and the highest sample of a lead.
 *
 * @throws AppError `not-acceptable` for missing samples, or samples of more bits
 */
function findRange({ name, samples }: Lead, kind: Kind, limit: number): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const sample of samples) {
    if (sample < min) min = sample;
    if (sample > max) max = sample;
  }
  if (min === MISSING) throw newNotAcceptable(`${kind.name} has no code for missing samples, which lead ${name} has.`);
  if (min < -limit || max >= limit) {
    const bits = 8 * kind.bytesPerSample;
    throw newNotAcceptable(`${kind.name} carries samples of up to ${bits} bits: lead ${name} has larger ones.`);
  }
  return { min, max };
}

/**
 * Chooses data records without a rest, whose duration gives back the sampling rate of each lead: if possible not larger
 * than recommended, then told exactly, then close to a second.
 *
 * @throws AppError `not-acceptable` when there are none
 */
function chooseRecords(leads: Lead[], { name, bytesPerSample }: Kind) {
  if (leads.length === 0) throw newNotAcceptable(`${name} needs a lead.`);
  const [{ samplingRate, samples }] = leads;
  if (samplingRate === null || leads.some((lead) => lead.samplingRate === null))
    throw newNotAcceptable(`${name} needs the sampling rate of each lead.`);
  const seconds = samples.length / samplingRate;
  if (leads.some((lead) => Math.abs(lead.samples.length / (lead.samplingRate ?? 0) / seconds - 1) > ROUNDING))
    throw newNotAcceptable(`${name} carries leads of the same duration only.`);

  const counts = leads.map((lead) => lead.samples.length);
  let best: { recordCount: number; recordDuration: string; samplesPerRecord: number[]; order: number[] } | undefined;
  for (const recordCount of findDivisors(counts.reduce(findGreatestCommonDivisor))) {
    const recordDuration = formatSeconds(seconds / recordCount);
    const duration = parseNumberField(recordDuration);
    const samplesPerRecord = counts.map((count) => count / recordCount);
    const givesRates = leads.every(
      (lead, i) => duration && samplingRateOfRecord(samplesPerRecord[i], duration) === lead.samplingRate,
    );
    const recordBytes = samplesPerRecord.reduce((sum, count) => sum + count) * bytesPerSample;
    if (!givesRates || recordBytes > MAX_WRITTEN_RECORD_BYTES) continue;
    const error = Math.abs((Number(recordDuration) * recordCount) / seconds - 1);
    const order = [
      recordBytes > USUAL_RECORD_BYTES ? recordBytes : 0,
      error > ROUNDING ? error : 0,
      Math.abs(Math.log(seconds / recordCount)),
    ];
    if (!best || isBefore(order, best.order)) best = { recordCount, recordDuration, samplesPerRecord, order };
  }
  if (!best) {
    throw newNotAcceptable(
      `${name} holds whole data records, and there is no duration for them: ${samples.length} samples at ${samplingRate} Hz.`,
    );
  }
  return best;
}

/** A duration. A rounded one fills its field, so that readers can tell it from an exact one. */
function formatSeconds(seconds: number): string {
  const text = formatNumberField(seconds) ?? "0";
  return Math.abs(Number(text) / seconds - 1) > ROUNDING ? text : trimZeros(text);
}

function isBefore(one: number[], other: number[]): boolean {
  const i = one.findIndex((value, at) => value !== other[at]);
  return i >= 0 && one[i] < other[i];
}

function findGreatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : findGreatestCommonDivisor(other, one % other);
}

function findDivisors(number: number): number[] {
  const divisors: number[] = [];
  for (let i = 1; i * i <= number; i++) if (number % i === 0) divisors.push(i, number / i);
  return divisors;
}

/**
 * The lists of each data record, in bytes: the list of its time, then the annotations that have room. Annotations need
 * not be in the record of their time.
 */
function distribute(tals: string[], timeKeeping: string[]): Uint8Array[] {
  const encoder = new TextEncoder();
  const encoded = tals.map((tal) => encoder.encode(tal));
  const total = encoded.reduce((sum, { length }) => sum + length, 0);
  const longest = encoded.reduce((most, { length }) => Math.max(most, length), 0);
  // A record is left when the next one does not fit: then it has its share of the total.
  const room = Math.ceil(total / timeKeeping.length) + longest;
  let next = 0;
  return timeKeeping.map((time) => {
    const first = next;
    for (let used = 0; next < encoded.length && used + encoded[next].length <= room; next++)
      used += encoded[next].length;
    return encoder.encode(time + tals.slice(first, next).join(""));
  });
}

type HeaderFields = {
  recording: Recording;
  start: LocalTime | null;
  kind: Kind;
  recordCount: number;
  recordDuration: string;
  signals: SignalFields[];
};

/** The header record: fields of fixed lengths, those on signals each for all signals (EDF specification). */
function formatHeader({ recording, start, kind, recordCount, recordDuration, signals }: HeaderFields): string {
  const code = toSubfield(recording.subject);
  const startdate = start ? formatFullDate(start) : "X";
  const fields: [value: string | number, length: number][] = [
    [kind.name === "BDF" ? BDF_VERSION : EDF_VERSION, 8],
    [`${code.length <= PATIENT_CODE_LENGTH ? code : "X"} X X X`, 80],
    [`Startdate ${startdate} X X ${toSubfield(recording.device)}`, 80],
    [start ? formatDate(start) : "01.01.85", 8],
    [start ? formatNumbers(start.hour, start.minute, Math.floor(start.second)) : "00.00.00", 8],
    [HEADER_BYTES * (1 + signals.length), 8],
    [`${kind.name}+C`, 44],
    [recordCount, 8],
    [recordDuration, 8],
    [signals.length, 4],
  ];
  const columns: [of: (signal: SignalFields) => string | number, length: number][] = [
    [({ label }) => label, 16],
    [() => "", 80], // The transducer type.
    [({ dimension }) => dimension, 8],
    [({ physicalMin }) => physicalMin, 8],
    [({ physicalMax }) => physicalMax, 8],
    [({ digitalMin }) => digitalMin, 8],
    [({ digitalMax }) => digitalMax, 8],
    [() => "", 80], // The prefiltering.
    [({ samplesPerRecord }) => samplesPerRecord, 8],
    [() => "", 32],
  ];
  for (const [of, length] of columns) for (const signal of signals) fields.push([of(signal), length]);
  return fields.map(([value, length]) => String(value).slice(0, length).padEnd(length)).join("");
}

/** A subfield of an identification in EDF+. It has no spaces, and X if it is not known. */
function toSubfield(text: string | null): string {
  return (
    toAscii(text ?? "")
      .trim()
      .replaceAll(" ", "_") || "X"
  );
}

/**
 * The start date. Its two digits of the year stand for 1985 to 2084; another year is `yy` (EDF+ specification, section
 * 2.1.3.2).
 */
function formatDate({ day, month, year }: LocalTime): string {
  const isShort = year >= 1985 && year <= 2084;
  return `${formatNumbers(day, month)}.${isShort ? formatNumbers(year % 100) : "yy"}`;
}

function formatFullDate({ day, month, year }: LocalTime): string {
  return `${formatNumbers(day)}-${MONTHS[month - 1]}-${String(year).padStart(4, "0")}`;
}

function formatNumbers(...numbers: number[]): string {
  return numbers.map((number) => String(number).padStart(2, "0")).join(".");
}

/** Writes integers, little-endian in two's complement. */
function writeSamples(samples: Int32Array, bytes: Uint8Array, position: number, { bytesPerSample }: Kind): void {
  let at = position;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    bytes[at] = sample;
    bytes[at + 1] = sample >> 8;
    if (bytesPerSample === 3) bytes[at + 2] = sample >> 16;
    at += bytesPerSample;
  }
}
