import { type Lead, MAX_SAMPLE, MISSING, type Recording } from "../../recording/recording.ts";
import { type Format, FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS, MAX_SAMPLING_RATE_HZ, MIN_SAMPLING_RATE_HZ } from "../limits.ts";
import { toSteps } from "../steps.ts";
import { isLevel4, readLevel4 } from "./level-4.ts";
import { isLevel5, readLevel5 } from "./level-5.ts";
import type { Matrix, Variable } from "./variable.ts";

/**
 * MATLAB's files of levels 4 and 5, in which PhysioNet's challenges have their signals: a matrix `val` with a row a
 * lead, or a struct with a matrix `data`. They say no scale, and no rate but by a variable of such a name. With a WFDB
 * header they are its signals, and WFDB's reader reads them. Specification: "MAT-File Format", The MathWorks.
 */
export const matlab = {
  id: "matlab",
  mediaTypes: ["application/x-matlab-data", "application/matlab-mat"],
  extensions: [".mat"],
  mayBelongToOthers: true,
  detect: (prefix) => isLevel5(prefix) || isLevel4(prefix),
  read,
} satisfies Format;

/** The name of the matrix with the signals. */
const SIGNALS_NAME = "val";
/** What programs call a variable with the sampling rate in Hz, in lower case and without `_`. */
const SAMPLING_RATE_NAMES = new Set([
  ...["fs", "fsample", "sfreq", "srate"],
  ...["samplerate", "samplefrequency", "samplingrate", "samplingfreq", "samplingfrequency"],
]);
/** The integer of 16 bits that stands for a missing sample in what WFDB's tools write. */
const INT16_MISSING = -32768;
/** The most decimals of numbers that are integers without their point. */
const MAX_DECIMALS = 9;
/** The finest step that numbers with more digits are rounded to, in steps a mV: a pV. */
const MOST_PER_MILLIVOLT = 1e9;
/** The fewest numbers of a matrix that has signals, whatever it is called: those of a second of one lead at 100 Hz. */
const MIN_SIGNAL_NUMBERS = 100;
/** The most variables that are not kept and named: further ones are counted. */
const MAX_NAMED = 16;

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const variables = isLevel5(bytes) ? readLevel5(bytes) : readLevel4(bytes);
  const notes: string[] = [];
  const { name, matrix } = chooseSignals(variables, notes);
  const rate = options.samplingRate === undefined ? findSamplingRate(variables) : undefined;
  const samplingRate = options.samplingRate ?? rate?.hertz ?? null;
  const others = variables.map((variable) => variable.name).filter((other) => other !== name && other !== rate?.name);
  if (others.length > 0) notes.push(`Of the file's variables these are not kept: ${listNames(others)}.`);
  const { signals, gain } = readSignals(matrix, name, options, notes);
  const leads = signals.map((samples, i): Lead => {
    return { name: `lead ${i + 1}`, samplingRate, gain, samples, baseline: 0 };
  });
  notes.push(`The file does not say what its leads are${gain === null ? ", nor what scale they have" : ""}.`);
  if (rate)
    notes.push(`The sampling rate of ${rate.hertz} Hz is taken from the variable ${JSON.stringify(rate.name)}.`);
  if (samplingRate === null) notes.push("The file does not say its sampling rate: send it as sampling_rate.");
  return {
    recordedAt: null,
    subject: null,
    device: null,
    note: null,
    isOpen: false,
    annotations: [],
    leads,
    notes,
  };
}

/**
 * The variable with the signals: `val`, or the field `data` of a struct; else the only matrix that is so large, with a note.
 */
function chooseSignals(variables: readonly Variable[], notes: string[]): { name: string; matrix: Matrix } {
  for (const isSignals of [(name: string) => name === SIGNALS_NAME, (name: string) => name.endsWith(".data")]) {
    for (const { name, matrix } of variables) if (matrix && isSignals(name)) return { name, matrix };
  }
  const large = variables.flatMap(({ name, matrix }) =>
    matrix && matrix.rows * matrix.columns >= MIN_SIGNAL_NUMBERS ? [{ name, matrix }] : [],
  );
  if (large.length === 1) {
    notes.push(`No variable is called val: ${listNames([large[0].name])} is taken for the signals.`);
    return large[0];
  }
  if (variables.some(({ name }) => name === SIGNALS_NAME))
    throw new FormatError(SIGNALS_NAME, "is no matrix of real numbers with two dimensions");
  const there = variables.length > 0 ? `: there are ${listNames(variables.map(({ name }) => name))}` : "";
  throw new FormatError(SIGNALS_NAME, `there is no matrix of this name, and no struct with one called data${there}`);
}

/** The sampling rate that a variable of a usual name says, or a field of a struct; undefined where none does. */
function findSamplingRate(variables: readonly Variable[]): { name: string; hertz: number } | undefined {
  for (const { name, matrix } of variables) {
    const words = name.replace(/^.*\./, "").replaceAll("_", "").toLowerCase();
    if (!SAMPLING_RATE_NAMES.has(words) || matrix?.rows !== 1 || matrix.columns !== 1) continue;
    const hertz = matrix.valueAt(0);
    if (hertz >= MIN_SAMPLING_RATE_HZ && hertz <= MAX_SAMPLING_RATE_HZ) return { name, hertz };
  }
  return undefined;
}

function listNames(names: readonly string[]): string {
  const named = names.slice(0, MAX_NAMED).map((name) => JSON.stringify(name));
  return names.length > named.length ? `${named.join(", ")} and ${names.length - named.length} more` : named.join(", ");
}

/** The samples of each lead, and their gain. A row is a lead, but where there are more than leads can be and few columns. */
function readSignals(
  { rows, columns, valueAt, isInt16 }: Matrix,
  name: string,
  options: ReadOptions,
  notes: string[],
): { signals: Int32Array[]; gain: number | null } {
  const isTurned = rows > MAX_LEADS && columns <= MAX_LEADS;
  if (isTurned) notes.push(`The matrix ${JSON.stringify(name)} of ${rows} rows is read with a column a lead.`);
  const [leadCount, sampleCount] = isTurned ? [columns, rows] : [rows, columns];
  if (leadCount < 1 || leadCount > MAX_LEADS)
    throw new FormatError(name, `a matrix of ${rows} rows and ${columns} columns is no ECG of 1 to ${MAX_LEADS} leads`);
  const { sampleAt, gain } = findScale(valueAt, rows * columns, name, options, notes);
  const [leadStep, sampleStep] = isTurned ? [rows, 1] : [1, rows];
  const signals = Array.from({ length: leadCount }, (_, lead) => {
    const samples = new Int32Array(sampleCount);
    for (let i = 0, at = lead * leadStep; i < sampleCount; i++, at += sampleStep) {
      const sample = sampleAt(at);
      samples[i] = isInt16 && sample === INT16_MISSING ? MISSING : sample;
    }
    return samples;
  });
  return { signals, gain };
}

/**
 * The sample for the number at each place, by one scale for all of them. Numbers of a unit that the caller names may have
 * decimals: they are samples without their point, or multiples of their common step, or are rounded with a note.
 *
 * @throws FormatError for numbers without a unit that are no integers, and for those that do not fit into 32 bits
 */
function findScale(
  valueAt: Matrix["valueAt"],
  count: number,
  name: string,
  { units, resolution }: ReadOptions,
  notes: string[],
): { sampleAt: (index: number) => number; gain: number | null } {
  const perMillivolt = units === "mv" ? 1 : units === "uv" ? 1000 : null;
  const decimals = findDecimals(valueAt, count, name, perMillivolt === null ? 0 : MAX_DECIMALS);
  if (decimals !== undefined) {
    const sampleAt = (index: number) => {
      const value = valueAt(index);
      return Number.isNaN(value) ? MISSING : withoutPoint(value, decimals);
    };
    return { sampleAt, gain: perMillivolt && perMillivolt * 10 ** decimals };
  }
  if (perMillivolt === null) {
    const hint = units === "adc" ? "as ADC units are" : "and nothing says its unit: say it by units=mv or units=uv";
    throw new FormatError(name, `not every number is an integer of 32 bits, ${hint}`);
  }
  const values = Float64Array.from({ length: count }, (_, i) => valueAt(i));
  const steps = toSteps(values, MOST_PER_MILLIVOLT / perMillivolt, resolution);
  if (!steps) throw new FormatError(name, "not all numbers fit into 32 bits: name a coarser resolution");
  const { samples, perUnit, error } = steps;
  if (error > 0) {
    const unit = units === "mv" ? "mV" : "uV";
    const step = `${resolution ?? 1 / perUnit} ${unit}, by up to ${error.toPrecision(2)}`;
    notes.push(`The numbers of ${JSON.stringify(name)} are rounded to ${step}: they are no multiples of one step.`);
  }
  return { sampleAt: (index) => samples[index], gain: perMillivolt * perUnit };
}

/**
 * The decimals that the number with the most of them has; undefined when it has more than `most`, or when not all numbers
 * fit into 32 bits without their point.
 *
 * @throws FormatError for a number that is infinite
 */
function findDecimals(valueAt: Matrix["valueAt"], count: number, name: string, most: number): number | undefined {
  let decimals = 0;
  let highest = 0;
  for (let i = 0; i < count; i++) {
    const value = valueAt(i);
    if (Number.isNaN(value)) continue;
    if (!Number.isFinite(value)) throw new FormatError(name, `the number ${value} is none of an ECG`);
    highest = Math.max(highest, Math.abs(value));
    while (decimals <= most && withoutPoint(value, decimals) / 10 ** decimals !== value) decimals++;
    if (decimals > most) decimals = Number.POSITIVE_INFINITY;
  }
  return withoutPoint(highest, decimals) <= MAX_SAMPLE ? decimals : undefined;
}

function withoutPoint(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals);
}
