import { MAX_SAMPLE, MISSING } from "../../recording/recording.ts";
import { FormatError } from "../format.ts";
import { CellReader } from "./cell-reader.ts";
import { LF, type TextReader } from "./text.ts";
import { TimeColumn } from "./time-column.ts";

const MAX_DECIMALS = 9;
const POWERS_OF_TEN = Float64Array.from({ length: MAX_DECIMALS + 1 }, (_, i) => 10 ** i);
/** Of all leads together: as many as two bytes each make of the largest file. */
const MAX_SAMPLES = 2 ** 24;

/** What columns are that are no lead. */
export const IGNORED = -1;
export const TIME = -2;

/** A lead's samples are its numbers times `10 ** decimals`: all decimals that one of them has, or one of a lead alike. */
export type Table = { leads: { samples: Int32Array; decimals: number }[]; times: TimeColumn };

/**
 * The numbers of the lines from the reader's on. An empty cell, `NaN`, `null` and `-` are a missing sample.
 *
 * @param roles of each column: the number of its lead, IGNORED, or TIME
 * @param alike the numbers of leads that have one scale, which is not known: they are given the same decimals
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

/** Undefined if it was to keep the zeros at the end of numbers and could not. */
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

/** A lead's samples as they come, to as many decimals as were needed until now. */
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

  /** Adds `digits / 10 ** decimals`; false if not all of the samples fit then. */
  add(digits: number, decimals: number): boolean {
    if (decimals > this.decimals && !this.raise(decimals)) return false;
    const sample = decimals === this.decimals ? digits : digits * POWERS_OF_TEN[this.decimals - decimals];
    if (sample > MAX_SAMPLE || sample < -MAX_SAMPLE) return false;
    this.samples[this.count++] = sample;
    return true;
  }

  /** Gives all samples so many decimals, which are not fewer than before; false if they do not fit then. */
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

/** How many rows there are at the most. */
function countRows({ bytes, position, line }: TextReader, columns: number, leads: number): number {
  let lines = bytes.at(-1) === LF ? 0 : 1;
  for (let i = position; i < bytes.length; i++) if (bytes[i] === LF) lines++;
  // A row has a separator behind each of its cells but the last.
  const rows = Math.min(lines, Math.ceil((bytes.length + 1 - position) / columns));
  if (rows * leads > MAX_SAMPLES) fail(line, `more than ${MAX_SAMPLES} samples follow`);
  return rows;
}

function fail(line: number, message: string): never {
  throw new FormatError(`line ${line}`, message);
}
