import type { AverageBeats } from "./measures/averages.ts";
import { mendStretches } from "./signal/mended-stretches.ts";
import type { InsightLead, ReadStretch } from "./signal/stretches.ts";

/** Turns leads of an inverted scale over, as their polarity decides where waves are seen to begin and to end. A missing sample stays one. */
export function turnUpright(
  leads: readonly InsightLead[],
  read: ReadStretch,
): { leads: readonly InsightLead[]; read: ReadStretch } {
  if (!leads.some(isInverted)) return { leads, read };
  return {
    leads: leads.map((lead) =>
      isInverted(lead) ? { ...lead, gain: -(lead.gain ?? 0), baseline: -lead.baseline } : lead,
    ),
    read: mendStretches(read, (samples, number) =>
      isInverted(leads[number]) ? samples.map((sample) => -sample) : samples,
    ),
  };
}

function isInverted({ gain }: InsightLead): boolean {
  return gain !== null && gain < 0;
}

/** Average beats as the samples are, in leads of an inverted scale too. */
export function turnBack({ kinds, others }: AverageBeats, leads: readonly InsightLead[]): AverageBeats {
  const turned = kinds.map((kind) => ({
    ...kind,
    leads: kind.leads.map((average) =>
      isInverted(leads[average.lead]) ? { ...average, values: average.values.map((value) => -value) } : average,
    ),
  }));
  return { kinds: turned, others };
}
