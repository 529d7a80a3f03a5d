import { countZeroCrossings } from "../analysis/measures/zero-crossings.ts";
import type { LeadRow } from "../store/lead-rows.ts";

/** A lead's row with what its next samples add to the totals that are kept of it. */
export function addSamples(lead: LeadRow, samples: Int32Array): LeadRow {
  const before = { count: lead.zeroCrossings, lastSign: lead.lastSign };
  const { count: zeroCrossings, lastSign } = countZeroCrossings(samples, before);
  return { ...lead, sampleCount: lead.sampleCount + samples.length, zeroCrossings, lastSign };
}
