import { standardLead, withoutLeadWord } from "../../recording/lead-names.ts";
import { isVoltage, type Lead } from "../../recording/recording.ts";
import { newNotAcceptable } from "../format.ts";

/** The length of a label, in characters (EDF specification, table of the header record). */
const LABEL_LENGTH = 16;
/** The type of signal before its name, as in `ECG II` (EDF+ standard texts, section 2.1). */
const TYPE = "ECG ";
/** The type in a label, also as other languages abbreviate it, and in full. */
const HAS_TYPE = /^(ECG|EKG|ele[ck]tro[ck]ard)/i;
/** The type behind other words. */
const NAMES_ECG = /(?<![\p{L}\p{N}])(ECG|EKG)(?!\p{L})/iu;
/** Names of leads of ambulatory recorders: modified and bipolar chest leads, and V leads beyond the standard ones. */
const AMBULATORY_LEAD = /^(ML(I|II|III)|MCL[1-6]|MV[1-6]|C[CMS][1-6]|V[1-9]R?)$/i;

/** Whether a label says that its signal is an ECG: by its type, or by the name of a standard or ambulatory lead. */
export function isEcgLabel(label: string): boolean {
  return HAS_TYPE.test(label) || standardLead(label) !== undefined || AMBULATORY_LEAD.test(withoutLeadWord(label));
}

/** Whether a label of another type has a word for an ECG in it, as those of EEGs have: `EEG EKG1-REF`, `POL ECG`. */
export function namesEcg(label: string): boolean {
  return NAMES_ECG.test(label);
}

/** The name of a lead: its label without the type, or the label if it is nothing but the type. */
export function toLeadName(label: string): string {
  return /^(?:ECG|EKG)\s+(.+)$/i.exec(label)?.[1] ?? label;
}

/**
 * The label of a lead, from which `toLeadName` gives the name back but for accents. A lead that is no voltage has no type
 * before its name: it is no ECG.
 *
 * @throws AppError `not-acceptable` for a name that does not fit
 */
export function toLabel(lead: Pick<Lead, "name" | "unit">): string {
  const name = toAscii(lead.name).trim();
  const isLabel = isEcgLabel(name) && toLeadName(name) === name;
  const hasRoom = TYPE.length + name.length <= LABEL_LENGTH && !HAS_TYPE.test(name);
  const label = (isLabel && !hasRoom) || !isVoltage(lead) ? name : `${TYPE}${name}`;
  if (label.length <= LABEL_LENGTH && !(name.includes("?") && !lead.name.includes("?"))) return label;
  const room = LABEL_LENGTH - (isVoltage(lead) ? TYPE.length : 0);
  const detail = `EDF and BDF carry names of leads of up to ${room} Latin letters, digits and signs`;
  throw newNotAcceptable(`${detail}: ${JSON.stringify(lead.name)} is none.`);
}

/** A text in printable ASCII: letters lose their accents, and other characters become question marks. */
export function toAscii(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^ -~]/gu, "?");
}
