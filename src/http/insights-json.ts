import { z } from "@hono/zod-openapi";
import { INSIGHTS_VERSION, type Insights } from "../analysis/insights.ts";
import { FAULTS } from "../analysis/measures/quality.ts";
import { SPECTRUM_METHOD } from "../analysis/measures/variability.ts";
import { DELINEATION_METHOD } from "../analysis/waves/delineation.ts";
import type { LeadRow } from "../store/schema.ts";

/** What `series` may name. */
export const SERIES = ["beats", "rr", "intervals"] as const;
export type Series = (typeof SERIES)[number];

const NOTICE = "Measured by a program and reviewed by nobody: this is no diagnosis.";
const METHODS = {
  beats: "QRS energy of all leads, weighted by quality; beats chosen by height and rhythm together",
  beat_types: "shapes grouped into kinds; prematurity and pauses; a logistic model for ventricular beats",
  irregular_rhythm: "coefficient of sample entropy of the RR intervals",
  delineation: DELINEATION_METHOD,
  variability: `Task Force of the ESC and the NASPE, 1996; ${SPECTRUM_METHOD}`,
};

const quantity = (unit: string, example: number, more = "") =>
  z.number().openapi({ description: `${unit}${more}`, example });
const maybe = (unit: string, example: number, more = "") => quantity(unit, example, more).nullable();
const seconds = (more: string) => quantity("Seconds from the beginning of the ECG", 12.4, more);
const share = (example: number, more: string) => quantity("0 to 1", example, more);

const StretchSchema = z.object({ start: seconds(""), end: seconds("") });

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
  quality: QualitySchema.nullable().openapi({
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
});

const RateSchema = z
  .object({ value: quantity("Beats per minute", 71.5), at: seconds(": where the 10 s begin") })
  .nullable();

const fields = {
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
  pauses: z
    .array(z.object({ start: seconds(""), duration: quantity("Seconds, over 2", 2.3) }))
    .openapi({ description: "Beats more than 2 s apart, with nothing missing in between" }),
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
  irregular_rhythm: z
    .array(StretchSchema.extend({ confidence: share(0.9, "") }))
    .openapi({ description: "Where the intervals are as irregular as in atrial fibrillation" }),
};

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
    series: z
      .object({
        beats: z
          .array(z.object({ time: seconds(": the R peak"), type: z.enum(["N", "S", "V", "Q"]) }))
          .optional()
          .openapi({
            description: "N normal: of the usual shape and time; S supraventricular, V ventricular, Q unclassified",
          }),
        rr: z
          .array(z.object({ time: seconds(": of the later beat"), duration: quantity("ms", 836), normal: z.boolean() }))
          .optional()
          .openapi({ description: "`normal` is an interval between two normal beats; none spans a gap" }),
        intervals: z
          .array(
            z.object({
              time: seconds(": the R peak"),
              p: maybe("ms", 102),
              pr: maybe("ms", 158),
              qrs: maybe("ms", 92),
              qt: maybe("ms", 386),
            }),
          )
          .optional(),
      })
      .optional()
      .openapi({ description: "With `series`" }),
  })
  .openapi("Insights");

export type InsightsJson = z.output<typeof InsightsSchema>;

/**
 * @param leads as they are stored: of a lead without a sampling rate only its crossings are known
 * @param window what was measured, in seconds from the beginning
 */
export function toInsightsJson(
  leads: readonly LeadRow[],
  insights: Insights,
  series: readonly Series[],
  window: { start?: number; end?: number } = {},
): InsightsJson {
  const { beats, heartRate, variability, intervals, axes, reasons } = insights;
  const countOf = (type: string) => beats.types.filter((other) => other === type).length;
  const rate = (value: { beatsPerMinute: number; at: number } | null) =>
    value && { value: round(value.beatsPerMinute, 1), at: round(value.at, 3) };
  return {
    notice: NOTICE,
    version: INSIGHTS_VERSION,
    methods: METHODS,
    leads: insights.leads.map((lead, i) => ({
      name: leads[i].name,
      zero_crossings: leads[i].samplingRate === null ? leads[i].zeroCrossings : lead.zeroCrossings,
      quality: lead.quality && toQualityJson(lead.quality, leads[i], window),
      amplitude: lead.amplitude && roundAll(lead.amplitude, 4),
    })),
    beats: {
      count: beats.types.length,
      normal: countOf("N"),
      supraventricular: countOf("S"),
      ventricular: countOf("V"),
      unclassified: countOf("Q"),
    },
    heart_rate: heartRate && {
      mean: round(heartRate.mean, 1),
      minimum: rate(heartRate.minimum),
      maximum: rate(heartRate.maximum),
    },
    pauses: insights.pauses.map(({ from, duration }) => ({ start: round(from, 3), duration: round(duration, 3) })),
    variability: variability && toVariabilityJson(variability),
    intervals: intervals && {
      ...roundAll({ rr: intervals.rr, p: intervals.p, pr: intervals.pr, qrs: intervals.qrs, qt: intervals.qt }, 1),
      qtc: intervals.qtc && roundAll(intervals.qtc, 1),
      counts: intervals.counts,
    },
    axis: axes && roundAll(axes, 0),
    irregular_rhythm: insights.irregular.map(({ from, to, confidence }) => ({
      start: round(from, 3),
      end: round(to, 3),
      confidence: round(confidence, 2),
    })),
    reasons: Object.fromEntries(
      Object.entries(reasons).map(([name, reason]) => [NAMES[name as keyof typeof reasons], reason ?? ""]),
    ),
    ...(series.length > 0 && { series: toSeriesJson(insights, series) }),
  };
}

/** What the parts of the analysis are called here. */
const NAMES: Record<keyof Insights["reasons"], keyof typeof fields> = {
  beats: "beats",
  heartRate: "heart_rate",
  variability: "variability",
  intervals: "intervals",
  axes: "axis",
  irregular: "irregular_rhythm",
};

function toQualityJson(
  quality: NonNullable<Insights["leads"][number]["quality"]>,
  { samplingRate, sampleCount }: LeadRow,
  { start = 0, end = Number.POSITIVE_INFINITY }: { start?: number; end?: number },
) {
  const { hum, faults } = quality;
  const last = Math.min(end, samplingRate === null ? end : sampleCount / samplingRate);
  const unusable: z.output<typeof QualitySchema>["unusable"] = [];
  for (let from = 0; from < faults.length; ) {
    let to = from + 1;
    while (to < faults.length && faults[to] === faults[from]) to++;
    const names = Object.entries(FAULTS).flatMap(([name, bit]) => (faults[from] & bit ? [toSnakeCase(name)] : []));
    if (names.length > 0)
      unusable.push({ start: round(start + from, 3), end: round(Math.min(start + to, last), 3), faults: names });
    from = to;
  }
  return {
    usable_share: quality.usableShare === null ? null : round(quality.usableShare, 4),
    missing_share: round(quality.missingShare, 4),
    flat_share: round(quality.flatShare, 4),
    clipped_share: round(quality.clippedShare, 4),
    unit: quality.unit,
    mains_hum: hum && { frequency: hum.frequencyHz, amplitude: round(hum.amplitude, 4) },
    baseline_wander: quality.baselineWander === null ? null : round(quality.baselineWander, 4),
    noise: quality.noise === null ? null : round(quality.noise, 4),
    unusable,
  };
}

function toVariabilityJson(variability: NonNullable<Insights["variability"]>) {
  const { count, excludedShare, sdnnIndex, lfHf, pnn50, sdnn, rmssd, sdann, vlf, lf, hf, segments, reasons } =
    variability;
  return {
    intervals: count,
    excluded_share: round(excludedShare, 4),
    ...roundAll({ sdnn, rmssd, pnn50, sdann, sdnn_index: sdnnIndex, vlf, lf, hf }, 1),
    ...roundAll({ lf_hf: lfHf }, 2),
    segments,
    reasons: reasons as Record<string, string>,
  };
}

function toSeriesJson({ beats }: Insights, series: readonly Series[]): NonNullable<InsightsJson["series"]> {
  const { types, afterGap, intervals } = beats;
  const times = Array.from(beats.times, (time) => round(time, 4));
  return {
    ...(series.includes("beats") && { beats: times.map((time, i) => ({ time, type: types[i] })) }),
    ...(series.includes("rr") && {
      rr: times.flatMap((time, i) => {
        if (i === 0 || afterGap[i]) return [];
        const normal = types[i] === "N" && types[i - 1] === "N";
        return [{ time, duration: round((time - times[i - 1]) * 1000, 1), normal }];
      }),
    }),
    ...(series.includes("intervals") && {
      intervals: times.map((time, i) => ({ time, ...roundAll(intervals[i], 1) })),
    }),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function roundAll<T extends Record<string, number | null>>(values: T, digits: number): T {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, value === null ? null : round(value, digits)]),
  ) as T;
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
