import { type Decimal, divide, findDecimal, multiply, negate, powerOfTen } from "../decimal.ts";

/**
 * The scale of a channel: in its unit, a sample stands for `sample * sensitivity * correction + baseline` (PS3.3,
 * section C.10.9.1.4.2), each number a decimal string.
 */
export type ChannelScale = { sensitivity: string; correction: string; baseline: string };

/** Of a decimal string (PS3.5, table 6.2-1). */
const MAX_LENGTH = 16;
/** That tell all doubles apart. */
const MAX_DIGITS = 17;
/** Volts are `10 ** exponent` of it. Codes of UCUM, some in its upper case, and the micro sign. */
const VOLT_EXPONENTS = new Map([
  ["V", 0],
  ["mV", -3],
  ["MV", -3],
  ["uV", -6],
  ["UV", -6],
  ["µV", -6],
  ["μV", -6],
  ["nV", -9],
  ["NV", -9],
]);
const WRITTEN_UNIT = "uV";
/** Of corrections that are tried: at worst one in a hundred does. */
const MAX_CORRECTIONS = 5000;

export function isVoltage(unit: string): boolean {
  return VOLT_EXPONENTS.has(unit);
}

/** Whether a text is a number as DICOM writes them. */
export function isDecimalString(text: string): boolean {
  return findDecimal(text) !== undefined;
}

/**
 * ADC units per mV and at 0 mV. The gain is the double nearest to the exact quotient, so that 2.5 uV are 400 a mV; the
 * baseline is the number of the fewest digits that is written as it is.
 *
 * @param unit a voltage
 * @returns undefined when the scale's numbers are none, or 0
 */
export function toGain(scale: ChannelScale, unit: string): { gain: number; baseline: number } | undefined {
  const voltExponent = VOLT_EXPONENTS.get(unit);
  const step = parseStep(scale);
  const offset = findDecimal(scale.baseline);
  if (voltExponent === undefined || !step || !offset) return undefined;
  const baseline = divide(negate(offset), step);
  return { gain: divide(powerOfTen(-3 - voltExponent), step), baseline: simplify(baseline, scale) };
}

/**
 * A scale in uV that is read as this gain and baseline, to the bit. Where 1/gain has no end as a decimal, a correction
 * factor near 1 is looked for with which it is close enough.
 *
 * @returns undefined when there is none
 */
export function findScale(gain: number, baseline: number): ChannelScale | undefined {
  const nominal = 1000 / Math.abs(gain);
  for (const correction of corrections(nominal, Math.sign(gain))) {
    const sensitivity = toDecimalString(nominal / Math.abs(Number(correction))) ?? "";
    const step = parseStep({ sensitivity, correction });
    if (!step || divide(powerOfTen(3), step) !== gain) continue;
    const scale = { sensitivity, correction, baseline: toOffset(baseline, { sensitivity, correction }) ?? "" };
    return toGain(scale, WRITTEN_UNIT)?.baseline === baseline ? scale : undefined;
  }
  return undefined;
}

/** What a sample more is in the unit; undefined when it is nothing. */
function parseStep({ sensitivity, correction }: Omit<ChannelScale, "baseline">): Decimal | undefined {
  const [nominal, factor] = [findDecimal(sensitivity), findDecimal(correction)];
  if (!nominal?.digits || !factor?.digits) return undefined;
  return multiply(nominal, factor);
}

/** What is written for a baseline. */
function toOffset(baseline: number, { sensitivity, correction }: Omit<ChannelScale, "baseline">): string | undefined {
  return toDecimalString(-baseline * (Number(sensitivity) * Number(correction)));
}

/** The baseline before it was cut to the length of a decimal string. */
function simplify(baseline: number, scale: ChannelScale): number {
  for (let digits = 1; digits < MAX_DIGITS; digits++) {
    const simple = Number(baseline.toPrecision(digits));
    if (Number(toOffset(simple, scale)) === Number(scale.baseline)) return simple;
  }
  return baseline;
}

/** A number as a decimal string, to as many digits as it takes or as it holds; undefined for one that does not fit. */
export function toDecimalString(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  for (let digits = MAX_DIGITS; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= MAX_LENGTH) return text;
  }
  return undefined;
}

/** Near 1, since there are programs that leave the correction out; small sensitivities lose digits to zeros with it. */
function* corrections(nominal: number, sign: number): Generator<string> {
  yield String(sign);
  const decade = Math.min(0, Math.floor(Math.log10(nominal)));
  for (const exponent of decade === -1 ? [0, -1] : [decade]) {
    for (let i = 0; i < MAX_CORRECTIONS; i++) yield String(sign * Number(`${(1_000_000 + i) / 1_000_000}e${exponent}`));
  }
}
