/** Texts that stand for no unit: plain ADC units, arbitrary ones, and what programs write when they know none. */
const NO_UNIT =
  /^(|adu?|adc( units?)?|lsb|bits?|counts?|digits?|raw|units?|unknown|none|n\/?a|nd|a\.?u\.?|arb.*|1|\{.*\}|[-?_.]+)$/i;

/** The unit of a channel that is no voltage, by a text that is none of the names of one; undefined for no unit. */
export function findOtherUnit(text: string | undefined): string | undefined {
  const unit = text?.trim() ?? "";
  return NO_UNIT.test(unit) ? undefined : unit;
}

/** What stands before the volt of a unit of voltage, in lower case, as a power of ten of mV. */
const VOLT_PREFIXES = new Map([
  ["", 3],
  ...["m", "milli"].map((prefix) => [prefix, 0] as const),
  ...["u", "\u00b5", "\u03bc", "micro", "mikro"].map((prefix) => [prefix, -3] as const),
  ...["n", "nano"].map((prefix) => [prefix, -6] as const),
]);

/**
 * A unit of voltage as a power of ten of mV, in any case and as files have it: `uV`, `UV`, `mVolt`, `microvolts`; undefined for
 * all others. MV is mV: no ECG has megavolts.
 */
export function findVoltage(unit: string): number | undefined {
  const [, prefix] = /^(\p{L}*?) ?v(?:olts?)?$/u.exec(unit.trim().toLowerCase()) ?? [];
  return prefix === undefined ? undefined : VOLT_PREFIXES.get(prefix);
}

/** Units by UCUM's code for them, where it is not what everybody writes. */
const BY_UCUM = new Map([
  ["mm[Hg]", "mmHg"],
  ["cm[H2O]", "cmH2O"],
]);
/** Other units that are no voltage and are codes of UCUM as they are written. */
const UCUM_ALIKE = ["%", "/min", "Cel", "L", "L/min", "kPa", "Pa", "s"];

/** The unit that a code of UCUM means. */
export function fromUcum(code: string): string {
  return BY_UCUM.get(code) ?? code;
}

/** The code of UCUM for a unit that is no voltage; undefined when none is known. */
export function findUcum(unit: string): string | undefined {
  const [code] = [...BY_UCUM].find(([, name]) => name === unit) ?? [];
  return code ?? (UCUM_ALIKE.includes(unit) ? unit : undefined);
}
