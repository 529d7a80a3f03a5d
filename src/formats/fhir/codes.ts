import { STANDARD_LEADS, type StandardLead, standardLead } from "../../recording/lead-names.ts";
import type { Concept } from "./observation.ts";

/** MDC, the nomenclature of ISO/IEEE 11073-10101 and 10102, by the two names that FHIR has had for it. */
export const MDC = "urn:iso:std:iso:11073:10101";
const MDC_SYSTEMS = [MDC, "urn:oid:2.16.840.1.113883.6.24"];

/** MDC_ECG_ELEC_POTL, the electrical potential; that of a lead is as much above it as the lead's number. */
export const ELEC_POTL = 131328;
/** In which the leads themselves are numbered, partition 2. */
const LEAD_PARTITION = 2 * 65536;

const BY_NUMBER = new Map(
  Object.entries(STANDARD_LEADS).map(([lead, number]) => [number as number, lead as StandardLead]),
);

/** What a component says that it is of: one of the twelve leads by a code of MDC, or else a text. */
export function nameLead({ coding = [], text }: Concept): string {
  for (const { system, code = "", display } of coding) {
    if (system !== undefined && !MDC_SYSTEMS.includes(system)) continue;
    const lead = findLeadByCode(code) ?? standardLead(toLeadId(code)) ?? standardLead(toLeadId(display ?? ""));
    if (lead) return lead;
  }
  const [first] = coding;
  return (text || toLeadId(first?.display || first?.code || "").replace(/^MDC_ECG_LEAD_/, "")).trim();
}

/** How a lead is written: one that is none of the twelve by its name alone. */
export function toConcept(name: string): Concept {
  const lead = standardLead(name);
  if (!lead) return { text: name };
  const display = `MDC_ECG_ELEC_POTL_${lead.toUpperCase()}`;
  return { coding: [{ system: MDC, code: String(ELEC_POTL + STANDARD_LEADS[lead]), display }], text: lead };
}

/** By the code of its potential, or its own. */
function findLeadByCode(code: string): StandardLead | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  return BY_NUMBER.get(Number(code) - ELEC_POTL) ?? BY_NUMBER.get(Number(code) - LEAD_PARTITION);
}

function toLeadId(reference: string): string {
  return reference.replace(/^MDC_ECG_ELEC_POTL_/, "MDC_ECG_LEAD_");
}
