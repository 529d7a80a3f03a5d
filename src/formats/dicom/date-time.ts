import { type LocalTime, toInstant, toLocalTime } from "../../recording/local-time.ts";
import { findOffsetMinutes, MAX_OFFSET_MINUTES } from "../utc-offset.ts";

/** A date and time as DICOM writes them (PS3.5, table 6.2-1): YYYYMMDD, HHMMSS.FFF, and +HHMM or -HHMM. */
type DateTime = { date: string; time: string; zone: string };

/** A date and time as `parseDateTime` joins them. */
const DATE_TIME = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d(?:\.\d{0,9})?))?)?)?([+-]\d{4})?$/;
/** An offset from UTC. */
const ZONE = /^([+-])(\d\d)(\d\d)$/;
/** The year of a date that stands for none, in files that have to have one. Electrocardiograms are of 1902 and later. */
const UNKNOWN_YEAR = 1900;

/**
 * The instant of a date and time, in ms since 1970; null for what is no date, or stands for none.
 *
 * @param date YYYYMMDD, also with points, or a DT value: YYYYMMDD and as much of HHMMSS.FFFFFF&ZZXX as there is
 * @param time HHMMSS.FFFFFF or the beginning of it, also with colons; empty after a DT value
 * @param zone as `+0100`, for texts without one; empty when it is not known. Neither may be what no zone has
 * @param timeZone the IANA name of the zone of times with neither
 */
export function parseDateTime(date: string, time: string, zone: string, timeZone: string): number | null {
  const text = date.replace(/^(\d{4})\.(\d\d)\.(\d\d)$/, "$1$2$3") + time.replaceAll(":", "");
  const [match, year, month, day, hour = 0, minute = 0, second = 0, suffix = zone] = DATE_TIME.exec(text) ?? [];
  if (match === undefined || Number(year) <= UNKNOWN_YEAR) return null;
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number);
  const local: LocalTime = { year: y, month: mo, day: d, hour: h, minute: mi, second: s };
  if (suffix === "") return toInstant(local, timeZone);
  const offset = parseOffset(suffix);
  const instant = toInstant(local, "UTC");
  return instant === null || offset === undefined ? null : instant - offset;
}

/**
 * The date, time and offset that clocks of a time zone show. Long ago offsets had seconds, which DICOM cannot carry:
 * then they are in UTC.
 *
 * @returns undefined for a date that is too early to be told from an unknown one
 */
export function toDateTime(instant: number, timeZone: string): DateTime | undefined {
  const local = toLocalTime(instant, timeZone);
  const minutes = ((toInstant(local, "UTC") ?? Number.NaN) - instant) / 60_000;
  if (timeZone !== "UTC" && !(Number.isInteger(minutes) && Math.abs(minutes) <= MAX_OFFSET_MINUTES)) {
    return toDateTime(instant, "UTC");
  }
  if (!(local.year > UNKNOWN_YEAR && local.year <= 9999)) return undefined;
  const milliseconds = Math.round(local.second * 1000);
  const fraction = milliseconds % 1000 === 0 ? "" : `.${pad(milliseconds % 1000, 3)}`;
  const ahead = Math.abs(minutes);
  return {
    date: pad(local.year, 4) + pad(local.month, 2) + pad(local.day, 2),
    time: pad(local.hour, 2) + pad(local.minute, 2) + pad(Math.floor(milliseconds / 1000), 2) + fraction,
    zone: (minutes < 0 ? "-" : "+") + pad(Math.floor(ahead / 60), 2) + pad(ahead % 60, 2),
  };
}

/** Whether a text is a date that stands for none: one of 1900, or of zeros. */
export function isNoDate(date: string): boolean {
  return date === "" || Number(date.slice(0, 4)) <= UNKNOWN_YEAR;
}

/** Whether a date and time have no time of day: a DT value may end behind the day. */
export function isBareDate(date: string, time: string): boolean {
  return time === "" && /^\d{8}([+-]|$)/.test(date.replaceAll(".", ""));
}

/** The offset of local time from UTC, as in `+0100`, in ms; undefined for what is no offset. */
export function parseOffset(zone: string): number | undefined {
  const [match, sign, hours, minutes] = ZONE.exec(zone) ?? [];
  const ahead = match === undefined ? undefined : findOffsetMinutes(sign, hours, minutes);
  return ahead === undefined ? undefined : ahead * 60_000;
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, "0");
}
