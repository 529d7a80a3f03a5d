import { type Decimal, divide, findDecimal, multiply, negate, powerOfTen } from "../decimal.ts";
import { findVoltage, fromUcum } from "../unit.ts";

/**
 * The scale of a channel. A sample stands for `sample * sensitivity * correction + baseline` in the channel's unit
 * (PS3.3, section C.10.9.1.4.2). The numbers are decimal strings.
 */
export type ChannelScale = { sensitivity: string; correction: string; baseline: string };

/** The longest decimal string (PS3.5, table 6.2-1). */
const MAX_LENGTH = 16;
/** The digits that tell any two doubles apart. */
const MAX_DIGITS = 17;
/** The decimals of a voltage that is written in uV, while leads have mV. */
const MICRO_DECIMALS = 3;
/** The most corrections that are tried: at worst one in a hundred will do. */
const MAX_CORRECTIONS = 5000;

/** Whether a text is a number as DICOM writes them. */
export function isDecimalString(text: string): boolean {
  return findDecimal(text) !== undefined;
}

/** The unit of a lead by the code of a channel's; undefined for a voltage. */
export function findUnit(code: string): string | undefined {
  return findVoltage(code) === undefined ? fromUcum(code) : undefined;
}

/**
 * The gain (ADC units per mV, or per the unit if it is no voltage) and the baseline (ADC units at 0) of a channel. The gain is the double nearest to the
 * exact quotient, so that 2.5 uV make 400; the baseline is the number of the fewest digits that is written as it stands
 * in the file.
 *
 * @returns undefined when a number of the scale is none, or its step is 0
 */
export function fromChannelScale(scale: ChannelScale, unit: string): { gain: number; baseline: number } | undefined {
  const exponent = findVoltage(unit) ?? 0;
  const step = parseStep(scale);
  const offset = findDecimal(scale.baseline);
  if (!step || !offset) return undefined;
  const baseline = divide(negate(offset), step);
  return { gain: divide(powerOfTen(-exponent), step), baseline: simplify(baseline, scale) };
}

/**
 * The scale that reads back as the same gain and baseline: in uV, or in the unit of a lead that is no voltage. Where the decimal of 1/gain does not end, a correction
 * factor near 1 is looked for that makes it exact.
 *
 * @returns undefined when there is none
 */
export function findChannelScale(gain: number, baseline: number, isOther = false): ChannelScale | undefined {
  const decimals = isOther ? 0 : MICRO_DECIMALS;
  const nominal = 10 ** decimals / Math.abs(gain);
  for (const correction of corrections(nominal, Math.sign(gain))) {
    const sensitivity = toDecimalString(nominal / Math.abs(Number(correction))) ?? "";
    const step = parseStep({ sensitivity, correction });
    if (!step || divide(powerOfTen(decimals), step) !== gain) continue;
    const scale = { sensitivity, correction, baseline: toOffset(baseline, { sensitivity, correction }) ?? "" };
    const offset = findDecimal(scale.baseline);
    return offset && simplify(divide(negate(offset), step), scale) === baseline ? scale : undefined;
  }
  return undefined;
}

/** The step of an ADC unit, in the channel's unit; undefined when it is no number or 0. */
function parseStep({ sensitivity, correction }: Omit<ChannelScale, "baseline">): Decimal | undefined {
  const [nominal, factor] = [findDecimal(sensitivity), findDecimal(correction)];
  if (!nominal?.digits || !factor?.digits) return undefined;
  return multiply(nominal, factor);
}

/** The offset that is written for a baseline. */
function toOffset(baseline: number, { sensitivity, correction }: Omit<ChannelScale, "baseline">): string | undefined {
  return toDecimalString(-baseline * (Number(sensitivity) * Number(correction)));
}

/** The simplest baseline that is written as this scale has it: its decimal string may have cut off digits. */
function simplify(baseline: number, scale: ChannelScale): number {
  for (let digits = 1; digits < MAX_DIGITS; digits++) {
    const simple = Number(baseline.toPrecision(digits));
    if (Number(toOffset(simple, scale)) === Number(scale.baseline)) return simple;
  }
  return baseline;
}

/** A number as a decimal string, rounded to the digits that it has room for; undefined for one that does not fit. */
export function toDecimalString(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  for (let digits = MAX_DIGITS; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= MAX_LENGTH) return text;
  }
  return undefined;
}

/**
 * Yields corrections to try. They are near 1, for some programs ignore the correction, except for small sensitivities,
 * which lose digits to zeros.
 */
function* corrections(nominal: number, sign: number): Generator<string> {
  yield String(sign);
  const decade = Math.min(0, Math.floor(Math.log10(nominal)));
  for (const exponent of decade === -1 ? [0, -1] : [decade]) {
    for (let i = 0; i < MAX_CORRECTIONS; i++) yield String(sign * Number(`${(1_000_000 + i) / 1_000_000}e${exponent}`));
  }
}
