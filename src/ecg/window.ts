import { newInputError } from "../errors.ts";
import { findLead } from "../recording/lead-names.ts";
import { toSampleRange } from "../recording/window.ts";
import type { EcgRow } from "../store/schema.ts";
import type { Span } from "../store/signal-reader.ts";
import { durationOf } from "./summary.ts";

/**
 * The part of an ECG that is asked for: leads by name, and a time from `start` up to `end`, in seconds. A text is one lead's name, or
 * several with commas between them.
 */
export type Window = { leads?: string | readonly string[]; start?: number; end?: number };

/**
 * The samples that a query asks for, of each lead in the order asked.
 *
 * @throws AppError `invalid` for a lead that is not there, and for a window that ends before it starts, lies outside the
 * recording, or has no meaning for want of a sampling rate
 */
export function pickSpans(ecg: EcgRow, { leads: names, start, end }: Window): Span[] {
  const wanted = pickLeads(ecg, names);
  const whole = wanted.map((lead) => ({ lead, from: 0, to: ecg.leads[lead].sampleCount }));
  if (start === undefined && end === undefined) return whole;
  const duration = durationOf(ecg) ?? 0;
  if (start !== undefined && end !== undefined && start > end)
    throw newInputError([{ path: "start", message: "is after end" }]);
  // What lies behind the end of an open ECG is still to come.
  if (start !== undefined && start > 0 && start >= duration && durationOf(ecg) !== null && !ecg.open) {
    throw newInputError([{ path: "start", message: `is outside the recording, which lasts ${duration} s` }]);
  }
  return whole.map((span) => {
    const { name, samplingRate, sampleCount } = ecg.leads[span.lead];
    if (samplingRate === null) {
      throw newInputError([
        {
          path: start === undefined ? "end" : "start",
          message: `the lead ${JSON.stringify(name)} has no sampling rate`,
        },
      ]);
    }
    return { ...span, ...toSampleRange(start ?? 0, end ?? duration, samplingRate, sampleCount) };
  });
}

/** The seconds of an ECG that are in a window; those of one without a sampling rate are not known, and none is measured. */
export function secondsOf(ecg: EcgRow, { start = 0, end = Number.POSITIVE_INFINITY }: Window): number {
  return Math.min(end, durationOf(ecg) ?? 0) - start;
}

/** The numbers of the leads that are asked for, in that order; of all when none are named. */
function pickLeads(ecg: EcgRow, names: Window["leads"]): number[] {
  if (names === undefined) return [...ecg.leads.keys()];
  const isOne = typeof names === "string" && findLead(ecg.leads, names);
  const list = typeof names === "string" ? (isOne ? [names] : names.split(",")) : names;
  const found = list.map((name) => {
    const lead = findLead(ecg.leads, name);
    if (!lead) throw newInputError([{ path: "leads", message: `this ECG has no lead ${JSON.stringify(name)}` }]);
    return ecg.leads.indexOf(lead);
  });
  if (new Set(found).size < found.length) throw newInputError([{ path: "leads", message: "names a lead twice" }]);
  return found;
}
