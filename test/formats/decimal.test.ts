import fc from "fast-check";
import { expect, it } from "vitest";
import { divide, divideTo, findDecimal, findQuotient, formatDecimal, toDecimal } from "../../src/formats/decimal.ts";

it.each([
  { text: "2.50", expected: { digits: 250n, exponent: -2 } },
  { text: " -0.002 ", expected: { digits: -2n, exponent: -3 } },
  { text: "+5.", expected: { digits: 5n, exponent: 0 } },
  { text: ".5e-3", expected: { digits: 5n, exponent: -4 } },
  { text: "1E2", expected: { digits: 1n, exponent: 2 } },
  { text: "123456789012345678901234567890", expected: { digits: 123456789012345678901234567890n, exponent: 0 } },
])("reads $text", ({ text, expected }) => {
  expect(findDecimal(text)).toEqual(expected);
});

it.each(["", ".", "-", "1,5", "0x10", "1e", "NaN", "Infinity", "1 2", "1e101", "1".repeat(41)])(
  "refuses %j",
  (text) => {
    expect(findDecimal(text)).toBeUndefined();
  },
);

it.each([
  { decimal: { digits: 250n, exponent: -2 }, text: "2.50" },
  { decimal: { digits: -2n, exponent: -3 }, text: "-0.002" },
  { decimal: { digits: 12n, exponent: 3 }, text: "12000" },
  { decimal: { digits: 0n, exponent: 5 }, text: "0" },
])("writes $text", ({ decimal, text }) => {
  expect(formatDecimal(decimal)).toBe(text);
});

it.each([
  { a: "1", b: "0.0025", expected: 400 },
  { a: "1", b: "3", expected: 1 / 3 },
  { a: "-1000", b: "4.88", expected: -1000 / 4.88 },
  { a: "0", b: "-7", expected: 0 },
  // Halfway between two doubles, and a little above it.
  { a: "9007199254740993", b: "1", expected: 9007199254740992 },
  { a: "9007199254740993.0000000000000001", b: "1", expected: 9007199254740994 },
])("divides $a by $b to the nearest double", ({ a, b, expected }) => {
  expect(divide(decimal(a), decimal(b))).toBe(expected);
});

it.each([
  { a: "2", b: "3", count: 3, text: "0.667" },
  { a: "1000", b: "360", count: 5, text: "2.7778" },
  { a: "1", b: "4", count: 4, text: "0.2500" },
  { a: "-999.96", b: "1", count: 4, text: "-1000.0" },
])("gives $count digits of $a / $b", ({ a, b, count, text }) => {
  expect(formatDecimal(divideTo(count, decimal(a), decimal(b)))).toBe(text);
});

it("gives the fewest digits that will do", () => {
  const found = findQuotient(
    decimal("1"),
    decimal("7"),
    (quotient) => Math.abs(divide(quotient, decimal("1")) - 1 / 7) < 1e-3,
  );
  expect(found && formatDecimal(found)).toBe("0.143");
  expect(findQuotient(decimal("1"), decimal("7"), () => false)).toBeUndefined();
});

it("takes a double for what it is", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(divide(toDecimal(value), decimal("1"))).toBe(value || 0);
    }),
    { seed: 1 },
  );
});

function decimal(text: string) {
  const found = findDecimal(text);
  if (!found) throw new Error(`${text} is no decimal`);
  return found;
}
