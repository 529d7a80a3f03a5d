import { type Lead, MILLIVOLT, MISSING, type Recording } from "../../recording/recording.ts";
import { newNotAcceptable, type WriteOptions } from "../format.ts";
import { joinBytes } from "../join-bytes.ts";
import { guardHeading, parseHeading } from "./heading.ts";
import { parseNumber } from "./number-scanner.ts";
import { namesRate } from "./preamble.ts";
import { COMMA, isMissing, LF, QUOTE } from "./text.ts";
import { findLikelyRate, parseTimeText } from "./times.ts";

const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const MAX_INT32 = 0x7fffffff;
/** The room for a part of the file, in bytes. */
const PART_BYTES = 256 * 1024;
/** The fewest decimals of a time. */
const MIN_TIME_DECIMALS = 3;
/** The fewest decimals of times that are no whole number of their last decimal. */
const USUAL_TIME_DECIMALS = 6;
/** The most decimals of a time. */
const MAX_TIME_DECIMALS = 13;

/** Writes all at once what `writeParts` does in parts. */
export function write(recording: Recording, options: Pick<WriteOptions, "units">): Uint8Array<ArrayBuffer> {
  return joinBytes([...writeParts(recording, options)]);
}

/**
 * Writes a line of headings and a row for each sample: its time in seconds from the first one, if the rate is known,
 * and the ADC units (`II`) or millivolts (`II [mV]`) of each lead; of one that is no voltage its unit (`ABP [mmHg]`). A missing sample is an empty cell. The separator is
 * a comma, the decimal sign a point, the line end LF.
 *
 * @throws AppError `not-acceptable`
 */
export function writeParts(
  { leads }: Recording,
  { units }: Pick<WriteOptions, "units">,
): Generator<Uint8Array<ArrayBuffer>> {
  if (leads.length === 0) throw newNotAcceptable("CSV needs a lead.");
  const [{ samplingRate, samples }] = leads;
  if (leads.some((lead) => lead.samplingRate !== samplingRate)) {
    throw newNotAcceptable("CSV has one time column: it cannot carry leads of different sampling rates.");
  }
  if (leads.some((lead) => lead.samples.length !== samples.length)) {
    throw newNotAcceptable("CSV has all leads in each row: it cannot carry leads of different lengths.");
  }
  const hasTime = samplingRate !== null;
  const isAlone = leads.length === 1 && !hasTime;
  const timeDecimals = hasTime ? findTimeDecimals(samplingRate, samples.length) : 0;
  const ticksPerSample = hasTime ? 10 ** timeDecimals / samplingRate : 0;
  const columns = leads.map((lead) => newColumn(lead, units));

  const headings = columns.map(({ heading }) => quote(heading));
  const head = new TextEncoder().encode(
    `${[...(hasTime ? ["time"] : []), ...headings].join(",")}\n`,
  ) as Uint8Array<ArrayBuffer>;
  const timeRoom = roomFor(ticksPerSample * samples.length, timeDecimals);
  const rowRoom = columns.reduce((sum, { room }) => sum + room, hasTime ? timeRoom : 1);
  const rowsAPart = Math.max(1, Math.floor(PART_BYTES / rowRoom));

  function writeRows(from: number, to: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(rowRoom * (to - from));
    let at = 0;
    for (let row = from; row < to; row++) {
      if (hasTime) {
        at = writeDecimal(bytes, at, Math.round(row * ticksPerSample), timeDecimals);
        bytes[at++] = COMMA;
      }
      for (const { samples, baseline, factor, decimals } of columns) {
        const sample = samples[row];
        if (sample !== MISSING) {
          at = writeDecimal(bytes, at, Math.round((sample - baseline) * factor), decimals);
        } else if (isAlone) {
          // An empty line would be no row.
          bytes[at++] = QUOTE;
          bytes[at++] = QUOTE;
        }
        bytes[at++] = COMMA;
      }
      bytes[at - 1] = LF;
    }
    return bytes.subarray(0, at);
  }

  function* writeAll() {
    yield head;
    for (let row = 0; row < samples.length; row += rowsAPart) {
      yield writeRows(row, Math.min(row + rowsAPart, samples.length));
    }
  }

  return writeAll();
}

/**
 * A column: what is written of a sample is `(sample - baseline) * factor`, with a point before the last `decimals`
 * digits.
 */
type Column = {
  heading: string;
  samples: Int32Array;
  baseline: number;
  factor: number;
  decimals: number;
  /** The most bytes of a cell and the separator behind it. */
  room: number;
};

function newColumn(lead: Lead, units: WriteOptions["units"]): Column {
  const { name, samples, baseline } = lead;
  const highest = samples.reduce((most, sample) => (sample === MISSING ? most : Math.max(most, Math.abs(sample))), 0);
  if (units === "adc") {
    return { heading: newHeading(name), samples, baseline: 0, factor: 1, decimals: 0, room: roomFor(highest, 0) };
  }
  const decimals = findMillivoltDecimals(lead);
  const factor = 10 ** decimals / requireGain(lead);
  const most = (highest + Math.abs(baseline)) * Math.abs(factor);
  if (!(most <= Number.MAX_SAFE_INTEGER)) {
    throw newNotAcceptable(`The values of lead ${name} have more digits than CSV is written with.`);
  }
  return {
    heading: guardHeading(`${name} [${lead.unit ?? MILLIVOLT}]`),
    samples,
    baseline,
    factor,
    decimals,
    room: roomFor(most, decimals),
  };
}

/**
 * The decimals of a lead's millivolts: all that any ADC unit needs, if these are few; else those of a hundredth of an
 * ADC unit.
 */
function findMillivoltDecimals(lead: Lead): number {
  const gain = requireGain(lead);
  const enough = Math.max(0, Math.ceil(Math.log10(Math.abs(gain)))) + 2;
  for (let decimals = 0; decimals < enough; decimals++) {
    const factor = 10 ** decimals / gain;
    if (Number.isInteger(factor) && Number.isInteger(lead.baseline * factor)) return decimals;
  }
  return enough;
}

function requireGain({ name, gain }: Lead): number {
  if (gain !== null) return gain;
  throw newNotAcceptable(`Lead ${name} has no gain: it can be written in ADC units, but not in mV.`);
}

/** The fewest decimals of times from which the same sampling rate is found, at least six where times have no end. */
function findTimeDecimals(samplingRate: number, count: number): number {
  for (let decimals = MIN_TIME_DECIMALS; decimals < MAX_TIME_DECIMALS; decimals++) {
    const ticks = 10 ** decimals;
    if (decimals < USUAL_TIME_DECIMALS && !Number.isInteger(ticks / samplingRate)) continue;
    const duration = Math.round((count - 1) * (ticks / samplingRate)) / ticks;
    const isTold = count < 2 || findLikelyRate(duration, count - 1, 1 / ticks) === samplingRate;
    if (isTold || !Number.isSafeInteger(Math.round(10 * ticks * duration))) return decimals;
  }
  return MAX_TIME_DECIMALS;
}

/**
 * The heading of a lead: its name, marked as ADC units where it would be read as a number, a unit or the column of
 * times.
 */
function newHeading(name: string): string {
  const guarded = guardHeading(name);
  const read = parseHeading(guarded);
  const isPlain = read.kind === "signal" && read.name === name && read.unit === null;
  const isValue = isMissing(name) || parseNumber(name) !== undefined || parseTimeText(name) !== undefined;
  return isPlain && !isValue && !namesRate(name) ? guarded : `${guarded} [adu]`;
}

/** Quotes a heading by RFC 4180, and also where readers would take it for something other than a name. */
function quote(heading: string): string {
  return /[",;\t\r\n']|^[#%<{[\s]|\s$/.test(heading) ? `"${heading.replaceAll('"', '""')}"` : heading;
}

/**
 * The most bytes of a number of up to `most` units of its last decimal: digits, sign, point, zero, and what comes
 * behind it.
 */
function roomFor(most: number, decimals: number): number {
  return Math.max(2, Math.ceil(Math.log10(most + 1)), decimals + 1) + 4;
}

/** Writes the number `value / 10 ** decimals`; gives the position behind it. */
function writeDecimal(bytes: Uint8Array, start: number, value: number, decimals: number): number {
  let at = start;
  if (value < 0) bytes[at++] = MINUS;
  let rest = Math.abs(value);
  let count = decimals + 1;
  for (let limit = 10 ** count; limit <= rest; limit *= 10) count++;
  const end = decimals > 0 ? at + count + 1 : at + count;
  let position = end;
  for (let digit = 0; digit < count; digit++) {
    if (digit === decimals && decimals > 0) bytes[--position] = DOT;
    const tenth = rest <= MAX_INT32 ? (rest / 10) | 0 : Math.floor(rest / 10);
    bytes[--position] = ZERO + rest - 10 * tenth;
    rest = tenth;
  }
  return end;
}
