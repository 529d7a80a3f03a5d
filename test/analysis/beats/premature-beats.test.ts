import { describe, expect, it } from "vitest";
import { findPrematureBeats, usualIfPremature } from "../../../src/analysis/beats/premature-beats.ts";

/** The numbers of the premature beats among those with these intervals before them, after 20 of 0.8 s. */
function find(
  intervals: readonly number[],
  isCandidate = intervals.map(() => 1),
  first = Array<number>(20).fill(0.8),
): number[] {
  const before = Float64Array.from([Number.NaN, ...first, ...intervals]);
  const found = findPrematureBeats({
    before,
    isCandidate: Uint8Array.from([...Array<number>(21).fill(1), ...isCandidate]),
    isAbnormal: new Uint8Array(before.length),
  });
  return intervals.map((_, i) => i).filter((i) => found[21 + i]);
}

describe("findPrematureBeats", () => {
  it.each([
    { name: "a beat that is early of a sudden", intervals: [0.8, 0.5, 1, 0.8], found: [1] },
    { name: "a run that ends at once", intervals: [0.5, 0.5, 0.5, 0.8], found: [0, 1, 2] },
    {
      name: "no run that slows down little by little",
      intervals: [0.5, 0.5, 0.5, 0.54, 0.58, 0.64, 0.7, 0.75],
      found: [],
    },
    { name: "no run that is a rhythm of its own", intervals: Array<number>(400).fill(0.5), found: [] },
  ])("finds $name", ({ intervals, found }) => {
    expect(find(intervals)).toEqual(found);
  });

  it("finds no beat of an irregular rhythm", () => {
    const irregular = [
      0.6, 0.9, 0.7, 1, 0.5, 0.8, 0.55, 0.95, 0.65, 0.75, 0.5, 0.9, 0.6, 1, 0.7, 0.85, 0.5, 0.9, 0.6, 1,
    ];
    expect(find(irregular, undefined, irregular)).toEqual([]);
  });

  it("does not judge the beat after one that is no candidate", () => {
    expect(find([0.5, 0.5, 0.8], [0, 1, 1])).toEqual([]);
  });
});

it.each([
  { rr: 0.7, last: 0.8, usual: 0.8 },
  { rr: 0.71, last: 0.8, usual: null },
  { rr: 0.7, last: 0.7, usual: null },
  { rr: 0.7, last: Number.NaN, usual: 0.8 },
  { rr: 0.71, last: Number.NaN, usual: null },
])("takes $rr s after $last s for premature, for $usual s are usual", ({ rr, last, usual }) => {
  expect(usualIfPremature(rr, last, Array<number>(20).fill(0.8))).toBe(usual);
});
