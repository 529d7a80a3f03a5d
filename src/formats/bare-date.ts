/** The note on a date without a time of day, whose beginning a reader takes for the beginning of the recording. */
export function noteBareDate(date: string): string {
  return `The file says no time of day, but ${date}: the beginning of that is taken.`;
}
