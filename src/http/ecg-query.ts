import { z } from "@hono/zod-openapi";
import { type ExportOptions, writableFormats } from "../ecg/export.ts";
import { MAX_POINTS } from "../ecg/limits.ts";
import type { ReadOptions } from "../formats/format.ts";
import { MAX_SAMPLING_RATE_HZ, MIN_SAMPLING_RATE_HZ } from "../formats/limits.ts";
import { isTimeZone } from "../recording/local-time.ts";
import type { LikelyWindow } from "../store/signal-reader.ts";
import { isFhirR5 } from "./negotiation.ts";
import { fromText } from "./query-number.ts";

const TimeZoneSchema = z.string().refine(isTimeZone, "is no IANA time zone").openapi({
  description: "Of times in formats that name no zone: an IANA name, `Europe/Lisbon`; UTC if left out",
});

/** A number of seconds in a query, 0 or more. */
export const SecondsSchema = z
  .string()
  .regex(/^\d+(\.\d+)?(e[+-]?\d+)?$/i, "must be a number of seconds, 0 or more")
  .transform(Number)
  .refine(Number.isFinite, "must be a number of seconds, 0 or more")
  .openapi({ type: "number", minimum: 0, pattern: undefined });

/** Names of leads: of one value those between its commas, of a parameter that is repeated each value as it is. */
const LeadNamesSchema = z
  .union([z.string(), z.array(z.string())])
  .openapi({ type: "array", anyOf: undefined, items: { type: "string" } });

/** The parameters of a POST that say how files are read. */
export const readQuery = {
  timezone: TimeZoneSchema.optional(),
  keep_subject: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional()
    .openapi({ description: "Whether the patient's id or name in a file is kept, as `subject`; otherwise it is not" }),
  leads: LeadNamesSchema.optional().openapi({
    description:
      "Of EDF and other files of many channels: only these, in this order, by label: `II,V1`, or the parameter repeated, which takes labels with a comma",
  }),
  sampling_rate: fromText(z.number().min(MIN_SAMPLING_RATE_HZ).max(MAX_SAMPLING_RATE_HZ)).optional().openapi({
    description: "Of a file that does not say it, such as CSV without a column of times; Hz",
  }),
  units: z.enum(["adc", "mv", "uv"]).optional().openapi({
    description: "Of numbers in CSV and MATLAB files that name no unit: ADC units (integers), mV or uV",
  }),
  resolution: fromText(z.number().positive()).optional().openapi({
    description: "The step that numbers of CSV and FHIR are rounded to, in their unit, where they have too many digits",
  }),
};
type ReadQuery = { [Key in keyof typeof readQuery]?: z.output<(typeof readQuery)[Key]> };

/** The options of formats' readers that a POST's parameters are. */
export function toReadOptions(query: ReadQuery): ReadOptions {
  return {
    timeZone: query.timezone ?? "UTC",
    leads: typeof query.leads === "string" ? query.leads.split(",").map((name) => name.trim()) : query.leads,
    samplingRate: query.sampling_rate,
    units: query.units,
    resolution: query.resolution,
    keepSubject: query.keep_subject,
  };
}

/** The parameters of a GET that say which leads and which time of an ECG are wanted. */
export const windowQuery = {
  leads: LeadNamesSchema.optional().openapi({
    description:
      "Only these leads, in this order, by name: `II,V1`, or the parameter repeated, which takes names with a comma",
  }),
  start: SecondsSchema.optional().openapi({ description: "Samples from this time on, in seconds from the beginning" }),
  end: SecondsSchema.optional().openapi({ description: "Samples before this time, in seconds from the beginning" }),
};

/** The parameters of a GET in JSON that ask for less than all samples. */
export const jsonQuery = {
  signals: z.literal("none").optional().openapi({
    description: "The ECG without its samples; with `leads` alone, not with `start`, `end` or `max_points`",
  }),
  max_points: fromText(z.number().int().min(1).max(MAX_POINTS))
    .optional()
    .openapi({ description: "Of a lead with more samples, `buckets`, at most so many, instead of `signal`" }),
};

/** What the answer to a GET will probably need, by parameters that nobody has checked yet; undefined for nothing. */
export function likelyWindow(query: Record<string, string>): LikelyWindow | undefined {
  if (query.signals !== undefined) return undefined;
  return { ...likelyTime(query), isOverview: query.max_points !== undefined };
}

/** The time that parameters which nobody has checked yet ask for. */
export function likelyTime(query: Record<string, string>): { start?: number; end?: number } {
  const seconds = (text: string | undefined) => (Number.isFinite(Number(text ?? "x")) ? Number(text) : undefined);
  return { start: seconds(query.start), end: seconds(query.end) };
}

/** The parameters of a GET that say how an ECG is drawn. */
const sheetQuery = {
  layout: z.enum(["3x4", "6x2", "12x1", "rows"]).optional().openapi({
    description: "Of SVG and PDF: the twelve leads in so many lines and columns, or one lead under the other",
  }),
  rhythm: LeadNamesSchema.optional().openapi({
    description: "Of SVG and PDF: the leads of the rhythm strips below the twelve: `II,V1`; none if it is empty",
  }),
  order: z.enum(["standard", "cabrera"]).optional().openapi({
    description: "Of SVG and PDF: the order of the limb leads; Cabrera's is aVL, I, -aVR, II, aVF, III",
  }),
  speed: z.enum(["12.5", "25", "50"]).transform(Number).optional().openapi({ description: "Of SVG and PDF, mm/s" }),
  gain: z.enum(["5", "10", "20"]).transform(Number).optional().openapi({ description: "Of SVG and PDF, mm/mV" }),
  paper: z.enum(["a4", "letter"]).optional().openapi({ description: "Of PDF" }),
};

/** The parameters of a GET that say how an ECG is written in a format. */
export const writeQuery = {
  format: z
    .enum(writableFormats.map(({ id }) => id))
    .optional()
    .openapi({ description: "Instead of `Accept`" }),
  timezone: TimeZoneSchema.optional(),
  units: z
    .enum(["adc", "mv"])
    .optional()
    .openapi({ description: "Of CSV, and of no other format: ADC units, or millivolts" }),
  ...sheetQuery,
  fhir_version: z
    .enum(["R4", "R5"])
    .optional()
    .openapi({ description: "Of FHIR; R4 if neither this nor `Accept` says" }),
};
type WriteQuery = { [Key in keyof typeof writeQuery]?: z.output<(typeof writeQuery)[Key]> };

/** The options of formats' writers that a GET's parameters and its `Accept` are. */
export function toWriteOptions(query: WriteQuery, accept: string | undefined): ExportOptions {
  const { timezone = "UTC", units = "adc", layout = "3x4", rhythm, fhir_version: version } = query;
  return {
    timeZone: timezone,
    units,
    layout,
    rhythm: typeof rhythm === "string" ? rhythm.split(",").filter(Boolean) : rhythm,
    order: query.order,
    speed: query.speed,
    gain: query.gain,
    paper: query.paper,
    fhirVersion: version ?? (isFhirR5(accept) ? "R5" : "R4"),
  };
}
