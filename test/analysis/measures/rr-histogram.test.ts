import { expect, it } from "vitest";
import type { BeatType } from "../../../src/analysis/beats/beat-types.ts";
import { countRrIntervals } from "../../../src/analysis/measures/rr-histogram.ts";

function beatsOf(intervals: readonly number[], types: string, gaps: readonly number[] = []) {
  const times = new Float64Array(intervals.length + 1);
  for (const [i, interval] of intervals.entries()) times[i + 1] = times[i] + interval;
  return {
    times,
    types: [...types] as BeatType[],
    afterGap: Uint8Array.from(times, (_, i) => (gaps.includes(i) ? 1 : 0)),
  };
}

it("counts the intervals in bins of 8 ms, and those between normal beats", () => {
  const beats = beatsOf([0.8, 0.8, 0.807, 0.808, 0.824, 1.5, 4], "NNNNVNNN", [6]);
  expect(countRrIntervals(beats)).toEqual({
    ...{ width: 8, first: 800, longer: 1 },
    counts: [3, 1, 0, 1],
    normal: [3, 0, 0, 0],
  });
});

it("takes intervals at the edge of a bin for the bin that they begin, whatever times are rounded to", () => {
  const { first, counts } = countRrIntervals(beatsOf(Array(500).fill(0.704), "N".repeat(501)));
  expect([first, counts]).toEqual([704, [500]]);
});

it("is empty without intervals", () => {
  const empty = { width: 8, first: 0, counts: [], normal: [], longer: 0 };
  expect([countRrIntervals(beatsOf([], "N")), countRrIntervals(beatsOf([1], "NN", [1]))]).toEqual([empty, empty]);
});
