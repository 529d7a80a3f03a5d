import { type LocalTime, toInstant } from "../../recording/local-time.ts";
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
 * a zone, with the day first between dots, as PhysioNet writes them, and with the month or the day first between slashes
 * where one alone can be meant; or a time alone, `0:01.125`, `12:30:00`. Undefined for any other text.
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

function toWholeDay(_: string, hour: string, rest: string, half: string): string {
  return `${(Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0)}${rest}`;
}

function parsePlainTime(text: string): TimeText | undefined {
  const date = DATE_AND_TIME.exec(text.replace(PHYSIONET, "$4-$3-$2 $1").replace(DOTTED, "$3-$2-$1"));
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
  const clock = CLOCK.exec(text.replace(FIRST_DAY, ""));
  if (!clock) return undefined;
  const [, hours = "0", minutes, whole, fraction = ""] = clock;
  const seconds = 3600 * Number(hours) + 60 * Number(minutes) + Number(`${whole}.${fraction}`);
  return { seconds, decimals: fraction.length };
}

/** The instant of a time in ms since 1970; null for a time without a date. */
export function findInstant({ date }: TimeText, timeZone: string): number | null {
  if (!date) return null;
  const { local, offsetMinutes } = date;
  const wall = toInstant(local, offsetMinutes === null ? timeZone : "UTC");
  return wall === null ? null : wall - (offsetMinutes ?? 0) * 60_000;
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
