/** A date and a time of day as a clock shows them. */
export type LocalTime = {
  year: number;
  /** The month, 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  /** Seconds with their fraction, to the millisecond. */
  second: number;
};

/**
 * The instant, in ms since 1970, at which clocks of a time zone show a local time; null for what is no date. Of a time
 * that clocks show twice it is the earlier instant; a time that clocks skip is taken by the offset before the jump.
 *
 * @param timeZone an IANA name
 */
export function toInstant(local: LocalTime, timeZone: string): number | null {
  const wall = toWallClock(local);
  if (wall === null) return null;
  // The offset changes by the hour at most a few times a year: a day to either side has the two that may hold.
  const offsets = [offsetAt(wall - DAY_MS, timeZone), offsetAt(wall + DAY_MS, timeZone)];
  const instants = offsets.map((offset) => wall - offset);
  const shown = instants.filter((instant) => instant + offsetAt(instant, timeZone) === wall);
  return shown.length > 0 ? Math.min(...shown) : instants[0];
}

/** The local time that clocks of a time zone show at an instant, in ms since 1970. */
export function toLocalTime(instant: number, timeZone: string): LocalTime {
  const wall = new Date(instant + offsetAt(instant, timeZone));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds() + wall.getUTCMilliseconds() / 1000,
  };
}

/** Whether a name is UTC or an IANA name that this system knows. */
export function isTimeZone(name: string): boolean {
  try {
    // Offsets such as +02:00, which are accepted too, are no names.
    return (
      new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== undefined && !/^[+-]/.test(name)
    );
  } catch {
    return false;
  }
}

const DAY_MS = 24 * 3600 * 1000;

function toWallClock({ year, month, day, hour, minute, second }: LocalTime): number | null {
  const milliseconds = Math.round(second * 1000);
  const isTime = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && milliseconds >= 0 && milliseconds < 61_000;
  if (!isTime || !(year >= 0 && year <= 9999)) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.getTime() + (hour * 60 + minute) * 60_000 + milliseconds;
}

/** The offset of local time from UTC at an instant, in ms; positive east of Greenwich. */
function offsetAt(instant: number, timeZone: string): number {
  if (timeZone === "UTC") return 0;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    // It is shown with eras: by the calendar of ISO 8601 the year 0 is shown as 1, without one.
    calendar: "gregory",
    era: "short",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const year = parts.era.startsWith("B") ? 1 - Number(parts.year) : Number(parts.year);
  const date = new Date(0);
  date.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day));
  const wall = date.getTime() + (Number(parts.hour) * 3600 + Number(parts.minute) * 60 + Number(parts.second)) * 1000;
  return wall - Math.floor(instant / 1000) * 1000;
}
