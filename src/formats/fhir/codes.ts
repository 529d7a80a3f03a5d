import { STANDARD_LEADS, standardLead } from "../../recording/lead-names.ts";
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

/** The name of the lead that a component is of: one of the twelve by its code in MDC, else a text. */
export function nameLead({ coding = [], text }: Concept): string {
  for (const { system, code = "", display } of coding) {
    if (system !== undefined && !MDC_SYSTEMS.includes(system)) continue;
    const lead = standardLead(code) ?? standardLead(display ?? "");
    if (lead) return lead;
  }
  const [first] = coding;
  return (text || (first?.display || first?.code || "").replace(/^MDC_ECG_(LEAD|ELEC_POTL)_/, "")).trim();
}

/** The concept of a lead. One that is none of the twelve has its name alone. */
export function toConcept(name: string): Concept {
  const lead = standardLead(name);
  if (!lead) return { text: name };
  const display = `MDC_ECG_ELEC_POTL_${lead.toUpperCase()}`;
  return { coding: [{ system: MDC, code: String(ELEC_POTL + STANDARD_LEADS[lead]), display }], text: lead };
}
