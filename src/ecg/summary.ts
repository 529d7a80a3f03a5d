import { commonSamplingRate, MILLIVOLT } from "../recording/recording.ts";
import { toTimestamp } from "../recording/timestamp.ts";
import type { ListedEcg } from "../store/ecgs.ts";
import type { LeadRow } from "../store/lead-rows.ts";

/** The fields of an ECG's JSON beside its leads. */
export function toEcgFields(ecg: ListedEcg) {
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
export function durationOf(ecg: ListedEcg): number | null {
  let longest: number | null = null;
  for (const { samplingRate, sampleCount } of ecg.leads) {
    if (samplingRate) longest = Math.max(longest ?? 0, sampleCount / samplingRate);
  }
  return longest;
}

/**
 * The fields of a lead's JSON beside its signal.
 *
 * @param samplingRate that of the ECG, which the lead's own is said beside
 */
export function toLeadFields(lead: LeadRow, samplingRate: number | null) {
  return {
    name: lead.name,
    n_samples: lead.sampleCount,
    gain: lead.gain,
    baseline: lead.baseline,
    unit: lead.unit ?? MILLIVOLT,
    ...(lead.samplingRate !== samplingRate && { sampling_rate: lead.samplingRate }),
    zero_crossings: lead.zeroCrossings,
  };
}

/** The JSON of an ECG without its signals, with all its leads or those that are picked. */
export function toSummary(ecg: ListedEcg, picked?: readonly { lead: number }[]) {
  const fields = toEcgFields(ecg);
  const leads = picked ? picked.map(({ lead }) => ecg.leads[lead]) : ecg.leads;
  return { ...fields, leads: leads.map((lead) => toLeadFields(lead, fields.sampling_rate)) };
}
