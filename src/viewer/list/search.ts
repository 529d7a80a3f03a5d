import { readDay, startOfDay } from "../page/days.ts";

/** What may be found in an ECG, by the names that the API has for it. */
export const FINDINGS = ["irregular", "ventricular", "supraventricular", "pause", "paced", "unjudged"] as const;
/** What the list can be asked for. */
export type Finding = (typeof FINDINGS)[number];

/** The bounds of a search by what was measured, by the API's names: heart rates in beats per minute, QTc in ms. */
const BOUNDS = ["heart_rate_min", "heart_rate_max", "qtc_min", "qtc_max"] as const;
/** The name of a bound. */
export type Bound = (typeof BOUNDS)[number];

/**
 * What the list is limited to, as it was typed; empty for no limit. Dates are of the reader's own zone: `2026-01-31`. An ECG has all of
 * the findings.
 */
export type Search = { subject: string; from: string; to: string; has: readonly Finding[] } & Record<Bound, string>;

/** A search without limits: all ECGs. */
export const NEW_SEARCH: Search = {
  subject: "",
  from: "",
  to: "",
  has: [],
  heart_rate_min: "",
  heart_rate_max: "",
  qtc_min: "",
  qtc_max: "",
};

/** Fields of an address, or of a form. */
type Fields = { get(name: string): unknown; getAll(name: string): unknown[] };

/** The search that fields have. What they say wrongly is as if they did not say it. */
export function readSearch(fields: Fields): Search {
  const text = (name: string) => String(fields.get(name) ?? "").trim();
  const bound = (name: string) => (/^\d{1,4}(\.\d+)?$/.test(text(name)) ? text(name) : "");
  const named = fields.getAll("has");
  return {
    subject: text("subject"),
    from: readDay(text("from")),
    to: readDay(text("to")),
    has: FINDINGS.filter((name) => named.includes(name)),
    heart_rate_min: bound("heart_rate_min"),
    heart_rate_max: bound("heart_rate_max"),
    qtc_min: bound("qtc_min"),
    qtc_max: bound("qtc_max"),
  };
}

/** Adds a search to the fields of an address, without what is not limited. */
export function writeSearch(search: Search, fields: URLSearchParams): void {
  for (const [name, value] of Object.entries(search)) {
    for (const one of typeof value === "string" ? [value] : value) if (one !== "") fields.append(name, one);
  }
}

/** Whether a search is by what was measured. */
export function isMeasured(search: Search): boolean {
  return search.has.length > 0 || BOUNDS.some((name) => search[name] !== "");
}

/** Whether a search limits the list at all. */
export function isLimited(search: Search): boolean {
  const { subject, from, to } = search;
  return [subject, from, to].some((text) => text !== "") || isMeasured(search);
}

/** Whether a search is one that is being typed, a letter further on: a field that had something has something else. */
export function isTypedOn(search: Search, next: Search): boolean {
  const typed = ["subject", "from", "to", ...BOUNDS] as const;
  return typed.some((name) => search[name] !== "" && next[name] !== "" && search[name] !== next[name]);
}

/** The parameters of `GET /ecg` for a search: whole days of the reader's own zone, the last one included. */
export function toQuery(search: Search): Record<string, string> {
  const { subject, from, to, has } = search;
  const query: Record<string, string> = {
    subject,
    from: from && startOfDay(from),
    to: to && startOfDay(to, 1),
    has: has.join(","),
  };
  for (const name of BOUNDS) query[name] = search[name];
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}
