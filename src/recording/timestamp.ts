/** RFC 3339 in UTC, with a fraction only where there is one. */
export function toTimestamp(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
