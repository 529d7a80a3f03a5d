import { MAX_SAMPLE, MISSING } from "../../recording/recording.ts";
import { FormatError } from "../format.ts";
import { CellReader } from "./cell-reader.ts";
import { LF, type TextReader } from "./text.ts";
import { TimeColumn } from "./time-column.ts";

/** The most decimals of a column: 32 bits have room for no more. */
const MAX_DECIMALS = 9;
/** The powers of ten by the decimals that a column may have. */
const POWERS_OF_TEN = Float64Array.from({ length: MAX_DECIMALS + 1 }, (_, i) => 10 ** i);
/** The most samples of all leads together: as many as two bytes each make of the largest file. */
const MAX_TABLE_SAMPLES = 2 ** 24;

/** The role of a column that is passed over. */
export const IGNORED = -1;
/** The role of the column of times. */
export const TIME = -2;

/** A table that was read. Samples are the numbers of a lead times `10 ** decimals`. */
export type Table = { leads: { samples: Int32Array; decimals: number }[]; times: TimeColumn };

/**
 * Reads the numbers of all lines from the cursor on. An empty cell, `NaN`, `null` and `-` are a missing sample.
 *
 * @param roles the role of each column: the number of its lead, IGNORED, or TIME
 * @param alike the numbers of leads of one unknown scale, which are given the same decimals
 * @throws FormatError with the line
 */
export function readTable(
  reader: TextReader,
  separator: number,
  roles: readonly number[],
  alike: readonly number[] = [],
): Table {
  // With all their zeros numbers may be too long, as 1.000000000000000000e+00 is.
  return (
    readRows(reader.fork(), separator, roles, alike, true) ??
    readRows(reader, separator, roles, alike, false) ??
    reader.fail("the numbers do not fit")
  );
}

/** Reads the rows; undefined if it was to keep the zeros at the end of numbers, and they do not fit. */
function readRows(
  reader: TextReader,
  separator: number,
  roles: readonly number[],
  alike: readonly number[],
  keepsZeros: boolean,
): Table | undefined {
  const firstLine = reader.line;
  const leadCount = roles.filter((role) => role >= 0).length;
  const room = countRows(reader, roles.length, leadCount);
  const leads = Array.from({ length: leadCount }, () => new LeadColumn(room));
  const times = new TimeColumn();
  const cells = new CellReader(reader, separator, keepsZeros);

  while (reader.findLine()) {
    const { line } = reader;
    cells.position = reader.position;
    for (let column = 0; ; column++) {
      cells.read();
      const role = column < roles.length ? roles[column] : IGNORED;
      if (role >= 0) {
        if (cells.kind === "missing") leads[role].addMissing();
        else if (cells.kind === "text") fail(line, `cell ${column + 1} is not a number`);
        else if (!leads[role].add(cells.digits, cells.decimals)) {
          if (keepsZeros) return undefined;
          const message = `cell ${column + 1} takes its column beyond ${MAX_DECIMALS} decimals or 32 bits: round the numbers`;
          fail(line, message);
        }
      } else if (role === TIME) {
        if (cells.kind === "missing") fail(line, "has no time");
        if (cells.kind === "text") times.addText(cells.text, line);
        else times.add(cells.digits, cells.decimals, line);
      } else if (column >= roles.length && cells.kind !== "missing") {
        fail(line, `has more than the ${roles.length} cells of the first line`);
      }
      if (!cells.passSeparator()) {
        if (column < roles.length - 1) fail(line, `has ${column + 1} of the ${roles.length} cells of the first line`);
        break;
      }
    }
    reader.position = cells.position;
    reader.endLine();
  }
  const decimals = Math.max(0, ...alike.map((lead) => leads[lead].decimals));
  if (!alike.every((lead) => leads[lead].raise(decimals))) {
    if (keepsZeros) return undefined;
    fail(firstLine, `not all columns fit into 32 bits with ${decimals} decimals, and their headings name no units`);
  }
  return {
    leads: leads.map(({ samples, count, decimals }) => ({ samples: samples.subarray(0, count), decimals })),
    times,
  };
}

/** Takes the samples of a lead, with as many decimals as were needed until now. */
class LeadColumn {
  readonly samples: Int32Array;
  count = 0;
  decimals = 0;

  constructor(room: number) {
    this.samples = new Int32Array(room);
  }

  addMissing(): void {
    this.samples[this.count++] = MISSING;
  }

  /** Adds the number `digits / 10 ** decimals`; false if the samples do not all fit then. */
  add(digits: number, decimals: number): boolean {
    if (decimals > this.decimals && !this.raise(decimals)) return false;
    const sample = decimals === this.decimals ? digits : digits * POWERS_OF_TEN[this.decimals - decimals];
    if (sample > MAX_SAMPLE || sample < -MAX_SAMPLE) return false;
    this.samples[this.count++] = sample;
    return true;
  }

  /** Gives all samples more decimals, `decimals` in all; false if they do not fit then. */
  raise(decimals: number): boolean {
    if (decimals === this.decimals) return true;
    if (decimals > MAX_DECIMALS) return false;
    const { samples } = this;
    const factor = POWERS_OF_TEN[decimals - this.decimals];
    for (let i = 0; i < this.count; i++) {
      if (samples[i] === MISSING) continue;
      if (Math.abs(samples[i]) * factor > MAX_SAMPLE) return false;
      samples[i] *= factor;
    }
    this.decimals = decimals;
    return true;
  }
}

/**
 * The most rows that may follow.
 *
 * @throws FormatError if these would be more than MAX_TABLE_SAMPLES
 */
function countRows({ bytes, position, line }: TextReader, columns: number, leads: number): number {
  let lines = bytes.at(-1) === LF ? 0 : 1;
  for (let i = position; i < bytes.length; i++) if (bytes[i] === LF) lines++;
  // A row has a separator behind each of its cells but the last.
  const rows = Math.min(lines, Math.ceil((bytes.length + 1 - position) / columns));
  if (rows * leads > MAX_TABLE_SAMPLES) fail(line, `more than ${MAX_TABLE_SAMPLES} samples follow`);
  return rows;
}

function fail(line: number, message: string): never {
  throw new FormatError(`line ${line}`, message);
}
