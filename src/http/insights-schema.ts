import { z } from "@hono/zod-openapi";
import { NOTICE } from "../analysis/insights.ts";
import { FAULTS } from "../analysis/measures/quality.ts";
import { maybe, quantity, StretchSchema, seconds, share } from "./quantities.ts";
import { SeriesSchema } from "./series-schema.ts";

const QualitySchema = z
  .object({
    usable_share: share(0.98, ": of all seconds").nullable(),
    missing_share: share(0, ": of all samples"),
    flat_share: share(0, ": of all samples"),
    clipped_share: share(0, ": of all samples"),
    unit: z
      .enum(["mV", "ADC units"])
      .openapi({ description: "Of the amplitudes here; ADC units when no gain is known" }),
    mains_hum: z
      .object({ frequency: quantity("Hz: 50 or 60", 50), amplitude: quantity("In `unit`", 0.004) })
      .nullable()
      .openapi({
        description: "The stronger of 50 and 60 Hz, in the middle second; null where the rate is too low for it",
      }),
    baseline_wander: maybe("In `unit`", 0.12, ": between the levels of seconds within 4 s, in the middle second"),
    noise: maybe("In `unit`", 0.006, ": root mean square above 35 Hz between the beats, in the middle second"),
    unusable: z.array(StretchSchema.extend({ faults: z.array(z.string()).openapi({ example: ["noisy"] }) })).openapi({
      description: `Seconds that are not usable, counted from where it begins, and why: ${Object.keys(FAULTS).join(", ")}`,
    }),
  })
  .openapi("SignalQuality");

const LeadInsightsSchema = z.object({
  name: z.string().openapi({ example: "II" }),
  zero_crossings: z.int().openapi({ description: "Sign changes in the signal's integers", example: 3 }),
  // Nullable, the component itself would be: programs that make clients cannot name what may be null.
  quality: z.union([QualitySchema, z.null()]).openapi({
    description: "Null when the lead has no sampling rate, or one below 1 Hz",
  }),
  amplitude: z
    .object({
      minimum: quantity("mV", -0.4),
      maximum: quantity("mV", 1.3),
      range: quantity("mV", 1.5, ": of 2 s, in the middle one"),
    })
    .nullable()
    .openapi({ description: "Null when the lead has no gain, or no samples" }),
  normal_beat: z
    .object({
      beats: z.int().openapi({ description: "How many beats it is the average of", example: 11 }),
      q: quantity("mV", -0.08, ": below 0, of the whole complex where it has no R; 0 without a Q wave"),
      r: quantity("mV", 1.12, ": of R or R', whichever is higher; 0 without an R wave"),
      s: quantity("mV", -0.21, ": below 0; 0 without an S wave"),
      t: maybe("mV", 0.31, ": where the T wave is farthest from the level, below 0 when it is inverted"),
      st: z.object({
        j: quantity("mV", 0.02, ": at the J point, where the QRS complex ends in all leads together"),
        j40: quantity("mV", 0.03, ": 40 ms after the J point"),
        j60: quantity("mV", 0.04, ": 60 ms after the J point"),
        j80: quantity("mV", 0.05, ": 80 ms after the J point"),
        slope: quantity("mV/s", 0.4, ": of the 80 ms after the J point"),
      }),
    })
    .nullable()
    .openapi({
      description:
        "Of the average of the normal beats of the most usual shape, above the level of the 20 ms before the QRS complex, without the baseline's drift from beat to beat and the mains' hum. Null when the lead has no gain, does not show the beats, or has no such beat that is whole in a usable second",
    }),
});

const RateSchema = z
  .object({ value: quantity("Beats per minute", 71.5), at: seconds(": where the 10 s begin") })
  .nullable();

/** The measurements of an ECG: a field each. */
const fields = {
  judged_seconds: quantity(
    "Seconds",
    10,
    ": of all, those in which a lead is usable; others enter no rate, pause or interval",
  ),
  paced: z.boolean().openapi({
    description:
      "A pacemaker's spikes are to be seen: beats and waves are measured without them, `series=pacing` has their times",
    example: false,
  }),
  beats: z
    .object({
      count: z.int().openapi({ example: 12 }),
      normal: z.int().openapi({ example: 11 }),
      supraventricular: z.int().openapi({ description: "Early, and of the usual shape", example: 0 }),
      ventricular: z.int().openapi({ description: "Of another, wide shape", example: 1 }),
      unclassified: z.int().openapi({ example: 0 }),
    })
    .openapi({ description: "Found in all leads together; unclassified where no lead is usable" }),
  heart_rate: z
    .object({ mean: quantity("Beats per minute", 71.8), minimum: RateSchema, maximum: RateSchema })
    .nullable()
    .openapi({ description: "The slowest and the fastest 10 s: no single interval makes either" }),
  pauses: z.array(z.object({ start: seconds(""), duration: quantity("Seconds, over 2", 2.3) })).openapi({
    description:
      "More than 2 s from one beat to the next, or from the last one on; more than 5 s without a beat before or after what cannot be judged, or is missing",
  }),
  variability: z
    .object({
      intervals: z.int().openapi({ description: "Normal-to-normal intervals", example: 11 }),
      excluded_share: share(0.1, ": of all intervals, those that are not normal to normal"),
      sdnn: maybe("ms", 41.2),
      rmssd: maybe("ms", 35),
      pnn50: maybe("%", 12, ": of neighbouring intervals, those that differ by more than 50 ms"),
      sdann: maybe("ms", 90, ": of 5-minute means"),
      sdnn_index: maybe("ms", 50, ": the mean of 5-minute segments"),
      vlf: maybe("ms2", 800, ": up to 0.04 Hz"),
      lf: maybe("ms2", 600, ": 0.04 to 0.15 Hz"),
      hf: maybe("ms2", 400, ": 0.15 to 0.4 Hz"),
      lf_hf: maybe("LF / HF", 1.5),
      segments: z.int().openapi({ description: "Of 5 minutes, that were measured", example: 0 }),
      reasons: z.record(z.string(), z.string()).openapi({ description: "Why values are null" }),
    })
    .nullable(),
  intervals: z
    .object({
      rr: maybe("ms", 840),
      p: maybe("ms", 102, ": the P wave's duration"),
      pr: maybe("ms", 158),
      qrs: maybe("ms", 92),
      qt: maybe("ms", 386),
      qtc: z
        .object({
          bazett: quantity("ms", 421),
          fridericia: quantity("ms", 409),
          framingham: quantity("ms", 410),
          hodges: quantity("ms", 406),
        })
        .nullable()
        .openapi({ description: "Of the median QT at the median RR" }),
      counts: z
        .object({ p: z.int(), pr: z.int(), qrs: z.int(), qt: z.int() })
        .openapi({ description: "How many beats each median is of" }),
    })
    .nullable()
    .openapi({ description: "Medians of the normal beats, from the earliest onset to the latest end in the leads" }),
  axis: z
    .object({ p: maybe("Degrees", 52), qrs: maybe("Degrees", 47), t: maybe("Degrees", 41) })
    .nullable()
    .openapi({ description: "In the frontal plane, -180 to 180: 0 is to the left, 90 down" }),
  irregular_rhythm: z.array(StretchSchema.extend({ confidence: share(0.9, "", 2) })).openapi({
    description:
      "Where the intervals are as irregular as in atrial fibrillation and P waves do not come back, for 8 beats or more. Flutter is not told apart: it may be called irregular where its conduction varies",
  }),
};

/** The answer with all that was measured in an ECG. */
export const InsightsSchema = z
  .object({
    notice: z.string().openapi({ example: NOTICE }),
    version: z
      .int()
      .openapi({ description: "Of the methods together: with another one results may be others", example: 1 }),
    methods: z.record(z.string(), z.string()),
    start: seconds(": of what was measured").optional(),
    end: seconds(": of what was measured").optional(),
    leads: z.array(LeadInsightsSchema),
    ...fields,
    reasons: z.record(z.string(), z.string()).openapi({
      description: "Why something is null or empty, by its name",
      example: { variability: "no two normal beats follow one another within 0.24 to 3 s" },
    }),
    series: SeriesSchema.optional().openapi({ description: "With `series`" }),
  })
  .openapi("Insights");

/** Insights as JSON has them. */
export type InsightsJson = z.output<typeof InsightsSchema>;
/** A lead's quality as JSON has it. */
export type QualityJson = z.output<typeof QualitySchema>;
