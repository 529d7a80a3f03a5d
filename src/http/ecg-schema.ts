import { z } from "@hono/zod-openapi";
import { FINDING_NAMES, FINDINGS } from "../ecg/findings.ts";
import { DATE_SOURCES } from "../recording/recording.ts";
import { maybe } from "./quantities.ts";

const SamplingRateSchema = z
  .number()
  .nullable()
  .openapi({ description: "Hz; null when it is not known", example: 500 });

const LeadSummarySchema = z.object({
  name: z.string().openapi({ example: "II" }),
  n_samples: z.int().openapi({ example: 8 }),
  gain: z.number().nullable().openapi({ description: "ADC units per mV; null when it is not known", example: 1000 }),
  baseline: z.number().openapi({ description: "The ADC units at 0 mV", example: 0 }),
  unit: z
    .string()
    .openapi({ description: "The unit that the gain is of; the lead is a voltage if it is mV", example: "mV" }),
  sampling_rate: SamplingRateSchema.optional().openapi({
    description: "Hz; only there when it differs from the ECG's",
  }),
  zero_crossings: z.int().openapi({ description: "Sign changes in the signal's integers", example: 3 }),
});

/** What each finding is, for descriptions. */
export const FINDINGS_TEXT = FINDING_NAMES.map((name) => `\`${name}\`: ${FINDINGS[name]}`).join("; ");

const ecgFields = {
  id: z.string().openapi({ example: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b" }),
  date: z
    .string()
    .openapi({ format: "date-time", description: "When the recording began", example: "2026-01-31T09:30:00Z" }),
  date_source: z.enum(DATE_SOURCES).openapi({
    description: "`received` where nobody says when it was recorded: the date is that of the receipt then",
    example: "recorded",
  }),
  created_at: z
    .string()
    .openapi({ format: "date-time", description: "When it was received", example: "2026-01-31T09:31:07.412Z" }),
  subject: z.string().nullable().openapi({ example: "P-0042" }),
  device: z.string().nullable().openapi({ example: "CardioPatch 3" }),
  note: z.string().nullable().openapi({ example: "At rest" }),
  sampling_rate: SamplingRateSchema,
  open: z.literal(true).optional().openapi({ description: "Only there while more samples are to come" }),
  duration: z
    .number()
    .nullable()
    .openapi({ description: "Seconds; null when no sampling rate is known", example: 0.016 }),
  samples_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .openapi({
      description:
        "The SHA-256 of the samples: one lead after the other, each sample an int32 in little endian, a missing one the lowest int32. Null while the ECG is open, of a long one for some minutes, and of one that is too long to be hashed",
      example: "c888ebb098166489564168ebfee4b08ecd554b7b25205c588b0b5511442681c1",
    }),
  heart_rate: maybe("Beats per minute", 71.8, ": the mean, as the insights have it; null where it is not measured"),
  qtc: maybe("ms", 409, ": by Fridericia's formula, as the insights have it; null where it is not measured"),
  findings: z
    .array(z.string())
    .nullable()
    .openapi({
      description: `What was found; null until the ECG is measured. ${FINDINGS_TEXT}. Others may be added`,
      example: ["ventricular"],
    }),
};

/** An ECG without its samples. */
export const EcgSummarySchema = z.object({ ...ecgFields, leads: z.array(LeadSummarySchema) }).openapi("EcgSummary");

/** The answer to an upload. */
export const ReceivedEcgSchema = z
  .object({
    ...ecgFields,
    leads: z.array(LeadSummarySchema),
    notes: z
      .array(z.string())
      .openapi({ description: "What was not kept, not understood or assumed; empty when nothing was", example: [] }),
  })
  .openapi("ReceivedEcg");

/** An ECG with its samples, or with what was asked for of them. */
export const EcgSchema = z
  .object({
    ...ecgFields,
    leads: z.array(
      LeadSummarySchema.extend({
        start_sample: z
          .int()
          .optional()
          .openapi({ description: "With a window or `max_points`: the number of the first sample that is given" }),
        signal: z
          .array(z.int().nullable())
          .optional()
          .openapi({ description: "ADC units; null is a missing sample", example: [12, 15, 9, null, -3, -7, 0, 4] }),
        samples_per_bucket: z.int().optional().openapi({ description: "With `buckets`" }),
        buckets: z.array(z.array(z.int()).min(2).max(2).nullable()).optional().openapi({
          description:
            "With `max_points`, instead of more samples: the lowest and highest sample of each stretch, null where all are missing. Stretches begin at multiples of `samples_per_bucket`; the window may cut the first and the last",
        }),
      }),
    ),
  })
  .openapi("Ecg");
