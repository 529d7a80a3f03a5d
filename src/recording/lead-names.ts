/**
 * The twelve standard leads and the number that ISO/IEEE 11073-10102 (MDC), SCP-ECG and, through them, DICOM and HL7
 * aECG give each: MDC lead id 2:n, SCP-ECG lead n, SCPECG code 5.6.3-9-n.
 */
export const STANDARD_LEADS = {
  I: 1,
  II: 2,
  III: 61,
  aVR: 62,
  aVL: 63,
  aVF: 64,
  V1: 3,
  V2: 4,
  V3: 5,
  V4: 6,
  V5: 7,
  V6: 8,
} as const;

export type StandardLead = keyof typeof STANDARD_LEADS;

const BY_NAME = new Map<string, StandardLead>();
for (const [lead, number] of Object.entries(STANDARD_LEADS) as [StandardLead, number][]) {
  for (const name of [lead, `MDC_ECG_LEAD_${lead}`, `2:${number}`, `5.6.3-9-${number}`]) {
    BY_NAME.set(name.toUpperCase(), lead);
  }
}

/** The standard lead that a name or a code means, in any case; undefined for all others (MLII is not II). */
export function standardLead(name: string): StandardLead | undefined {
  return BY_NAME.get(name.trim().toUpperCase());
}

/** The lead called `name`: by its exact name, or as the same standard lead (`avr` finds aVR). */
export function findLead<T extends { name: string }>(leads: readonly T[], name: string): T | undefined {
  const standard = standardLead(name);
  return (
    leads.find((lead) => lead.name === name) ?? (standard && leads.find((lead) => standardLead(lead.name) === standard))
  );
}
