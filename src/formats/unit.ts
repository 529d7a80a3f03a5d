/** Texts that stand for no unit: plain ADC units, arbitrary ones, and what programs write when they know none. */
const NO_UNIT =
  /^(|adu?|adc( units?)?|lsb|bits?|counts?|digits?|raw|units?|unknown|none|n\/?a|nd|a\.?u\.?|arb.*|1|\{.*\}|[-?_.]+)$/i;

/** The unit of a channel that is no voltage, by a text that is none of the names of one; undefined for no unit. */
export function findOtherUnit(text: string | undefined): string | undefined {
  const unit = text?.trim() ?? "";
  return NO_UNIT.test(unit) ? undefined : unit;
}

/** Words for units of voltage, in lower case and without an `s` at the end, as powers of ten of mV. */
const VOLTAGE_WORDS = new Map([
  ["volt", 3],
  ["millivolt", 0],
  ["microvolt", -3],
  ["nanovolt", -6],
]);

/** A unit of voltage that is a word, in any case, as a power of ten of mV; undefined for all others. */
export function findVoltageWord(unit: string): number | undefined {
  return VOLTAGE_WORDS.get(unit.trim().toLowerCase().replace(/s$/, ""));
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
