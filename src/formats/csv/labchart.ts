import type { Annotation } from "../../recording/recording.ts";
import { findDecimal } from "../decimal.ts";
import { findTimeExponent, toSamplingRate } from "../sampled-values.ts";
import { decodeText } from "../text.ts";
import { findUnitsPerMillivolt, type Heading } from "./heading.ts";
import { CR, LF, TAB, TextReader } from "./text.ts";
import { findInstantOfDays, SPREADSHEET_DAY_OF_1970 } from "./times.ts";

/** What stands above the rows that LabChart exports, and these without the comments behind them. */
type LabChart = {
  headings: Heading[];
  separator: number;
  samplingRate: number;
  recordedAt: number | null;
  rows: TextReader;
  annotations: Annotation[];
};

/** The first line. */
const FIRST_KEY = "Interval=";
/** The most lines above the rows: LabChart writes some ten. */
const MAX_HEAD_LINES = 32;
/** Begins a comment behind a row: `#*`, or the number of the channel that it is of. */
const COMMENT = /^#(\*|\d+)? ?/;
const HASH = 0x23;
/** The most comments that are kept. */
const MAX_COMMENTS = 2 ** 17;

/**
 * Reads the text that ADInstruments' LabChart exports: lines of a key and values, one for each channel, then rows, with or
 * without a time, and with comments behind some. Of several blocks, which are recordings of their own, the first is read.
 * Undefined for any other table.
 *
 * @param notes get one on further blocks
 */
export function readLabChart(reader: TextReader, timeZone: string, notes: string[]): LabChart | undefined {
  const ahead = reader.fork();
  const head = readHead(ahead);
  const titles = head.get("ChannelTitle=") ?? [];
  const [interval = ""] = head.get(FIRST_KEY) ?? [];
  const [, length = "", unit] = /^([\d.,]{1,16}) (\p{L}{1,2})$/u.exec(interval) ?? [];
  const [step, exponent] = [findDecimal(length.replace(",", ".")), findTimeExponent(unit)];
  const width = ahead.findLine() ? withoutComment(ahead.fork().readCells(TAB)).length : 0;
  const hasTimes = width === titles.length + 1;
  if (titles.length === 0 || !(hasTimes || width === titles.length)) return undefined;
  if (!step || step.digits <= 0n || exponent === undefined) return undefined;
  const channels = titles.map((name, i) => toHeading(name, head.get("UnitName=")?.[i], head.get("Range=")?.[i]));
  // The rate is told, and the times are rounded.
  const times = hasTimes ? [{ ...toHeading("Time"), kind: "counter" as const }] : [];
  const samplingRate = toSamplingRate(step, exponent);
  const { rows, annotations, blocks } = readBlock(ahead, width, samplingRate, titles);
  if (blocks > 1) notes.push(`The file has ${blocks} blocks, of which the first is kept.`);
  const recordedAt = findDate(head.get("ExcelDateTime=")?.[0] ?? "", timeZone);
  return { headings: [...times, ...channels], separator: TAB, samplingRate, recordedAt, rows, annotations };
}

/** Reads the lines of keys and values, the first of which is `Interval=`, and moves behind them. */
function readHead(reader: TextReader): Map<string, string[]> {
  const head = new Map<string, string[]>();
  for (let line = 0; line < MAX_HEAD_LINES && reader.findLine(); line++) {
    const cells = reader.fork();
    const [key, ...values] = cells.readCells(TAB);
    if (!/^[A-Za-z]{1,32}=$/.test(key) || (line === 0 && key !== FIRST_KEY)) break;
    head.set(key, values);
    reader.goTo(cells);
  }
  return head;
}

/** @param range as in `10.000 mV`, which has the unit where the file does not name it */
function toHeading(name: string, unitName = "", range = ""): Heading {
  const unit = unitName || /^[\d.,]+ ?([^\d\s]\S{0,15})$/.exec(range)?.[1] || null;
  const unitsPerMillivolt = unit === null ? null : (findUnitsPerMillivolt(unit) ?? null);
  return { name, unit, unitsPerMillivolt, isAdc: false, unitSeconds: null, kind: "signal" };
}

/** The rows up to the next block, their comments as annotations, and how many blocks there are. */
function readBlock(reader: TextReader, width: number, samplingRate: number, titles: readonly string[]) {
  const { bytes, position, line } = reader;
  const rows = new Uint8Array(bytes.length - position + 1);
  const annotations: Annotation[] = [];
  let [length, count, blocks] = [0, 0, 1];
  for (let at = position; at < bytes.length; ) {
    const end = reader.endOfLine(at);
    const hash = blocks === 1 ? findComment(bytes, at, end) : -1;
    if (startsWith(bytes, at, FIRST_KEY)) blocks++;
    if (blocks === 1) {
      const stop = hash < 0 ? end : hash - 1;
      const isRow = countCells(bytes, at, stop) >= width;
      const annotation = hash < 0 ? undefined : toAnnotation(bytes.subarray(hash, end), count / samplingRate, titles);
      if (annotation?.text && annotations.length < MAX_COMMENTS) annotations.push(annotation);
      // A comment may also stand in a line of its own, behind its time.
      if (isRow || hash < 0) {
        rows.set(bytes.subarray(at, stop), length);
        length += stop - at;
        if (isRow) count++;
      }
      rows[length++] = LF;
    }
    at = end + 1;
  }
  const body = new TextReader(rows.subarray(0, length));
  body.line = line;
  return { rows: body, annotations, blocks };
}

/** The place of a comment behind a tab; -1 if the line has none. */
function findComment(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) if (bytes[at] === HASH && bytes[at - 1] === TAB) return at;
  return -1;
}

function toAnnotation(comment: Uint8Array, time: number, titles: readonly string[]): Annotation {
  const whole = decodeText(comment).trim();
  const lead = titles[Number(COMMENT.exec(whole)?.[1] ?? 0) - 1];
  return { time, text: whole.replace(COMMENT, ""), ...(lead && { lead }) };
}

function countCells(bytes: Uint8Array, start: number, end: number): number {
  const last = bytes[end - 1] === CR ? end - 1 : end;
  let count = last > start ? 1 : 0;
  for (let at = start; at < last; at++) if (bytes[at] === TAB) count++;
  return count;
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function withoutComment(cells: readonly string[]): readonly string[] {
  const comment = cells.findIndex((cell) => cell.startsWith("#"));
  return comment < 0 ? cells : cells.slice(0, comment);
}

/** The instant of a day and time as Excel has it: days since the end of 1899. */
function findDate(serial: string, timeZone: string): number | null {
  const days = Number(serial.replace(",", "."));
  return days > 1 ? findInstantOfDays(days - SPREADSHEET_DAY_OF_1970, timeZone) : null;
}
