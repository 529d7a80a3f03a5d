import type { EcgSummary } from "../api.ts";
import { dayOf } from "../page/days.ts";
import { writeDate } from "../page/words.ts";

/** What is said of an ECG and can be changed, as it is typed. The date is of the reader's own zone: `2026-01-31T09:30:00`. */
export type Details = { subject: string; date: string; note: string };
/** What to send of it; null takes a field away. */
export type Changes = { subject?: string | null; date?: string; note?: string | null };
type Ecg = Pick<EcgSummary, "subject" | "date" | "note">;

/** The details of an ECG as fields show them. */
export function detailsOf({ subject, date, note }: Ecg): Details {
  return { subject: subject ?? "", date: toLocalTime(date), note: note ?? "" };
}

/** A date and time as a field gives it, which leaves out seconds that are 0. */
export function withSeconds(date: string): string {
  return /T\d\d:\d\d$/.test(date) ? `${date}:00` : date;
}

/** What was typed otherwise than it was. A date that was left alone stays what it is, to the millisecond. */
export function changesOf(before: Details, typed: Details): Changes {
  const [subject, note] = [typed.subject.trim(), typed.note.trim()];
  return {
    ...(subject !== before.subject && { subject: subject || null }),
    ...(typed.date !== before.date && { date: new Date(typed.date).toISOString() }),
    ...(note !== before.note.trim() && { note: note || null }),
  };
}

/** What fields show of an ECG that is another one by now: what somebody has typed, and else what it is now. */
export function keepTyped(before: Details, typed: Details, now: Details): Details {
  const pick = (name: keyof Details) => (typed[name] === before[name] ? now[name] : typed[name]);
  return { subject: pick("subject"), date: pick("date"), note: pick("note") };
}

/** What somebody else has changed, in words; empty where it is nothing that is shown. */
export function describeOthers(before: Ecg, now: Ecg): string {
  const said = (text: string | null) => (text ? `“${text}”` : "empty");
  return [
    now.subject === before.subject ? "" : `the subject is ${said(now.subject)}`,
    now.date === before.date ? "" : `the date is ${writeDate(now.date)}`,
    now.note === before.note ? "" : `the note is ${said(now.note)}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** A timestamp as a field for date and time has it, in the reader's zone. */
function toLocalTime(timestamp: string): string {
  const date = new Date(timestamp);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${dayOf(date)}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
