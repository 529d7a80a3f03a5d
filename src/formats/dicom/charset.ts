import { decodeText, isCharset, isUtf8 } from "../text.ts";

/** A text, and whether its charset was guessed: it has other letters than ASCII has, and none is declared for them. */
type Decoded = { text: string; isGuessed: boolean };

/**
 * The charsets of the ISO registrations (IR) that the Specific Character Set may name (PS3.3, section C.12.1.1.2), by
 * their number, as WHATWG's Encoding Standard calls them. Those that only code extensions can reach have none.
 */
const BY_REGISTRATION: Record<string, string> = {
  6: "",
  13: "shift_jis",
  58: "gb18030",
  87: "",
  100: "iso-8859-1",
  101: "iso-8859-2",
  109: "iso-8859-3",
  110: "iso-8859-4",
  126: "iso-8859-7",
  127: "iso-8859-6",
  138: "iso-8859-8",
  144: "iso-8859-5",
  148: "iso-8859-9",
  149: "euc-kr",
  159: "",
  166: "windows-874",
  192: "utf-8",
  203: "iso-8859-15",
};
/** The term of a registration, with and without code extensions, also as some programs write it. */
const REGISTRATION = /^ISO[_ -]?(?:2022[_ -]?)?IR[_ -]?(\d{1,3})$/i;

const ESCAPE = 0x1b;
/** Code extensions of ISO 2022 that put a set of two bytes a letter in the place of ASCII, by what follows ESC. */
const LOWER_SETS: Record<string, "ASCII" | "JIS X 0208" | "JIS X 0212"> = {
  "(B": "ASCII",
  "(J": "ASCII",
  $B: "JIS X 0208",
  "$@": "JIS X 0208",
  "$(D": "JIS X 0212",
};
/** Code extensions that choose the charset of the bytes from 0x80 on. */
const UPPER_SETS: Record<string, string> = {
  ")I": "shift_jis",
  "-A": "iso-8859-1",
  "-B": "iso-8859-2",
  "-C": "iso-8859-3",
  "-D": "iso-8859-4",
  "-F": "iso-8859-7",
  "-G": "iso-8859-6",
  "-H": "iso-8859-8",
  "-L": "iso-8859-5",
  "-M": "iso-8859-9",
  "-T": "windows-874",
  "-b": "iso-8859-15",
  "$)A": "gb18030",
  "$)C": "euc-kr",
};
/** The characters that end the upper set of a code extension (PS3.5, section 6.1.2.5.3): the ends of values and lines. */
const VALUE_ENDS = [..."\\\r\n\f\t"].map((character) => character.charCodeAt(0));
/** In a name also the ends of its components and groups. */
const NAME_ENDS = [...VALUE_ENDS, ..."^=".split("").map((character) => character.charCodeAt(0))];

/**
 * The charset that a Specific Character Set begins with: an empty text for ASCII, undefined for one that is not known.
 *
 * @param term its first value
 */
export function findCharset(term: string): string | undefined {
  const [, registration] = REGISTRATION.exec(term) ?? [];
  if (registration !== undefined) return BY_REGISTRATION[registration];
  if (/^GBK?(18030)?$/i.test(term)) return "gb18030";
  return term === "" || isCharset(term) ? term : undefined;
}

/**
 * Decodes a text of a data set, with the code extensions of ISO 2022 (PS3.5, section 6.1.2).
 *
 * @param charset that of the data set; an empty text for ASCII
 * @param isName whether it is a person's name, whose components begin with the charset of the data set again
 */
export function decodeExtended(bytes: Uint8Array, charset: string, isName: boolean): Decoded {
  let lower: (typeof LOWER_SETS)[string] = "ASCII";
  let upper = charset;
  let text = "";
  let isGuessed = false;
  let from = 0;
  const decodeUpTo = (end: number) => {
    const part = bytes.subarray(from, end);
    if (lower !== "ASCII") {
      text += decodeText(...(lower === "JIS X 0208" ? toIso2022Jp(part) : toEucJp(part)));
      return;
    }
    isGuessed ||= isGuess(part, upper);
    text += decodeText(part, upper);
  };
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === ESCAPE) {
      decodeUpTo(at);
      const sequence = findSequence(bytes.subarray(at + 1, at + 4));
      lower = LOWER_SETS[sequence] ?? lower;
      upper = UPPER_SETS[sequence] ?? upper;
      at += sequence.length;
      from = at + 1;
    } else if (lower === "ASCII" && upper !== charset && (isName ? NAME_ENDS : VALUE_ENDS).includes(bytes[at])) {
      decodeUpTo(at);
      upper = charset;
      from = at;
    }
  }
  decodeUpTo(bytes.length);
  return { text, isGuessed };
}

/** The code extension behind an ESC; empty for one that is not known. */
function findSequence(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes);
  return [text.slice(0, 2), text].find((start) => Object.hasOwn({ ...LOWER_SETS, ...UPPER_SETS }, start)) ?? "";
}

/** Whether a part has other letters than ASCII has, but is of no charset that is declared. */
function isGuess(bytes: Uint8Array, charset: string): boolean {
  if (charset !== "" && charset !== "utf-8") return false;
  return bytes.some((byte) => byte >= 0x80) && (charset === "" || !isUtf8(bytes));
}

/** Letters of JIS X 0208, with the code extension for them. */
function toIso2022Jp(bytes: Uint8Array): [Uint8Array, string] {
  return [Uint8Array.of(ESCAPE, 0x24, 0x42, ...bytes), "iso-2022-jp"];
}

/** Letters of JIS X 0212, each behind the byte that EUC-JP has for the set. */
function toEucJp(bytes: Uint8Array): [Uint8Array, string] {
  const euc: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) euc.push(0x8f, bytes[i] | 0x80, bytes[i + 1] | 0x80);
  return [Uint8Array.from(euc), "euc-jp"];
}
