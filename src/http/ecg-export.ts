import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { AppError, newInputError } from "../errors.ts";
import { type Format, newNotAcceptable, type WriteOptions } from "../formats/format.ts";
import { findFormat, formats } from "../formats/index.ts";
import { json } from "../formats/json/json.ts";
import { isTimeZone, toLocalTime } from "../recording/local-time.ts";
import type { Recording } from "../recording/recording.ts";
import { readAnnotations } from "../store/annotations.ts";
import { readSpans, type Span } from "../store/signals.ts";
import type { Window } from "./ecg-window.ts";
import type { AppEnv } from "./openapi.ts";

/** 16 MB of samples, whose files may take several times as much. */
const MAX_SAMPLES_TO_WRITE = 2 ** 22;

/** Those that an ECG can be answered in. */
export const writableFormats = formats.filter(isWritable);

export const TimeZoneSchema = z.string().refine(isTimeZone, "is no IANA time zone").openapi({
  description: "Of times in formats that name no zone: an IANA name, `Europe/Lisbon`; UTC if left out",
});

type WritableFormat = Format & { write: NonNullable<Format["write"]> };

function isWritable(format: Format): format is WritableFormat {
  return format.write !== undefined;
}

/** How an ECG is written in a format. */
export const writeQuery = {
  format: z
    .enum(writableFormats.map(({ id }) => id))
    .optional()
    .openapi({ description: "Instead of `Accept`" }),
  timezone: TimeZoneSchema.optional(),
  units: z.enum(["adc", "mv"]).optional().openapi({ description: "Of CSV: ADC units, or millivolts" }),
  layout: z
    .enum(["3x4", "rows"])
    .optional()
    .openapi({ description: "Of SVG: the twelve leads in three rows and a rhythm strip, or one lead under the other" }),
  fhir_version: z.enum(["R4", "R5"]).optional(),
};
export type WriteQuery = { [Key in keyof typeof writeQuery]?: z.output<(typeof writeQuery)[Key]> };

/**
 * The formats that a request takes, the most wanted first: by its query, or by its `Accept` (RFC 9110, section 12.5.1);
 * JSON if it does not say. A browser's `Accept`, which has `text/html`, means no format by its `application/xml`: JSON is
 * first for it, too.
 *
 * @throws AppError `not-acceptable` when there are none
 */
export function rankFormats(id: string | undefined, accept = "*/*"): [WritableFormat, ...WritableFormat[]] {
  if (id !== undefined) return [writableFormats.find((format) => format.id === id) ?? json];
  const ranges = accept.split(",").map((range, i) => {
    const q = /;\s*q=([\d.]+)/i.exec(range)?.[1];
    return { range: range.split(";", 1)[0].trim().toLowerCase(), quality: q === undefined ? 1 : Number(q), i };
  });
  const isExcluded = ({ mediaTypes }: Format) =>
    ranges.some(({ range, quality }) => quality === 0 && mediaTypes.includes(range));
  const allowed = writableFormats.filter((format) => !isExcluded(format));
  const ranked = new Set<WritableFormat>();
  for (const { range, quality } of ranges.sort((a, b) => b.quality - a.quality || a.i - b.i)) {
    if (!(quality > 0)) continue;
    // JSON is the first of all.
    const isAny = range === "*/*" || range === "";
    const format = isAny
      ? allowed[0]
      : range.endsWith("/*")
        ? allowed.find(({ mediaTypes }) => mediaTypes[0].startsWith(range.slice(0, -1)))
        : findFormat(range, allowed);
    if (format) ranked.add(format);
  }
  const isBrowser = ranges.some(({ range }) => range === "text/html");
  const [first, ...others] = isBrowser && ranked.has(json) ? new Set([json, ...ranked]) : ranked;
  if (first) return [first, ...others];
  const known = writableFormats.map(({ mediaTypes }) => mediaTypes[0]).join(", ");
  throw newNotAcceptable(`An ECG can be had as ${known}.`);
}

/**
 * The answer in the first of these formats that can carry it.
 *
 * @throws AppError `not-acceptable` of the first format when none can
 */
export async function answerInFirst<Answer>(
  ranked: readonly WritableFormat[],
  answerIn: (format: WritableFormat) => Promise<Answer>,
): Promise<Answer> {
  let refusal: AppError | undefined;
  for (const format of ranked) {
    try {
      return await answerIn(format);
    } catch (error) {
      if (!(error instanceof AppError && error.code === "not-acceptable")) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new AppError("not-acceptable");
}

/**
 * The answer with the samples of these spans in a format.
 *
 * @throws AppError `not-acceptable` with what the format cannot carry; `damaged-signal`
 */
export async function writeEcg(
  c: Context<AppEnv>,
  format: WritableFormat,
  spans: readonly Span[],
  { start = 0, end }: Window,
  query: WriteQuery,
  headers: Record<string, string>,
): Promise<Response> {
  const { ecg, store } = c.var;
  const count = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  if (count > MAX_SAMPLES_TO_WRITE) {
    throw newNotAcceptable(
      `${count} samples are too many for one file, which may have ${MAX_SAMPLES_TO_WRITE}: ask for windows of it with start and end.`,
    );
  }
  const samples = await readSpans(store, ecg, spans);
  const leads = spans.map(({ lead }, i) => {
    const { name, samplingRate, gain, baseline } = ecg.leads[lead];
    return { name, samplingRate, gain, baseline, samples: samples[i] };
  });
  // The window begins with the first sample in it.
  const [{ lead, from }] = spans;
  const rate = ecg.leads[lead].samplingRate ?? 1;
  const offset = from / rate;
  /** The time of a sample stays one, to the last bit. */
  const fromOffset = (time: number) => {
    const sample = Math.round(time * rate);
    return sample / rate === time ? (sample - from) / rate : time - offset;
  };
  const isHere = (name: string | undefined) => name === undefined || leads.some((other) => other.name === name);
  const annotations = (await readAnnotations(store, ecg, start === 0 ? undefined : start, end))
    .filter((annotation) => isHere(annotation.lead))
    .map((annotation) => ({ ...annotation, time: fromOffset(annotation.time) }));
  const recording: Recording = {
    recordedAt: Math.round(ecg.recordedAt + offset * 1000),
    subject: ecg.subject,
    device: ecg.device,
    note: ecg.note,
    isOpen: ecg.open,
    leads,
    annotations,
  };
  const { timezone = "UTC", units = "adc", layout = "3x4", fhir_version: version } = query;
  const fhirVersion = version ?? (isFhirR5(c.req.header("accept")) ? "R5" : "R4");
  const name = toFileName(recording.recordedAt ?? 0, ecg.id, timezone);
  const options: WriteOptions = { name, timeZone: timezone, units, layout, fhirVersion };
  const disposition = format.mediaTypes[0].startsWith("image/") ? "inline" : "attachment";
  return c.body(format.write(recording, options), 200, {
    ...headers,
    "Content-Type": format.mediaTypes[0],
    "Content-Disposition": `${disposition}; filename="${name}${format.extensions[0]}"`,
  });
}

/** Whether an `Accept` wants FHIR's fifth release, rather than the fourth. */
export function isFhirR5(accept = ""): boolean {
  return /fhirVersion=5/i.test(accept);
}

/** `ecg-20260131-093000-2e4b1f`: when it was, and the end of its id. */
function toFileName(recordedAt: number, id: string, timeZone: string): string {
  const { year, month, day, hour, minute, second } = toLocalTime(recordedAt, timeZone);
  const digits = (value: number, length = 2) => String(Math.floor(value)).padStart(length, "0");
  const date = `${digits(year, 4)}${digits(month)}${digits(day)}`;
  return `ecg-${date}-${digits(hour)}${digits(minute)}${digits(second)}-${id.slice(-6)}`;
}

/** @throws AppError `invalid` for options of overviews, which only JSON has */
export function requireNoOverview(maxPoints: number | undefined): void {
  if (maxPoints !== undefined) throw newInputError([{ path: "max_points", message: "is for JSON alone" }]);
}
