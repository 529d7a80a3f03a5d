import { expect, it } from "vitest";
import { isInGap, recordedTimes } from "../../../src/analysis/beats/gaps.ts";

const gaps = [
  { from: 2, to: 4 },
  { from: 10, to: 11 },
];

it("counts the seconds that were recorded before a time", () => {
  expect([...recordedTimes(Float64Array.of(1, 3, 4, 9, 12), gaps)]).toEqual([1, 3, 2, 7, 9]);
});

it.each([
  { from: 0, to: 1.9, is: false },
  { from: 1, to: 2, is: true },
  { from: 3, to: 3, is: true },
  { from: 4, to: 9, is: false },
  { from: 4, to: 12, is: true },
  { from: 11, to: 20, is: false },
])("tells whether a gap meets $from to $to s: $is", ({ from, to, is }) => {
  expect(isInGap(gaps, from, to)).toBe(is);
});
