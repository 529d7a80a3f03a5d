import { z } from "@hono/zod-openapi";
import { newInputError } from "../errors.ts";
import { findLead } from "../recording/lead-names.ts";
import { toSampleRange } from "../recording/window.ts";
import type { EcgRow } from "../store/schema.ts";
import type { LikelyWindow, Span } from "../store/signals.ts";
import { durationOf } from "./ecg-json.ts";

export const MAX_POINTS = 20_000;

export const SecondsSchema = z
  .string()
  .regex(/^\d+(\.\d+)?$/, "must be a number of seconds, 0 or more")
  .transform(Number);

/** What of an ECG is asked for. */
export const windowQuery = {
  leads: z.string().optional().openapi({ description: "Only these leads, in this order, by name: `II,V1`" }),
  start: SecondsSchema.optional().openapi({ description: "Samples from this time on, in seconds from the beginning" }),
  end: SecondsSchema.optional().openapi({ description: "Samples before this time, in seconds from the beginning" }),
};

export type Window = { leads?: string; start?: number; end?: number };

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
  if (start !== undefined && start > 0 && start >= duration && durationOf(ecg) !== null) {
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

/** The numbers of the leads that are asked for, in that order; of all when none are named. */
function pickLeads(ecg: EcgRow, names: string | undefined): number[] {
  if (names === undefined) return [...ecg.leads.keys()];
  const found = names.split(",").map((name) => {
    const lead = findLead(ecg.leads, name);
    if (!lead) throw newInputError([{ path: "leads", message: `this ECG has no lead ${JSON.stringify(name)}` }]);
    return ecg.leads.indexOf(lead);
  });
  if (new Set(found).size < found.length) throw newInputError([{ path: "leads", message: "names a lead twice" }]);
  return found;
}

/** What a query will need, before it is known to be a good one. */
export function likelyWindow(query: Record<string, string>): LikelyWindow {
  const seconds = (text: string | undefined) => (Number.isFinite(Number(text ?? "x")) ? Number(text) : undefined);
  return { start: seconds(query.start), end: seconds(query.end), isOverview: query.max_points !== undefined };
}
