import { parseNumber } from "./number-scanner.ts";
import type { TextReader } from "./text.ts";
import { parseTimeText } from "./times.ts";

/** The first rows that are looked at. No ECG rises steadily for as long. */
const MOST_ROWS = 256;
/** The rows that must be there before a column's numbers alone say what it is. */
const ENOUGH_ROWS = 16;

/** What the first numbers of a column do. */
type Course = {
  /** Whether its first ENOUGH_ROWS rows have a time or a date in words. */
  hasTimeText: boolean;
  /** Whether it rises from row to row by about the same. */
  isRising: boolean;
  /** Whether it goes up from 0 in even steps that are no integers. */
  isFractionsFrom0: boolean;
  /** Whether most of its steps are the same, and upwards. So are they where there are no steps to tell. */
  isCounting: boolean;
  /** Whether most of its steps are 1, as those of a count are. */
  isByOnes: boolean;
  hasDecimals: boolean;
  first: number;
};

/** Reads the first rows from the cursor on, and says of each column what its numbers do. */
export function readSteadily(reader: TextReader, separator: number, columnCount: number): Course[] {
  const columns = Array.from({ length: columnCount }, (): string[] => []);
  for (let row = 0; row < MOST_ROWS && reader.findLine(); row++) {
    const cells = reader.readCells(separator);
    for (const [i, column] of columns.entries()) column.push(cells[i] ?? "");
  }
  return columns.map(toCourse);
}

function toCourse(cells: readonly string[]): Course {
  const numbers = cells.map(parseNumber);
  const values = numbers.map((number) => (number ? number.digits / 10 ** number.decimals : Number.NaN));
  const precision = Math.min(1, ...numbers.map((number) => 10 ** -(number?.decimals ?? 0)));
  const steps = values.slice(1).map((value, i) => value - values[i]);
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  const isEnough = values.length >= ENOUGH_ROWS;
  const beginning = values.slice(0, ENOUGH_ROWS);
  const step = (beginning.at(-1) ?? 0) / (beginning.length - 1);
  const isEven = beginning.every((value, i) => Math.abs(value - i * step) <= 1.5 * precision);
  return {
    hasTimeText: cells.slice(0, ENOUGH_ROWS).some(isTimeText),
    isRising: isEnough && steps.every((step) => step > 0 && Math.abs(step - mean) <= mean / 2 + precision / 2),
    isFractionsFrom0: isEnough && precision < 1 && step > precision && isEven,
    isCounting: 2 * steps.filter((step) => step > 0 && step === steps[0]).length >= steps.length,
    isByOnes: 2 * steps.filter((step) => step === 1).length >= steps.length,
    hasDecimals: precision < 1,
    first: values[0] ?? Number.NaN,
  };
}

/** Whether a cell is a time in words, which may stand in apostrophes. */
export function isTimeText(cell: string): boolean {
  return parseTimeText(cell.replace(/^'(.*)'$/, "$1")) !== undefined;
}
