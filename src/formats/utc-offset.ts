/** The largest offset from UTC of any zone, in minutes. */
export const MAX_OFFSET_MINUTES = 14 * 60;

/**
 * How far local time is ahead of UTC, in minutes, by the parts of an offset such as `+05:30`; undefined for one that no zone
 * has, by which a recording would be dated days away.
 */
export function findOffsetMinutes(sign: string, hours: string, minutes = "0"): number | undefined {
  const ahead = Number(hours) * 60 + Number(minutes);
  if (!(Number(minutes) < 60 && ahead <= MAX_OFFSET_MINUTES)) return undefined;
  return sign === "-" ? -ahead : ahead;
}
