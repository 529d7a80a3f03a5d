import { isVoltage, type Lead, MILLIVOLT } from "../../recording/recording.ts";
import { newNotAcceptable } from "../format.ts";
import { findOtherUnit, findVoltage } from "../unit.ts";
import { FIELD_LENGTH, findSimplest, formatNumberField, type NumberField } from "./number-field.ts";

/** Two points of a scale: the digital minimum and maximum, and the physical values they stand for. */
export type Ends<Physical> = {
  digitalMin: number;
  digitalMax: number;
  physicalMin: Physical;
  physicalMax: Physical;
};

/** A scale in the physical dimension of a signal: ADC units per unit of it, and the ADC units at 0. */
type Scale = { gain: number; baseline: number };

/** The lower end of a written scale that is tried first, in ADC units: 16 bits have the whole of their range. */
const USUAL_LOWEST = -32768;
/** The upper end that is tried first. */
const USUAL_HIGHEST = 32767;
/** How far beyond these ends the larger range of BDF is searched, in ADC units. */
const MAX_SEARCH = 1 << 16;
/** The relative error of a quotient that would be a short decimal, but for the rounding of doubles. */
const ROUNDING = 4e-15;
/** The longest decimal that is taken as exact: a number that fills its field of 8 characters might be a rounded one. */
const SHORT_LENGTH = 7;
/** The largest error of an end relative to the range. Scales that 8 characters tell worse are not carried. */
const MAX_ERROR = 1e-5;
/** The powers of ten by the decimals that a short decimal may have. */
const POWERS_OF_TEN = [1, 10, 100, 1e3, 1e4, 1e5];

/**
 * The unit, the gain (ADC units per unit; null when the dimension says nothing) and the baseline (ADC units at 0). Ends that fit
 * into their fields are taken exactly; where one was rounded to fill its field, gain and baseline are the simplest
 * numbers that it may have been rounded from.
 *
 * @returns undefined if the ends make no scale
 */
export function toScale(
  { digitalMin, digitalMax, physicalMin, physicalMax }: Ends<NumberField>,
  dimension: string,
): Pick<Lead, "gain" | "baseline" | "unit"> | undefined {
  // In whole numbers, so that 1.47 - -1.47 is not 2.9399999999999995.
  const decimals = Math.max(physicalMin.decimals, physicalMax.decimals);
  const low = toDigits(physicalMin, decimals);
  const high = toDigits(physicalMax, decimals);
  const perUnit = ((digitalMax - digitalMin) * 10 ** decimals) / (high - low);
  const exponent = findMillivoltPower(dimension);
  const unit = exponent === undefined ? findOtherUnit(dimension) : undefined;
  const power = decimals + (exponent ?? 0);
  const gain = ((digitalMax - digitalMin) * 10 ** Math.max(0, power)) / ((high - low) * 10 ** Math.max(0, -power));
  const baseline = (digitalMin * high - digitalMax * low) / (high - low);
  if (digitalMin >= digitalMax || !Number.isFinite(gain) || !Number.isFinite(baseline) || gain === 0) return undefined;

  const error = toError(physicalMin) + toError(physicalMax);
  const relativeError = Math.abs((error * 10 ** decimals) / (high - low));
  return {
    gain: exponent === undefined && !unit ? null : findSimplest(gain, Math.abs(gain) * relativeError),
    // A zero without its sign.
    baseline: findSimplest(baseline, Math.abs(perUnit) * error) + 0,
    ...(unit && { unit }),
  };
}

/** Whether an ADC unit is 1 of the physical dimension, as far as the fields tell. */
export function isUnitStep({ digitalMin, digitalMax, physicalMin, physicalMax }: Ends<NumberField>): boolean {
  const range = physicalMax.digits / 10 ** physicalMax.decimals - physicalMin.digits / 10 ** physicalMin.decimals;
  return Math.abs(range - (digitalMax - digitalMin)) <= physicalMin.error + physicalMax.error;
}

/** The power of ten of a physical dimension that makes 1 mV, also of `microvol`, which is cut to its field; undefined for what is no voltage. */
function findMillivoltPower(dimension: string): number | undefined {
  const exponent = findVoltage(dimension.replace(/vol$/i, "volt"));
  return exponent === undefined ? undefined : 0 - exponent;
}

/**
 * The physical dimensions that a lead can be written in.
 *
 * @throws AppError `not-acceptable` for a unit that does not fit into the field
 */
function chooseDimensions({ name, gain, unit = MILLIVOLT }: Omit<Lead, "samples">): string[] {
  if (isVoltage({ unit })) return gain === null ? [""] : ["mV", "uV"];
  if (gain === null) throw newNotAcceptable(`EDF and BDF carry a unit with a gain only, and lead ${name} has none.`);
  if (/^[ -~]{1,8}$/.test(unit) && (findVoltage(unit) !== undefined || findOtherUnit(unit) === unit)) return [unit];
  const detail = `EDF and BDF carry units of up to ${FIELD_LENGTH} characters of ASCII`;
  throw newNotAcceptable(`${detail}: that of lead ${name} is ${JSON.stringify(unit)}.`);
}

/** How far a number may be rounded. One that ends in several zeros was filled up with them rather than rounded. */
function toError({ digits, error }: NumberField): number {
  return digits % 100 === 0 ? 0 : error;
}

function toDigits({ digits, decimals }: NumberField, wanted: number): number {
  return digits * 10 ** (wanted - decimals);
}

/**
 * A scale whose ends are told exactly by fewer characters than a field has. Where there is none, the ends are rounded:
 * six or seven digits of gain and baseline are right then.
 *
 * @param min the lowest sample, at least `lowest`
 * @param max the highest sample, at most `highest`
 * @throws AppError `not-acceptable` where fields of 8 characters are too short for the scale
 */
export function fitScale(
  lead: Omit<Lead, "samples">,
  { min, max, lowest, highest }: { min: number; max: number; lowest: number; highest: number },
): Ends<string> & { dimension: string } {
  const { gain, baseline } = lead;
  let best: (Ends<string> & { dimension: string; error: number }) | undefined;
  for (const dimension of chooseDimensions(lead)) {
    const power = isVoltage(lead) ? (findMillivoltPower(dimension) ?? 0) : 0;
    const scale = { gain: (gain ?? 1) / 10 ** power, baseline };
    const low = findEnd({ inner: Math.min(min, highest - 1), usual: USUAL_LOWEST, outer: lowest }, scale);
    const high = findEnd({ inner: Math.max(max, low.digital + 1), usual: USUAL_HIGHEST, outer: highest }, scale);
    const error = Math.max(low.error, high.error) / (high.digital - low.digital);
    if (error < (best?.error ?? MAX_ERROR)) {
      const { digital: digitalMin, physical: physicalMin } = low;
      const { digital: digitalMax, physical: physicalMax } = high;
      best = { digitalMin, digitalMax, physicalMin, physicalMax, dimension, error };
    }
    if (error === 0) break;
  }
  if (best) return best;
  throw newNotAcceptable(
    `EDF and BDF tell a scale in numbers of 8 characters: ${gain} ADC units per ${lead.unit ?? MILLIVOLT} with the baseline ${baseline} do not fit.`,
  );
}

type Reach = {
  /** The sample that the end must not cut off. */
  inner: number;
  /** The end that is tried first; then those from it to `inner`, then those to `outer`. */
  usual: number;
  outer: number;
};

/**
 * An end of a scale: the first digital value whose physical value is short and exact, else the first whose physical
 * value fills its field (so that readers see that it is rounded), else the first. `error` is how far the end is off, in
 * ADC units.
 */
function findEnd(reach: Reach, { gain, baseline }: Scale): { digital: number; physical: string; error: number } {
  for (const digital of listCandidates(reach)) {
    const physical = findShortText((digital - baseline) / gain);
    if (physical !== undefined) return { digital, physical, error: 0 };
  }
  let first: { digital: number; physical: string; error: number } | undefined;
  for (const digital of listCandidates(reach)) {
    const value = (digital - baseline) / gain;
    const physical = formatNumberField(value);
    if (physical === undefined) break;
    const end = { digital, physical, error: Math.abs((Number(physical) - value) * gain) };
    if (/\.\d*[1-9]0?$/.test(physical)) return end;
    first ??= end;
  }
  return first ?? { digital: reach.inner, physical: "", error: Number.POSITIVE_INFINITY };
}

function* listCandidates({ inner, usual, outer }: Reach): Generator<number> {
  const out = Math.sign(outer);
  const first = out * Math.max(out * inner, out * usual);
  const last = out * Math.min(out * outer, out * first + MAX_SEARCH);
  for (let digital = first; out * digital >= out * inner; digital -= out) yield digital;
  for (let digital = first + out; out * digital <= out * last; digital += out) yield digital;
}

/** The value as a decimal that does not fill its field; undefined if it is none. */
function findShortText(value: number): string | undefined {
  if (!isDecimal(value, 1e5)) return undefined;
  for (const [decimals, power] of POWERS_OF_TEN.entries()) {
    const places = SHORT_LENGTH - (value < 0 ? 1 : 0) - (decimals > 0 ? 1 : 0);
    const digits = Math.round(value * power);
    if (isDecimal(value, power) && decimals < places && Math.abs(digits) < 10 ** places) return String(digits / power);
  }
  return undefined;
}

/** Whether `value * power` is an integer but for the rounding of doubles. */
function isDecimal(value: number, power: number): boolean {
  const digits = Math.round(value * power);
  return Math.abs(digits - value * power) <= Math.abs(digits) * ROUNDING;
}
