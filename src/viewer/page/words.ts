/** Numbers, times and dates in words, by the reader's own habits. */

const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const CLOCKS = [false, true].map((hasDay) =>
  [false, true].map(
    (hasSeconds) =>
      new Intl.DateTimeFormat(undefined, {
        ...(hasDay && { month: "short", day: "numeric" }),
        ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
        ...(hasSeconds && { second: "2-digit" }),
      }),
  ),
);
const DAY_SECONDS = 86_400;
const NUMBER = new Intl.NumberFormat(undefined, { maximumFractionDigits: 3 });

/** A date and time in the reader's zone. */
export function writeDate(timestamp: string): string {
  return DATE.format(new Date(timestamp));
}

/** The same instant with the reader's offset, and in UTC. */
export function explainDate(timestamp: string): string {
  const date = new Date(timestamp);
  const local = date.toLocaleString(undefined, { timeZoneName: "longOffset" });
  return `${local}, ${date
    .toISOString()
    .replace("T", " ")
    .replace(/(\.000)?Z/, "")} UTC`;
}

/**
 * What the clock showed at a time of a recording, in the reader's zone; undefined of one that does not say when it was recorded. After a
 * day, when it shows all times once more, with the date.
 */
export function writeClock(
  { date, date_source: source }: { date: string; date_source: string },
  seconds: number,
  hasSeconds = true,
): string | undefined {
  if (source !== "recorded") return undefined;
  const isAgain = seconds >= DAY_SECONDS;
  return CLOCKS[Number(isAgain)][Number(hasSeconds)].format(Date.parse(date) + seconds * 1000);
}

/**
 * The times of a recording at which the clock showed this time of day, `15:19` or `15:19:25`, in seconds from the beginning and once a
 * day; null for what is no time of day.
 */
export function readClock({ date }: { date: string }, duration: number, text: string): number[] | null {
  const [, hour, minute, second = "0"] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim()) ?? [];
  if (hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const begin = Date.parse(date);
  const times: number[] = [];
  for (const at = new Date(begin); ; at.setDate(at.getDate() + 1)) {
    at.setHours(Number(hour), Number(minute), Number(second), 0);
    const time = (at.getTime() - begin) / 1000;
    if (time > duration) return times;
    // The clock is read to the second: it showed that of the beginning, too.
    if (time > -1) times.push(Math.max(0, time));
  }
}

/** A number as the reader's language writes it. */
export function writeNumber(value: number): string {
  return NUMBER.format(value);
}

/** The height of a millivolt, in mm/mV; of those that differ that of the limb leads first: `10/5 mm/mV`. Nothing of none. */
export function writeGains(gains: readonly number[]): string {
  return gains.length > 0 ? `${gains.map(writeNumber).join("/")} mm/mV` : "";
}

/** A duration: `40 ms`, `10 s`, `4 min 30 s`, `23 h 59 min`. */
export function writeDuration(seconds: number): string {
  if (seconds > 0 && seconds < 0.9995) return `${NUMBER.format(Number((seconds * 1000).toPrecision(3)))} ms`;
  if (seconds < 60) return `${NUMBER.format(Math.round(seconds * 10) / 10)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${NUMBER.format(hours)} h ${minutes} min`;
  return whole % 60 > 0 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
}

/** A time in a recording as a clock shows it: `0:04`, `3:12:07.250`, with as many decimals of a second as asked. */
export function writeTime(seconds: number, decimals = 0): string {
  const scale = 10 ** decimals;
  const ticks = Math.round(seconds * scale);
  const whole = Math.floor(ticks / scale);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const fraction = decimals > 0 ? `.${String(ticks % scale).padStart(decimals, "0")}` : "";
  const tail = `${String(rest).padStart(2, "0")}${fraction}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** The seconds of a time as somebody types it: `90`, `1:30`, `3:12:07.5`; null for what is none. */
export function readTime(text: string): number | null {
  if (!/^\d+(:\d{1,2}){0,2}([.,]\d+)?$/.test(text.trim())) return null;
  const parts = text.trim().replace(",", ".").split(":").map(Number);
  return parts.reduce((sum, part) => sum * 60 + part, 0);
}

/** `1 lead`, `2 leads`. */
export function count(number: number, what: string): string {
  return `${NUMBER.format(number)} ${what}${number === 1 ? "" : "s"}`;
}
