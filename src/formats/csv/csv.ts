import { findLead } from "../../recording/lead-names.ts";
import type { Lead, Recording } from "../../recording/recording.ts";
import { type Format, FormatError, PREFIX_BYTES, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { readAppleHealth, readAppleHealthHead } from "./apple-health.ts";
import { type Heading, isUnit, parseHeading } from "./heading.ts";
import { parseNumber } from "./number-scanner.ts";
import { IGNORED, readTable, TIME } from "./table.ts";
import { findSeparator, isMissing, TextReader } from "./text.ts";
import { parseTimeText } from "./times.ts";
import { write } from "./writer.ts";

/**
 * Tables of numbers as text, with a column a lead and a row a sample, separated by commas (RFC 4180), semicolons or
 * tabs; also the ECG that Apple Health exports.
 *
 * The first line may have the names of the leads, with units (`II [mV]`), and the second one units alone. A leading
 * column called `time` (`t`, `seconds`, `time [ms]`, `timestamp` ...) gives the sampling rate, and the date if it has
 * dates; one called `sample`, `index` or nothing counts rows and is passed over. Without names, a first column is a
 * time only if it plainly is one, and the leads are called `lead 1`, `lead 2` ... Lines that begin with # are comments.
 *
 * Samples are the numbers of a lead without their decimal point, all to as many decimals as any of them has: exactly
 * what the file says, as integers. The gain follows from the decimals and the unit. Leads without a unit of voltage
 * have no gain, and all have as many decimals as any of them needs, so that they keep their proportions.
 */
export const csv = {
  id: "csv",
  mediaTypes: ["text/csv"],
  extensions: [".csv", ".tsv"],
  detect,
  read,
  write,
} satisfies Format;

/** The rows that must agree that the first column of a table without names is a time. */
const ROWS_OF_TIME = 16;

function detect(prefix: Uint8Array): boolean {
  const reader = new TextReader(prefix);
  const text = new TextDecoder().decode(reader.bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that tell bytes from text
  if (/[\x00-\x08\x0e-\x1f]/.test(text) || /^\uFEFF?\s*[<{[]/.test(text)) return false;
  try {
    if (readAppleHealthHead(reader)) return true;
    const rows: string[][] = [];
    const separator = reader.findLine() ? findSeparator(reader) : 0;
    while (reader.findLine()) {
      const isCutOff = prefix.length >= PREFIX_BYTES && reader.bytes.indexOf(0x0a, reader.position) < 0;
      if (!isCutOff) rows.push(reader.readCells(separator));
      else break;
    }
    if (rows.length < 2) return false;
    const [before, last] = rows.slice(-2);
    if (before.length !== last.length || !last.some((cell) => parseNumber(cell))) return false;
    // Numbers alone, one a line, may be anything.
    if (last.length === 1) return !isRowOfValues(rows[0]) && isValue(last[0]);
    return 2 * last.filter(isValue).length > last.length;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const reader = new TextReader(bytes);
  const apple = readAppleHealthHead(reader);
  if (apple) return readAppleHealth(reader, apple, options);
  if (!reader.findLine()) reader.fail("there is nothing in the file");

  const separator = findSeparator(reader);
  const headings = readHeadings(reader, separator);
  const { time, leads } = chooseColumns(headings, options, reader);
  const roles = headings.map((heading) => {
    if (heading === time) return TIME;
    return leads.includes(heading) ? leads.indexOf(heading) : IGNORED;
  });
  if (!reader.findLine()) reader.fail("no numbers follow");
  const unscaled = leads.flatMap(({ unitsPerMillivolt }, i) => (unitsPerMillivolt === null ? [i] : []));
  const table = readTable(reader, separator, roles, unscaled);

  const unitSeconds = time?.unitSeconds ?? null;
  const samplingRate = table.times.findSamplingRate(unitSeconds) ?? options.samplingRate ?? null;
  return {
    recordedAt: table.times.findStart(unitSeconds, options.timeZone),
    subject: null,
    device: null,
    note: null,
    isOpen: false,
    annotations: [],
    leads: table.leads.map(({ samples, decimals }, i): Lead => {
      const { name, unitsPerMillivolt } = leads[i];
      const gain = unitsPerMillivolt === null ? null : unitsPerMillivolt * 10 ** decimals;
      return { name, samplingRate, samples, gain, baseline: 0 };
    }),
  };
}

/** Reads the heading of each column, and moves to the first line of numbers or to lines before it that are skipped. */
function readHeadings(reader: TextReader, separator: number): Heading[] {
  const numbers = reader.fork();
  const names = reader.readCells(separator);
  if (!isRowOfValues(names)) {
    const below = reader.fork();
    const units = below.findLine() ? below.readCells(separator) : [];
    const areUnits = units.some(isUnit) && units.every((cell) => isUnit(cell) || isMissing(cell));
    if (areUnits) reader.goTo(below);
    return names.map((name, i) => parseHeading(name, areUnits ? units[i] : ""));
  }
  reader.goTo(numbers);
  const hasTime = names.length > 1 && beginsWithTime(numbers, separator);
  return names.map((_, i) => ({
    name: `lead ${hasTime ? i : i + 1}`,
    unitsPerMillivolt: null,
    unitSeconds: null,
    kind: hasTime && i === 0 ? "time" : "signal",
  }));
}

/**
 * Whether a line has values, not names. A first line whose first cell is empty has the names of the other columns,
 * which may be numbers.
 */
function isRowOfValues(cells: readonly string[]): boolean {
  return cells.every(isValue) && (cells.length === 1 || cells[0] !== "");
}

function isValue(cell: string): boolean {
  return isMissing(cell) || parseNumber(cell) !== undefined || isTimeText(cell);
}

function isTimeText(cell: string): boolean {
  return parseTimeText(cell.replace(/^'(.*)'$/, "$1")) !== undefined;
}

/**
 * Whether the first column is a time: it has dates or clock times, or goes up from 0 in even steps that are no
 * integers.
 */
function beginsWithTime(reader: TextReader, separator: number): boolean {
  const times: number[] = [];
  let precision = 1;
  while (times.length < ROWS_OF_TIME && reader.findLine()) {
    const [cell] = reader.readCells(separator);
    if (isTimeText(cell)) return true;
    const number = parseNumber(cell);
    if (!number) return false;
    times.push(number.digits / 10 ** number.decimals);
    precision = Math.min(precision, 10 ** -number.decimals);
  }
  const step = (times.at(-1) ?? 0) / (times.length - 1);
  const isEven = times.every((time, i) => Math.abs(time - i * step) <= 1.5 * precision);
  return times.length === ROWS_OF_TIME && precision < 1 && step > precision && isEven;
}

/**
 * Chooses the column of the times and those of the leads. Columns before the first lead are no leads, unless they are
 * asked for by name.
 */
function chooseColumns(headings: readonly Heading[], { leads: wanted }: ReadOptions, reader: TextReader) {
  const isLead = ({ kind, name }: Heading) => kind === "signal" || wanted?.includes(name);
  const first = headings.slice(0, -1).findIndex(isLead);
  const before = headings.slice(0, first < 0 ? -1 : first);
  const columns = headings.slice(before.length);
  const leads = wanted
    ? wanted.map((name) => findLead(columns, name) ?? reader.fail(`there is no lead ${name}`))
    : columns;
  if (leads.length > MAX_LEADS) reader.fail(`${leads.length} columns are more than the ${MAX_LEADS} leads of an ECG`);
  return { time: before.find(({ kind }) => kind === "time"), leads: [...new Set(leads)] };
}
