/** The most characters of a text that a note quotes. */
const MAX_QUOTED = 64;
/** The most names that a note lists. */
const MAX_LISTED = 8;

/** A text in a note, cut to what can be read at a glance. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text);
}

/** Names in a note: the first of them, and how many there are beyond. */
export function list(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? [`${names.length - MAX_LISTED} more`] : [];
  return [...names.slice(0, MAX_LISTED), ...more].join(", ");
}

/** A count of like things: a note tells the number and the first. */
export class Tally {
  count = 0;
  first = "";

  add(what: string, count = 1): void {
    if (this.count === 0) this.first = what;
    this.count += count;
  }

  /** The note; none when nothing was counted. */
  toNotes(note: (tally: Tally) => string): string[] {
    return this.count > 0 ? [note(this)] : [];
  }
}
