/** How long a number of a header may be, in characters (EDF, table of the header record). */
export const FIELD_LENGTH = 8;

/** Far beyond any scale; it keeps powers of ten finite. */
const MAX_EXPONENT = 30;
/** A little more than that, as what is compared with it is rounded as well. */
const HALF = 0.501;

/** A number as it was written: `digits / 10 ** decimals`. */
export type NumberField = {
  digits: number;
  decimals: number;
  /** How far the number that was meant may be away: about half of the last digit if it fills its field, else 0. */
  error: number;
};

/** Undefined for what is no number. */
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

/** Of the numbers within a tolerance of `value`, 0 or the one with the fewest decimals: what was meant before it was rounded. */
export function findSimplest(value: number, tolerance: number): number {
  if (tolerance === 0) return value;
  if (Math.abs(value) <= tolerance) return 0;
  for (let decimals = 0; decimals <= 15; decimals++) {
    const rounded = Number(value.toFixed(decimals));
    if (Math.abs(rounded - value) <= tolerance) return rounded;
  }
  return value;
}

/** As precise as a field is long: it fills it, if it has decimals. Undefined if it does not fit at all. */
export function formatNumberField(value: number): string | undefined {
  for (let decimals = FIELD_LENGTH - 2; decimals >= 0; decimals--) {
    const text = value.toFixed(decimals);
    if (text.length <= FIELD_LENGTH) return text;
  }
  return undefined;
}

/** `1.50` is 1.5, `-0.0` is 0. */
export function trimZeros(text: string): string {
  const short = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
  return short === "-0" ? "0" : short;
}
