import { toInstant } from "../../recording/local-time.ts";
import { FormatError } from "../format.ts";

/** A signal of a record, from its line in the header. */
export type Signal = {
  /** The name of its file as `toFileKey` gives it. */
  file: string;
  /** The format; 0 for a signal without samples. */
  format: number;
  samplesPerFrame: number;
  /** The frames of the signal that come before the record begins. */
  skewFrames: number;
  /** The offset of its samples in the file, in bytes; in FLAC in samples. */
  offset: number;
  /** The gain in ADC units per mV; null when the signal is not calibrated or not in volts. */
  gain: number | null;
  /** The baseline in ADC units. */
  baseline: number;
  /** The value that the first difference is added to, in format 8. */
  start: number;
  /** The checksum; undefined where the header leaves it out or writes 0. */
  checksum?: number;
  /** The description; empty when there is none. */
  name: string;
};

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

/** The power of ten of a unit that makes 1 mV. */
const UNITS_PER_MILLIVOLT = new Map([
  ["v", -3],
  ["mv", 0],
  ["uv", 3],
  ["\u00b5v", 3],
  ["\u03bcv", 3],
  ["nv", 6],
]);

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
  const { lines, comments } = readLines(bytes, file);
  const [first, ...rest] = lines;
  if (!first) throw new FormatError(file, "has no record line");
  const [title = "", signalCount = "", rates = "", frames = "0", ...date] = first.fields;
  const [, name, segmentCount] = /^([^/]+)(?:\/(\d+))?$/.exec(title) ?? fail(first, "no name of a record");
  const header: Header = {
    name,
    frameRate: rates === "" ? null : readFrameRate(first, rates),
    frameCount: readCount(first, frames, "number of samples") || null,
    recordedAt: readDate(date, timeZone),
    subject: comments.get("subject") ?? null,
    device: comments.get("device") ?? null,
    signals: [],
    segments: null,
  };
  const [promised, what, most] = segmentCount
    ? ([segmentCount, "segments", MAX_SEGMENTS] as const)
    : ([signalCount, "signals", MAX_SIGNALS] as const);
  const lineCount = readCount(first, promised, `number of ${what}`);
  if (lineCount > rest.length) fail(first, `promises ${lineCount} ${what}, behind it come ${rest.length} lines`);
  if (lineCount > most) fail(first, `${lineCount} ${what} are more than ${most}`);
  if (segmentCount) header.segments = rest.slice(0, lineCount).map(readSegmentLine);
  else header.signals = rest.slice(0, lineCount).map(readSignal);
  const samplesPerFrame = header.signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
  if (samplesPerFrame > MAX_SAMPLES_PER_FRAME) fail(first, `${samplesPerFrame} samples in a frame are too many`);
  return header;
}

/** The text of a file: in UTF-8 or, as it was usual before, in Windows-1252. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** The name by which a file is found: without folders, in lower case. */
export function toFileKey(name: string): string {
  const base = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  // Systems differ in how they write an accent, and whether case matters.
  return base.normalize("NFC").toLowerCase();
}

function readLines(bytes: Uint8Array, file: string): { lines: Line[]; comments: Map<string, string> } {
  const lines: Line[] = [];
  const comments = new Map<string, string>();
  const texts = decodeText(bytes).split(/\r\n|\n|\r/);
  for (const [i, whole] of texts.entries()) {
    const text = whole.trim();
    if (text.startsWith("#")) {
      const [, key, value] = /^#\s*(subject|device):\s*(.+)$/i.exec(text) ?? [];
      if (key) comments.set(key.toLowerCase(), value);
    } else if (text !== "") {
      lines.push({ text, fields: text.split(/[ \t]+/), where: `${file}, line ${i + 1}` });
    }
  }
  return { lines, comments };
}

/** Reads `frames per second[/counter frequency[(base counter value)]]`. The counter is that of a tape, and not kept. */
function readFrameRate(line: Line, text: string): number {
  const frameRate = readNumber(line, text.split("/", 1)[0], "sampling frequency");
  if (!(frameRate > 0)) fail(line, `a sampling frequency of ${frameRate} Hz`);
  return frameRate;
}

/**
 * Reads `HH:MM:SS DD/MM/YYYY`, in ms since 1970. A time without a date is no instant. Other programs write when they
 * ran there, such as `05-Feb-2020 11:39:16`: that is no time of the recording.
 */
function readDate([time = "", date = ""]: string[], timeZone: string): number | null {
  const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d*)?)$/.exec(time);
  const calendar = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(date);
  if (!clock || !calendar) return null;
  const [hour, minute, second] = clock.slice(1).map(Number);
  const [day, month, year] = calendar.slice(1).map(Number);
  return toInstant({ year, month, day, hour, minute, second }, timeZone);
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
  const [, gain, baseline = zero, units = "mV"] =
    /^([^(/]*)(?:\(([^)]*)\))?(?:\/(.*))?$/.exec(scale) ?? fail(line, "no gain");
  return {
    file: toFileKey(file),
    format: Number(format),
    samplesPerFrame,
    skewFrames: Math.round(readCount(line, skew ?? "0", "skew") / samplesPerFrame),
    offset: readCount(line, offset ?? "0", "byte offset"),
    gain: toGain(readNumber(line, gain || "0", "ADC gain"), units),
    baseline: readNumber(line, baseline, "baseline"),
    start: readNumber(line, initialValue ?? zero, "initial value"),
    checksum: readNumber(line, checksum, "checksum") || undefined,
    name: /^(?:\S+[ \t]+){8}(.*)$/s.exec(line.text)?.[1] ?? "",
  };
}

/** A gain in ADC units per mV, from one per unit; null for none. */
function toGain(gain: number, units: string): number | null {
  const power = UNITS_PER_MILLIVOLT.get(units.toLowerCase());
  if (gain === 0 || power === undefined) return null;
  return power < 0 ? gain / 10 ** -power : gain * 10 ** power;
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

function fail(line: Line, message: string): never {
  throw new FormatError(line.where, message);
}
