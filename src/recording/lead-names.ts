/**
 * The twelve standard leads, with the number that ISO/IEEE 11073-10102 (MDC) and SCP-ECG give each; DICOM and HL7 aECG
 * use the same numbers. As a code the number `n` is written `2:n` in MDC and `5.6.3-9-n` in SCPECG.
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

/** The name of a standard lead, as it is usually written. */
export type StandardLead = keyof typeof STANDARD_LEADS;

/** MDC's number of the first lead, less 1, and of the potential of the first lead, less 1. */
const MDC_NUMBERS = [131_072, 131_328];

/** The standard leads by their names and codes in upper case. */
const BY_NAME = new Map<string, StandardLead>();
for (const [lead, number] of Object.entries(STANDARD_LEADS) as [StandardLead, number][]) {
  const numbers = MDC_NUMBERS.map((first) => `${first + number}`);
  const names = [lead, `MDC_ECG_LEAD_${lead}`, `MDC_ECG_ELEC_POTL_${lead}`];
  for (const name of [...names, ...numbers, `2:${number}`, `5.6.3-9-${number}`]) {
    BY_NAME.set(name.toUpperCase(), lead);
  }
}

/** Words before the name of a lead: that it is an ECG's, and "lead" in some languages. A minus behind a blank is the name's: `ECG -aVR`. */
const LEAD_WORDS =
  /^(?:(?:ecg|ekg)(?:\s+|[_-]))?(?:(?:lead|ableitung|abl\.|d[e\u00e9]rivation|derivaci[o\u00f3]n)(?:\s+|[_-]))?/i;

/** The name of a lead without such words before it: `II` of `Lead II`, of `lead_II` and of EDF's `ECG II`. */
export function withoutLeadWord(name: string): string {
  return name.trim().replace(LEAD_WORDS, "");
}

/** The standard lead that a name or code means, in any case, also behind a word for "lead" or for "ECG"; undefined for all others (MLII is not II). */
export function standardLead(name: string): StandardLead | undefined {
  return BY_NAME.get(withoutLeadWord(name).toUpperCase());
}

/** The lead called `name` exactly, else the lead that is the same standard lead (`avr` finds aVR). */
export function findLead<T extends { name: string }>(leads: readonly T[], name: string): T | undefined {
  const standard = standardLead(name);
  return (
    leads.find((lead) => lead.name === name) ?? (standard && leads.find((lead) => standardLead(lead.name) === standard))
  );
}
