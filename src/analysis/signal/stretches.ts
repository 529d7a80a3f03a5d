import type { Lead } from "../../recording/recording.ts";

/** A lead without its samples, and the number of them. */
export type InsightLead = Omit<Lead, "samples"> & { sampleCount: number };
/** Reads the samples of these leads whose time is at `from` or later and before `to`, in seconds from the lead's first. */
export type ReadStretch = (leads: readonly number[], from: number, to: number) => Promise<Int32Array[]>;
/** How long a lead is. */
export type LeadLength = Pick<InsightLead, "samplingRate" | "sampleCount">;

/** Samples of a long ECG are read a stretch of this many seconds at a time. */
const STRETCH_SECONDS = 60;
/** A stretch has no more samples than this of all leads together, so that very fast leads do not fill the memory. */
const MOST_STRETCH_SAMPLES = 2 ** 21;
/** A stretch has no fewer samples than this, so that a lead sampled by the hour is not read sample by sample. */
const LEAST_STRETCH_SAMPLES = 1000;

/**
 * Runs through all samples of some leads, a stretch after the other.
 *
 * @param run is given the seconds from the first sample to the beginning of the stretch and to its end
 */
export async function eachStretch(
  leads: readonly LeadLength[],
  run: (from: number, to: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; ; ) {
    const going = leads.filter((lead) => durationOf(lead) > from);
    if (going.length === 0) return;
    const rate = going.reduce((sum, { samplingRate }) => sum + (samplingRate ?? 0), 0);
    const seconds = Math.max(LEAST_STRETCH_SAMPLES / rate, Math.min(STRETCH_SECONDS, MOST_STRETCH_SAMPLES / rate));
    await run(from, from + seconds);
    from += seconds;
  }
}

/** The seconds that a lead's samples take; 0 when its sampling rate is not known. */
export function durationOf({ samplingRate, sampleCount }: LeadLength): number {
  return samplingRate ? sampleCount / samplingRate : 0;
}
