import { type LocalTime, toInstant, toLocalTime } from "../../recording/local-time.ts";
import { findOffsetMinutes } from "../utc-offset.ts";

/** A time that is written as a text. */
export type TimeText = {
  /** Seconds by a clock that is never put forward or back; those of the day where the day is between slashes. */
  seconds: number;
  decimals: number;
  /** The date, if the text has one: what the clock shows, and its offset from UTC if it is given. */
  date?: { local: LocalTime; offsetMinutes: number | null };
  /** Whether the text has a date whose day may be its month: it is left out. */
  isUnclear?: true;
};

const DATE_AND_TIME =
  /^(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(?:(Z|UTC|GMT)|([+-])(\d\d):?(\d\d))?$/i;
/** PhysioNet's own, whose day comes before the month: `[17:34:29.000 08/05/2014]`. */
const PHYSIONET = /^\[(\d\d?:\d\d:\d\d(?:\.\d{1,9})?) (\d\d)\/(\d\d)\/(\d{4})\]$/;
/** A date as it is written in German, Russian and others: `31.01.2026 09:30:00.125`. */
const DOTTED = /^(\d\d)\.(\d\d)\.(\d{4})(?=[T ])/;
/** A date as it is written in English, whose day comes first or second: `31/1/2026 09:30:00.125`, `1/31/2026, 9:30:00 AM`. */
const SLASHED = /^(\d\d?)\/(\d\d?)\/(\d{4}),?[T ]+(?=\d)/;
/** The months as MATLAB's `datestr` and English write them: their first three letters. */
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/** A date with the name of its month: `31-Jan-2026 09:30:00.125`, `Jan 31, 2026 9:30:00 AM`. */
const NAMED = /^(?:(\d\d?)[- ](\p{L}{3,9})[- ]|(\p{L}{3,9}) (\d\d?),? )(\d{4}),?(?=[T ])/u;
/** A date and a time without separators: `20260131T093000.125`, `20260131093000.125`. */
const COMPACT = /^(\d{4})(\d\d)(\d\d)[T ]?(\d\d)(\d\d)(\d\d)(?!\d)/;
/** A colon before milliseconds or microseconds, as programs of .NET have them: `09:30:00:125`. */
const COLON_BEFORE_FRACTION = /(\d:\d\d:\d\d):(\d{3}|\d{6})$/;
/** The numbers that are a date and a time without separators, of 1900 to 2099, are within these. */
const [LEAST_COMPACT, MOST_COMPACT] = [19000101000000, 20991231235960];
/** The seconds of a day. */
export const DAY = 86_400;
/** A time of twelve hours: `9:30:00.125 PM`. */
const HALF_DAY = /(\d\d?)(:\d\d:\d\d(?:[.,]\d{1,9})?)\s*([ap])\.?m\.?$/i;
/** The elapsed time of pandas, on its first day: `0 days 00:00:00.004000`. */
const FIRST_DAY = /^0 days /;
/** A time of day or an elapsed time: `hh:mm:ss.mmm`, `mm:ss.mmm`. */
const CLOCK = /^(?:(\d{1,4}):)?(\d{1,4}):(\d\d)(?:[.,](\d{1,9}))?$/;

/**
 * Parses a date and time, `2026-01-31T09:30:00.125+01:00`, also with a blank for the T, slashes in the date and without
 * a zone, with the day first between dots, as PhysioNet writes them, with the name of the month, without separators, and
 * with the month or the day first between slashes where one alone can be meant; or a time alone, `0:01.125`, `12:30:00`.
 * Undefined for any other text.
 */
export function parseTimeText(text: string): TimeText | undefined {
  const whole = text.replace(HALF_DAY, toWholeDay);
  const [slashed, first, second, year] = SLASHED.exec(whole) ?? [];
  if (slashed === undefined) return parsePlainTime(whole);
  const time = whole.slice(slashed.length);
  const [day, month] = Number(first) > 12 || first === second ? [first, second] : [second, first];
  const dated = parsePlainTime(`${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")} ${time}`);
  // Of a recording over midnight it may be clear on one day and not on the other.
  const clock = dated && { ...dated, seconds: dated.seconds % DAY };
  if (!clock || Number(day) > 12 || day === month) return clock;
  return { seconds: clock.seconds, decimals: clock.decimals, isUnclear: true };
}

/** Parses a date without a time of day, in the forms that `parseTimeText` has, as its midnight; undefined for any other text. */
export function parseDay(text: string): TimeText | undefined {
  const midnight = parseTimeText(`${text} 00:00:00`);
  return midnight?.date || midnight?.isUnclear ? midnight : undefined;
}

function toWholeDay(_: string, hour: string, rest: string, half: string): string {
  return `${(Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0)}${rest}`;
}

/** Whether a number may be a date and a time without separators: it is one if `parseTimeText` takes its text. */
export function mayBeCompact(number: number): boolean {
  return number >= LEAST_COMPACT && number < MOST_COMPACT;
}

function parsePlainTime(text: string): TimeText | undefined {
  return parseIsoTime(text) ?? parseIsoTime(toIsoTime(text));
}

/** A time in another form as ISO 8601 has it. */
function toIsoTime(text: string): string {
  return text
    .replace(FIRST_DAY, "")
    .replace(COLON_BEFORE_FRACTION, "$1.$2")
    .replace(PHYSIONET, "$4-$3-$2 $1")
    .replace(DOTTED, "$3-$2-$1")
    .replace(COMPACT, "$1-$2-$3 $4:$5:$6")
    .replace(NAMED, (whole, day, month, monthBefore, dayBehind, year) => {
      const number = MONTHS.indexOf((month ?? monthBefore).slice(0, 3).toLowerCase()) + 1;
      return number > 0
        ? [year, number, day ?? dayBehind].map((part) => String(part).padStart(2, "0")).join("-")
        : whole;
    });
}

function parseIsoTime(text: string): TimeText | undefined {
  const date = DATE_AND_TIME.exec(text);
  if (date) {
    const [, year, month, day, hour, minute, second = "0", fraction = "", zulu, sign, zoneHours, zoneMinutes] = date;
    const local = {
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
    };
    const wall = toInstant(local, "UTC");
    if (wall === null) return undefined;
    const offset = sign ? findOffsetMinutes(sign, zoneHours, zoneMinutes) : 0;
    if (offset === undefined) return undefined;
    const rest = Number(`0.${fraction}`);
    return {
      seconds: wall / 1000 - 60 * offset + rest,
      decimals: fraction.length,
      date: { local: { ...local, second: local.second + rest }, offsetMinutes: sign || zulu ? offset : null },
    };
  }
  const clock = CLOCK.exec(text);
  if (!clock) return undefined;
  const [, hours = "0", minutes, whole, fraction = ""] = clock;
  const seconds = 3600 * Number(hours) + 60 * Number(minutes) + Number(`${whole}.${fraction}`);
  return { seconds, decimals: fraction.length };
}

/**
 * The instant of a time in ms since 1970; null for a time without a date.
 *
 * @param clock the seconds of the day, where the text has none
 */
export function findInstant({ date }: TimeText, timeZone: string, clock?: number): number | null {
  if (!date) return null;
  const { local: written, offsetMinutes } = date;
  const minutes = Math.floor((clock ?? 0) / 60);
  const shown = { hour: Math.floor(minutes / 60), minute: minutes % 60, second: (clock ?? 0) % 60 };
  const local = clock === undefined ? written : { ...written, ...shown };
  const wall = toInstant(local, offsetMinutes === null ? timeZone : "UTC");
  return wall === null ? null : wall - (offsetMinutes ?? 0) * 60_000;
}

/** The day that spreadsheets count as this one, from the end of 1899, is the first of 1970. */
export const SPREADSHEET_DAY_OF_1970 = 25_569;

/** The instant of a day and time of a local clock, in ms since 1970, of its days since the first of 1970. */
export function findInstantOfDays(days: number, timeZone: string): number | null {
  return toInstant(toLocalTime(Math.round(days * DAY * 1000), "UTC"), timeZone);
}

/** Usual sampling rates in Hz. They are preferred where times with few digits agree with several rates. */
const USUAL_RATES = [
  50, 62.5, 100, 120, 125, 128, 130, 180, 200, 240, 250, 256, 257, 300, 320, 360, 400, 480, 500, 512, 600, 640, 720,
  750, 800, 960, 977, 1000, 1024, 1200, 1250, 1280, 1500, 1600, 2000, 2048, 2400, 2500, 4000, 4096, 5000, 8000, 10_000,
];
/** The relative error of times that were kept in 32-bit floats. */
const FLOAT32_ERROR = 1e-7;

/**
 * The sampling rate that times tell, in Hz: the likeliest of those that agree with the times as printed. The times
 * 0.003, 0.006, 0.008 are of 360 Hz.
 *
 * @param duration seconds from the first sample to the last
 * @param steps how many samples come after the first
 * @param error the most that the duration may be off, in seconds
 */
export function findLikelyRate(duration: number, steps: number, error: number): number {
  const mean = steps / duration;
  const low = steps / (duration + error);
  const high = duration > error ? steps / (duration - error) : Number.POSITIVE_INFINITY;
  const distance = (rate: number) => Math.abs(rate - mean);
  const usual = USUAL_RATES.filter((rate) => low <= rate && rate <= high);
  if (usual.length > 0) return usual.reduce((best, rate) => (distance(rate) < distance(best) ? rate : best));
  const whole = Math.round(mean);
  if (whole >= low * (1 - FLOAT32_ERROR) && whole <= high * (1 + FLOAT32_ERROR) && whole > 0) return whole;
  return simplestFraction(low, high) ?? mean;
}

/** The most terms of a continued fraction, far more than a sampling rate needs. */
const MAX_CONTINUED_FRACTION = 30;

/** The fraction of least denominator from `low` to `high`, by continued fractions. */
function simplestFraction(low: number, high: number): number | undefined {
  const wholes: number[] = [];
  let [from, to] = [low, high];
  while (wholes.length < MAX_CONTINUED_FRACTION) {
    const next = Math.ceil(from);
    if (next <= to) {
      let [numerator, denominator] = [next, 1];
      for (const whole of wholes.reverse()) [numerator, denominator] = [whole * numerator + denominator, numerator];
      return numerator / denominator;
    }
    const whole = next - 1;
    wholes.push(whole);
    [from, to] = [1 / (to - whole), 1 / (from - whole)];
  }
  return undefined;
}
