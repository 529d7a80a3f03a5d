import { commonSamplingRate, MILLIVOLT } from "../recording/recording.ts";
import { toTimestamp } from "../recording/timestamp.ts";
import type { LeadRow } from "../store/lead-rows.ts";
import type { EcgRow } from "../store/schema.ts";

/** The fields of an ECG's JSON beside its leads. */
export function toEcgFields(ecg: EcgRow) {
  return {
    id: ecg.id,
    date: toTimestamp(ecg.recordedAt),
    date_source: ecg.dateSource,
    created_at: toTimestamp(ecg.createdAt),
    subject: ecg.subject,
    device: ecg.device,
    note: ecg.note,
    sampling_rate: commonSamplingRate(ecg.leads),
    ...(ecg.open && { open: true as const }),
    duration: durationOf(ecg),
    samples_sha256: ecg.samplesSha256 || null,
    heart_rate: ecg.heartRate,
    qtc: ecg.qtc,
    findings: ecg.findings,
  };
}

/** The duration of an ECG's longest lead, in seconds; null when no lead's sampling rate is known. */
export function durationOf(ecg: EcgRow): number | null {
  let longest: number | null = null;
  for (const { samplingRate, sampleCount } of ecg.leads) {
    if (samplingRate) longest = Math.max(longest ?? 0, sampleCount / samplingRate);
  }
  return longest;
}

/** The fields of a lead's JSON beside its signal. */
export function toLeadFields(ecg: EcgRow, lead: LeadRow) {
  return {
    name: lead.name,
    n_samples: lead.sampleCount,
    gain: lead.gain,
    baseline: lead.baseline,
    unit: lead.unit ?? MILLIVOLT,
    ...(lead.samplingRate !== commonSamplingRate(ecg.leads) && { sampling_rate: lead.samplingRate }),
    zero_crossings: lead.zeroCrossings,
  };
}

/** The JSON of an ECG without its signals, with all its leads or those that are picked. */
export function toSummary(ecg: EcgRow, picked: readonly { lead: number }[] = ecg.leads.map((_, lead) => ({ lead }))) {
  return { ...toEcgFields(ecg), leads: picked.map(({ lead }) => toLeadFields(ecg, ecg.leads[lead])) };
}
