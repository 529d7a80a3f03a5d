import { STANDARD_LEADS, standardLead } from "../../recording/lead-names.ts";

/** The source of a channel: a coded entry (PS3.3, section 8.8), and the label of the channel. */
type ChannelSource = { code: string; scheme: string; meaning: string; label: string };

/** The leads of CID 3001 (PS3.16) with a short name, by their number in MDC (`2:n`) and SCP-ECG (`5.6.3-9-n`). */
const NAMES = new Map<number, string>([
  ...Object.entries(STANDARD_LEADS).map(([name, number]) => [number, name] as const),
  [9, "V7"],
  [66, "V8"],
  [67, "V9"],
  [10, "V2R"],
  [11, "V3R"],
  [12, "V4R"],
  [13, "V5R"],
  [14, "V6R"],
  [15, "V7R"],
  [68, "V8R"],
  [69, "V9R"],
  [65, "-aVR"],
  [16, "X"],
  [17, "Y"],
  [18, "Z"],
  [131, "ES"],
  [132, "AS"],
  [133, "AI"],
]);
/** The numbers of leads by their name. */
const NUMBERS = new Map([...NAMES].map(([number, name]) => [name, number]));
/** The number of no lead in particular. */
const UNSPECIFIED = 0;
/** The first of MDC's numbers of leads. Those of measurements on leads follow 256 later. */
const MDC_LEADS = 0x20000;

/**
 * The coding scheme of leads that DICOM has no code for. Private schemes begin with 99 (PS3.16, chapter 8); in this one
 * the meaning is the name.
 */
export const OWN_SCHEME = "99ECGAPI";
/** The longest meaning of a code, in characters (PS3.5, table 6.2-1: LO). */
const MAX_MEANING_LENGTH = 64;
/** The longest label of a channel, in characters (SH). */
const MAX_LABEL_LENGTH = 16;

/** The name of the lead: by its code, else by the texts about it. */
export function nameLead({ code, scheme, meaning, label }: ChannelSource): string {
  if (scheme === OWN_SCHEME) return meaning;
  const number = findNumber(code);
  if (number === UNSPECIFIED) return label || meaning;
  const coded = number === undefined ? (standardLead(code) ?? standardLead(simplify(meaning))) : NAMES.get(number);
  return coded ?? (meaning || label || code.replace(/^MDC_ECG_LEAD_/i, ""));
}

/** Whether a name is that of a lead of an ECG which DICOM has a code for. */
export function isEcgLead(name: string): boolean {
  return standardLead(name) !== undefined || NUMBERS.has(name);
}

/** The source of a lead's channel; undefined when no text of DICOM can carry the name. */
export function codeLead(name: string, index: number): ChannelSource | undefined {
  const known = standardLead(name) ?? name;
  const number = NUMBERS.get(known);
  if (number !== undefined) return { code: `2:${number}`, scheme: "MDC", meaning: `Lead ${known}`, label: known };
  if (name === "" || !isPlainText(name, MAX_MEANING_LENGTH)) return undefined;
  const label = isPlainText(name, MAX_LABEL_LENGTH) ? name : "";
  return { code: `CHANNEL-${index + 1}`, scheme: OWN_SCHEME, meaning: name, label };
}

/** Whether a text is a single value of a text attribute that comes back as it is: spaces around it would not. */
export function isPlainText(text: string, maxLength: number): boolean {
  return [...text].length <= maxLength && text === text.trim() && !/[\\\p{Cc}\p{Cs}]/u.test(text);
}

/** The number of a lead in `2:n`, in `5.6.3-9-n`, or in MDC's number of the lead or of a measurement on it. */
function findNumber(code: string): number | undefined {
  const [, number] = /^(?:2:|5\.6\.3-9-)(\d{1,3})$/.exec(code) ?? [];
  if (number !== undefined) return Number(number);
  const isLead = /^\d{6}$/.test(code) && Number(code) >= MDC_LEADS && Number(code) < MDC_LEADS + 512;
  return isLead ? Number(code) % 256 : undefined;
}

/**
 * A meaning without what is said beside the name: `Lead I (Einthoven)` is I, `aVR, augmented voltage, right` is aVR.
 * `Lead I (Frank)` is not I.
 */
function simplify(meaning: string): string {
  return meaning
    .replace(/^(ecg )?lead /i, "")
    .replace(/( \((einthoven|goldberger|wilson)\)|, augmented voltage, \w+)$/i, "");
}
