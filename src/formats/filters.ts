/** The most filters that the note lists. */
const MAX_LISTED = 8;
/** The most characters of one. */
const MAX_LENGTH = 80;

/**
 * The note on filters that were on when a recording was made; none if there were none.
 *
 * @param filters as the file has them, for each lead: those that are alike are listed once, and empty ones are none
 */
export function noteFilters(filters: readonly string[]): string[] {
  const distinct = [...new Set(filters.map((filter) => filter.trim().slice(0, MAX_LENGTH)))].filter(Boolean);
  if (distinct.length === 0) return [];
  const listed = distinct.slice(0, MAX_LISTED);
  const more = distinct.length > listed.length ? [`${distinct.length - listed.length} more`] : [];
  return [`The filters that were on are not kept: ${[...listed, ...more].join(", ")}.`];
}
