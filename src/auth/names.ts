import { CONFUSABLES } from "./confusables.ts";
import { foldCase } from "./fold-case.ts";

/** The longest name, in UTF-16 code units of its normal form. */
export const MAX_NAME_LENGTH = 64;

/** Characters of another width than their normal form: the halfwidth and fullwidth forms, and the ideographic space. */
const WIDE_OR_NARROW = /[\u3000\uff01-\uff60\uff61-\uffdc\uffe0-\uffe2\uffe4-\uffe6\uffe8-\uffee]/g;
/** What is neither a letter, a digit, a mark nor printable ASCII, and has no exception (RFC 8264, section 9.6). */
const NOT_IN_IDENTIFIERS =
  /[^!-~\p{Ll}\p{Lu}\p{Lo}\p{Lm}\p{Nd}\p{Mn}\p{Mc}\u06fd\u06fe\u0f0b\u3007\u00b7\u0375\u05f3\u05f4\u30fb]/u;
/** The exceptions that are disallowed, the conjoining jamo, and what cannot be seen (RFC 8264, sections 9.6, 9.9 and 9.13). */
const DISALLOWED =
  /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7fb\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/u;

/** Characters that are allowed beside certain others alone (RFC 5892, appendix A.3 to A.9): a match is one elsewhere. */
const OUT_OF_CONTEXT = [
  /(?<!l)\u00b7|\u00b7(?!l)/u,
  /\u0375(?!\p{sc=Greek})/u,
  /(?<!\p{sc=Hebrew})[\u05f3\u05f4]/u,
  /^(?!.*[\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}]).*\u30fb/u,
  /^(?=.*[\u0660-\u0669]).*[\u06f0-\u06f9]/u,
];

/** Alphabets with capitals, which look alike across them: a name has letters of one of them at most. */
const ALPHABETS = [
  /\p{sc=Latin}/u,
  /\p{sc=Greek}/u,
  /\p{sc=Cyrillic}/u,
  /\p{sc=Armenian}/u,
  /\p{sc=Georgian}/u,
  /\p{sc=Cherokee}/u,
  /\p{sc=Coptic}/u,
  /\p{sc=Deseret}/u,
  /\p{sc=Osage}/u,
];

/** Letters that are written from right to left. */
const RIGHT_TO_LEFT =
  "[[\\p{sc=Hebrew}\\p{sc=Arabic}\\p{sc=Syriac}\\p{sc=Thaana}\\p{sc=Nko}\\p{sc=Samaritan}\\p{sc=Mandaic}\\p{sc=Adlam}\\p{sc=Hanifi_Rohingya}]&&\\p{L}]";
const HAS_RIGHT_TO_LEFT = new RegExp(RIGHT_TO_LEFT, "v");
/** A part that the Bidi Rule takes (RFC 5893, section 2): right to left from a letter to a letter or digit, with no other letters between. */
const FOLLOWS_BIDI_RULE = new RegExp(
  `^${RIGHT_TO_LEFT}(?:(?:${RIGHT_TO_LEFT}|[\\P{L}--\\p{Mc}])*(?:${RIGHT_TO_LEFT}|\\p{Nd})\\p{Mn}*)?$`,
  "v",
);
const HAS_BOTH_DIGITS = /^(?=.*[0-9\u06f0-\u06f9]).*[\u0660-\u0669]/u;

/**
 * A name as it is stored and found: fullwidth and halfwidth characters as the usual ones, in NFC. The mapping of RFC 8265's
 * profile UsernameCasePreserved (section 3.4), which keeps upper and lower case.
 */
export function normalizeName(name: string): string {
  return name.replace(WIDE_OR_NARROW, (char) => char.normalize("NFKC")).normalize("NFC");
}

/**
 * What is wrong with a name, as the end of a sentence; undefined when it is one by RFC 8265, section 3: parts of PRECIS's
 * IdentifierClass with spaces between them. Stricter are: no joiners, no mark at the beginning of a part, one alphabet a name.
 *
 * @param name as `normalizeName` gives it
 */
export function findNameFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.length > MAX_NAME_LENGTH) return `has more than ${MAX_NAME_LENGTH} characters`;
  if (/^\s|\s$/.test(name)) return "has a space at an end";
  for (const char of name.replaceAll(" ", "")) {
    if (NOT_IN_IDENTIFIERS.test(char) || DISALLOWED.test(char) || char.normalize("NFKC") !== char) {
      return `has ${toCodePoint(char)}, which is no letter, digit or sign of a name`;
    }
  }
  const parts = name.split(/ +/);
  if (parts.some((part) => /^\p{M}/u.test(part))) return "has a part that begins with a combining mark";
  if (OUT_OF_CONTEXT.some((pattern) => pattern.test(name)))
    return "has a sign that does not belong beside its neighbours";
  if (parts.some(breaksBidiRule)) return "mixes letters of both directions, or ends with a sign where its reader ends";
  if (ALPHABETS.filter((alphabet) => alphabet.test(name)).length > 1) {
    return "mixes letters of several alphabets, which look alike";
  }
  return undefined;
}

/** A name without its differences of case, width, composition and blanks: all spellings of one name have it in common. */
export function foldName(name: string): string {
  const folded = foldCase(name.normalize("NFKC")).normalize("NFD");
  return folded
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
}

/**
 * What all names have in common that look the same: the skeleton (UTS 39, section 4) of the folded name. It is to be compared with
 * others alone, and never shown: `m` looks like `rn`, `1` like `l`, `0` like `o`.
 */
export function lookOfName(name: string): string {
  prototypes ??= readConfusables();
  return Array.from(foldName(name), (char) => prototypes?.get(char) ?? char)
    .join("")
    .normalize("NFD");
}

let prototypes: ReadonlyMap<string, string> | undefined;

/** The table is read when it is first needed. */
function readConfusables(): ReadonlyMap<string, string> {
  const lines = CONFUSABLES.split("\n").map((line) => line.split("\t"));
  return new Map(lines.flatMap(([prototype, chars]) => Array.from(chars, (char) => [char, prototype] as const)));
}

function breaksBidiRule(part: string): boolean {
  return HAS_RIGHT_TO_LEFT.test(part) && (!FOLLOWS_BIDI_RULE.test(part) || HAS_BOTH_DIGITS.test(part));
}

function toCodePoint(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
