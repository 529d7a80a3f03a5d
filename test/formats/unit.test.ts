import { expect, it } from "vitest";
import { findVoltage } from "../../src/formats/unit.ts";

it.each([
  { unit: "V", exponent: 3 },
  { unit: "volts", exponent: 3 },
  { unit: "mV", exponent: 0 },
  { unit: "MV", exponent: 0 },
  { unit: " mVolt ", exponent: 0 },
  { unit: "Millivolts", exponent: 0 },
  { unit: "milli volt", exponent: 0 },
  { unit: "uV", exponent: -3 },
  { unit: "UV", exponent: -3 },
  { unit: "\u00b5V", exponent: -3 },
  { unit: "\u03bcv", exponent: -3 },
  { unit: "\u039cV", exponent: -3 },
  { unit: "microV", exponent: -3 },
  { unit: "MICROVOLTS", exponent: -3 },
  { unit: "nV", exponent: -6 },
  { unit: "nanovolt", exponent: -6 },
  { unit: "", exponent: undefined },
  { unit: "kV", exponent: undefined },
  { unit: "v2", exponent: undefined },
  { unit: "mmHg", exponent: undefined },
  { unit: "mV/s", exponent: undefined },
  { unit: "lead V", exponent: undefined },
])("$unit is 10^$exponent mV", ({ unit, exponent }) => {
  expect(findVoltage(unit)).toBe(exponent);
});
