import { readDay, startOfDay } from "../page/days.ts";

/**
 * What the audit trail is limited to; empty for no limit. Dates are of the reader's own zone: `2026-01-31`. `user` is the id of an
 * account, which an admin may choose.
 */
export type TrailFilter = { action: string; from: string; to: string; user: string };
/** No filter: all entries. */
export const NEW_TRAIL: TrailFilter = { action: "", from: "", to: "", user: "" };

/** The filter that fields have, of an address or of a form. What they say wrongly is as if they did not say it. */
export function readTrailFilter(fields: { get(name: string): unknown }): TrailFilter {
  const text = (name: string) => String(fields.get(name) ?? "").trim();
  return {
    action: text("action").slice(0, 100),
    from: readDay(text("from")),
    to: readDay(text("to")),
    user: text("user"),
  };
}

/** The parameters of the trail's request: whole days of the reader's own zone, the last one included. */
export function toTrailQuery({ action, from, to, user }: TrailFilter): Record<string, string> {
  const query = { action, user, from: from && startOfDay(from), to: to && startOfDay(to, 1) };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}
