import { standardLead } from "../../recording/lead-names.ts";

const LABEL_LENGTH = 16;
/** EDF+ puts the type of signal before its name: `ECG II` (EDF+ standard texts, section 2.1). */
const TYPE = "ECG ";
const HAS_TYPE = /^(ECG|EKG)/i;
/** Channels of ambulatory recorders: modified and bipolar chest leads, and V leads beyond the standard ones. */
const AMBULATORY_LEAD = /^(ML(I|II|III)|MCL[1-6]|MV[1-6]|C[CMS][1-6]|V[1-9]R?)$/i;

/** Whether a label calls its signal an ECG: by its type, as a standard lead, or as one of ambulatory recorders. */
export function isEcgLabel(label: string): boolean {
  return HAS_TYPE.test(label) || standardLead(label) !== undefined || AMBULATORY_LEAD.test(label);
}

/** The label without its type, if there is more than that. */
export function toLeadName(label: string): string {
  return /^(?:ECG|EKG)\s+(.+)$/i.exec(label)?.[1] ?? label;
}

/** A label that gives the lead's name back, if that is ASCII and of at most 12 characters. */
export function toLabel(leadName: string): string {
  const name = toAscii(leadName).trim();
  const isLabel = isEcgLabel(name) && toLeadName(name) === name;
  const hasRoom = TYPE.length + name.length <= LABEL_LENGTH && !HAS_TYPE.test(name);
  return (isLabel && !hasRoom ? name : `${TYPE}${name}`).slice(0, LABEL_LENGTH).trim();
}

/** Letters lose their accents; for what is left there is a question mark. */
export function toAscii(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^ -~]/gu, "?");
}
