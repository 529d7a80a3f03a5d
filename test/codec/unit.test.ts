import { expect, it } from "vitest";
import { divideByUnit, findUnit, multiplyByUnit } from "../../src/codec/unit.ts";

it.each([
  { samples: [], unit: 1 },
  { samples: [0, 0], unit: 1 },
  { samples: [-8, 0, 12], unit: 4 },
  { samples: [5, 5, 5], unit: 5 },
  { samples: [10, 20, 21], unit: 1 },
  { samples: [0x7fffffff, -0x7fffffff], unit: 0x7fffffff },
])("$samples are multiples of $unit", ({ samples, unit }) => {
  const lead = Int32Array.from(samples);
  expect(findUnit(lead)).toBe(unit);
  const divided = lead.slice();
  divideByUnit(divided, unit);
  expect(divided).toEqual(lead.map((sample) => sample / unit));
  multiplyByUnit(divided, unit);
  expect(divided).toEqual(lead);
});
