import { isVoltage } from "../recording/recording.ts";
import type { InsightLead } from "./signal/stretches.ts";

/** A lead in which beats are looked for, and its place among all leads. */
export type UsedLead = InsightLead & { samplingRate: number; number: number };

/** The samples a second of the leads in which beats are looked for: of faster leads those beyond it are left out. */
const MAX_TOTAL_RATE_HZ = 2 ** 21;
/** Beats are missed at a lower sampling rate. */
const LEAST_RATE_HZ = 30;

/** The leads in which beats are looked for, the fastest first: it is the one by whose samples beats are timed. */
export function chooseLeads(leads: readonly InsightLead[]): UsedLead[] {
  const isScaled = hasGain(leads);
  return leads
    .flatMap((lead, number) => {
      const { samplingRate, gain, sampleCount } = lead;
      if (!isVoltage(lead) || samplingRate === null || samplingRate < LEAST_RATE_HZ) return [];
      return sampleCount > 0 && (gain !== null || !isScaled) ? [{ ...lead, samplingRate, number }] : [];
    })
    .sort((a, b) => b.samplingRate - a.samplingRate || a.number - b.number)
    .filter(({ samplingRate }, place) => place * samplingRate < MAX_TOTAL_RATE_HZ);
}

/** Why beats are looked for in no lead. */
export function explainUnused(leads: readonly InsightLead[]): string {
  if (leads.every(({ samplingRate }) => samplingRate === null)) return "no lead has a known sampling rate";
  if (leads.every(({ sampleCount }) => sampleCount === 0)) return "no lead has samples";
  if (!leads.some(isVoltage)) return "no lead is a voltage";
  return `no lead ${hasGain(leads) ? "with a gain " : ""}has samples at ${LEAST_RATE_HZ} Hz or more`;
}

/** Whether a lead that may be an ECG has a gain: those without one are other signals then. */
function hasGain(leads: readonly InsightLead[]): boolean {
  return leads.some((lead) => lead.gain !== null && isVoltage(lead));
}
