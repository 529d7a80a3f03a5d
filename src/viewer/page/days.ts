/** Days of the reader's own zone, as fields for dates have them: `2026-01-31`. */

/** The day of an instant, or one that is so many days later. */
export function dayOf(time: Date | number, daysLater = 0): string {
  const date = new Date(time);
  date.setDate(date.getDate() + daysLater);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * The day that a field for dates has; empty where it has none. One before 1900 is of a year that is still being typed: on the way to
 * 2026 a field has 0002, 0020 and 0202.
 */
export function readDay(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  return isDay && text >= "1900" ? text : "";
}

/** When a day begins, or one that is so many days later. */
export function startOfDay(day: string, daysLater = 0): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + daysLater);
  return date.toISOString();
}
