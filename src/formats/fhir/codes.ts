import { STANDARD_LEADS, type StandardLead, standardLead } from "../../recording/lead-names.ts";
import type { Concept } from "./observation.ts";

/** The nomenclature MDC of ISO/IEEE 11073-10101 and 10102, as FHIR calls it. */
export const MDC = "urn:iso:std:iso:11073:10101";
/** The names that FHIR has had for MDC. */
const MDC_SYSTEMS = [MDC, "urn:oid:2.16.840.1.113883.6.24"];

/**
 * The code of MDC_ECG_ELEC_POTL, the electrical potential. The potential of a lead has this code plus the number of the
 * lead.
 */
export const ELEC_POTL = 131328;
/** Partition 2 of MDC: a lead has this code plus its number. */
const LEAD_PARTITION = 2 * 65536;

/** The standard leads by their number. */
const BY_NUMBER = new Map(
  Object.entries(STANDARD_LEADS).map(([lead, number]) => [number as number, lead as StandardLead]),
);

/** The name of the lead that a component is of: one of the twelve by its code in MDC, else a text. */
export function nameLead({ coding = [], text }: Concept): string {
  for (const { system, code = "", display } of coding) {
    if (system !== undefined && !MDC_SYSTEMS.includes(system)) continue;
    const lead = findLeadByCode(code) ?? standardLead(toLeadId(code)) ?? standardLead(toLeadId(display ?? ""));
    if (lead) return lead;
  }
  const [first] = coding;
  return (text || toLeadId(first?.display || first?.code || "").replace(/^MDC_ECG_LEAD_/, "")).trim();
}

/** The concept of a lead. One that is none of the twelve has its name alone. */
export function toConcept(name: string): Concept {
  const lead = standardLead(name);
  if (!lead) return { text: name };
  const display = `MDC_ECG_ELEC_POTL_${lead.toUpperCase()}`;
  return { coding: [{ system: MDC, code: String(ELEC_POTL + STANDARD_LEADS[lead]), display }], text: lead };
}

/** The standard lead by the code of its potential, or by its own code. */
function findLeadByCode(code: string): StandardLead | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  return BY_NUMBER.get(Number(code) - ELEC_POTL) ?? BY_NUMBER.get(Number(code) - LEAD_PARTITION);
}

function toLeadId(reference: string): string {
  return reference.replace(/^MDC_ECG_ELEC_POTL_/, "MDC_ECG_LEAD_");
}
