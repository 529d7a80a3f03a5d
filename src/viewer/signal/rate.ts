import type { EcgSummary } from "../api.ts";

/** A lead's sampling rate in Hz; null when it is not known. */
export function rateOf(ecg: EcgSummary, lead: EcgSummary["leads"][number]): number | null {
  return lead.sampling_rate === undefined ? ecg.sampling_rate : lead.sampling_rate;
}
