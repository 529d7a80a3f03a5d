import { toInstant } from "../../recording/local-time.ts";
import { findOffsetMinutes } from "../utc-offset.ts";

const MONTHS = [
  ...["january", "february", "march", "april", "may", "june"],
  ...["july", "august", "september", "october", "november", "december"],
];

/**
 * Reads when a record began, in ms since 1970: `HH:MM:SS DD/MM/YYYY` as WFDB prescribes, and what cannot be mistaken
 * beside it: ISO 8601, years first, months by their English names, `DD/MM/YYYY HH:MM:SS` with numbers that fit one order
 * alone. It is null for all else, such as a time without a date.
 *
 * @param timeZone the IANA name of the zone of times that name none
 */
export function readDate(text: string, timeZone: string): number | null {
  const bare = text.replace(/^\[(.*)\]$/, "$1").trim();
  const [, isoDay, isoTime, zone] = /^(\d{4}-\d{2}-\d{2})T([\d:.]+)(Z|[+-]\d{2}:?\d{2})?$/i.exec(bare) ?? [];
  if (isoDay) return toTime(readDay(isoDay, false), isoTime, zone ?? "", timeZone);
  const [, time, day] = /^(\d{1,2}:[\d:.]+)[ \t]+(.+)$/.exec(bare) ?? [];
  if (time) return toTime(readDay(day, true), time, "", timeZone);
  const [, firstDay, lastTime] = /^(\S.*?)[ \t]+(\d{1,2}:[\d:.]+)$/.exec(bare) ?? [];
  return firstDay ? toTime(readDay(firstDay, false), lastTime, "", timeZone) : null;
}

type Day = { year: number; month: number; day: number };

/** @param isWfdb whether the day stands where WFDB has it, as day, month and year */
function readDay(text: string, isWfdb: boolean): Day | undefined {
  const yearFirst = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(text);
  if (yearFirst) return { year: Number(yearFirst[1]), month: Number(yearFirst[3]), day: Number(yearFirst[4]) };
  const named = /^(\d{1,2})[-/. ]([a-z]{3,9})\.?[-/. ](\d{4})$/i.exec(text);
  if (named) {
    const name = named[2].toLowerCase();
    return {
      year: Number(named[3]),
      month: MONTHS.findIndex((month) => month.startsWith(name)) + 1,
      day: Number(named[1]),
    };
  }
  const [, first, second, last] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text)?.map(Number) ?? [];
  if (first === undefined) return undefined;
  if (isWfdb || first > 12 || first === second) return { year: last, month: second, day: first };
  return second > 12 ? { year: last, month: first, day: second } : undefined;
}

/** @param zone an offset as in ISO 8601; empty for a time of `timeZone` */
function toTime(day: Day | undefined, time: string, zone: string, timeZone: string): number | null {
  const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d*)?)$/.exec(time);
  if (!day || !clock) return null;
  const [hour, minute, second] = clock.slice(1).map(Number);
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  const instant = toInstant({ ...day, hour, minute, second }, zone === "" ? timeZone : "UTC");
  if (instant === null || !sign) return instant;
  const ahead = findOffsetMinutes(sign, hours, minutes);
  return ahead === undefined ? null : instant - ahead * 60_000;
}
