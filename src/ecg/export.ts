import { type Format, newNotAcceptable, type WriteOptions } from "../formats/format.ts";
import { formats } from "../formats/index.ts";
import { ecgJson } from "../formats/json/ecg-json.ts";
import { toLocalTime } from "../recording/local-time.ts";
import type { Recording } from "../recording/recording.ts";
import { type AskForRoom, readAnnotations } from "../store/annotations.ts";
import type { Store } from "../store/db.ts";
import type { EcgRow } from "../store/schema.ts";
import { type PrefetchedRow, readSpans, type Span } from "../store/signal-reader.ts";
import { MAX_HELD_BYTES, MAX_SAMPLES_AT_ONCE, MAX_SAMPLES_IN_A_PIECE, MAX_SAMPLES_TO_WRITE } from "./limits.ts";
import { measureWindow, readInsights } from "./measure.ts";
import { listMeasuredValues } from "./measured-values.ts";
import type { Window } from "./window.ts";

/** A format that an ECG can be had in. */
export type WritableFormat = Format & { write: NonNullable<Format["write"]> };
/** Bytes of rows and of what was decoded of them for each sample that is read: four files of 4 M samples at once held 127 MiB. */
const READ_BYTES_PER_SAMPLE = 4;

/** Bytes of a file for each sample, where its format does not say how many: the longest of JSON has so many, with its comma. */
const WRITTEN_BYTES_PER_SAMPLE = 12;

/** What is said of how an ECG is written; the name of the file follows from the ECG. */
export type ExportOptions = Omit<WriteOptions, "name">;

/** The formats that an ECG can be had in. */
export const writableFormats = formats.filter(isWritable);

function isWritable(format: Format): format is WritableFormat {
  return format.write !== undefined;
}

/**
 * A file of a format with the samples of these spans, which `requireWritable` lets through, and the annotations of their leads and time.
 *
 * @param prefetched rows that were read along with the ECG
 * @param askForRoom is asked for what annotations take
 * @throws AppError `not-acceptable` with what the format cannot carry; `damaged-signal`
 */
export async function exportEcg(
  store: Store,
  ecg: EcgRow,
  format: WritableFormat,
  spans: readonly Span[],
  { start = 0, end }: Window,
  options: ExportOptions,
  prefetched: readonly PrefetchedRow[] = [],
  askForRoom?: AskForRoom,
): Promise<{ name: string; bytes: ReturnType<WritableFormat["write"]> | Generator<Uint8Array> }> {
  const samples = await readSpans(store, ecg, spans, prefetched);
  const leads = spans.map(({ lead }, i) => {
    const { name, samplingRate, gain, baseline, unit } = ecg.leads[lead];
    return { name, samplingRate, gain, baseline, unit, samples: samples[i] };
  });
  // The window begins with the first sample in it.
  const [{ lead, from }] = spans;
  const rate = ecg.leads[lead].samplingRate ?? 1;
  const kept = format.writesAnnotations
    ? await readAnnotations(store, ecg, start === 0 ? undefined : start, end, askForRoom)
    : [];
  const isHere = (name: string | undefined) => name === undefined || leads.some((other) => other.name === name);
  const annotations = kept
    .filter((annotation) => isHere(annotation.lead))
    .map((annotation) => ({ ...annotation, time: shiftTime(annotation.time, from, rate) }));
  // No file is dated by when it was received, nor is its name.
  const recordedAt = ecg.dateSource === "recorded" ? Math.round(ecg.recordedAt + (from / rate) * 1000) : null;
  const recording: Recording = {
    recordedAt,
    subject: ecg.subject,
    device: ecg.device,
    note: ecg.note,
    isOpen: ecg.open,
    leads,
    annotations,
  };
  const measured = format.writesMeasured ? await measure(store, ecg, start, end) : undefined;
  const name = toFileName(recordedAt, ecg.id, options.timeZone);
  const all = { ...options, name, measured };
  const bytes = countSamples(spans) > MAX_SAMPLES_IN_A_PIECE ? format.writeParts?.(recording, all) : undefined;
  return { name: `${name}${format.extensions[0]}`, bytes: bytes ?? format.write(recording, all) };
}

/**
 * Finds out whether a file of a format can have the samples of these spans, as far as it is seen without them: for what cannot be had nothing
 * is read or measured.
 *
 * @throws AppError `not-acceptable` with what the format cannot carry, or for more samples than a file of it may have
 */
export function requireWritable(
  format: WritableFormat,
  { leads }: EcgRow,
  spans: readonly Span[],
  options: ExportOptions,
): void {
  const count = countSamples(spans);
  const most = Math.min(MAX_SAMPLES_TO_WRITE, Math.floor(MAX_HELD_BYTES / heldPerSample(format)));
  if (count > most) {
    throw newNotAcceptable(
      `${count} samples are too many for one file of this format, which may have ${most}: ask for windows of it with start and end.`,
    );
  }
  const lengths = spans.map(({ lead, from, to }) => ({ ...leads[lead], samples: { length: to - from } }));
  format.requireWritable?.(lengths, options);
}

/** A time from the sample `from` on, in seconds. That of a sample stays one, to the last bit. */
function shiftTime(time: number, from: number, rate: number): number {
  const sample = Math.round(time * rate);
  return sample / rate === time ? (sample - from) / rate : time - from / rate;
}

/** How many bytes the samples of spans and a file of them take, as far as they are in memory together. */
export function countHeldBytes(format: WritableFormat, spans: readonly Span[]): number {
  const count = countSamples(spans);
  // What is longer is read and sent piece by piece.
  const isStreamed = format === ecgJson && count > MAX_SAMPLES_AT_ONCE;
  return isStreamed ? 0 : count * heldPerSample(format);
}

/** Bytes of a sample, and of what is made of it at once: a file, or before that the rows that are read. */
export function heldPerSample({
  writeParts,
  writtenBytesPerSample = WRITTEN_BYTES_PER_SAMPLE,
}: WritableFormat): number {
  return Int32Array.BYTES_PER_ELEMENT + (writeParts ? READ_BYTES_PER_SAMPLE : writtenBytesPerSample);
}

function countSamples(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** What was measured in the whole ECG, or is now in a window of it. */
async function measure(
  store: Store,
  ecg: EcgRow,
  start: number,
  end: number | undefined,
): Promise<ExportOptions["measured"]> {
  const isWhole = start === 0 && end === undefined;
  return listMeasuredValues(isWhole ? await readInsights(store, ecg) : await measureWindow(store, ecg, start, end));
}

/** `ecg-20260131-093000-2e4b1f`: when it was, if that is known, and the end of its id. */
export function toFileName(recordedAt: number | null, id: string, timeZone: string): string {
  if (recordedAt === null) return `ecg-${id.slice(-6)}`;
  const { year, month, day, hour, minute, second } = toLocalTime(recordedAt, timeZone);
  const digits = (value: number, length = 2) => String(Math.floor(value)).padStart(length, "0");
  const date = `${digits(year, 4)}${digits(month)}${digits(day)}`;
  return `ecg-${date}-${digits(hour)}${digits(minute)}${digits(second)}-${id.slice(-6)}`;
}
