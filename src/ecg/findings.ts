import type { Insights } from "../analysis/insights.ts";
import { faultsOf, findUnusable } from "../analysis/measures/quality.ts";
import { secondsOf } from "../analysis/numbers/time-spans.ts";
import { durationOf } from "../analysis/signal/stretches.ts";
import { chooseLeads } from "../analysis/used-leads.ts";
import type { EcgRow } from "../store/schema.ts";

/** What may be found in an ECG, and how it is told; the list can be asked for it. */
export const FINDINGS = {
  irregular: "a stretch whose intervals are as irregular as in atrial fibrillation",
  ventricular: "a ventricular beat",
  supraventricular: "a supraventricular beat",
  pause: "more than 2 s without a beat",
  paced: "a pacemaker's spikes before beats",
  unjudged: "no heart rate could be measured, or no lead is usable for more than half of the time",
} as const;
/** The name of a finding. */
type FindingName = keyof typeof FINDINGS;
/** The names of the findings, in their order. */
export const FINDING_NAMES = Object.keys(FINDINGS) as [FindingName, ...FindingName[]];

/** More than this share of the time without a usable lead leaves an ECG unjudged. */
const MOST_UNUSABLE_SHARE = 0.5;

/** What the list is to know of an ECG: its heart rate and QTc, rounded as its insights have them, and what was found. */
export function sumUpInsights(
  { leads }: EcgRow,
  insights: Insights,
): { heartRate: number | null; qtc: number | null; findings: FindingName[] } {
  const { heartRate, intervals, beats, irregular, pauses, paced } = insights;
  const used = chooseLeads(leads);
  const duration = Math.max(0, ...used.map(durationOf));
  const unusable = secondsOf(findUnusable(faultsOf(used, insights.leads), 0, duration));
  const isFound: Record<FindingName, boolean> = {
    irregular: irregular.length > 0,
    ventricular: beats.types.includes("V"),
    supraventricular: beats.types.includes("S"),
    pause: pauses.length > 0,
    paced,
    unjudged: heartRate === null || unusable > MOST_UNUSABLE_SHARE * duration,
  };
  return {
    heartRate: toTenths(heartRate?.mean),
    qtc: toTenths(intervals?.qtc?.fridericia),
    findings: FINDING_NAMES.filter((name) => isFound[name]),
  };
}

function toTenths(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toFixed(1));
}
