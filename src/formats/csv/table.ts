import { MAX_SAMPLE, MISSING } from "../../recording/recording.ts";
import { FormatError } from "../format.ts";
import { toSteps } from "../steps.ts";
import { CellReader } from "./cell-reader.ts";
import { readCells } from "./preamble.ts";
import { LF, type TextReader } from "./text.ts";
import { ThousandsFinder } from "./thousands.ts";
import { TimeColumn } from "./time-column.ts";

/** The most decimals of a column: 32 bits have room for no more. */
const MAX_DECIMALS = 9;
/** The powers of ten by the decimals that a column may have. */
const POWERS_OF_TEN = Float64Array.from({ length: MAX_DECIMALS + 1 }, (_, i) => 10 ** i);
/** The most samples of all leads together: as many as two bytes each make of the largest file. */
export const MAX_TABLE_SAMPLES = 2 ** 24;
/** The most numbers with too many digits for 32 bits: each takes eight bytes, and more than that in the file. */
const MAX_WIDE_NUMBERS = 2 ** 22;

/** A word: what may be meant for a number, as 1.234,5 or 12mV, is none. */
const WORD = /^(\p{L}|\D+$)/u;

/** The role of a column that is passed over. */
export const IGNORED = -1;
/** The role of the first column of times. Others have TIME - 1, TIME - 2 ... */
export const TIME = -2;

/** The meaning of a lead's numbers. */
export type Numbers = {
  /**
   * `integers` are ADC units, which have no decimals. `decimals` have a unit, so that any number of decimals can be
   * kept by a gain; they are kept `alike` where leads are to have the same.
   */
  are: "integers" | "decimals" | "alike";
  /** Why decimals are refused, as in "has decimals: ...". */
  refusal: string;
  /** The most samples that a number's unit may be divided into. */
  mostPerUnit: number;
};

/** The samples of a lead: its numbers times `perUnit`, each with an error of up to `error`. */
type TableLead = { samples: Int32Array; perUnit: number; error: number };

/**
 * A table that was read, with its columns of times in their order. The lines between its rows that are none, which are empty or
 * comments, are counted, with the number of the first of them; a last line that is cut off is left out. Leads that have words
 * and no number are told, with the line of the first word.
 */
type Table = {
  leads: TableLead[];
  times: TimeColumn[];
  lost: { count: number; line: number };
  isCutOff: boolean;
  words: ReadonlyMap<number, number>;
};

/**
 * Reads the numbers of all lines from the cursor on. An empty cell, `NaN`, `null` and `-` are a missing sample. Rows
 * without anything are passed over where there are times.
 *
 * @param roles the role of each column: the number of its lead, IGNORED, or TIME
 * @param numbers what each lead's numbers are
 * @param options the `resolution` that decimals are rounded to; without it they are kept. The units of the columns of times,
 * in seconds, null where nothing says one
 * @throws FormatError with the line
 */
export function readTable(
  reader: TextReader,
  separator: number,
  roles: readonly number[],
  numbers: readonly Numbers[],
  { resolution, timeUnits = [] }: { resolution?: number; timeUnits?: readonly (number | null)[] } = {},
): Table {
  const read = (keepsZeros: boolean, wide: ReadonlySet<number>) =>
    readRows(reader.fork(), separator, roles, numbers, { keepsZeros, wide, resolution, timeUnits });
  if (resolution !== undefined) {
    const all = numbers.flatMap(({ are }, lead) => (are === "integers" ? [] : [lead]));
    return requireTable(read(false, new Set(all)), reader);
  }
  // With all their zeros numbers may be too long, as 1.000000000000000000e+00 is.
  const exact = read(true, new Set());
  if ("leads" in exact) return exact;
  const shorter = read(false, new Set());
  return "leads" in shorter ? shorter : requireTable(read(false, shorter.wide), reader);
}

function requireTable(table: Table | TooWide, reader: TextReader): Table {
  return "leads" in table ? table : reader.fail("the numbers do not fit into 32 bits");
}

/** The leads whose numbers do not fit into 32 bits with all their decimals. */
type TooWide = { wide: ReadonlySet<number> };

type RowOptions = {
  /** Whether zeros at the end of a number count as decimals. */
  keepsZeros: boolean;
  /** The leads that are read as doubles and rounded, or divided by a step that they have in common. */
  wide: ReadonlySet<number>;
  resolution?: number;
  timeUnits: readonly (number | null)[];
};

function readRows(
  reader: TextReader,
  separator: number,
  roles: readonly number[],
  numbers: readonly Numbers[],
  { keepsZeros, wide, resolution, timeUnits }: RowOptions,
): Table | TooWide {
  const firstLine = reader.line;
  const room = countRows(reader, roles.length, numbers.length);
  if (room * wide.size > MAX_WIDE_NUMBERS)
    fail(firstLine, `more than ${MAX_WIDE_NUMBERS} numbers of many digits follow`);
  const leads = numbers.map(({ are }, lead) =>
    wide.has(lead) ? new WideColumn(room) : new LeadColumn(room, are === "integers" ? 0 : MAX_DECIMALS),
  );
  const tooWide = new Set(wide);
  const times = timeUnits.map((unitSeconds) => new TimeColumn(unitSeconds));
  const cells = new CellReader(reader, separator, keepsZeros);
  const thousands = numbers.map(() => new ThousandsFinder());
  const lost = { count: 0, line: 0 };
  const words = new Map<number, number>();
  const lastLine = reader.bytes.lastIndexOf(LF) + 1;
  let isCutOff = false;
  const failForWord = (line: number, column: number) => fail(line, `cell ${column + 1} is not a number`);

  for (let next = firstLine; reader.findLine(); next = reader.line) {
    const { line } = reader;
    // Who writes a recording line by line may have been stopped within the last one.
    isCutOff =
      line > firstLine && reader.position >= lastLine && readCells(reader.fork(), separator).length < roles.length;
    if (isCutOff) break;
    if (line > next && lost.count === 0) lost.line = next;
    lost.count += line - next;
    cells.position = reader.position;
    let isEmpty = true;
    const untimed: TimeColumn[] = [];
    for (let column = 0; ; column++) {
      cells.read();
      const role = column < roles.length ? roles[column] : IGNORED;
      if (cells.kind !== "missing") isEmpty = false;
      if (role >= 0) {
        if (cells.kind === "missing") leads[role].addMissing();
        else if (cells.kind === "text") {
          const isWord = WORD.test(cells.text) && (words.has(role) || leads[role].isEmpty());
          if (!isWord) failForWord(line, column);
          if (!words.has(role)) words.set(role, line);
          leads[role].addMissing();
        } else if (words.size > 0 && words.has(role)) failForWord(words.get(role) ?? line, column);
        else if (!addNumber(leads[role], thousands[role], cells)) {
          if (keepsZeros) return { wide };
          const { are, refusal } = numbers[role];
          if (are === "integers") {
            const isWhole = cells.decimals === 0;
            fail(line, `cell ${column + 1} ${isWhole ? "does not fit into 32 bits" : refusal}`);
          }
          tooWide.add(role);
        }
      } else if (role <= TIME) {
        const time = times[TIME - role];
        if (cells.kind === "missing") untimed.push(time);
        else if (cells.kind === "text") time.addText(cells.text, line);
        else if (time.mayBeDate(cells.digits, cells.decimals)) time.addText(cells.numberAsText(), line);
        else time.add(cells.digits, cells.decimals, line);
      } else if (column >= roles.length && cells.kind !== "missing") {
        fail(line, `has more than the ${roles.length} cells of the first line`);
      }
      if (!cells.passSeparator()) {
        if (column < roles.length - 1) fail(line, `has ${column + 1} of the ${roles.length} cells of the first line`);
        break;
      }
    }
    // Spreadsheets write empty rows between others and below them: what has no time is no sample then.
    if (isEmpty && times.length > 0) for (const lead of leads) lead.count--;
    else for (const time of untimed) time.addMissing(line);
    reader.position = cells.position;
    reader.endLine();
  }
  const grouped = thousands.findIndex(({ found }) => found);
  if (grouped >= 0) {
    const column = roles.indexOf(grouped) + 1;
    fail(firstLine, `the numbers of column ${column} have separators of thousands, as it seems: they are read without`);
  }
  if (tooWide.size > wide.size) return { wide: tooWide };
  if (!raiseAlike(leads, numbers) && keepsZeros) return { wide };
  const toLead = (lead: LeadColumn | WideColumn, i: number) => {
    if (lead instanceof LeadColumn) {
      return { samples: lead.samples.subarray(0, lead.count), perUnit: POWERS_OF_TEN[lead.decimals], error: 0 };
    }
    const values = lead.values.subarray(0, lead.count);
    return (
      toSteps(values, numbers[i].mostPerUnit, resolution) ??
      fail(firstLine, `not all numbers of column ${roles.indexOf(i) + 1} fit into 32 bits: name a coarser resolution`)
    );
  };
  return { leads: leads.map(toLead), times, lost, isCutOff, words };
}

/** Gives the leads whose numbers are of one kind as many decimals as any of them has; false where there is no room for these. */
function raiseAlike(leads: readonly (LeadColumn | WideColumn)[], numbers: readonly Numbers[]): boolean {
  const alike = leads.flatMap((lead, i) => (lead instanceof LeadColumn && numbers[i].are === "alike" ? [lead] : []));
  const decimals = Math.max(0, ...alike.map((lead) => lead.decimals));
  const hasRoom = alike.every((lead) => lead.hasRoomFor(decimals));
  if (hasRoom) for (const lead of alike) lead.raise(decimals);
  return hasRoom;
}

/** Adds the number in a cell to its column; false if the samples do not all fit then. */
function addNumber(
  lead: LeadColumn | WideColumn,
  thousands: ThousandsFinder,
  { digits, decimals }: CellReader,
): boolean {
  thousands.add(digits, decimals);
  return lead.add(digits, decimals);
}

/** Takes the numbers of a lead as doubles, for they have too many digits for 32 bits. */
class WideColumn {
  readonly values: Float64Array;
  count = 0;

  constructor(room: number) {
    this.values = new Float64Array(room);
  }

  addMissing(): void {
    this.values[this.count++] = Number.NaN;
  }

  isEmpty(): boolean {
    return this.values.subarray(0, this.count).every(Number.isNaN);
  }

  add(digits: number, decimals: number): boolean {
    this.values[this.count++] = digits / 10 ** decimals;
    return true;
  }
}

/** Takes the samples of a lead, with as many decimals as were needed until now. */
class LeadColumn {
  readonly samples: Int32Array;
  count = 0;
  decimals = 0;
  private readonly mostDecimals: number;

  constructor(room: number, mostDecimals: number) {
    this.samples = new Int32Array(room);
    this.mostDecimals = mostDecimals;
  }

  addMissing(): void {
    this.samples[this.count++] = MISSING;
  }

  isEmpty(): boolean {
    return this.samples.subarray(0, this.count).every((sample) => sample === MISSING);
  }

  /** Adds the number `digits / 10 ** decimals`; false if the samples do not all fit then. */
  add(digits: number, decimals: number): boolean {
    if (decimals > this.decimals && !this.raise(decimals)) {
      const whole = digits / 10 ** decimals;
      return this.mostDecimals === 0 && Number.isInteger(whole) && this.add(whole, 0);
    }
    const sample = decimals === this.decimals ? digits : digits * POWERS_OF_TEN[this.decimals - decimals];
    if (sample > MAX_SAMPLE || sample < -MAX_SAMPLE) return false;
    this.samples[this.count++] = sample;
    return true;
  }

  /** Gives all samples more decimals, `decimals` in all; false if they do not fit then. */
  raise(decimals: number): boolean {
    if (decimals === this.decimals) return true;
    if (!this.hasRoomFor(decimals)) return false;
    const { samples } = this;
    const factor = POWERS_OF_TEN[decimals - this.decimals];
    for (let i = 0; i < this.count; i++) if (samples[i] !== MISSING) samples[i] *= factor;
    this.decimals = decimals;
    return true;
  }

  /** Whether all samples fit with so many decimals in all. */
  hasRoomFor(decimals: number): boolean {
    if (decimals === this.decimals) return true;
    if (decimals > this.mostDecimals) return false;
    const highest = MAX_SAMPLE / POWERS_OF_TEN[decimals - this.decimals];
    for (let i = 0; i < this.count; i++) {
      if (Math.abs(this.samples[i]) > highest && this.samples[i] !== MISSING) return false;
    }
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
