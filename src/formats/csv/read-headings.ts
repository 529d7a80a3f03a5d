import { standardLead } from "../../recording/lead-names.ts";
import { FormatError } from "../format.ts";
import { type Heading, isUnit, parseHeading } from "./heading.ts";
import { parseNumber } from "./number-scanner.ts";
import { isTimeText, readSteadily } from "./steady-columns.ts";
import { isMissing, NO_SEPARATOR, type TextReader } from "./text.ts";
import { MIN_SINCE_1970 } from "./time-column.ts";

/** Reads the heading of each column, and moves to the first line of numbers or to lines before it that are skipped. */
export function readHeadings(reader: TextReader, separator: number, notes: string[]): Heading[] {
  const named = readNames(reader, separator, notes);
  const { length } = named.names;
  if (length === 1) return named.isNamed ? named.names : [newLead(1)];
  const areKnown = !named.names.some(({ kind }) => kind === "counter");
  if (named.isNamed && areKnown && !saysNothing(named.names[0])) return named.names;
  const courses = readSteadily(reader.fork(), separator, length);
  const headings = named.isNamed ? [...named.names] : courses.map((_, i) => newLead(i + 1));
  for (const [i, heading] of headings.entries()) {
    // What is called a count may be the ADC's.
    if (heading.kind === "counter" && !courses[i].isCounting && heading.name !== "")
      headings[i] = { ...heading, kind: "signal" };
  }
  const [first] = headings;
  const isIndex = named.isNamed && first.name === "" && first.kind === "counter";
  if (!saysNothing(first) && !isIndex) return headings;
  const [course, ...others] = courses;
  // Where all columns rise, none of them is told by that.
  const isAlone = course.isRising && !others.every(({ isRising }) => isRising);
  const isNoCount = course.hasDecimals || !course.isByOnes || course.first >= MIN_SINCE_1970;
  const isTime = isAlone && (isNoCount || first.unitSeconds !== null);
  const what = named.isNamed ? `Column ${JSON.stringify(first.name)}` : "The first column";
  if (course.hasTimeText || course.isFractionsFrom0 || isTime) first.kind = "time";
  else if (isAlone && !isIndex) first.kind = "counter";
  else return headings;
  if (!course.hasTimeText) {
    const taken = first.kind === "time" ? "times" : "a count of the samples";
    notes.push(`${what} rises steadily: it is taken for ${taken}, and is no lead.`);
  }
  return named.isNamed ? headings : [first, ...others.map((_, i) => newLead(i + 1))];
}

/** Whether a heading leaves it to the numbers what the column is. */
function saysNothing({ kind, unit, isAdc, name }: Heading): boolean {
  return kind === "signal" && unit === null && !isAdc && !standardLead(name);
}

/** The headings that the first line has, or a comment above a first line of numbers. */
function readNames(reader: TextReader, separator: number, notes: string[]): { names: Heading[]; isNamed: boolean } {
  const numbers = reader.fork();
  const { comments } = reader;
  const names = reader.readCells(separator);
  if (!isRowOfValues(names)) {
    const units = readUnits(reader, separator) ?? readUnitsBelow(reader, separator, names.length) ?? [];
    return { names: names.map((name, i) => parseHeading(name, units[i])), isNamed: true };
  }
  if (areCountOfColumns(names, reader.fork(), separator)) {
    notes.push("The first line counts the columns: it is taken for their names.");
    return { names: names.map((name) => parseHeading(name)), isNamed: true };
  }
  reader.goTo(numbers);
  const behind = comments
    .map((comment) => readComment(reader.fork(), comment, separator))
    .findLast(({ length }) => length === names.length);
  const isNamed = behind !== undefined;
  return { names: (behind ?? names).map((name) => parseHeading(name)), isNamed };
}

/** Reads a row of units; undefined, without moving, if there is none. */
function readUnits(reader: TextReader, separator: number): string[] | undefined {
  const below = reader.fork();
  const units = below.findLine() ? below.readCells(separator) : [];
  const areUnits = units.some(isUnit) && units.every((cell) => isUnit(cell) || isMissing(cell));
  if (areUnits) reader.goTo(below);
  return areUnits ? units : undefined;
}

/** Reads a row of units behind a row of words, as Shimmer writes `CAL` and `RAW` there. */
function readUnitsBelow(reader: TextReader, separator: number, width: number): string[] | undefined {
  const below = reader.fork();
  const words = below.findLine() ? below.readCells(separator) : [];
  const areWords = words.length === width && words.every((word) => /^\p{L}+$/u.test(word));
  const units = areWords ? readUnits(below, separator) : undefined;
  if (units) reader.goTo(below);
  return units;
}

/** The names in a comment; none if there are none in it. Names of one column are only told from a text by what they are. */
function readComment(reader: TextReader, comment: { position: number; line: number }, separator: number): string[] {
  reader.goTo(comment);
  try {
    const names = reader.readCells(separator);
    const [first] = names;
    const isText = separator === NO_SEPARATOR && !standardLead(first) && parseHeading(first).unit === null;
    return isText || isRowOfValues(names) ? [] : names;
  } catch (error) {
    // A comment may have any text: a long one, or a quote that does not end.
    if (error instanceof FormatError) return [];
    throw error;
  }
}

/** Whether names are 0, 1, 2 ..., as pandas writes them, above numbers that have decimals. */
function areCountOfColumns(names: readonly string[], below: TextReader, separator: number): boolean {
  if (names.length < 2 || !names.every((name, i) => name === String(i)) || !below.findLine()) return false;
  return below.readCells(separator).every((cell) => isMissing(cell) || parseNumber(cell)?.decimals);
}

function newLead(number: number): Heading {
  const unknown = { unit: null, unitsPerMillivolt: null, isAdc: false, unitSeconds: null };
  return { name: `lead ${number}`, ...unknown, kind: "signal" };
}

/**
 * Whether a line has values, not names. A first line whose first cell is empty has the names of the other columns,
 * which may be numbers.
 */
export function isRowOfValues(cells: readonly string[]): boolean {
  return cells.every(isValue) && (cells.length === 1 || cells[0] !== "");
}

/** Whether a cell is a number, a time, or stands for a missing sample. */
export function isValue(cell: string): boolean {
  return isMissing(cell) || parseNumber(cell) !== undefined || isTimeText(cell);
}
