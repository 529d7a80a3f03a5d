import fc from "fast-check";
import { expect, it } from "vitest";
import { type Decimal, findDecimal, formatDecimal } from "../../src/formats/decimal.ts";
import {
  findInterval,
  findLinearScale,
  findTimeExponent,
  findVoltageExponent,
  toGain,
  toSamplingRate,
} from "../../src/formats/sampled-values.ts";

it.each([
  { rate: 500, text: "2" },
  { rate: 360, text: "2.7777777777777778" },
  { rate: 256, text: "3.90625" },
  { rate: 1000 / 3, text: "3" },
  // Its four digits would be taken for 360 Hz.
  { rate: 1000 / 2.778, text: "2.7780" },
  { rate: 0.001, text: "1000000" },
])("samples of $rate Hz are $text ms apart", ({ rate, text }) => {
  expect(format(findInterval(rate, -3))).toBe(text);
});

it.each([
  { text: "2.7778", rate: 360 },
  { text: "2.7777", rate: 360 },
  { text: "2.777", rate: 360 },
  { text: "2.7776", rate: 1e7 / 27776 },
  { text: "1.9530", rate: 1e6 / 1953 },
  { text: "2.77", rate: 1e5 / 277 },
])("$text ms between samples are $rate Hz", ({ text, rate }) => {
  expect(toSamplingRate(findDecimal(text) ?? { digits: 1n, exponent: 0 }, -3)).toBe(rate);
});

it.each([
  { unit: "uV", exponent: -3 },
  { unit: "UV", exponent: -3 },
  { unit: "microvolt", exponent: -3 },
  { unit: "Millivolts", exponent: 0 },
  { unit: "volts", exponent: 3 },
  { unit: "mmHg", exponent: undefined },
  { unit: "MV", exponent: undefined },
])("$unit is 10^$exponent mV", ({ unit, exponent }) => {
  expect(findVoltageExponent(unit)).toBe(exponent);
});

it.each([
  { unit: "ms", exponent: -3 },
  { unit: "milliseconds", exponent: -3 },
  { unit: "sec", exponent: 0 },
  { unit: "min", exponent: undefined },
])("$unit is 10^$exponent s", ({ unit, exponent }) => {
  expect(findTimeExponent(unit)).toBe(exponent);
});

it("says intervals, gains and baselines so that they read back as they were", () => {
  const unit = { origin: -3, scale: -3 };
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((baseline) => Math.abs(baseline) > 1e-6),
      (rate, gain, baseline) => {
        expect(toSamplingRate(reread(findInterval(rate, -3)), -3)).toBe(rate);
        const linear = findLinearScale(-gain, baseline, -3);
        expect(toGain({ origin: reread(linear?.origin), scale: reread(linear?.scale) }, unit)).toEqual({
          gain: -gain,
          baseline,
        });
      },
    ),
    { seed: 1 },
  );
});

function format(decimal: Decimal | undefined): string {
  return decimal ? formatDecimal(decimal) : "";
}

function reread(decimal: Decimal | undefined): Decimal {
  const found = findDecimal(format(decimal));
  if (!found) throw new Error("does not read back");
  return found;
}
