import type { Annotation } from "../../recording/recording.ts";
import { ByteReader } from "../byte-reader.ts";
import { FormatError, newNotAcceptable } from "../format.ts";
import { decodeText } from "../text.ts";
import { quote, Tally } from "./notes.ts";

/** The mnemonics of the codes (ecgcodes(3)). Codes without a meaning are called by their number: `[42]`. */
const MNEMONICS: readonly string[] = [
  ...[" ", "N", "L", "R", "a", "V", "F", "J", "A", "S"], // 0 to 9
  ...["E", "j", "/", "Q", "~", "[15]", "|", "[17]", "s", "T"], // 10 to 19
  ...["*", "D", '"', "=", "p", "B", "^", "t", "+", "u"], // 20 to 29
  ...["?", "!", "[", "]", "e", "n", "@", "x", "f", "("], // 30 to 39
  ...[")", "r", "[42]", "[43]", "[44]", "[45]", "[46]", "[47]", "[48]", "[49]"], // 40 to 49
  ...["[50]", "[51]", "[52]", "[53]", "[54]", "[55]", "[56]", "[57]", "[58]"], // 50 to 58
];
/** The code of a note. */
const NOTE = 22;
/** The first of the codes that each file may define (annot(5)). */
const FIRST_FREE_CODE = 42;
/** The last of these. */
const LAST_FREE_CODE = 49;

/** A word that is no annotation but an interval of 32 bits. */
const SKIP = 59;
/** A word with the `num` of an annotation. */
const NUM = 60;
/** A word with the `subtyp` of an annotation. */
const SUB = 61;
/** A word with the `chan` of an annotation. */
const CHN = 62;
/** A word with the length of an annotation's text. */
const AUX = 63;

/** The longest interval in a word: 10 bits. */
const MAX_INTERVAL = 0x3ff;
/** The longest text, in bytes: its length has 8 bits. */
export const MAX_TEXT_BYTES = 255;
/** The most annotations that are read, of all annotators together: more than are kept of an ECG. */
export const MAX_ANNOTATIONS = 2 ** 19;

/** The name of an annotator, which is an extension of a file that is no header and no signal. */
const ANNOTATOR = /^(?!(?:hea|dat)$)[a-z0-9_+-]{1,20}$/;

/** Whether a name can be an annotator's. */
export function isAnnotator(name: string): boolean {
  return ANNOTATOR.test(name);
}

/** A note at the beginning with the resolution of times. */
const TIME_RESOLUTION = "## time resolution: ";
/** A note at the beginning after which notes define codes. */
const DEFINITIONS = "## annotation type definitions";
/** The note that ends these. */
const END_OF_DEFINITIONS = "## end of definitions";
/** The lowest resolution that makes sense, in ticks per second, far below that of any signal. */
const MIN_RESOLUTION_HZ = 1e-3;
/** The highest one: a tick is a nanosecond. */
const MAX_RESOLUTION_HZ = 1e9;
/** Resolutions, in ticks per second, of times that are no whole number of frames. */
const FINE_RESOLUTIONS = [1000, 1_000_000];

type Entry = { tick: number; code: number; subtype: number; number: number; channel: number; text: string };

/** The options of `readAnnotations`. */
type AnnotationOptions = {
  /** The most annotations that are read. */
  most?: number;
  /** Takes sentences on what is not kept. */
  notes?: string[];
  /** Whether the file may be something else: bytes behind the end mark and codes that nobody defined are refused then. */
  isStrict?: boolean;
};

/**
 * Reads an annotation file in the MIT format (annot(5)).
 *
 * @param file the name of the file
 * @param frameRate the resolution of times in Hz, unless the file names another
 * @param names the names of the record's signals
 * @throws FormatError
 */
export function readAnnotations(
  bytes: Uint8Array,
  file: string,
  frameRate: number,
  names: readonly string[],
  { most = MAX_ANNOTATIONS, notes = [], isStrict = false }: AnnotationOptions = {},
): Annotation[] {
  const lost = { leads: new Tally(), texts: new Tally(), descriptions: new Tally() };
  const { entries: all, end } = readEntries(bytes, file, most);
  const { entries, resolution, mnemonics } = takeDefinitions(all, file, frameRate, lost);
  const unknown = entries.find(({ code }) => code >= FIRST_FREE_CODE && mnemonics[code] === MNEMONICS[code]);
  if (isStrict && unknown)
    throw new FormatError(file, `has annotations of code ${unknown.code}, which it does not define`);
  const isPadded = bytes.subarray(end).every((byte) => byte === 0);
  if (isStrict && !isPadded) throw new FormatError(`${file}, byte ${end}`, "goes on behind its end mark");
  const annotations = entries.map(({ tick, code, subtype, number, channel, text }): Annotation => {
    const lead = channel === 0 ? "" : (names[channel] ?? "");
    if (channel !== 0 && lead === "") lost.leads.add(String(channel));
    return {
      time: tick / resolution,
      code: mnemonics[code],
      ...(text !== "" && { text }),
      ...(lead !== "" && { lead }),
      ...(subtype !== 0 && { subtype }),
      ...(number !== 0 && { number }),
    };
  });
  notes.push(...noteLost(file, lost));
  if (!isPadded) notes.push(`${file} goes on behind its end mark, at byte ${end}: that is not kept.`);
  return annotations.sort((a, b) => a.time - b.time);
}

/** What of a file is not kept: signals that nobody has named, texts without an annotation, descriptions of codes. */
type Lost = { leads: Tally; texts: Tally; descriptions: Tally };

/**
 * Takes the notes at the beginning that say what the file's codes and times mean out of the entries.
 *
 * @returns the entries that are annotations, the resolution of their times in Hz, and the mnemonics of their codes
 */
function takeDefinitions(all: readonly Entry[], file: string, frameRate: number, lost: Omit<Lost, "leads">) {
  let resolution = frameRate;
  const mnemonics = [...MNEMONICS];
  let isDefining = false;
  const entries = all.filter(({ tick, code, text }) => {
    if (code === 0 && text !== "") lost.texts.add(text);
    if (code !== NOTE || tick !== 0) return code !== 0;
    if (isDefining) {
      const [, defined, mnemonic, description = ""] = /^(\d+) (\S+)(?: (.*))?/s.exec(text) ?? [];
      if (Number(defined) < MNEMONICS.length) mnemonics[Number(defined)] = mnemonic;
      if (description !== "" && description !== mnemonic) lost.descriptions.add(description);
      isDefining = text !== END_OF_DEFINITIONS;
      return false;
    }
    isDefining = text === DEFINITIONS;
    if (!text.startsWith(TIME_RESOLUTION)) return !isDefining;
    resolution = Number(text.slice(TIME_RESOLUTION.length));
    if (!(resolution >= MIN_RESOLUTION_HZ && resolution <= MAX_RESOLUTION_HZ))
      throw new FormatError(file, `${text} is no time resolution`);
    return false;
  });
  return { entries, resolution, mnemonics };
}

function noteLost(file: string, { leads, texts, descriptions }: Lost): string[] {
  return [
    ...leads.toNotes(
      ({ count, first }) =>
        `${file} has annotations of signals without a name or beyond the record's, which are kept as of all: ${count}, the first of signal ${first}.`,
    ),
    ...texts.toNotes(
      ({ count, first }) =>
        `${file} has texts without an annotation, which are not kept: ${count}, the first ${quote(first)}.`,
    ),
    ...descriptions.toNotes(
      ({ count, first }) =>
        `${file} describes codes of its own, which is not kept: ${count}, the first as ${quote(first)}.`,
    ),
  ];
}

/** Reads the annotations, up to the byte behind the end mark. */
function readEntries(bytes: Uint8Array, file: string, most: number): { entries: Entry[]; end: number } {
  const reader = new ByteReader(bytes);
  const entries: Entry[] = [];
  const fail = (at: number, message: string): never => {
    throw new FormatError(`${file}, byte ${at}`, message);
  };
  let tick = 0;
  // These two hold until they are changed.
  let channel = 0;
  let number = 0;
  for (;;) {
    const at = reader.position;
    if (reader.remaining < 2) fail(at, "the annotations end without their end mark");
    const word = reader.u16();
    if (word === 0) return { entries, end: reader.position };
    const code = word >> 10;
    const value = word & 0xff;
    const entry = entries.at(-1);
    if (code < SKIP) {
      if (entries.length === most) fail(at, `more than ${MAX_ANNOTATIONS} annotations`);
      tick += word & MAX_INTERVAL;
      entries.push({ tick, code, subtype: 0, number, channel, text: "" });
    } else if (code === SKIP) {
      if (reader.remaining < 4) fail(at, "ends within an interval");
      // The high half comes first.
      const high = reader.i16();
      tick += high * 0x10000 + reader.u16();
    } else if (!entry) fail(at, "something is said of an annotation before the first one");
    else if (code === NUM) entry.number = number = (value << 24) >> 24;
    else if (code === SUB) entry.subtype = (value << 24) >> 24;
    else if (code === CHN) entry.channel = channel = value;
    else {
      if (reader.remaining < value + (value % 2)) fail(at, `a text of ${value} bytes is longer than the file`);
      // Many end as strings in C do.
      entry.text = decodeText(reader.take8(value)).replace(/\0+$/, "");
      reader.skip(value % 2);
    }
  }
}

/**
 * Writes an annotation file in the MIT format, with times in frames, or finer where those are not whole. Annotations of
 * leads that are not there, and durations, are left out.
 *
 * @param rates in Hz: the rate of the frames, then those of the signals
 * @param names the names of the record's signals
 * @throws AppError `not-acceptable`
 */
export function writeAnnotations(
  annotations: readonly Annotation[],
  rates: readonly number[],
  names: readonly string[],
): Uint8Array<ArrayBuffer> {
  const own = annotations.filter(({ lead }) => lead === undefined || names.includes(lead));
  const resolution = findResolution(own, rates);
  const codes = defineCodes(own);
  const defined = [...codes].filter(([mnemonic, code]) => MNEMONICS[code] !== mnemonic);
  const notes = [
    ...(resolution === rates[0] ? [] : [`${TIME_RESOLUTION}${resolution}`]),
    ...(defined.length === 0
      ? []
      : [DEFINITIONS, ...defined.map(([name, code]) => `${code} ${name} ${name}`), END_OF_DEFINITIONS]),
  ];
  const entries = own.map(({ time, code, text = "", lead, subtype = 0, number = 0 }): Entry => {
    const channel = lead === undefined ? 0 : names.indexOf(lead);
    return { tick: Math.round(time * resolution), code: codes.get(code ?? "") ?? NOTE, subtype, number, channel, text };
  });
  const heads = notes.map((text): Entry => ({ tick: 0, code: NOTE, subtype: 0, number: 0, channel: 0, text }));
  return writeEntries([...heads, ...entries]);
}

function writeEntries(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const put = (code: number, data: number) => bytes.push(data & 0xff, (code << 2) | ((data >> 8) & 3));
  let tick = 0;
  let channel = 0;
  let number = 0;
  for (const entry of entries) {
    let interval = entry.tick - tick;
    while (interval < 0 || interval > MAX_INTERVAL) {
      const skipped = Math.min(Math.max(interval, -0x80000000), 0x7fffffff);
      put(SKIP, 0);
      bytes.push((skipped >> 16) & 0xff, (skipped >> 24) & 0xff, skipped & 0xff, (skipped >> 8) & 0xff);
      interval -= skipped;
    }
    put(entry.code, interval);
    if (entry.subtype !== 0) put(SUB, entry.subtype);
    if (entry.channel !== channel) put(CHN, entry.channel);
    if (entry.number !== number) put(NUM, entry.number);
    const text = new TextEncoder().encode(entry.text);
    if (text.length > MAX_TEXT_BYTES) {
      throw newNotAcceptable(
        `WFDB has no room for an annotation's text of ${text.length} bytes: ${MAX_TEXT_BYTES} are the most.`,
      );
    }
    if (text.length > 0) {
      put(AUX, text.length);
      bytes.push(...text);
      if (text.length % 2 === 1) bytes.push(0);
    }
    ({ tick, channel, number } = entry);
  }
  put(0, 0);
  return Uint8Array.from(bytes);
}

/** The first resolution that gives every time back; else the finest, which is off by half a microsecond at most. */
function findResolution(annotations: readonly Annotation[], rates: readonly number[]): number {
  const isExact = (resolution: number) =>
    annotations.every(({ time }) => Math.round(time * resolution) / resolution === time);
  return [...rates, ...FINE_RESOLUTIONS].find(isExact) ?? FINE_RESOLUTIONS[FINE_RESOLUTIONS.length - 1];
}

/** The codes of all mnemonics. One that WFDB does not know has a code that the file defines. */
function defineCodes(annotations: readonly Annotation[]): Map<string, number> {
  const codes = new Map(MNEMONICS.slice(1).map((mnemonic, i) => [mnemonic, i + 1]));
  const used = new Set(annotations.map(({ code }) => code));
  const free = MNEMONICS.slice(FIRST_FREE_CODE, LAST_FREE_CODE + 1).filter((mnemonic) => !used.has(mnemonic));
  for (const mnemonic of used) {
    if (!mnemonic || codes.has(mnemonic)) continue;
    const name = free.shift();
    if (name === undefined || !/^[\x21-\x7e]{1,32}$/.test(mnemonic)) {
      throw newNotAcceptable(`WFDB has no annotation code for ${mnemonic}.`);
    }
    codes.set(mnemonic, Number(name.slice(1, -1)));
  }
  return codes;
}
