import { MAX_SAMPLE, MISSING } from "../recording/recording.ts";

/** Samples that stand for numbers: a number is `sample / perUnit`, with an error of up to `error`. */
type Steps = {
  samples: Int32Array;
  perUnit: number;
  /** The largest difference between a number and its sample's; 0 when each sample stands for exactly its number. */
  error: number;
};

/** The relative error of a double that was worked out of an integer and a scale: a few units of its last place. */
const DOUBLE_ERROR = 2 ** -49;
/**
 * The most steps that the step is looked for in. With more, what is left when one number is taken from the other is
 * no more than the errors of the two.
 */
const MOST_STEPS = 2 ** 26;
/** The significant digits of a step or a scale that somebody chose, as in 204.8 or 0.00488. */
const CHOSEN_DIGITS = 12;

/**
 * Numbers with more digits than 32 bits have, as integers: when they are multiples of one step, those; else rounded to
 * the finest power of ten that fits.
 *
 * @param values finite; NaN marks a missing one
 * @param mostPerUnit the most steps that 1 may be divided into
 * @param resolution the step that they are rounded to instead
 * @returns undefined when they do not fit into 32 bits
 */
export function toSteps(values: Float64Array, mostPerUnit: number, resolution?: number): Steps | undefined {
  if (resolution !== undefined) return round(values, stepsPerUnit(resolution), mostPerUnit);
  const perUnit = findStepsPerUnit(values);
  if (perUnit !== undefined) {
    const { samples } = round(values, perUnit, mostPerUnit) ?? {};
    if (samples) return { samples, perUnit, error: 0 };
  }
  const highest = highestOf(values);
  const decimals = Math.min(Math.floor(Math.log10(mostPerUnit)), Math.floor(Math.log10(MAX_SAMPLE / (highest || 1))));
  return decimals < 0 ? undefined : round(values, 10 ** decimals, mostPerUnit);
}

function round(values: Float64Array, perUnit: number, mostPerUnit: number): Steps | undefined {
  if (!(perUnit <= mostPerUnit)) return undefined;
  const samples = new Int32Array(values.length);
  let error = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (Number.isNaN(value)) {
      samples[i] = MISSING;
      continue;
    }
    const sample = Math.round(value * perUnit);
    if (!(Math.abs(sample) <= MAX_SAMPLE)) return undefined;
    samples[i] = sample;
    const off = Math.abs(value - sample / perUnit);
    if (off > Math.abs(value) * DOUBLE_ERROR && off > error) error = off;
  }
  return { samples, perUnit, error };
}

/**
 * How many steps are 1, where all numbers are multiples of one step as exactly as doubles can say it; undefined where
 * they are not. By Euclid's algorithm: numbers are taken from each other until nothing is left of either.
 */
function findStepsPerUnit(values: Float64Array): number | undefined {
  const highest = highestOf(values);
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value !== 0 && Math.abs(value) < least) least = Math.abs(value);
  const nothing = highest / MOST_STEPS;
  if (!(least > nothing) || least === Number.POSITIVE_INFINITY) return undefined;
  let step = least;
  for (const value of values) {
    if (!(Math.abs(value) > 0)) continue;
    let [larger, smaller] = [step, distanceToMultiple(Math.abs(value), step)];
    if (smaller <= nothing) continue;
    while (smaller > nothing) [larger, smaller] = [smaller, distanceToMultiple(larger, smaller)];
    // The least number says most exactly what the step is.
    step = least / Math.round(least / larger);
    if (step < nothing) return undefined;
  }
  const isStep = (perUnit: number) => values.every((value) => Number.isNaN(value) || isMultiple(value, perUnit));
  return [chosen(1 / step), 1 / chosen(step), 1 / step].find(isStep);
}

/** How many steps are 1: a number of few digits if its step is the same. */
function stepsPerUnit(step: number): number {
  const short = chosen(1 / step);
  return 1 / short === step ? short : 1 / step;
}

function isMultiple(value: number, perUnit: number): boolean {
  return Math.abs(value - Math.round(value * perUnit) / perUnit) <= Math.abs(value) * DOUBLE_ERROR;
}

function distanceToMultiple(value: number, step: number): number {
  return Math.abs(value - Math.round(value / step) * step);
}

function highestOf(values: Float64Array): number {
  let highest = 0;
  for (const value of values) if (Math.abs(value) > highest) highest = Math.abs(value);
  return highest;
}

/** A number without what the arithmetic left behind its digits. */
function chosen(value: number): number {
  return Number(value.toPrecision(CHOSEN_DIGITS));
}
