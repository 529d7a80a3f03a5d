import { expect, it } from "vitest";
import { newLogHistogram } from "../../../src/analysis/numbers/log-histogram.ts";

function histogramOf(values: readonly number[]) {
  const histogram = newLogHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

it("finds each quantile to half of a bin, which is 1/64 of an octave", () => {
  const values = Array.from({ length: 101 }, (_, i) => 0.01 * 1.1 ** i);
  const histogram = histogramOf(values);
  // Between two ranks, where rounding takes none for its neighbour.
  const found = values.map((_, i) => histogram.quantile(Math.min(1, (i + 0.25) / 100)) ?? 0);
  const errors = values.map((value, i) => Math.abs(Math.log2(found[i] / value)));
  expect(Math.max(...errors)).toBeLessThan(0.501 / 64);
});

it.each([
  { name: "no values", values: [], median: null },
  { name: "more zeros than others", values: [0, 0, 0, 5, 5], median: 0 },
  { name: "as many values below 0, which count as it", values: [-1, -1, 5], median: 0 },
])("has $median for the median of $name", ({ values, median }) => {
  expect(histogramOf(values).quantile(0.5)).toBe(median);
});

it("takes what is beyond its bins for the nearest it has", () => {
  expect(Math.log2(histogramOf([1e-300]).quantile(0.5) ?? 0)).toBeCloseTo(-24, 1);
  expect(Math.log2(histogramOf([1e300]).quantile(0.5) ?? 0)).toBeCloseTo(40, 1);
});
