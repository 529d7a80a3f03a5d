import { MISSING } from "../../recording/recording.ts";
import type { EcgSummary } from "../api.ts";

/**
 * A part of a lead: from the sample `start` on, the lowest and highest of every `step` samples, which are the same array where
 * `step` is 1; filtered samples are no integers. `MISSING` where all are missing. Buckets begin at multiples of `step`; the first may begin before `start`.
 */
export type LeadPart = { start: number; step: number; low: Int32Array | Float64Array; high: Int32Array | Float64Array };

/** A lead of an answer to `GET /ecg/{id}` with a window or `max_points`. */
export type LeadAnswer = EcgSummary["leads"][number] & {
  start_sample?: number;
  signal?: (number | null)[];
  samples_per_bucket?: number;
  buckets?: (number[] | null)[];
};

/** The samples or buckets of an answer, as a part of the lead. */
export function toLeadPart({
  start_sample: start = 0,
  signal,
  samples_per_bucket: step = 1,
  buckets,
}: LeadAnswer): LeadPart {
  if (!buckets) {
    const samples = Int32Array.from(signal ?? [], (sample) => sample ?? MISSING);
    return { start, step: 1, low: samples, high: samples };
  }
  return {
    start: Math.floor(start / step) * step,
    step,
    low: Int32Array.from(buckets, (bucket) => bucket?.[0] ?? MISSING),
    high: Int32Array.from(buckets, (bucket) => bucket?.[1] ?? MISSING),
  };
}

/** The samples or buckets of a part that begin in a time, in seconds; undefined if none do. */
export function cutToTime(
  { start, step, low, high }: LeadPart,
  rate: number,
  { from, to }: { from: number; to: number },
): LeadPart | undefined {
  const at = (seconds: number) => Math.max(0, Math.ceil((seconds * rate - start) / step));
  const [first, end] = [at(from), at(to)];
  if (first >= Math.min(end, low.length)) return undefined;
  return { start: start + first * step, step, low: low.subarray(first, end), high: high.subarray(first, end) };
}

/** Samples, and what came after them, which may begin with some of them. */
export function append(known: LeadPart | undefined, more: LeadPart): LeadPart {
  if (!known || known.low.length === 0) return more;
  const samples = new Int32Array(Math.max(known.low.length, more.start + more.low.length - known.start));
  samples.set(known.low);
  samples.set(more.low, more.start - known.start);
  return { start: known.start, step: 1, low: samples, high: samples };
}
