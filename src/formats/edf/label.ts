import { standardLead } from "../../recording/lead-names.ts";

/** The length of a label, in characters (EDF specification, table of the header record). */
const LABEL_LENGTH = 16;
/** The type of signal before its name, as in `ECG II` (EDF+ standard texts, section 2.1). */
const TYPE = "ECG ";
/** The type in a label, also as other languages abbreviate it. */
const HAS_TYPE = /^(ECG|EKG)/i;
/** Names of leads of ambulatory recorders: modified and bipolar chest leads, and V leads beyond the standard ones. */
const AMBULATORY_LEAD = /^(ML(I|II|III)|MCL[1-6]|MV[1-6]|C[CMS][1-6]|V[1-9]R?)$/i;

/** Whether a label says that its signal is an ECG: by its type, or by the name of a standard or ambulatory lead. */
export function isEcgLabel(label: string): boolean {
  return HAS_TYPE.test(label) || standardLead(label) !== undefined || AMBULATORY_LEAD.test(label);
}

/** The name of a lead: its label without the type, or the label if it is nothing but the type. */
export function toLeadName(label: string): string {
  return /^(?:ECG|EKG)\s+(.+)$/i.exec(label)?.[1] ?? label;
}

/** The label of a lead. `toLeadName` gives the name back if it is ASCII and has up to 12 characters. */
export function toLabel(leadName: string): string {
  const name = toAscii(leadName).trim();
  const isLabel = isEcgLabel(name) && toLeadName(name) === name;
  const hasRoom = TYPE.length + name.length <= LABEL_LENGTH && !HAS_TYPE.test(name);
  return (isLabel && !hasRoom ? name : `${TYPE}${name}`).slice(0, LABEL_LENGTH).trim();
}

/** A text in printable ASCII: letters lose their accents, and other characters become question marks. */
export function toAscii(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^ -~]/gu, "?");
}
