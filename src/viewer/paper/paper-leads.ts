import { findLead, standardLead } from "../../recording/lead-names.ts";
import { MILLIVOLT, MISSING } from "../../recording/recording.ts";
import type { SheetLead } from "../../sheet/drawn-leads.ts";
import type { EcgSummary, LeadSummary } from "../api.ts";
import type { View } from "../page/address.ts";
import type { LeadPart } from "../signal/lead-part.ts";
import { rateOf } from "../signal/rate.ts";

/**
 * A lead as the paper takes it, which knows millivolts and seconds alone. Where a lead has neither, `gain` and `samplingRate` stand
 * in for them: `unit` is what is truly on the scale, and `perCentimetre` how much of it 1 cm is at 10 mm/mV.
 */
export type PaperLead = SheetLead & { scale: { unit: string; perCentimetre: number } | undefined };

const ADC_UNITS = "ADC units";
/** How many times as coarse as the middle one of the standard leads' scales one may be that is shared. */
const MOST_OF_USUAL = 5;
/** Centimetres that the whole range of a lead takes that has no scale of its own. */
const RANGE_CM = 2;

/** The leads that a view shows, in its order: all, those it names, or the one that stands for them. */
export function pickLeads(ecg: EcgSummary, { leads, layout }: Pick<View, "leads" | "layout">): LeadSummary[] {
  const named = leads?.flatMap((name) => findLead(ecg.leads, name) ?? []) ?? [];
  const picked = named.length > 0 ? named : ecg.leads;
  return layout === "one" ? [rhythmLead(picked)] : picked;
}

/** The lead that stands for all: II, or else the first. */
export function rhythmLead<L extends { name: string }>(leads: readonly L[]): L {
  return findLead(leads, "II") ?? leads[0];
}

/** A lead's name as the paper has it: of a standard lead in its usual spelling, however the ECG spells it. */
export function nameLead(name: string): string {
  return standardLead(name) ?? name;
}

/**
 * @param overview the whole lead, as soon as it is there: what has no scale is fitted to it
 * @param isTimed whether all leads that are shown have a sampling rate: else one that has one is in samples, as the others are
 */
export function toPaperLead(
  ecg: EcgSummary,
  lead: LeadSummary,
  overview: LeadPart | undefined,
  isTimed: boolean,
): PaperLead {
  const { name, baseline, unit, gain, n_samples } = lead;
  const samplingRate = (isTimed && rateOf(ecg, lead)) || 1;
  const fields = { name, baseline, samplingRate, samples: { length: n_samples } };
  if (gain !== null && unit === MILLIVOLT) return { ...fields, gain, scale: undefined };
  const unitsPerValue = gain ?? 1;
  const perCentimetre = toRound(rangeOf(overview) / Math.abs(unitsPerValue) / RANGE_CM);
  return {
    ...fields,
    gain: unitsPerValue * perCentimetre,
    scale: { unit: gain === null ? ADC_UNITS : unit, perCentimetre },
  };
}

/**
 * Gives the standard leads that have no gain one scale, the coarsest of theirs: they are of one amplifier, and which one is the higher is
 * to be seen. One that goes much farther than most, as without its electrode, keeps its own: by its scale all others would be flat.
 */
export function shareScale(leads: readonly PaperLead[]): PaperLead[] {
  const scaleOf = ({ name, scale }: PaperLead) =>
    scale?.unit === ADC_UNITS && standardLead(name) ? scale.perCentimetre : undefined;
  const scales = leads.flatMap((lead) => scaleOf(lead) ?? []).sort((a, b) => a - b);
  const coarsest = MOST_OF_USUAL * scales[scales.length >> 1];
  const perCentimetre = Math.max(...scales.filter((scale) => scale <= coarsest));
  return leads.map((lead) =>
    (scaleOf(lead) ?? Number.POSITIVE_INFINITY) <= coarsest
      ? { ...lead, gain: perCentimetre, scale: { unit: ADC_UNITS, perCentimetre } }
      : lead,
  );
}

/** From the lowest to the highest sample; 1 where nothing is known. */
function rangeOf(overview: LeadPart | undefined): number {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [i, low] of overview?.low.entries() ?? []) {
    if (low === MISSING) continue;
    lowest = Math.min(lowest, low);
    highest = Math.max(highest, overview?.high[i] ?? low);
  }
  return highest > lowest ? highest - lowest : 1;
}

/** The next 1, 2 or 5 with zeros, at the value or above it. */
function toRound(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5].find((digit) => digit * power >= value * 0.999) ?? 10) * power;
}
