import { z } from "zod";
import { DATE_SOURCES, MAX_SAMPLE, MILLIVOLT, MIN_SAMPLE } from "../../recording/recording.ts";
import {
  isGain,
  LEAST_GAIN,
  MAX_DEVICE_LENGTH,
  MAX_LEADS,
  MAX_NAME_LENGTH,
  MAX_SAMPLING_RATE_HZ,
  MAX_SUBJECT_LENGTH,
  MAX_UNIT_LENGTH,
  MIN_SAMPLING_RATE_HZ,
  MOST_GAIN,
} from "../limits.ts";
import { findVoltage } from "../unit.ts";

/** Lone surrogates, for a class of a pattern: UTF-8 does not have them, but JSON's escapes do. */
const SURROGATES = "\\ud800-\\udfff";
/** Control characters, which only confuse, and lone surrogates, for a class of a pattern. */
const NOT_PLAIN = `\\u0000-\\u001f\\u007f-\\u009f${SURROGATES}`;
const PLAIN = `^[^${NOT_PLAIN}]*$`;
/** A text that is its own trim(), too. */
const PLAIN_AND_TRIMMED = `^([^\\s${NOT_PLAIN}]([^${NOT_PLAIN}]*[^\\s${NOT_PLAIN}])?)?$`;
const WITHOUT_NUL = `^[^\\u0000${SURROGATES}]*$`;

/** A text that a pattern allows. The document has it without the surrogates, which tools in other languages cannot read. */
const matching = (pattern: string, message: string, maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(new RegExp(pattern, "u"), message)
    .meta({ pattern: pattern.replaceAll(SURROGATES, "") });

/** A text that is stored as it was sent. */
export const plainText = (maxLength: number) =>
  matching(PLAIN, "has a control character or half of a surrogate pair", maxLength).min(1);

/** A text of any lines. */
export const linesOfText = (maxLength: number) =>
  matching(WITHOUT_NUL, "has a NUL or half of a surrogate pair", maxLength);

/** A time with its zone (RFC 3339), which can be written in UTC as well. */
export const timestamp = () =>
  z.iso
    .datetime({
      offset: true,
      abort: true,
      error: ({ input }) =>
        input === undefined || Array.isArray(input)
          ? undefined
          : "must be a time with its zone, such as 2026-01-31T09:30:00Z",
    })
    .refine((time) => isWithinFourDigitYears(Date.parse(time)), "is before year 0 or after year 9999 in UTC");

const DateSchema = timestamp().meta({
  description: "When the recording began (RFC 3339, any offset; kept to the millisecond)",
  example: "2026-01-31T09:30:00Z",
});

/** The sender's own pseudonym for the person. */
export const SubjectSchema = plainText(MAX_SUBJECT_LENGTH).meta({
  description: "Your own pseudonym for the person; never a name",
  example: "P-0042",
});

/** The fields of an ECG beside its signals. All may be changed later, and all but the date removed by null. */
export const MetadataSchema = z.strictObject({
  date: DateSchema.optional(),
  subject: SubjectSchema.nullish(),
  device: plainText(MAX_DEVICE_LENGTH).nullish().meta({ description: "What recorded it", example: "CardioPatch 3" }),
  note: linesOfText(4096).nullish().meta({ description: "Anything else", example: "At rest" }),
});

/** What an answer computes and a POST takes too, so that answers can be sent again. */
const computed = (what: string) =>
  z
    .unknown()
    .meta({ description: `${what}: of an answer, taken and ignored` })
    .optional();

const SamplingRateSchema = z.number().min(MIN_SAMPLING_RATE_HZ).max(MAX_SAMPLING_RATE_HZ).nullish();

/** A lead in JSON, with a signal that `signal` checks. */
const leadSchema = <Signal extends z.ZodType>(signal: Signal) =>
  z.strictObject({
    name: matching(
      PLAIN_AND_TRIMMED,
      "has a control character or half of a surrogate pair, or a blank at an end",
      MAX_NAME_LENGTH,
    )
      .min(1)
      .meta({ description: "The twelve standard names are recognised in any case", example: "II" }),
    n_samples: z
      .int()
      .min(0)
      .nullish()
      .meta({ description: "If given, must be the signal's length; not with `start_sample`", example: 8 }),
    gain: z
      .number()
      .refine((gain) => gain !== 0, { error: "must not be 0", abort: true })
      .refine(isGain, `must be ${LEAST_GAIN} to ${MOST_GAIN} in size`)
      .nullish()
      .meta({
        description: `ADC units per mV, ${LEAST_GAIN} to ${MOST_GAIN} in size; without it no millivolts are claimed`,
        example: 1000,
      }),
    baseline: z.number().nullish().meta({ description: "The ADC units at 0 mV; 0 if not given", example: 0 }),
    unit: plainText(MAX_UNIT_LENGTH)
      .refine(
        // In another unit than mV a voltage would be taken for no ECG.
        (unit) => unit === MILLIVOLT || findVoltage(unit) === undefined,
        "must be mV for a voltage, and the gain in ADC units per mV",
      )
      .nullish()
      .meta({ description: "The unit that the gain is of, where it is not mV", example: "mV" }),
    sampling_rate: SamplingRateSchema.meta({
      description: "Hz, when it differs from the ECG's; null when it is not known",
      example: 500,
    }),
    zero_crossings: computed("Sign changes"),
    start_sample: computed("The first sample of a window"),
    samples_per_bucket: computed("The length of buckets"),
    buckets: computed("An overview"),
    signal,
  });

/**
 * An ECG in JSON, with signals that `signal` checks; `lengthOf` gives the number of samples. In optional fields null is
 * as if left out, except that the ECG's `sampling_rate` does not hold for a lead whose own is null.
 */
export const ecgSchema = <Signal extends z.ZodType>(signal: Signal, lengthOf: (signal: z.output<Signal>) => number) =>
  MetadataSchema.extend({
    sampling_rate: SamplingRateSchema.meta({ description: "Hz", example: 500 }),
    date: DateSchema.nullish(),
    date_source: z.enum(DATE_SOURCES).nullish().meta({
      description: "`received` where the date is only that of the receipt: then it is not kept",
      example: "recorded",
    }),
    open: z.boolean().nullish().meta({ description: "Whether more samples are to come", example: false }),
    id: computed("The ECG's id"),
    created_at: computed("When it was received"),
    duration: computed("Seconds"),
    samples_sha256: computed("The hash of the samples"),
    heart_rate: computed("What was measured"),
    qtc: computed("What was measured"),
    findings: computed("What was found"),
    notes: computed("What there was to say of an upload"),
    leads: z
      .array(leadSchema(signal))
      .min(1)
      .max(MAX_LEADS)
      .superRefine((leads, context) => {
        const names = new Set<string>();
        for (const [i, lead] of leads.entries()) {
          if (names.has(lead.name)) {
            context.addIssue({
              code: "custom",
              path: [i, "name"],
              message: `another lead is called ${JSON.stringify(lead.name)} too`,
            });
          }
          names.add(lead.name);
          const { signal } = lead as { signal: z.output<Signal> };
          const count = lengthOf(signal);
          if ((lead.start_sample ?? null) === null && (lead.n_samples ?? count) !== count) {
            context.addIssue({ code: "custom", path: [i, "n_samples"], message: `the signal has ${count} samples` });
          }
        }
      }),
  });

/** The next samples of each lead in JSON, with signals that `signal` checks. */
export const samplesSchema = <Signal extends z.ZodType>(signal: Signal) =>
  z.strictObject({
    leads: z
      .array(
        z.strictObject({
          name: z.string().meta({ example: "II" }),
          start_sample: z
            .int()
            .min(0)
            .meta({ description: "How many samples of the lead come before these", example: 5000 }),
          signal,
        }),
      )
      .min(1)
      .max(MAX_LEADS),
  });

const SignalSchema = z
  .array(z.int().min(MIN_SAMPLE).max(MAX_SAMPLE).nullable())
  .meta({ description: "ADC units; null is a missing sample", example: [12, 15, 9, null, -3, -7, 0, 4] });

/** The samples that `POST /ecg/{id}/samples` takes, each number described. */
export const SamplesJsonSchema = samplesSchema(SignalSchema);

/**
 * The ECG that `POST /ecg` takes, each number described. The reader accepts and refuses the same without a schema for
 * each number, which takes three times as long as parsing.
 */
export const EcgJsonSchema = ecgSchema(SignalSchema, (signal) => signal.length);

function isWithinFourDigitYears(time: number): boolean {
  return time >= Date.parse("0000-01-01T00:00:00Z") && time <= Date.parse("9999-12-31T23:59:59.999Z");
}
