/** Days of the reader's own zone, as fields for dates have them: `2026-01-31`. */

/** The day of an instant, or one that is so many days later. */
export function dayOf(time: Date | number, daysLater = 0): string {
  const date = new Date(time);
  date.setDate(date.getDate() + daysLater);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When a day begins, or one that is so many days later. */
export function startOfDay(day: string, daysLater = 0): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + daysLater);
  return date.toISOString();
}
