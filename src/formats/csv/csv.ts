import { findLead } from "../../recording/lead-names.ts";
import { type Annotation, type Lead, MISSING, type Recording } from "../../recording/recording.ts";
import { noteBareDate } from "../bare-date.ts";
import { type Format, FormatError, PREFIX_BYTES, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { readAppleHealth, readAppleHealthHead } from "./apple-health.ts";
import { readBiopacHead } from "./biopac.ts";
import type { Heading } from "./heading.ts";
import { readLabChart } from "./labchart.ts";
import { parseNumber } from "./number-scanner.ts";
import { passPreamble } from "./preamble.ts";
import { isRowOfValues, isValue, readHeadings } from "./read-headings.ts";
import { IGNORED, MAX_TABLE_SAMPLES, type Numbers, readTable, TIME } from "./table.ts";
import { findSeparator, separateByTabs, TextReader } from "./text.ts";
import type { Gap, Pace, TimeColumn } from "./time-column.ts";
import { turnError, turnTable } from "./turned.ts";
import { write, writeParts } from "./writer.ts";

/**
 * Tables of numbers as text, with a column a lead and a row a sample, separated by commas (RFC 4180), semicolons,
 * tabs or blanks; also the ECG that Apple Health exports, and the texts of BIOPAC's AcqKnowledge and
 * ADInstruments' LabChart.
 *
 * The first line may have the names of the leads, with units (`II [mV]`), and the second one units alone; names may
 * also stand in a comment, a line that begins with # or %, above numbers alone. Columns of times are told by their words
 * (`time_s`, `Phone timestamp`, `epoch` ...), and give the sampling rate, lost samples, and the date if they have dates;
 * those that count rows (`sample`, `No.`, `point` or nothing) are passed over. A first column whose name says nothing is
 * told by what its numbers do. Without names the leads are called `lead 1`, `lead 2` ... A table of some rows and very many
 * columns has a row a lead instead, which may begin with its name.
 *
 * Samples are the numbers of a lead without their decimal point, all to as many decimals as any of them has: exactly
 * what the file says, as integers. The gain follows from the decimals and the unit. Numbers with more digits than 32
 * bits hold are integers of the step that they have in common, else they are rounded, and a note says how. Numbers
 * without a unit are ADC units, which have no decimals, unless the sender says their unit.
 */
export const csv = {
  id: "csv",
  mediaTypes: ["text/csv"],
  extensions: [".csv", ".tsv"],
  detect,
  read,
  write,
  writeParts,
} satisfies Format;

/** The most columns of times of which the one that tells the rate best is taken. */
const MAX_TIME_COLUMNS = 8;
/** The most columns that a note names. */
const MAX_NAMED_COLUMNS = 8;
/** The finest step that numbers with too many digits are rounded to, in steps a mV: a pV. */
const MOST_PER_MILLIVOLT = 1e9;

function detect(prefix: Uint8Array): boolean {
  const text = new TextDecoder().decode(new TextReader(prefix).bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that tell bytes from text
  if (/^\uFEFF?\s*[<{[]/.test(text) || /[\x00-\x08\x0e-\x1f]/.test(text)) return false;
  const reader = new TextReader(separateByTabs(prefix));
  try {
    if (readAppleHealthHead(reader)) return true;
    const rows: string[][] = [];
    const { samplingRate } = reader.findLine() ? passPreamble(reader) : {};
    const separator = reader.findLine() ? findSeparator(reader) : 0;
    while (reader.findLine()) {
      const isCutOff = prefix.length >= PREFIX_BYTES && reader.bytes.indexOf(0x0a, reader.position) < 0;
      if (!isCutOff) rows.push(reader.readCells(separator));
      else break;
    }
    if (rows.length < 2) return false;
    const [before, last] = rows.slice(-2);
    if (before.length !== last.length || !last.some((cell) => parseNumber(cell))) return false;
    // Numbers alone, one a line, may be anything, unless a rate is named.
    if (last.length === 1) return (samplingRate !== undefined || !isRowOfValues(rows[0])) && isValue(last[0]);
    return 2 * last.filter(isValue).length > last.length;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const reader = new TextReader(separateByTabs(bytes));
  const turned = turnTable(reader);
  if (!turned) {
    const apple = readAppleHealthHead(reader);
    return apple ? readAppleHealth(reader, apple, options) : readColumns(reader, options, []);
  }
  try {
    const note = `The table is read with a row a lead: it has ${turned.rows}.`;
    return readColumns(new TextReader(turned.bytes), options, [note]);
  } catch (error) {
    throw error instanceof FormatError ? turnError(error, turned) : error;
  }
}

/** @param notes get those on what is read */
function readColumns(reader: TextReader, options: ReadOptions, notes: string[]): Recording {
  if (!reader.findLine()) reader.fail("there is nothing in the file");
  const head = findMakersHead(reader, options, notes) ?? readHead(reader, notes);
  const { rows: body = reader } = head;
  const { times, leads, scales, table } = readBody(head, body, options, notes);
  const rows = table.leads[0].samples.length;
  const { lost } = table;
  if (lost.count > 0 && times.length === 0)
    notes.push(
      `Lines between the samples that are empty or comments are passed over: ${lost.count}, the first is line ${lost.line}.`,
    );

  if (table.isCutOff) notes.push("The last line is cut off, and is not kept.");
  const timing = readTimes(times, table.times, options, head.samplingRate, notes);
  const missing = timing.gaps.reduce((sum, { count }) => sum + count, 0);
  if ((rows + missing) * leads.length > MAX_TABLE_SAMPLES) reader.fail(`${missing} samples are missing, by the times`);
  const places = timing.gaps.length === 1 ? "one place" : `${timing.gaps.length} places`;
  const empty = leads.filter((_, i) => rows > 0 && table.leads[i].samples.every((sample) => sample === MISSING));
  if (empty.length > 0) notes.push(noteEmpty(empty, leads.length));
  if (missing > 0) notes.push(`By the times ${missing} samples of each lead are missing, in ${places}.`);
  return {
    recordedAt: timing.recordedAt ?? head.recordedAt,
    subject: null,
    device: null,
    note: null,
    isOpen: false,
    annotations: head.annotations ?? [],
    leads: table.leads.map(({ samples, perUnit, error }, i): Lead => {
      const { name } = leads[i];
      const { unit, unitsPerMillivolt } = scales[i];
      if (error > 0) notes.push(noteRounding(name, perUnit, error, unit, options));
      const scaled = { name, samplingRate: timing.samplingRate, samples: fillGaps(samples, timing.gaps), baseline: 0 };
      if (unit === null) return { ...scaled, gain: null };
      if (unitsPerMillivolt === null) return { ...scaled, gain: perUnit, unit };
      return { ...scaled, gain: unitsPerMillivolt * perUnit };
    }),
    ...(notes.length > 0 && { notes }),
  };
}

/**
 * Reads the rows. Columns of words are no leads: these are chosen again among the others.
 *
 * @param notes get one on columns of words
 */
function readBody(head: Head, body: TextReader, options: ReadOptions, notes: string[]) {
  const { headings, separator } = head;
  const { times, leads } = chooseColumns(headings, options, body);
  const roles = headings.map((heading) => {
    if (times.includes(heading)) return TIME - times.indexOf(heading);
    return leads.includes(heading) ? leads.indexOf(heading) : IGNORED;
  });
  if (!body.findLine()) body.fail("no numbers follow");
  const scales = leads.map((heading) => findScale(heading, options.units));
  const timeUnits = times.map(({ unitSeconds }) => unitSeconds);
  const table = readTable(body, separator, roles, scales, { resolution: options.resolution, timeUnits });
  if (table.words.size === 0) return { times, leads, scales, table };

  const words = leads.filter((_, i) => table.words.has(i));
  const others = leads.filter((_, i) => !table.words.has(i));
  // A first row of words and numbers has no names.
  const areNamed = others.length > 0 && others.every(({ name }) => parseNumber(name) === undefined);
  if (options.leads || !areNamed) {
    const [[lead, line]] = table.words;
    throw new FormatError(`line ${line}`, `cell ${headings.indexOf(leads[lead]) + 1} is not a number`);
  }
  notes.push(`Columns of words are no leads, and are not kept: ${listNames(words)}.`);
  const known = headings.map((heading) => (words.includes(heading) ? { ...heading, kind: "words" as const } : heading));
  return readBody({ ...head, headings: known }, body, options, notes);
}

/** What stands above the first row; `rows` begins with that if the reader does not. */
type Head = {
  headings: Heading[];
  separator: number;
  samplingRate?: number;
  recordedAt: number | null;
  rows?: TextReader;
  annotations?: Annotation[];
};

function findMakersHead(reader: TextReader, { timeZone }: ReadOptions, notes: string[]): Head | undefined {
  return readBiopacHead(reader, timeZone) ?? readLabChart(reader, timeZone, notes);
}

function readHead(reader: TextReader, notes: string[]): Head {
  const { lines, samplingRate } = passPreamble(reader);
  if (lines > 0) notes.push(`Lines above the table are not kept: ${lines}.`);
  const separator = findSeparator(reader);
  return { headings: readHeadings(reader, separator, notes), separator, samplingRate, recordedAt: null };
}

/** Says that columns have no number, such as those for remarks that nobody made. They may be leads whose electrodes were off. */
function noteEmpty(empty: readonly Heading[], count: number): string {
  const others = empty.length < count ? " leads= keeps the others alone." : "";
  return `Of these leads all samples are missing, as their columns have no number: ${listNames(empty)}.${others}`;
}

function listNames(headings: readonly Heading[]): string {
  const names = headings.slice(0, MAX_NAMED_COLUMNS).map(({ name }) => JSON.stringify(name));
  return names.join(", ") + (headings.length > names.length ? ` and ${headings.length - names.length} more` : "");
}

/** The meaning of a lead's numbers: in a unit, of which so many are 1 mV unless it is no voltage; or ADC units. */
type Scale = Numbers & { unit: string | null; unitsPerMillivolt: number | null };

/** @param units the unit of headings that name none */
function findScale({ unitsPerMillivolt, unit, isAdc }: Heading, units: ReadOptions["units"]): Scale {
  if (unit !== null) return newScale("decimals", unit, unitsPerMillivolt);
  if (units === "mv" && !isAdc) return newScale("alike", "mV", 1);
  if (units === "uv" && !isAdc) return newScale("alike", "uV", 1000);
  return newScale("integers", null, null, isAdc || units === "adc");
}

function newScale(are: Numbers["are"], unit: string | null, unitsPerMillivolt: number | null, isAdc = false): Scale {
  const refusal = isAdc
    ? "is no integer, as ADC units are"
    : "is no integer, and nothing says its unit: say it by units=mv or units=uv, or in the heading, as in II [mV]";
  return { are, refusal, mostPerUnit: MOST_PER_MILLIVOLT / (unitsPerMillivolt ?? 1), unit, unitsPerMillivolt };
}

/** Says that numbers were rounded, to what and by how much. */
function noteRounding(
  name: string,
  perUnit: number,
  error: number,
  unit: string | null,
  { resolution }: ReadOptions,
): string {
  const what = `The numbers of ${name} are rounded to ${resolution ?? 1 / perUnit} ${unit}, by up to ${error.toPrecision(2)}`;
  return resolution === undefined
    ? `${what}: they have more digits than 32 bits hold, and are no multiples of one step. Another is named by resolution.`
    : `${what}.`;
}

/**
 * The times of a table: the rate and the gaps by the one that says them most exactly, the start by any.
 *
 * @param namedRate the rate in Hz that a line above the table names
 */
function readTimes(
  headings: readonly Heading[],
  columns: readonly TimeColumn[],
  options: ReadOptions,
  namedRate: number | undefined,
  notes: string[],
) {
  let best: (Pace & { name: string }) | undefined;
  let failure: unknown;
  for (const [i, times] of columns.entries()) {
    try {
      const pace = times.findPace();
      if (pace && !(best && best.error <= pace.error)) best = { ...pace, name: headings[i].name };
    } catch (error) {
      failure ??= error;
    }
  }
  if (!best && failure) {
    // The sender knows the rate, and may know that the times are those of packets.
    if (options.samplingRate === undefined || !(failure instanceof FormatError)) throw failure;
    notes.push(`The times do not tell the rate, and no gaps: the one that was named is taken. ${failure.message}`);
  }
  // Who says the rate knows it better than a guess.
  const isGuess = best?.guessedUnit !== undefined && options.samplingRate !== undefined;
  if (best?.guessedUnit && !isGuess) {
    const what = `Column ${JSON.stringify(best.name)} names no unit: its times are taken for ${best.guessedUnit}`;
    notes.push(`${what}, which makes ${best.samplingRate} Hz. A heading such as time [s] says another.`);
  }
  if (columns.some(({ hasUnclearDate }) => hasUnclearDate))
    notes.push("No date is taken from the times: whether the day or the month comes first is not clear.");
  // Dates in words are the sender's clock. A sensor's own clock may count from anywhere.
  const places = [...columns.keys()].filter((i) => !/sensor/i.test(headings[i].name));
  const clock = columns.find((times) => times.clock !== undefined)?.clock;
  const whole = places.filter((i) => columns[i].day === undefined);
  const dated = [...whole.filter((i) => columns[i].hasDate), ...whole, ...places];
  const start = dated
    .map((i) => ({ i, instant: columns[i].findStart(options.timeZone, clock) }))
    .find(({ instant }) => instant !== null);
  // Times that begin at 0:00:00 are elapsed ones.
  const day = start && columns[start.i].day;
  if (day !== undefined && !clock) notes.push(noteBareDate(day));
  const samplingRate = isGuess ? options.samplingRate : (best?.samplingRate ?? options.samplingRate);
  if (samplingRate === undefined && namedRate !== undefined)
    notes.push(`The sampling rate of ${namedRate} Hz is taken from a line above the table.`);
  return {
    samplingRate: samplingRate ?? namedRate ?? null,
    gaps: best?.gaps ?? [],
    recordedAt: start?.instant ?? null,
  };
}

/** The samples with missing ones where the gaps are. */
function fillGaps(samples: Int32Array, gaps: readonly Gap[]): Int32Array {
  if (gaps.length === 0) return samples;
  const filled = new Int32Array(gaps.reduce((length, { count }) => length + count, samples.length)).fill(MISSING);
  let from = 0;
  let shift = 0;
  for (const { row, count } of [...gaps, { row: samples.length, count: 0 }]) {
    filled.set(samples.subarray(from, row), from + shift);
    from = row;
    shift += count;
  }
  return filled;
}

/**
 * Chooses the columns of times, and those of the leads. Columns before the first lead are no leads, unless they are
 * asked for by name; nor are columns of times wherever they are.
 */
function chooseColumns(headings: readonly Heading[], { leads: wanted }: ReadOptions, reader: TextReader) {
  const isWanted = ({ name }: Heading) => wanted?.includes(name) ?? false;
  const first = headings.slice(0, -1).findIndex((heading) => heading.kind === "signal" || isWanted(heading));
  const behind = headings.slice(first < 0 ? -1 : first);
  const signals = behind.filter((heading) => !["time", "words"].includes(heading.kind) || isWanted(heading));
  const columns = signals.length > 0 ? signals : behind;
  const leads = wanted
    ? wanted.map((name) => findLead(columns, name) ?? reader.fail(`there is no lead ${name}`))
    : columns;
  if (leads.length > MAX_LEADS) reader.fail(`${leads.length} columns are more than the ${MAX_LEADS} leads of an ECG`);
  const times = headings.filter((heading) => heading.kind === "time" && !leads.includes(heading));
  return { times: times.slice(0, MAX_TIME_COLUMNS), leads: [...new Set(leads)] };
}
