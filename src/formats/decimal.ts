/** A decimal number exactly as it was written: `digits * 10 ** exponent`. */
export type Decimal = { digits: bigint; exponent: number };

const PATTERN = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/;
const MAX_DIGITS = 40;
const MAX_EXPONENT = 100;
/** The digits that say a double's value as exactly as anyone needs it, and one that is given a decimal of its own. */
const VALUE_DIGITS = 21;
/** Enough for any double to be the one that is nearest. */
const ENOUGH_DIGITS = 18;
/** Of a quotient: far more digits than a double has, whatever the dividend and the divisor, which may be a product. */
const QUOTIENT_PLACES = 3 * MAX_DIGITS;

/** The number that a text says, as JSON, `xs:decimal` and `xs:double` write them; undefined for anything else. */
export function findDecimal(text: string): Decimal | undefined {
  const match = PATTERN.exec(text.trim());
  if (!match) return undefined;
  const [, sign, whole, fraction, power = "0"] = match;
  const digits = whole + fraction;
  const exponent = Number(power) - fraction.length;
  if (digits === "" || digits.length > MAX_DIGITS || Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return { digits: BigInt(sign + digits), exponent };
}

/** @param value finite */
export function toDecimal(value: number): Decimal {
  const [digits, power = "0"] = value.toExponential(VALUE_DIGITS - 1).split("e");
  return { digits: BigInt(digits.replace(".", "")), exponent: Number(power) - (VALUE_DIGITS - 1) };
}

/** Without an exponent, as every reader of decimals takes it. */
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

/** `a / b` to so many significant digits, which are kept when they end in zeros. */
export function divideTo(count: number, a: Decimal, b: Decimal): Decimal {
  const { quotient, exponent } = toQuotient(a, b);
  if (quotient === 0n) return { digits: 0n, exponent: 0 };
  const text = String(quotient < 0n ? -quotient : quotient);
  const rounded = BigInt(text.slice(0, count)) + (text.charAt(count) >= "5" ? 1n : 0n);
  return { digits: quotient < 0n ? -rounded : rounded, exponent: exponent + text.length - count };
}

/** `a / b` to the fewest digits that will do; undefined if there are no such, or too many zeros before or behind them. */
export function findQuotient(a: Decimal, b: Decimal, willDo: (quotient: Decimal) => boolean): Decimal | undefined {
  for (let count = 1; count <= ENOUGH_DIGITS; count++) {
    const quotient = divideTo(count, a, b);
    if (isShort(quotient) && willDo(quotient)) return quotient;
  }
  return undefined;
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

export function negate({ digits, exponent }: Decimal): Decimal {
  return { digits: -digits, exponent };
}

/** `10 ** exponent` */
export function powerOfTen(exponent: number): Decimal {
  return { digits: 1n, exponent };
}

/** Whether it reads back when it is written without an exponent. */
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
