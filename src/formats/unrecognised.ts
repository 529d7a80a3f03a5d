import { AppError } from "../errors.ts";
import type { Format } from "./format.ts";

/** A file of which nothing is read: its name, empty for a request's body, and its first bytes. */
export type Unread = { name: string; prefix: Uint8Array };

/** The files of a refusal that are described; the others are counted. */
const MAX_DESCRIBED = 5;
/** Characters of a text or a name that are shown. */
const MAX_SHOWN_LENGTH = 40;
/** The first bytes that are shown of what is no text. */
const SHOWN_BYTES = 8;

/** Files that are sent in the place of an ECG, and the first bytes by which they are told. */
const FOREIGN: readonly (readonly [what: string, ...magics: string[]])[] = [
  ["a PDF", "%PDF-"],
  ["a PNG picture", "\x89PNG\r\n"],
  ["a JPEG picture", "\xff\xd8\xff"],
  ["a GIF picture", "GIF87a", "GIF89a"],
  ["a TIFF picture", "II\x2a\0", "MM\0\x2a"],
  ["an old Office document", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"],
  ["an HDF5 file", "\x89HDF\r\n"],
  ["a NumPy array", "\x93NUMPY"],
  ["a Python pickle", "\x80\x04\x95", "\x80\x05\x95"],
  ["a Parquet file", "PAR1\x15"],
  ["a bzip2 archive", "BZh91AY&SY"],
  ["an xz archive", "\xfd7zXZ\0"],
  ["a zstd archive", "\x28\xb5\x2f\xfd"],
  ["a 7z archive", "7z\xbc\xaf\x27\x1c"],
  ["a RAR archive", "Rar!\x1a\x07"],
];

/** What to do with an ECG in our own JSON, which is not told by its content. */
const JSON_HINT = "The JSON of this service is sent as application/json, or in a file whose name ends in .json.";

const LONGEST_MAGIC = Math.max(...FOREIGN.flatMap(([, ...magics]) => magics.map(({ length }) => length)));

/**
 * What a file plainly is, if it is none that a format's own `detect` knows: then its name or its type are wrong.
 * Undefined where its first bytes do not tell.
 */
export function findForeign(prefix: Uint8Array): string | undefined {
  const bytes = toLatin1(prefix.subarray(0, LONGEST_MAGIC));
  const foreign = FOREIGN.find(([, ...magics]) => magics.some((magic) => bytes.startsWith(magic)));
  return foreign ? foreign[0] : describeXml(toText(prefix) ?? "");
}

/**
 * The refusal of files among which no format is recognised. It says what was seen of them, and what is read.
 *
 * @param mediaType that a body was said to have; empty if it was not said
 */
export function newUnrecognised(files: readonly Unread[], mediaType: string, readable: readonly Format[]): AppError {
  const [first] = files;
  if (!first) return new AppError("malformed", { detail: "There is no file in what was sent." });
  const isBody = files.length === 1 && first.name === "";
  if (files.every(({ prefix }) => prefix.length === 0)) {
    if (isBody) return new AppError("malformed", { detail: "The body is empty: there is nothing to read." });
    const detail = files.length === 1 ? `${showName(first.name)} is empty.` : `All ${files.length} files are empty.`;
    const errors = files.slice(0, MAX_DESCRIBED).map(({ name }) => ({ path: showName(name), message: "is empty" }));
    return new AppError("invalid", { detail, errors });
  }
  const named = files.slice(0, MAX_DESCRIBED).map(({ name, prefix }) => `${showName(name)} is ${describe(prefix)}`);
  if (files.length > MAX_DESCRIBED) named.push(`${files.length - MAX_DESCRIBED} more are no better known`);
  const sent = mediaType && isBody ? `, sent as ${cut(mediaType)}` : "";
  const ids = readable.map(({ id }) => id);
  const known = `What is read: ${ids.slice(0, -1).join(", ")} and ${ids.at(-1)}.`;
  const hint = files.some(({ prefix }) => isJson(toText(prefix) ?? "")) ? ` ${JSON_HINT}` : "";
  return new AppError("unsupported-type", {
    detail: `No ECG is recognised: ${named.join("; ")}${sent}. ${known}${hint}`,
  });
}

/** A name as it is shown: of a long one the end, which has the extension. */
function showName(name: string): string {
  if (name === "") return "the body";
  return name.length > MAX_SHOWN_LENGTH ? `...${cut(name.slice(-MAX_SHOWN_LENGTH))}` : cut(name);
}

/** What a file is, as far as its first bytes tell. */
function describe(prefix: Uint8Array): string {
  if (prefix.length === 0) return "empty";
  const foreign = findForeign(prefix);
  if (foreign) return foreign;
  const text = toText(prefix);
  if (text === undefined) {
    const shown = Array.from(prefix.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, "0"));
    return `bytes that begin ${shown.join(" ")}`;
  }
  const begin = text.trimStart();
  if (begin === "") return "white space";
  const kind = isJson(begin) ? "JSON that begins" : "text that begins";
  return `${kind} ${JSON.stringify(cut(begin.split(/[\r\n]/, 1)[0]))}`;
}

/** Whether a text begins as JSON does. */
function isJson(text: string): boolean {
  return /^\s*[{[]\s*(["{[\]}\d-]|$)/.test(text);
}

/** XML or HTML by its root element; undefined for what is neither. */
function describeXml(text: string): string | undefined {
  let rest = text.trimStart();
  for (;;) {
    if (/^<!doctype\s+html\b/i.test(rest)) return "an HTML page";
    const end = rest.startsWith("<!--")
      ? "-->"
      : rest.startsWith("<?")
        ? "?>"
        : rest.startsWith("<!")
          ? ">"
          : undefined;
    if (end === undefined) break;
    const at = rest.indexOf(end);
    if (at < 0) return undefined;
    rest = rest.slice(at + end.length).trimStart();
  }
  const root = /^<([\p{L}_][\p{L}\p{N}_.:-]*)[\s/>]/u.exec(rest)?.[1];
  if (root === undefined) return undefined;
  return root.toLowerCase() === "html" ? "an HTML page" : `XML of the root element ${cut(root)}`;
}

/** The text of bytes; undefined for what is none. UTF-16 begins with its mark. */
function toText(prefix: Uint8Array): string | undefined {
  const mark = toLatin1(prefix.subarray(0, 2));
  const encoding = mark === "\xff\xfe" ? "utf-16le" : mark === "\xfe\xff" ? "utf-16be" : "utf-8";
  const text = new TextDecoder(encoding).decode(prefix);
  // A character that the end of the prefix cuts is none of its mistakes.
  const whole = text.replace(/\ufffd$/, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that tell bytes from text
  return /[\x00-\x08\x0e-\x1f\ufffd]/.test(whole) ? undefined : whole;
}

function toLatin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** A text as it is shown: cut, and without control characters. */
function cut(text: string): string {
  const shown = text.replace(/[\p{Cc}\p{Cs}]+/gu, " ");
  return shown.length > MAX_SHOWN_LENGTH ? `${shown.slice(0, MAX_SHOWN_LENGTH)}...` : shown;
}
