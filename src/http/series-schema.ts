import { z } from "@hono/zod-openapi";
import { EVENT_KINDS, MOST_EVENTS } from "../analysis/measures/events.ts";
import { fromPeak, maybe, quantity, StretchSchema, seconds, share } from "./quantities.ts";

/** The names that `series` may have. */
export const SERIES = [
  "beats",
  "rr",
  "intervals",
  "waves",
  "average_beats",
  "events",
  "hours",
  "rr_histogram",
  "pacing",
] as const;
/** The name of a series. */
export type Series = (typeof SERIES)[number];
/** The series that are made of what is not kept: the samples are read for them. */
export const DETAILED_SERIES: readonly Series[] = ["waves", "average_beats"];

const BeatTypeSchema = z.enum(["N", "S", "V", "Q"]);
const maybeSeconds = (more = "") => seconds(more, 4).nullable();

/** The waves of an average beat. */
const waves = {
  p_onset: fromPeak(-0.18),
  p_peak: fromPeak(-0.13),
  p_end: fromPeak(-0.08),
  qrs_onset: fromPeak(-0.045),
  qrs_end: fromPeak(0.047),
  t_onset: fromPeak(0.16),
  t_peak: fromPeak(0.26),
  t_end: fromPeak(0.35),
};

const AverageBeatSchema = z
  .object({
    type: BeatTypeSchema,
    beats: z.int().openapi({ description: "How many beats are of this kind", example: 11 }),
    waves: z.object(waves).openapi({ description: "In all leads together" }),
    leads: z.array(
      z.object({
        name: z.string().openapi({ example: "II" }),
        beats: z.int().openapi({
          description: "How many beats are averaged: those that are whole in a usable second",
          example: 10,
        }),
        unit: z
          .enum(["mV", "ADC units"])
          .openapi({ description: "ADC units above the baseline when no gain is known" }),
        values: z.array(quantity("In `unit`", 0.02)),
        waves: z.object(waves),
      }),
    ),
  })
  .openapi("AverageBeat");

const EventSchema = z
  .object({
    kind: z.enum(EVENT_KINDS).openapi({
      description:
        "`wide_complex_tachycardia` and, slower and without P waves, `wide_complex_rhythm`: QRS complexes of 120 ms and more that are usual in the ECG, or for long, so that no shape tells whether they are ventricular. `pacing_without_capture`: spikes that no beat follows within 0.4 s; `pacing_without_sensing`: spikes within 0.12 to 0.35 s after a beat",
    }),
    time: seconds(": where it begins, at a beat or a second"),
    duration: quantity("Seconds", 2.4),
    confidence: share(0.9, "; null where nothing is known of it", 2).nullable(),
    rate: maybe("Beats per minute", 162, "; null where the event has no rate of its own"),
    beats: z.int().nullable().openapi({
      description: "Its beats, of ventricular events the ventricular ones; null where the event is not of beats",
    }),
  })
  .openapi("Event");

const rate = (what: string) => maybe("Beats per minute", 71.8, what);

const HourSchema = StretchSchema.extend({
  beats: z.int(),
  ventricular: z.int(),
  supraventricular: z.int(),
  heart_rate: z
    .object({ mean: quantity("Beats per minute", 71.8), minimum: rate(": of 10 s"), maximum: rate(": of 10 s") })
    .nullable(),
  pauses: z.int().openapi({ description: "Those that begin in it" }),
  irregular: quantity("Seconds", 0, " of irregular rhythm"),
  unusable: quantity("Seconds", 0, " in which no lead is usable"),
});

/** Of each beat or interval, of each kind of beats, of each hour: only those that were asked for. */
export const SeriesSchema = z.object({
  beats: z
    .array(z.object({ time: seconds(": the R peak", 4), type: BeatTypeSchema }))
    .optional()
    .openapi({
      description: "N normal: of the usual shape and time; S supraventricular, V ventricular, Q unclassified",
    }),
  rr: z
    .array(z.object({ time: seconds(": of the later beat", 4), duration: quantity("ms", 836), normal: z.boolean() }))
    .optional()
    .openapi({ description: "`normal` is an interval between two normal beats; none spans a gap" }),
  intervals: z
    .array(
      z.object({
        time: seconds(": the R peak", 4),
        p: maybe("ms", 102),
        pr: maybe("ms", 158),
        qrs: maybe("ms", 92),
        qt: maybe("ms", 386),
      }),
    )
    .optional(),
  waves: z
    .array(
      z.object({
        time: seconds(": the R peak", 4),
        p_onset: maybeSeconds(),
        p_peak: maybeSeconds(),
        p_end: maybeSeconds(),
        qrs_onset: maybeSeconds(),
        qrs_end: maybeSeconds(),
        t_onset: maybeSeconds(),
        t_peak: maybeSeconds(),
        t_end: maybeSeconds(),
      }),
    )
    .optional()
    .openapi({
      description:
        "The waves of each beat in all leads together, null where there is none. Where a minute has up to 50 beats, as in an ECG of 10 s, onsets and ends are looked for in each beat; else each beat has those of the average of the beats of its shape in that minute",
    }),
  average_beats: z
    .object({
      sampling_rate: quantity("Hz", 250),
      start: quantity("Seconds from the R peak", -0.48, ": of the first of the `values` of each lead"),
      kinds: z.array(AverageBeatSchema).openapi({ description: "Up to 8, those with the most beats first" }),
      others: z.int().openapi({ description: "How many beats are of other kinds", example: 0 }),
    })
    .optional()
    .openapi({
      description:
        "The average of the beats of each kind: of one type, and of like shape. Of more than a minute the waves are the means of those of each minute's average",
    }),
  events: z
    .object({
      list: z.array(EventSchema).openapi({ description: `In the order of their times, up to ${MOST_EVENTS}` }),
      counts: z.record(z.string(), z.int()).openapi({
        description:
          "How many there are of each kind: where these are more than are listed, ask once more with `events_from`",
      }),
    })
    .optional()
    .openapi({
      description:
        "Pauses of over 2 s; two ventricular beats in a row (a couplet), three and more (a run), every other beat ventricular at least three times (bigeminy); irregular rhythm; the slowest and the fastest 10 s; times in which no lead is usable",
    }),
  hours: z
    .array(HourSchema)
    .optional()
    .openapi({ description: "Hour by hour from the beginning of what was measured; the last one may be shorter" }),
  rr_histogram: z
    .object({
      width: quantity("ms", 8, ": of a bin"),
      first: quantity("ms", 640, ": where the first bin begins"),
      counts: z.array(z.int()).openapi({ description: "How many RR intervals are in each bin; none spans a gap" }),
      normal: z.array(z.int()).openapi({ description: "How many of them are between two normal beats" }),
      longer: z.int().openapi({ description: "How many RR intervals last 4 s or longer", example: 0 }),
    })
    .optional(),
  pacing: z
    .array(z.object({ time: seconds("", 4) }))
    .optional()
    .openapi({ description: "A pacemaker's spikes, in any lead; none where `paced` is false" }),
});
