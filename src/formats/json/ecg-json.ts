import { z } from "zod";
import { type InputError, newInputError } from "../../errors.ts";
import { commonSamplingRate, MAX_SAMPLE, MIN_SAMPLE, type Recording } from "../../recording/recording.ts";
import type { Format } from "../format.ts";
import { explainIssue, toInputErrors } from "../input-errors.ts";
import { NoSignalButBuckets, NotASignal, parseEcgJson } from "./parser.ts";
import { ecgSchema, samplesSchema } from "./schema.ts";
import { writeEcgJson } from "./writer.ts";

/** The project's own JSON: `{ leads: [{ name, signal: int[] }] }`, described in full by `EcgJsonSchema`. */
export const ecgJson = {
  id: "json",
  mediaTypes: ["application/json"],
  extensions: [".json"],
  // A brace says little: JSON goes by its media type or its name.
  detect: () => false,
  read,
  write,
} satisfies Format;

/** Writes an ECG as `read` takes it. Annotations have no place in it. */
function write({ recordedAt, subject, device, note, isOpen, leads }: Recording): Uint8Array<ArrayBuffer> {
  const known = leads.every((lead) => lead.samplingRate !== null) ? commonSamplingRate(leads) : null;
  const fields = {
    date: recordedAt === null ? undefined : new Date(recordedAt).toISOString(),
    // It holds for each lead without one of its own: it is not given where a lead's is not known.
    sampling_rate: known ?? undefined,
    subject: subject ?? undefined,
    device: device ?? undefined,
    note: note ?? undefined,
    open: isOpen || undefined,
  };
  const written = leads.map(({ name, samplingRate, samples, gain, baseline, unit }) => {
    const rate = samplingRate === known ? undefined : (samplingRate ?? undefined);
    const about = { name, n_samples: samples.length, gain: gain ?? undefined, baseline, unit, sampling_rate: rate };
    return { fields: about, signal: samples };
  });
  return writeEcgJson(fields, written);
}

/** The next samples of a lead, and how many of its samples came before them. */
export type NextSamples = { name: string; startSample: number; samples: Int32Array };

const SignalSchema = z.unknown().transform((value, context): Int32Array => {
  if (value instanceof Int32Array) return value;
  if (value instanceof NoSignalButBuckets) {
    context.issues.push({
      code: "custom",
      message: "is missing, and buckets are no samples: this is an overview",
      input: value,
    });
    return z.NEVER;
  }
  context.issues.push(
    value instanceof NotASignal
      ? { code: "custom", path: [value.index], message: explainNoSample(value.found), input: value.found }
      : { code: "invalid_type", expected: "array", input: value },
  );
  return z.NEVER;
});
const ReadSchema = ecgSchema(SignalSchema, (signal) => signal.length);
const ReadSamplesSchema = samplesSchema(SignalSchema);

/** The note on an answer that is sent again, and had only a window of the samples. */
const WINDOWED = "These are the samples of a window of an ECG, and the date is that of all of it.";

function read(bytes: Uint8Array): Recording {
  const ecg = parseAs(ReadSchema, bytes);
  // Where the signal is shorter than said, there is a start_sample, or it would have been refused.
  const isWindow = ecg.leads.some(({ n_samples, signal }) => (n_samples ?? signal.length) !== signal.length);
  return {
    ...(isWindow && { notes: [WINDOWED] }),
    recordedAt: ecg.date && ecg.date_source !== "received" ? Date.parse(ecg.date) : null,
    subject: ecg.subject ?? null,
    device: ecg.device ?? null,
    note: ecg.note ?? null,
    isOpen: ecg.open ?? false,
    annotations: [],
    leads: ecg.leads.map((lead) => ({
      name: lead.name,
      // A rate that is left out is the ECG's, one that is null is not known.
      samplingRate: (lead.sampling_rate === undefined ? ecg.sampling_rate : lead.sampling_rate) ?? null,
      samples: lead.signal,
      gain: lead.gain ?? null,
      baseline: lead.baseline ?? 0,
      ...(lead.unit && { unit: lead.unit }),
    })),
  };
}

/**
 * Reads the next samples of each lead, `{ leads: [{ name, start_sample, signal }] }`, described in full by
 * `SamplesJsonSchema`.
 *
 * @throws AppError, `malformed` or `invalid`
 */
export function readSamples(bytes: Uint8Array): NextSamples[] {
  const { leads } = parseAs(ReadSamplesSchema, bytes);
  return leads.map(({ name, start_sample, signal }) => ({ name, startSample: start_sample, samples: signal }));
}

/**
 * Sorts the next samples by the names of the leads, each of which must be there once.
 *
 * @throws AppError `invalid`
 */
export function sortByLead(names: readonly string[], next: readonly NextSamples[]): NextSamples[] {
  const errors: InputError[] = next.flatMap(({ name }, i) => {
    if (!names.includes(name)) return [{ path: `leads.${i}.name`, message: "is no lead of this ECG" }];
    const isSecond = next.findIndex((other) => other.name === name) < i;
    return isSecond ? [{ path: `leads.${i}.name`, message: "is there twice" }] : [];
  });
  const sorted = names.flatMap((name) => next.find((lead) => lead.name === name) ?? []);
  if (sorted.length < names.length)
    errors.push({ path: "leads", message: `must have all leads of the ECG: ${names.join(", ")}` });
  if (errors.length > 0) throw newInputError(errors);
  return sorted;
}

function parseAs<Schema extends z.ZodType>(schema: Schema, bytes: Uint8Array): z.output<Schema> {
  const result = schema.safeParse(parseEcgJson(bytes), { error: explainIssue });
  if (!result.success) throw newInputError(toInputErrors(result.error));
  return result.data;
}

function explainNoSample(found: unknown): string {
  if (found === -0x80000000) return `${found} stands for a missing sample: send null`;
  if (typeof found !== "number")
    return `expected an integer or null, found ${Array.isArray(found) ? "an array" : typeof found}`;
  return Number.isInteger(found)
    ? `${found} is not within ${MIN_SAMPLE} to ${MAX_SAMPLE}`
    : `${found} is not an integer`;
}
