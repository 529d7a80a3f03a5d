import { toLocalTime } from "../recording/local-time.ts";
import { commonSamplingRate, type Recording } from "../recording/recording.ts";
import { labelOf } from "./drawn-leads.ts";
import type { Sheets } from "./sheet.ts";

/** The texts of a sheet but for the leads' names. */
export type SheetTexts = {
  /** Whose ECG it is. */
  subject: string;
  /** When and by what it was recorded; empty if that is not known. */
  about: string;
  /** Speed and gain. */
  scale: string;
  /** How many leads, how long, and the sampling rate. */
  signals: string;
  /** The facts about the drawing. */
  remark: string;
};

/** The most leads that are named in a line. */
const MOST_NAMES = 4;

/** @param timeZone the IANA name of the zone that the time is written in */
export function describeSheets(
  { recordedAt, subject, device }: Pick<Recording, "recordedAt" | "subject" | "device">,
  { leads, hidden, scale, duration, seconds }: Sheets,
  timeZone: string,
): SheetTexts {
  const date = recordedAt === null ? "" : `${formatDate(recordedAt, timeZone)} (${timeZone})`;
  const rates = new Set(leads.map(({ samplingRate }) => samplingRate));
  const rate = `${rates.size > 1 ? "mostly " : ""}${toShort(commonSamplingRate(leads) ?? 0)} Hz`;
  const remarks = [
    "Each lead is centred on its median.",
    seconds < duration && `The first ${toShort(seconds)} s of ${toShort(duration)} s.`,
    hidden.length > 0 && `Without ${listLeads(hidden.map(({ name }) => labelOf(name)))}.`,
  ];
  return {
    subject: subject ?? "ECG",
    about: [date, device ?? ""].filter(Boolean).join(" · "),
    scale: `${scale.speed} mm/s · ${scale.gain} mm/mV`,
    signals: `${count(leads.length, "lead")} · ${toShort(duration)} s · ${rate}`,
    remark: remarks.filter(Boolean).join(" "),
  };
}

function formatDate(instant: number, timeZone: string): string {
  const { year, month, day, hour, minute, second } = toLocalTime(instant, timeZone);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

/** A number with up to three decimals. */
function toShort(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

/** The names of leads, or how many these are where they are many. */
export function listLeads(names: readonly string[]): string {
  return names.length > MOST_NAMES ? count(names.length, "lead") : names.join(", ");
}

/** `1 lead`, `2 leads`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
