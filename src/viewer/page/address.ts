import { readTrailFilter, type TrailFilter } from "../account/trail-filter.ts";
import { type Filters, NO_FILTERS, parseFilters, writeFilters } from "../filters/filters.ts";
import { readSearch, type Search, writeSearch } from "../list/search.ts";
import { type Caliper, MAX_CALIPERS, parseCaliper, writeCaliper } from "../measure/caliper.ts";

/** What the address behind its `#` says: which place of the page, and what is seen there. */
export type Place =
  | { name: "list"; search: Search }
  | { name: "trail"; filter: TrailFilter }
  | { name: "account" }
  | { name: "ecg"; id: string; view: View }
  | { name: "disclosure"; id: string; page: Page }
  | { name: "compare"; pair: Pair };

/** A page of an ECG with a line a minute: where it begins, in minutes, and how many lines it has. */
export type Page = { minute: number; lines: (typeof PAGE_LINES)[number] };

/** How an ECG is looked at. What is null is chosen by the page. */
export type View = {
  /** The time of the left edge, in seconds from the beginning (of an ECG without a sampling rate, in samples). */
  time: number;
  /** How many of these a line has; null for as many as its speed makes of it. */
  seconds: number | null;
  layout: LayoutName | null;
  /** mm/s; without a meaning where `seconds` is set. */
  speed: number;
  /** mm/mV */
  gain: number;
  /** The gain of the chest leads; null for that of the others. */
  chestGain: number | null;
  /** The leads of the rhythm strips, by name; null for those that are usual. */
  rhythm: readonly string[] | null;
  order: "standard" | "cabrera";
  /** The leads that are shown, in their order; null for all. */
  leads: readonly string[] | null;
  /** What is taken off it on the screen. */
  filters: Filters;
  /** What is measured on it. */
  calipers: readonly Caliper[];
};

/** Two ECGs over each other, the view of the upper one, and where the lower one is. */
export type Pair = {
  ids: readonly [string, string];
  view: View;
  /** The time of the left edge of the lower one, in seconds from its beginning. */
  time: number;
  /** Whether they move together. */
  isTogether: boolean;
};

/** The speeds of the paper, mm/s. */
export const SPEEDS = [12.5, 25, 50, 100] as const;
/** The heights of a millivolt, mm. */
export const GAINS = [2.5, 5, 10, 20, 40] as const;
/** The most rhythm strips of a layout. */
const MAX_RHYTHM = 3;
/** `r` is for one rhythm strip below the twelve leads, `r3` for three. `one` has the lines of a single lead. */
export const LAYOUTS = ["3x4", "3x4r", "3x4r3", "6x2", "6x2r", "12x1", "rows", "one"] as const;
/** The name of a layout. */
export type LayoutName = (typeof LAYOUTS)[number];

/** The minutes that a page of the disclosure may have, each of which is a line. */
export const PAGE_LINES = [30, 60] as const;

/** The first page. */
export const NEW_PAGE: Page = { minute: 0, lines: 60 };
/** A view as it is when nothing was chosen. */
export const NEW_VIEW: View = {
  time: 0,
  seconds: null,
  layout: null,
  speed: 25,
  gain: 10,
  chestGain: null,
  rhythm: null,
  order: "standard",
  leads: null,
  filters: NO_FILTERS,
  calipers: [],
};

const COMPARE_PATH = /^\/compare\/([0-9a-z-]{1,64})\/([0-9a-z-]{1,64})$/i;
const ECG_PATH = /^\/ecg\/([0-9a-z-]{1,64})(\/all)?$/i;

/**
 * The place that an address names. What it says wrongly is as if it did not say it; what is no place is the list.
 *
 * @param hash with its `#`, as `location.hash` has it
 */
export function parsePlace(hash: string): Place {
  const [path, query = ""] = splitAt(hash.replace(/^#/, ""), "?");
  const fields = new URLSearchParams(query);
  const [, id, isAll] = ECG_PATH.exec(path) ?? [];
  if (id !== undefined && isAll) return { name: "disclosure", id, page: parsePage(fields) };
  if (id !== undefined) return { name: "ecg", id, view: parseView(fields) };
  const [, first, second] = COMPARE_PATH.exec(path) ?? [];
  if (second !== undefined) {
    const time = toNumber(fields.get("t2")) ?? 0;
    return {
      name: "compare",
      pair: { ids: [first, second], view: parseView(fields), time, isTogether: !fields.has("apart") },
    };
  }
  if (path === "/trail") return { name: "trail", filter: readTrailFilter(fields) };
  if (path === "/account") return { name: "account" };
  return { name: "list", search: readSearch(fields) };
}

/** The address of a place, with its `#` and without what goes without saying. */
export function writePlace(place: Place): string {
  const fields = new URLSearchParams();
  if (place.name === "list") {
    writeSearch(place.search, fields);
    return join("#/", fields);
  }
  if (place.name === "account") return "#/account";
  if (place.name === "trail") {
    for (const [name, value] of Object.entries(place.filter)) if (value !== "") fields.set(name, value);
    return join("#/trail", fields);
  }
  if (place.name === "disclosure") {
    const { minute, lines } = place.page;
    if (minute !== 0) fields.set("minute", String(minute));
    if (lines !== NEW_PAGE.lines) fields.set("lines", String(lines));
    return join(`#/ecg/${place.id}/all`, fields);
  }
  if (place.name === "compare") {
    const { ids, view, time, isTogether } = place.pair;
    writeView(fields, view);
    if (time !== 0) fields.set("t2", toShort(time));
    if (!isTogether) fields.set("apart", "");
    return join(`#/compare/${ids.join("/")}`, fields);
  }
  writeView(fields, place.view);
  return join(`#/ecg/${place.id}`, fields);
}

function writeView(fields: URLSearchParams, view: View): void {
  const { time, seconds, layout, speed, gain, chestGain, rhythm, order, leads, filters, calipers } = view;
  if (time !== 0) fields.set("t", toShort(time));
  if (seconds !== null) fields.set("w", toShort(seconds));
  if (layout !== null) fields.set("layout", layout);
  if (speed !== NEW_VIEW.speed) fields.set("speed", String(speed));
  if (gain !== NEW_VIEW.gain) fields.set("gain", String(gain));
  if (chestGain !== null) fields.set("chest", String(chestGain));
  for (const lead of rhythm ?? []) fields.append("rhythm", lead);
  if (order !== NEW_VIEW.order) fields.set("order", order);
  for (const lead of leads ?? []) fields.append("leads", lead);
  for (const filter of writeFilters(filters)) fields.append("filter", filter);
  for (const caliper of calipers) fields.append("caliper", writeCaliper(caliper));
}

function parsePage(fields: URLSearchParams): Page {
  return {
    minute: Math.floor(toNumber(fields.get("minute")) ?? 0),
    lines: oneOf(PAGE_LINES, toNumber(fields.get("lines"))) ?? NEW_PAGE.lines,
  };
}

function parseView(fields: URLSearchParams): View {
  const time = toNumber(fields.get("t"));
  const seconds = toNumber(fields.get("w"));
  const leads = fields.getAll("leads").filter(Boolean);
  const rhythm = fields.getAll("rhythm").filter(Boolean).slice(0, MAX_RHYTHM);
  return {
    time: time !== null && time >= 0 ? time : 0,
    seconds: seconds !== null && seconds > 0 ? seconds : null,
    layout: oneOf(LAYOUTS, fields.get("layout")),
    speed: oneOf(SPEEDS, toNumber(fields.get("speed"))) ?? NEW_VIEW.speed,
    gain: oneOf(GAINS, toNumber(fields.get("gain"))) ?? NEW_VIEW.gain,
    chestGain: oneOf(GAINS, toNumber(fields.get("chest"))),
    rhythm: rhythm.length > 0 ? rhythm : null,
    order: fields.get("order") === "cabrera" ? "cabrera" : "standard",
    leads: leads.length > 0 ? [...new Set(leads)] : null,
    filters: parseFilters(fields.getAll("filter")),
    calipers: fields
      .getAll("caliper")
      .flatMap((text) => parseCaliper(text) ?? [])
      .slice(0, MAX_CALIPERS),
  };
}

function oneOf<T>(values: readonly T[], value: unknown): T | null {
  return values.find((one) => one === value) ?? null;
}

function toNumber(text: string | null): number | null {
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

/** A number to the millisecond, or of six digits where it is small. */
function toShort(value: number): string {
  return String(value < 1 ? Number(value.toFixed(6)) : Math.round(value * 1000) / 1000);
}

function join(path: string, fields: URLSearchParams): string {
  const query = fields.toString();
  return query === "" ? path : `${path}?${query}`;
}

function splitAt(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
