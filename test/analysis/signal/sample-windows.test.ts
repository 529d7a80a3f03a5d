import fc from "fast-check";
import { expect, it } from "vitest";
import { newSampleWindows } from "../../../src/analysis/signal/sample-windows.ts";
import { runs } from "../../support/runs.ts";

type Window = { index: number; samples: number[] };

/** The windows of a lead whose samples, 0, 1, 2 ..., come in pieces of these lengths. */
function windowsOf(samplingRate: number, windowSeconds: number, lengths: readonly number[]): Window[] {
  const windows: Window[] = [];
  const cut = newSampleWindows(samplingRate, windowSeconds, (samples, index) => {
    windows.push({ index, samples: [...samples] });
  });
  let next = 0;
  for (const length of lengths) cut.push(Int32Array.from({ length }, () => next++));
  cut.finish();
  return windows;
}

it.each<{ name: string; rate: number; seconds: number; count: number; windows: [number, number[]][] }>([
  {
    name: "a whole number of samples in each",
    rate: 2,
    seconds: 1,
    count: 5,
    windows: [
      [0, [0, 1]],
      [1, [2, 3]],
      [2, [4]],
    ],
  },
  {
    name: "now two, now three of them",
    rate: 2.5,
    seconds: 1,
    count: 8,
    windows: [
      [0, [0, 1, 2]],
      [1, [3, 4]],
      [2, [5, 6, 7]],
    ],
  },
  {
    name: "none in some of them",
    rate: 0.5,
    seconds: 1,
    count: 3,
    windows: [
      [0, [0]],
      [2, [1]],
      [4, [2]],
    ],
  },
])("cuts samples into windows with $name", ({ rate, seconds, count, windows }) => {
  expect(windowsOf(rate, seconds, [count])).toEqual(windows.map(([index, samples]) => ({ index, samples })));
});

it("cuts samples alike in whatever pieces they come", () => {
  const rates = fc.double({ min: 0.1, max: 50, noNaN: true });
  fc.assert(
    fc.property(
      rates,
      fc.constantFrom(0.5, 1, 2),
      fc.array(fc.nat(60), { maxLength: 12 }),
      (rate, seconds, lengths) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const windows = windowsOf(rate, seconds, lengths);
        expect(windows).toEqual(windowsOf(rate, seconds, [total]));
        expect(windows.flatMap(({ samples }) => samples)).toEqual(Array.from({ length: total }, (_, i) => i));
      },
    ),
    { numRuns: runs(200) },
  );
});
