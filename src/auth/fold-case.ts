/**
 * A text without the difference of upper and lower case, as by Unicode's full case folding: the capitals of a small letter are found
 * first, so that `ß` is `ss`, and before these the small letters, since the capital `ẞ` is its own.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
