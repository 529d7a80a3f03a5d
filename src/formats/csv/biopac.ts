import { findDecimal } from "../decimal.ts";
import { FormatError } from "../format.ts";
import { findTimeExponent, toSamplingRate } from "../sampled-values.ts";
import { findUnitsPerMillivolt, type Heading } from "./heading.ts";
import { parseNumber } from "./number-scanner.ts";
import { findSeparator, LF, MAX_COLUMNS, NO_SEPARATOR, type TextReader } from "./text.ts";
import { findInstant, parseTimeText } from "./times.ts";

/** What stands above the numbers that AcqKnowledge exports. */
type BiopacHead = { headings: Heading[]; separator: number; samplingRate: number; recordedAt: number | null };

/** The lines above that with the time between samples: the file's name, and when it was recorded. */
const MAX_LINES_ABOVE = 4;
const INTERVAL = /^([\d.]{1,16}) ?(\p{L}{1,8})\/sample\b/u;
const CHANNELS = /^(\d{1,4}) channels?\b/;
const RECORDED = /^Recording on: ?(.+)$/;

/**
 * Reads what stands above the numbers of the text that BIOPAC's AcqKnowledge exports, and moves to these: the time between
 * samples, how many channels there are, a name and a unit of each, a line of headings that says `CH1`, `CH2` ..., and one
 * that says how many samples there are. Undefined, without moving, for any other table.
 */
export function readBiopacHead(reader: TextReader, timeZone: string): BiopacHead | undefined {
  const ahead = reader.fork();
  const samplingRate = findRate(ahead, timeZone);
  if (!samplingRate) return undefined;
  const count = Number(CHANNELS.exec(readLine(ahead))?.[1] ?? 0);
  if (!(count >= 1 && count <= MAX_COLUMNS)) return undefined;
  const channels = Array.from({ length: count }, (): Heading => {
    const [name, unit] = [readLine(ahead), readLine(ahead)];
    const unitsPerMillivolt = findUnitsPerMillivolt(unit) ?? null;
    return { name, unit, unitsPerMillivolt, isAdc: false, unitSeconds: null, kind: "signal" };
  });
  if (!ahead.findLine()) return undefined;
  const separator = findSeparator(ahead);
  const names = ahead.readCells(separator);
  const times = names.slice(0, -count);
  if (names.length < count || times.length > 1 || !names.slice(-count).every((name) => /^CH\d+$/i.test(name)))
    return undefined;
  const rows = ahead.fork();
  const counts = rows.findLine() ? rows.readCells(separator) : [];
  const isUntimed = times.length > 0 && counts[0] === "";
  if (counts.length === names.length && areCounts(counts.slice(-count), isUntimed ? undefined : rows)) ahead.goTo(rows);
  reader.goTo(ahead);
  // The rate is told, and the times are rounded.
  const timeHeadings = times.map((name): Heading => ({ ...channels[0], name, unit: null, kind: "counter" }));
  return { headings: [...timeHeadings, ...channels], separator, ...samplingRate };
}

/** The rate in Hz by the time between samples, and when it was recorded if a line before says so. */
function findRate(reader: TextReader, timeZone: string): Pick<BiopacHead, "samplingRate" | "recordedAt"> | undefined {
  let recordedAt: number | null = null;
  for (let line = 0; line < MAX_LINES_ABOVE; line++) {
    const text = readLine(reader);
    const [, interval, unit] = INTERVAL.exec(text) ?? [];
    const [decimal, exponent] = [findDecimal(interval ?? ""), findTimeExponent(unit)];
    if (decimal && decimal.digits > 0n && exponent !== undefined)
      return { samplingRate: toSamplingRate(decimal, exponent), recordedAt };
    const time = parseTimeText(RECORDED.exec(text)?.[1] ?? "");
    recordedAt ??= time ? findInstant(time, timeZone) : null;
  }
  return undefined;
}

/** Whether cells are numbers of samples: of the rows that follow if these are given. */
function areCounts(cells: readonly string[], following?: TextReader): boolean {
  const counts = cells.map(parseNumber).map((number) => (number?.decimals === 0 ? number.digits : -1));
  if (counts.some((count) => count < 0)) return false;
  if (!following) return true;
  const { bytes, position } = following;
  let rows = bytes.at(-1) === LF ? 0 : 1;
  for (let at = position; at < bytes.length; at++) if (bytes[at] === LF) rows++;
  return Math.max(...counts) === rows;
}

/** The next line, trimmed; empty at the end, and for one that is too long. */
function readLine(reader: TextReader): string {
  if (!reader.findLine()) return "";
  try {
    const [text] = reader.readCells(NO_SEPARATOR);
    return text;
  } catch (error) {
    if (error instanceof FormatError) return "";
    throw error;
  }
}
