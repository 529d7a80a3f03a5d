import { type Insights, NOTICE } from "../analysis/insights.ts";
import { writeFhirReport } from "../formats/fhir/report.ts";
import type { EcgRow } from "../store/schema.ts";

/**
 * Writes what was measured in an ECG as a DiagnosticReport of FHIR. It has a date only when the ECG was recorded then.
 *
 * @param start of the window that was measured, in seconds
 */
export function reportInsights(ecg: EcgRow, { heartRate, intervals, axes }: Insights, start = 0): string {
  return writeFhirReport({
    subject: ecg.subject,
    device: ecg.device,
    recordedAt: ecg.dateSource === "recorded" ? Math.round(ecg.recordedAt + start * 1000) : null,
    notice: NOTICE,
    values: {
      heartRate: heartRate?.mean ?? null,
      pr: intervals?.pr ?? null,
      qrs: intervals?.qrs ?? null,
      qt: intervals?.qt ?? null,
      qtc: intervals?.qtc?.fridericia ?? null,
      pAxis: axes?.p ?? null,
      qrsAxis: axes?.qrs ?? null,
      tAxis: axes?.t ?? null,
    },
  });
}
