/**
 * The characters of the bytes 0x80 to 0x9f in windows-1252. Node 20's own decoder takes these bytes for control
 * characters, so they are here.
 */
const WINDOWS_1252 =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";
/** The byte of the first of them. */
const FIRST_OF_THEM = 0x80;
/** The labels of WHATWG's Encoding Standard that mean windows-1252 and are in use. */
const IS_WINDOWS_1252 = /^(windows-1252|cp1252|iso-?8859-1|iso_8859-1|latin1|l1|us-ascii|ascii)$/i;
/** Stands for bytes that could not be decoded. */
const REPLACEMENT = "\ufffd";

/** The decoders of the charsets that were asked for. There are no more of them than the platform knows labels. */
const decoders = new Map<string, TextDecoder>();

/**
 * Decodes a text: by the charset if it is known and the bytes are of it, else as UTF-8 if they are valid, else as
 * windows-1252, in which every byte is a character. The text has no replacement characters: one that another program
 * wrote into the file becomes a question mark.
 *
 * @param charset a label of WHATWG's Encoding Standard, in any case
 */
export function decodeText(bytes: Uint8Array, charset?: string): string {
  const declared = charset ? tryDecode(bytes, charset) : undefined;
  const text = declared ?? tryDecode(bytes, "utf-8") ?? decodeWindows1252(bytes);
  return text.includes(REPLACEMENT) ? text.replaceAll(REPLACEMENT, "?") : text;
}

/** Whether the bytes are UTF-8, of which ASCII is a subset. */
export function isUtf8(bytes: Uint8Array): boolean {
  return tryDecode(bytes, "utf-8") !== undefined;
}

/** Whether `decodeText` knows a charset. */
export function isCharset(charset: string): boolean {
  return IS_WINDOWS_1252.test(charset) || findDecoder(charset) !== undefined;
}

/** The text; undefined when the charset is not known, or the bytes are not of it. */
function tryDecode(bytes: Uint8Array, charset: string): string | undefined {
  if (IS_WINDOWS_1252.test(charset)) return decodeWindows1252(bytes);
  try {
    return findDecoder(charset)?.decode(bytes);
  } catch {
    return undefined;
  }
}

function findDecoder(charset: string): TextDecoder | undefined {
  const known = decoders.get(charset);
  if (known) return known;
  try {
    const decoder = new TextDecoder(charset, { fatal: true, ignoreBOM: false });
    decoders.set(charset, decoder);
    return decoder;
  } catch {
    return undefined;
  }
}

function decodeWindows1252(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += WINDOWS_1252[byte - FIRST_OF_THEM] ?? String.fromCharCode(byte);
  return text;
}
