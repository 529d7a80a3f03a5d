/**
 * A text without the difference of upper and lower case, as by Unicode's full case folding: the capitals of a letter are found
 * first, so that `ß` is `ss`.
 */
export function foldCase(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
