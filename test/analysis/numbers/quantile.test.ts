import fc from "fast-check";
import { expect, it } from "vitest";
import { takeQuantile } from "../../../src/analysis/numbers/quantile.ts";

it("takes what would be at that share of the values if they were sorted", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (list, share) => {
        const sorted = list.toSorted((a, b) => a - b);
        const wanted = sorted[Math.min(list.length - 1, Math.floor(share * list.length))];
        expect(takeQuantile(Float64Array.from(list), list.length, share)).toBe(wanted);
      },
    ),
  );
});

it("looks at no more values than it is told to, and is 0 for none", () => {
  expect(takeQuantile(Float64Array.of(3, 1, 2, -9), 3, 0)).toBe(1);
  expect(takeQuantile(Float64Array.of(3, 1), 0, 0.5)).toBe(0);
});

it("takes no longer among values that are the same", () => {
  const values = new Float64Array(1_000_000).fill(7);
  values[10] = 8;
  values[20] = 6;
  expect(takeQuantile(values, values.length, 0.5)).toBe(7);
});

it("takes the same of many values, whichever it begins with", () => {
  const values = Float64Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 20_011);
  const sorted = values.toSorted();
  for (const share of [0, 0.25, 0.5, 0.99]) {
    expect(takeQuantile(values, values.length, share)).toBe(sorted[Math.floor(share * values.length)]);
  }
});
