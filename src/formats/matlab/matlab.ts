import { type Lead, MAX_SAMPLE, MIN_SAMPLE, MISSING, type Recording } from "../../recording/recording.ts";
import { type Format, FormatError, type ReadOptions } from "../format.ts";
import { MAX_LEADS } from "../limits.ts";
import { isLevel4, readLevel4 } from "./level-4.ts";
import { isLevel5, readLevel5 } from "./level-5.ts";
import type { Matrix, Variable } from "./variable.ts";

/**
 * MATLAB's files of levels 4 and 5, in which PhysioNet's challenges have their signals: a matrix `val` with a row a
 * lead, or a struct with a matrix `data`. They say neither rate nor scale. With a WFDB header they are its signals, and
 * WFDB's reader reads them. Specification: "MAT-File Format", The MathWorks.
 */
export const matlab = {
  id: "matlab",
  mediaTypes: ["application/x-matlab-data", "application/matlab-mat"],
  extensions: [".mat"],
  mayBelongToOthers: true,
  detect: (prefix) => isLevel5(prefix) || isLevel4(prefix),
  read,
} satisfies Format;

/** The integer of 16 bits that stands for a missing sample in what WFDB's tools write. */
const INT16_MISSING = -32768;
/** The most decimals of numbers that are made integers. */
const MAX_DECIMALS = 9;
/** The most variables that are not kept and named: further ones are counted. */
const MAX_NAMED = 16;

function read(bytes: Uint8Array, options: ReadOptions): Recording {
  const samplingRate = options.samplingRate ?? null;
  const variables = isLevel5(bytes) ? readLevel5(bytes) : readLevel4(bytes);
  const { name, matrix } = chooseSignals(variables);
  const notes: string[] = [];
  const others = variables.map((variable) => variable.name).filter((other) => other !== name);
  if (others.length > 0) notes.push(`Of the file's variables these are not kept: ${listNames(others)}.`);
  const leads = readLeads(matrix, name, notes).map((samples, i): Lead => {
    return { name: `lead ${i + 1}`, samplingRate, gain: null, samples, baseline: 0 };
  });
  notes.push("The file says neither what its leads are nor what scale they have.");
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

/** The variable with the signals: `val`, or the field `data` of a struct. */
function chooseSignals(variables: readonly Variable[]): { name: string; matrix: Matrix } {
  for (const isSignals of [/^val$/, /\.data$/]) {
    for (const { name, matrix } of variables) if (matrix && isSignals.test(name)) return { name, matrix };
  }
  const there = variables.length > 0 ? `: there are ${listNames(variables.map(({ name }) => name))}` : "";
  throw new FormatError("val", `there is no matrix of this name, and no struct with one called data${there}`);
}

function listNames(names: readonly string[]): string {
  const named = names.slice(0, MAX_NAMED).map((name) => JSON.stringify(name));
  return names.length > named.length ? `${named.join(", ")} and ${names.length - named.length} more` : named.join(", ");
}

/** The samples of each lead. A row is a lead, but where there are more rows than leads can be and few columns. */
function readLeads({ rows, columns, valueAt, isInt16 }: Matrix, name: string, notes: string[]): Int32Array[] {
  const isTurned = rows > MAX_LEADS && columns <= MAX_LEADS;
  if (isTurned) notes.push(`The matrix ${JSON.stringify(name)} of ${rows} rows is read with a column a lead.`);
  const [leadCount, sampleCount] = isTurned ? [columns, rows] : [rows, columns];
  if (leadCount < 1 || leadCount > MAX_LEADS)
    throw new FormatError(name, `a matrix of ${rows} rows and ${columns} columns is no ECG of 1 to ${MAX_LEADS} leads`);
  const decimals = findDecimals(valueAt, rows * columns, name);
  if (decimals > 0) {
    const factor = 10 ** decimals;
    notes.push(`The numbers of ${JSON.stringify(name)} are multiplied by ${factor} to be integers: they have no unit.`);
  }
  const [leadStep, sampleStep] = isTurned ? [rows, 1] : [1, rows];
  return Array.from({ length: leadCount }, (_, lead) => {
    const samples = new Int32Array(sampleCount);
    for (let i = 0, at = lead * leadStep; i < sampleCount; i++, at += sampleStep) {
      const value = valueAt(at);
      const isMissing = Number.isNaN(value) || (isInt16 && value === INT16_MISSING);
      samples[i] = isMissing ? MISSING : scale(value, decimals);
    }
    return samples;
  });
}

/**
 * The decimals that the number with the most of them has.
 *
 * @throws FormatError for numbers that have more than MAX_DECIMALS, or that do not fit into 32 bits without their point
 */
function findDecimals(valueAt: Matrix["valueAt"], count: number, name: string): number {
  let decimals = 0;
  let [lowest, highest] = [0, 0];
  for (let i = 0; i < count; i++) {
    const value = valueAt(i);
    if (Number.isNaN(value)) continue;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
    while (decimals <= MAX_DECIMALS && scale(value, decimals) / 10 ** decimals !== value) decimals++;
    if (decimals > MAX_DECIMALS || scale(lowest, decimals) < MIN_SAMPLE || scale(highest, decimals) > MAX_SAMPLE)
      throw new FormatError(name, `the number ${value} is no integer of 32 bits, also not without its decimal point`);
  }
  return decimals;
}

/** A number without its decimal point. */
function scale(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals);
}
