/** The length of a number in the header, in characters (EDF specification, table of the header record). */
export const FIELD_LENGTH = 8;

/** The largest exponent that is read, far beyond any scale: powers of ten stay finite. */
const MAX_EXPONENT = 30;
/**
 * How far a number may be rounded, in units of its last digit: a little more than half of one, for the comparison is
 * rounded, too.
 */
const HALF = 0.501;

/** A number as it is written: `digits / 10 ** decimals`. */
export type NumberField = {
  digits: number;
  decimals: number;
  /** How far away the number that was meant may be: about half of the last digit if the field is full, else 0. */
  error: number;
};

/** The number in a field; undefined for what is no number. */
export function parseNumberField(text: string): NumberField | undefined {
  const match = /^([+-]?\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text);
  if (!match || !/^[+-]?\.?\d/.test(text)) return undefined;
  const [, whole, fraction, exponent = "0"] = match;
  if (Math.abs(Number(exponent)) > MAX_EXPONENT) return undefined;
  const decimals = fraction.length - Number(exponent);
  const isCutOff = text.length >= FIELD_LENGTH && fraction !== "";
  return {
    digits: Number(whole + fraction) * 10 ** Math.max(0, -decimals),
    decimals: Math.max(0, decimals),
    error: isCutOff ? HALF * 10 ** -decimals : 0,
  };
}

/**
 * The simplest number within a tolerance of `value`: 0, or the one with the fewest decimals. It is what was meant
 * before it was rounded.
 */
export function findSimplest(value: number, tolerance: number): number {
  if (tolerance === 0) return value;
  if (Math.abs(value) <= tolerance) return 0;
  for (let decimals = 0; decimals <= 15; decimals++) {
    const rounded = Number(value.toFixed(decimals));
    if (Math.abs(rounded - value) <= tolerance) return rounded;
  }
  return value;
}

/**
 * The number with as many decimals as fit: it fills its field, if it has decimals. Undefined if it does not fit at all.
 */
export function formatNumberField(value: number): string | undefined {
  for (let decimals = FIELD_LENGTH - 2; decimals >= 0; decimals--) {
    const text = value.toFixed(decimals);
    // From 1e21 on there is an exponent in it.
    if (text.length <= FIELD_LENGTH && !text.includes("e")) return text;
  }
  return undefined;
}

/** A decimal without needless zeros: `1.50` becomes 1.5, `-0.0` becomes 0. */
export function trimZeros(text: string): string {
  const short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return short === "-0" ? "0" : short;
}
