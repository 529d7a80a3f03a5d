import type { Lead } from "../recording/recording.ts";
import { type Decimal, divide, divideTo, findQuotient, multiply, negate, powerOfTen, toDecimal } from "./decimal.ts";
import { findVoltage } from "./unit.ts";

/** UCUM's code for megavolts, which other formats have for mV. */
const MEGAVOLT = "MV";
/** Units of time, as powers of ten of seconds: UCUM's codes, and other spellings seen in files. */
const SECOND_EXPONENTS: Record<string, number> = { s: 0, ms: -3, us: -6, "\u00b5s": -6, "\u03bcs": -6, ns: -9 };

/** Words for units of time, in lower case and without an `s` at the end. */
const SECOND_WORDS = new Map([
  ["second", 0],
  ["sec", 0],
  ["millisecond", -3],
  ["msec", -3],
  ["microsecond", -6],
  ["usec", -6],
  ["nanosecond", -9],
  ["nsec", -9],
]);

/** An interval with fewer significant digits than these is taken as it stands, not as a rounded one. */
const MIN_ROUNDED_DIGITS = 4;
/** One with more is not taken for one that was cut off: doubles tell no more. */
const MAX_CUT_DIGITS = 14;

/** A unit of voltage as a power of ten of mV; undefined for a unit of anything else. */
export function findVoltageExponent(unit: string | undefined): number | undefined {
  return unit === undefined || unit === MEGAVOLT ? undefined : findVoltage(unit);
}

/** A unit of time as a power of ten of seconds; undefined for a unit of anything else. */
export function findTimeExponent(unit: string | undefined): number | undefined {
  if (unit === undefined) return undefined;
  return Object.hasOwn(SECOND_EXPONENTS, unit)
    ? SECOND_EXPONENTS[unit]
    : SECOND_WORDS.get(unit.trim().toLowerCase().replace(/s$/, ""));
}

/**
 * The sampling rate (Hz) for an interval between samples. An interval that is rounded from a whole number of hertz, or cut
 * off, gives that number: 2.7778 and 2.7777 ms are 360 Hz.
 *
 * @param interval more than 0
 * @param exponent of its unit, as a power of ten of seconds
 */
export function toSamplingRate(interval: Decimal, exponent: number): number {
  const second = powerOfTen(-exponent);
  const rate = divide(second, interval);
  const count = String(interval.digits).length;
  if (count < MIN_ROUNDED_DIGITS || rate < 1) return rate;
  const whole = Math.round(rate);
  const rounded = divideTo(count, second, toDecimal(whole));
  const isRounded = rounded.digits === interval.digits && rounded.exponent === interval.exponent;
  const lacking = divide(second, toDecimal(whole)) - divide(interval, powerOfTen(0));
  const isCut = count <= MAX_CUT_DIGITS && lacking > 0 && lacking < 10 ** interval.exponent;
  return isRounded || isCut ? whole : rate;
}

/**
 * The interval between samples that reads back as the same sampling rate (Hz); undefined when there is none.
 *
 * @param exponent of its unit, as a power of ten of seconds
 */
export function findInterval(samplingRate: number, exponent: number): Decimal | undefined {
  const second = powerOfTen(-exponent);
  return findQuotient(
    second,
    toDecimal(samplingRate),
    (interval) => divide(second, interval) === samplingRate && toSamplingRate(interval, exponent) === samplingRate,
  );
}

/** The scale of samples as HL7 and FHIR define it: a sample `s` stands for `origin + scale * s`. */
type LinearScale = { origin: Decimal; scale: Decimal };

/**
 * The gain and baseline of a linear scale.
 *
 * @param exponents the units of origin and scale, as powers of ten of mV; undefined when one is not known: then there
 * is no gain
 */
export function toGain(
  { origin, scale }: LinearScale,
  exponents: { origin: number; scale: number } | undefined,
): Pick<Lead, "gain" | "baseline"> {
  if (exponents === undefined) return { gain: null, baseline: divide(negate(origin), scale) };
  const originMv = multiply(origin, powerOfTen(exponents.origin));
  const scaleMv = multiply(scale, powerOfTen(exponents.scale));
  return { gain: divide(powerOfTen(0), scaleMv), baseline: divide(negate(originMv), scaleMv) };
}

/**
 * The linear scale that reads back as the same gain and baseline; undefined when there is none.
 *
 * @param exponent of the unit of both its numbers, as a power of ten of mV
 */
export function findLinearScale(gain: number, baseline: number, exponent: number): LinearScale | undefined {
  const unit = powerOfTen(-exponent);
  const scale = findQuotient(unit, toDecimal(gain), (scale) => divide(unit, scale) === gain);
  if (!scale) return undefined;
  const offset = multiply(negate(toDecimal(baseline)), scale);
  const origin = findQuotient(offset, powerOfTen(0), (origin) => divide(negate(origin), scale) === baseline);
  return origin && { origin, scale };
}
