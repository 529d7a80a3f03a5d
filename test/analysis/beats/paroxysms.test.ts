import { describe, expect, it } from "vitest";
import { findParoxysms } from "../../../src/analysis/beats/paroxysms.ts";

const repeat = (count: number, rr: number) => Array.from({ length: count }, (_, i) => rr * (1 + 0.01 * ((i % 3) - 1)));

/** The number of beats in each run that is found among beats at these intervals, without those of these numbers. */
function runsOf(intervals: number[], leftOut: number[] = []): number[] {
  const isLeftOut = Uint8Array.from(intervals, (_, i) => (leftOut.includes(i) ? 1 : 0));
  const isIn = findParoxysms(Float64Array.of(Number.NaN, ...intervals.slice(1)), isLeftOut).join("");
  return isIn.split("0").flatMap((run) => (run ? [run.length] : []));
}

describe("findParoxysms", () => {
  const slow = repeat(30, 0.85);
  it.each([
    { name: "a run", intervals: [...slow, ...repeat(60, 0.37), ...slow], runs: [60] },
    { name: "one that is most of a recording", intervals: [...slow, ...repeat(2000, 0.37), ...slow], runs: [2000] },
    {
      name: "one that slows down within it",
      intervals: [...slow, ...Array.from({ length: 60 }, (_, i) => 0.36 + 0.002 * i), ...slow],
      runs: [60],
    },
    {
      name: "one that an early beat begins and a pause ends",
      intervals: [...slow, 0.45, ...repeat(59, 0.4), 1.3, ...slow],
      runs: [60],
    },
    { name: "two", intervals: [...slow, ...repeat(9, 0.37), ...slow, ...repeat(8, 0.4), ...slow], runs: [9, 8] },
    { name: "none of seven beats", intervals: [...slow, ...repeat(7, 0.37), ...slow], runs: [] },
    { name: "none that is slow", intervals: [...repeat(30, 0.9), ...repeat(60, 0.62), ...repeat(30, 0.9)], runs: [] },
    { name: "none without an end", intervals: [...slow, ...repeat(60, 0.37)], runs: [] },
    {
      name: "none that begins little by little",
      intervals: [...slow, 0.75, 0.66, 0.58, 0.51, ...repeat(60, 0.45), ...slow],
      runs: [],
    },
    {
      name: "none that ends little by little",
      intervals: [...slow, ...repeat(60, 0.45), 0.51, 0.58, 0.66, 0.75, ...slow],
      runs: [],
    },
    {
      name: "none that is twice as fast, as where a block ends",
      intervals: [...repeat(30, 0.9), ...repeat(60, 0.45), ...repeat(30, 0.9)],
      runs: [],
    },
    {
      name: "none that is irregular",
      intervals: [...slow, ...Array.from({ length: 60 }, (_, i) => 0.45 + 0.12 * Math.sin(i * i)), ...slow],
      runs: [],
    },
  ])("finds $name", ({ intervals, runs }) => {
    expect(runsOf(intervals)).toEqual(runs);
  });

  it("goes on across a beat that is left out and comes in time, and not across one that is early", () => {
    const run = repeat(60, 0.4);
    expect(runsOf([...slow, ...run, ...slow], [55])).toEqual([60]);
    const early = run.with(25, 0.2);
    expect(runsOf([...slow, ...early, ...slow], [55])).toEqual([]);
  });
});
