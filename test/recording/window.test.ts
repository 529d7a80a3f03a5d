import fc from "fast-check";
import { expect, it } from "vitest";
import { toSampleRange } from "../../src/recording/window.ts";
import { runs } from "../support/runs.ts";

it.each([
  { start: 0, end: 10, rate: 500, count: 5000, from: 0, to: 5000 },
  { start: 1, end: 2, rate: 250, count: 5000, from: 250, to: 500 },
  { start: 0.1, end: 0.3, rate: 500, count: 5000, from: 50, to: 150 },
  { start: 0.001, end: 0.002, rate: 500, count: 5000, from: 1, to: 1 },
  { start: 0.001, end: 0.0021, rate: 500, count: 5000, from: 1, to: 2 },
  { start: 5, end: 5, rate: 500, count: 5000, from: 2500, to: 2500 },
  { start: 9, end: 99, rate: 500, count: 5000, from: 4500, to: 5000 },
  { start: 20, end: 30, rate: 500, count: 5000, from: 5000, to: 5000 },
  { start: 0, end: 1, rate: 0.25, count: 10, from: 0, to: 1 },
  { start: 1 / 3, end: 2 / 3, rate: 3, count: 3, from: 1, to: 2 },
])("takes samples $from to $to of $start s to $end s at $rate Hz", ({ start, end, rate, count, from, to }) => {
  expect(toSampleRange(start, end, rate, count)).toEqual({ from, to });
});

it("takes just the samples whose time is in the window", () => {
  const rate = fc.oneof(
    fc.constantFrom(128, 250, 257, 360, 500, 1000),
    fc.double({ min: 0.01, max: 1e5, noNaN: true }),
  );
  const time = fc.oneof(
    fc.double({ min: 0, max: 3, noNaN: true }),
    fc.nat(3000).map((ms) => ms / 1000),
  );
  fc.assert(
    fc.property(rate, time, time, fc.nat(600), (samplingRate, a, b, count) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const inside = Array.from({ length: count }, (_, i) => i).filter(
        (i) => i / samplingRate >= start && i / samplingRate < end,
      );
      const { from, to } = toSampleRange(start, end, samplingRate, count);
      expect(Array.from({ length: to - from }, (_, i) => from + i)).toEqual(inside);
    }),
    { numRuns: runs(2000) },
  );
});
