/** A decimal number exactly as it is written: `digits * 10 ** exponent`. */
export type Decimal = { digits: bigint; exponent: number };

const PATTERN = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/;
/** Longer numbers are refused, so that a file cannot ask for arithmetic on endless ones. */
const MAX_DIGITS = 40;
/** The largest exponent, of either sign, that is read. No physical value comes near it. */
const MAX_EXPONENT = 100;
/** Significant digits of a double that is made a decimal: four more than tell any two doubles apart. */
const VALUE_DIGITS = 21;
/** The most digits of a quotient that are tried: seventeen tell any two doubles apart, and one is to spare. */
const ENOUGH_DIGITS = 18;
/**
 * Decimal places of a quotient before it is rounded to a double: more than enough also where the dividend is a product
 * of two numbers of MAX_DIGITS.
 */
const QUOTIENT_PLACES = 3 * MAX_DIGITS;

/** The number in a text that is written as in JSON, `xs:decimal` or `xs:double`; undefined for any other text. */
export function findDecimal(text: string): Decimal | undefined {
  const match = PATTERN.exec(text.trim());
  if (!match) return undefined;
  const [, sign, whole, fraction, power = "0"] = match;
  const digits = whole + fraction;
  const exponent = Number(power) - fraction.length;
  if (digits === "" || digits.length > MAX_DIGITS || Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return { digits: BigInt(sign + digits), exponent };
}

/**
 * The decimal of a double.
 *
 * @param value finite
 */
export function toDecimal(value: number): Decimal {
  const [digits, power = "0"] = value.toExponential(VALUE_DIGITS - 1).split("e");
  return { digits: BigInt(digits.replace(".", "")), exponent: Number(power) - (VALUE_DIGITS - 1) };
}

/** A decimal as text, without an exponent: every reader of decimals takes that. */
export function formatDecimal({ digits, exponent }: Decimal): string {
  const sign = digits < 0n ? "-" : "";
  const text = String(digits < 0n ? -digits : digits);
  if (exponent >= 0) return sign + text + (digits === 0n ? "" : "0".repeat(exponent));
  const padded = text.padStart(1 - exponent, "0");
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

/** The double that is nearest to `a / b`. */
export function divide(a: Decimal, b: Decimal): number {
  const { quotient, isExact, exponent } = toQuotient(a, b);
  // One more digit for all that are left out: it is no tie then between two doubles.
  return Number(`${quotient}${isExact ? 0 : 1}e${exponent - 1}`);
}

/** `a / b`, rounded to `count` significant digits, which may end in zeros. */
export function divideTo(count: number, a: Decimal, b: Decimal): Decimal {
  const { quotient, exponent } = toQuotient(a, b);
  if (quotient === 0n) return { digits: 0n, exponent: 0 };
  const text = String(quotient < 0n ? -quotient : quotient);
  const rounded = BigInt(text.slice(0, count)) + (text.charAt(count) >= "5" ? 1n : 0n);
  return { digits: quotient < 0n ? -rounded : rounded, exponent: exponent + text.length - count };
}

/**
 * `a / b` with the fewest digits that `willDo` accepts; undefined when it accepts none, or only numbers with too many
 * zeros before or behind their digits.
 */
export function findQuotient(a: Decimal, b: Decimal, willDo: (quotient: Decimal) => boolean): Decimal | undefined {
  for (let count = 1; count <= ENOUGH_DIGITS; count++) {
    const quotient = divideTo(count, a, b);
    if (isShort(quotient) && willDo(quotient)) return quotient;
  }
  return undefined;
}

/** The product of two decimals, exactly. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

/** A decimal with the other sign. */
export function negate({ digits, exponent }: Decimal): Decimal {
  return { digits: -digits, exponent };
}

/** `10 ** exponent` */
export function powerOfTen(exponent: number): Decimal {
  return { digits: 1n, exponent };
}

/** Whether the number, written without an exponent, is short enough for `findDecimal`. */
function isShort({ exponent }: Decimal): boolean {
  return exponent > -MAX_DIGITS && exponent <= MAX_DIGITS - ENOUGH_DIGITS;
}

function toQuotient(a: Decimal, b: Decimal): { quotient: bigint; isExact: boolean; exponent: number } {
  const dividend = a.digits * 10n ** BigInt(QUOTIENT_PLACES);
  return {
    quotient: dividend / b.digits,
    isExact: dividend % b.digits === 0n,
    exponent: a.exponent - b.exponent - QUOTIENT_PLACES,
  };
}
