import { MILLIVOLT } from "../../recording/recording.ts";
import { FormatError } from "../format.ts";
import { decodeText } from "../text.ts";
import { findVoltage } from "../unit.ts";
import { readDate } from "./date.ts";
import { toFileKey } from "./file-key.ts";
import { quote, Tally } from "./notes.ts";

/** A signal of a record, from its line in the header. */
export type Signal = {
  /** The name of its file as the header writes it; one spelling where signals of one file differ in case. */
  file: string;
  /** The format; 0 for a signal without samples. */
  format: number;
  samplesPerFrame: number;
  /** The frames of the signal that come before the record begins. */
  skewFrames: number;
  /** The offset of its samples in the file, in bytes; in FLAC in samples. */
  offset: number;
  /** The unit of a signal that is no voltage. */
  unit?: string;
  /** The gain in ADC units per mV, or per unit; null when the signal is not calibrated. */
  gain: number | null;
  /** Whether the header has a gain that means nothing: so many ADC units per ADC unit. */
  isUnscaled: boolean;
  /** Whether the gain or the baseline in the header is no number, but `nan` or `inf`. */
  isDead: boolean;
  /** The baseline in ADC units. */
  baseline: number;
  /** The value that the first difference is added to, in format 8. */
  start: number;
  /** The checksum; undefined where the header leaves it out or writes 0. */
  checksum?: number;
  /** The description; empty when there is none. */
  name: string;
};

/** A line of a segment: its record, and how many frames it has. */
export type SegmentLine = { /** `~` for a gap. */ name: string; frameCount: number };

/** The header of a record, which has either signals or segments. */
export type Header = {
  /** The name of the record: its files are called so. */
  name: string;
  /** Frames per second; null when it is left out. */
  frameRate: number | null;
  /** The number of frames; null when it is left out. */
  frameCount: number | null;
  recordedAt: number | null;
  subject: string | null;
  device: string | null;
  signals: Signal[];
  segments: SegmentLine[] | null;
  /** The date and time as they are written; empty when there are none. */
  date: string;
  /** The comments that are not kept. */
  lostComments: Tally;
  /** The lines behind those of the signals or segments, which mean nothing. */
  lostLines: Tally;
  /** The text behind the frame rate: a counter's frequency and base value, which are not kept. */
  lostCounter: string;
};

/** The most samples in a frame of all signals together, so that a few frames at a time are not too many. */
export const MAX_SAMPLES_PER_FRAME = 2 ** 16;
/** The most signals of a record. */
const MAX_SIGNALS = 256;
/** The most segments of a record. */
const MAX_SEGMENTS = 2 ** 15;
/** The largest count that is read. */
const MAX_COUNT = 2 ** 40;
/** The longest header, in bytes. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** A unit that is none: the samples are in ADC units. */
const ADC_UNIT = "adu";

/** The fields of a segment's line, a name and a number of frames. */
const SEGMENT_LINE_FIELDS = 2;

/** A line that is neither empty nor a comment. */
type Line = { text: string; fields: string[]; where: string };

/**
 * Reads a header (header(5) of the WFDB Applications Guide; spec/HEADERS.md of wfdb-spec).
 *
 * @param file the name of the header's file
 * @param timeZone the IANA name of the zone of its date and time
 * @throws FormatError
 */
export function readHeader(bytes: Uint8Array, file: string, timeZone: string): Header {
  if (bytes.length > MAX_HEADER_BYTES) throw new FormatError(file, "is too long for a header");
  const { lines, comments, lostComments } = readLines(bytes, file);
  const [first, ...rest] = lines;
  if (!first) throw new FormatError(file, "has no record line");
  const [title = "", signalCount = "", rates = "", frames = "0", ...date] = first.fields;
  const [name, segmentCount] = readTitle(title, rest[0]) ?? fail(first, "no name of a record");
  const header: Header = {
    name,
    frameRate: rates === "" ? null : readFrameRate(first, rates),
    frameCount: readCount(first, frames, "number of samples") || null,
    recordedAt: readDate(date.join(" "), timeZone),
    subject: comments.get("subject") ?? null,
    device: comments.get("device") ?? null,
    signals: [],
    segments: null,
    date: date.join(" "),
    lostComments,
    lostLines: new Tally(),
    lostCounter: /\/(.*)/.exec(rates)?.[1] ?? "",
  };
  const [promised, what, most] = segmentCount
    ? ([segmentCount, "segments", MAX_SEGMENTS] as const)
    : ([signalCount, "signals", MAX_SIGNALS] as const);
  const lineCount = readCount(first, promised, `number of ${what}`);
  if (lineCount > rest.length) fail(first, `promises ${lineCount} ${what}, behind it come ${rest.length} lines`);
  if (lineCount > most) fail(first, `${lineCount} ${what} are more than ${most}`);
  if (segmentCount) header.segments = rest.slice(0, lineCount).map(readSegmentLine);
  else header.signals = withOneSpelling(rest.slice(0, lineCount).map(readSignal));
  for (const { text } of rest.slice(lineCount)) header.lostLines.add(text);
  const samplesPerFrame = header.signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
  if (samplesPerFrame > MAX_SAMPLES_PER_FRAME) fail(first, `${samplesPerFrame} samples in a frame are too many`);
  return header;
}

/** Notes on what headers say and a recording does not keep, the record's own header first. */
export function noteLost(headers: readonly Header[]): string[] {
  const [own] = headers;
  const comments = new Tally();
  const lines = new Tally();
  for (const { lostComments, lostLines } of headers) {
    comments.add(lostComments.first, lostComments.count);
    lines.add(lostLines.first, lostLines.count);
  }
  return [
    ...comments.toNotes(({ count, first }) =>
      count === 1
        ? `A comment of the header is not kept: ${quote(first)}.`
        : `${count} comments of the header are not kept, the first is ${quote(first)}.`,
    ),
    ...lines.toNotes(({ count, first }) =>
      count === 1
        ? `A line of the header behind its signals is not understood: ${quote(first)}.`
        : `${count} lines of the header behind its signals are not understood, the first is ${quote(first)}.`,
    ),
    ...(own.lostCounter === "" ? [] : [`The counter of the header, ${quote(own.lostCounter)}, is not kept.`]),
  ];
}

function readLines(
  bytes: Uint8Array,
  file: string,
): { lines: Line[]; comments: Map<string, string>; lostComments: Tally } {
  const lines: Line[] = [];
  const comments = new Map<string, string>();
  const lostComments = new Tally();
  const texts = decodeText(bytes).split(/\r\n|\n|\r/);
  for (const [i, whole] of texts.entries()) {
    const text = whole.trim();
    if (text.startsWith("#")) {
      const [, key, value] = /^#\s*(subject|device):\s*(.+)$/i.exec(text) ?? [];
      const comment = text.replace(/^#+\s*/, "");
      if (key && !comments.has(key.toLowerCase())) comments.set(key.toLowerCase(), value);
      else if (comment !== "") lostComments.add(comment);
    } else if (text !== "") {
      lines.push({ text, fields: text.split(/[ \t]+/), where: `${file}, line ${i + 1}` });
    }
  }
  return { lines, comments, lostComments };
}

/**
 * Reads `name[/segments]`. Folders before the name say nothing. A number behind a slash is the name if the next line is
 * longer than those of segments: `mitdb/100`.
 */
function readTitle(title: string, next: Line | undefined): [name: string, segmentCount?: string] | undefined {
  const [, name, segmentCount] = /^(?:.*\/)?([^/]+)\/(\d+)$/.exec(title) ?? [];
  if (name && (next?.fields.length ?? 0) <= SEGMENT_LINE_FIELDS) return [name, segmentCount];
  const [, bare] = /^(?:.*\/)?([^/]+)$/.exec(title) ?? [];
  return bare ? [bare] : undefined;
}

/** Reads `frames per second[/counter frequency[(base counter value)]]`. The counter is that of a tape, and not kept. */
function readFrameRate(line: Line, text: string): number {
  const frameRate = readNumber(line, text.split("/", 1)[0], "sampling frequency");
  if (!(frameRate > 0)) fail(line, `a sampling frequency of ${frameRate} Hz`);
  return frameRate;
}

/** Reads `name frames`. */
function readSegmentLine(line: Line): SegmentLine {
  const [name, frames = ""] = line.fields;
  return { name, frameCount: readCount(line, frames, "number of samples") };
}

/**
 * Reads `file format gain resolution zero initial checksum blocksize description`, of which all but the first two may
 * lack.
 */
function readSignal(line: Line): Signal {
  const [file, storage = "", scale = "0", , zero = "0", initialValue, checksum = "0"] = line.fields;
  const [, format, perFrame, skew, offset] =
    /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/.exec(storage) ?? fail(line, `${storage || "nothing"} is no format`);
  const samplesPerFrame = readCount(line, perFrame ?? "1", "number of samples per frame") || 1;
  const [, gain, baseline = zero, units] = /^([^(/]*)(?:\(([^)]*)\))?(?:\/(.*))?$/.exec(scale) ?? fail(line, "no gain");
  // Of a dead signal programs have worked out no scale.
  const isDead = isNoNumber(gain) || isNoNumber(baseline);
  return {
    file,
    format: Number(format),
    samplesPerFrame,
    // header(5) says samples of the signal; WFDB's own library and its Python package take it for frames.
    skewFrames: readCount(line, skew ?? "0", "skew"),
    offset: readCount(line, offset ?? "0", "byte offset"),
    ...toScale(readNumber(line, (isDead ? "" : gain) || "0", "ADC gain"), units || MILLIVOLT),
    isDead,
    baseline: isDead ? 0 : readNumber(line, baseline, "baseline"),
    // The samples of format 8 count from it.
    start:
      isDead && format !== "8" && isNoNumber(initialValue ?? "")
        ? 0
        : readNumber(line, initialValue ?? zero, "initial value"),
    checksum: isDead && isNoNumber(checksum) ? undefined : readNumber(line, checksum, "checksum") || undefined,
    name: /^(?:\S+[ \t]+){8}(.*)$/s.exec(line.text)?.[1] ?? "",
  };
}

/** The signals, whose files are written as the first of them writes them. */
function withOneSpelling(signals: readonly Signal[]): Signal[] {
  const spellings = new Map<string, string>();
  return signals.map((signal) => {
    const key = toFileKey(signal.file);
    const file = spellings.get(key) ?? signal.file;
    spellings.set(key, file);
    return { ...signal, file };
  });
}

/** A gain in ADC units per mV, from one per unit, or of a unit that is no voltage; null for none. */
function toScale(gain: number, units: string): Pick<Signal, "gain" | "unit" | "isUnscaled"> {
  const exponent = findVoltage(units);
  // A gain of 1 per ADC unit says that samples are ADC units, as one of 0 does.
  if (units.toLowerCase() === ADC_UNIT) return { gain: null, isUnscaled: gain !== 0 && gain !== 1 };
  if (exponent === undefined) return { gain: gain === 0 ? null : gain, unit: units, isUnscaled: false };
  if (gain === 0) return { gain: null, isUnscaled: false };
  return { gain: exponent > 0 ? gain / 10 ** exponent : gain * 10 ** -exponent, isUnscaled: false };
}

function readCount(line: Line, text: string, what: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= MAX_COUNT)) fail(line, `${text || "nothing"} is no ${what}`);
  return count;
}

function readNumber(line: Line, text: string, what: string): number {
  // What Number() takes beyond C's scanf, such as 0x10, is none either.
  const number = /^[-+.\deE]+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) fail(line, `${text || "nothing"} is no ${what}`);
  return number;
}

/** Whether a text is what C and Python write for what is no number, or infinite. */
function isNoNumber(text: string): boolean {
  return /^[-+]?(nan|inf|infinity)$/i.test(text);
}

function fail(line: Line, message: string): never {
  throw new FormatError(line.where, message);
}
