import { describe, expect, it } from "vitest";
import { addScores, scoreMarks, toBeats } from "../bench/ludb.ts";

describe("scoreMarks", () => {
  it.each([
    { name: "pairs of the nearest", marked: [1, 2], found: [1.01, 1.98], expected: [2, 2, 2, -10] },
    { name: "a mark that was not found", marked: [1, 2], found: [1.1], expected: [2, 1, 1, 100] },
    { name: "a point without a mark", marked: [1, 2], found: [1, 1.5, 2], expected: [2, 3, 2, 0] },
    { name: "no pair beyond 150 ms", marked: [1, 2], found: [1.151, 2], expected: [2, 2, 1, 0] },
    { name: "one point of two for a mark", marked: [1, 2], found: [0.98, 1.01, 2], expected: [2, 3, 2, 10] },
    { name: "no point where nothing is marked", marked: [1, 2], found: [0.2, 1, 2, 2.9], expected: [2, 2, 2, 0] },
    { name: "nothing", marked: [], found: [], expected: [0, 0, 0, 0] },
  ])("counts $name", ({ marked, found, expected }) => {
    const score = scoreMarks(marked, found, 0.9, 2.5);
    expect([score.marked, score.found, score.matched, Math.round(score.sum)]).toEqual(expected);
  });

  it("sums up errors in ms and their squares", () => {
    const score = scoreMarks([1, 2], [1.01, 1.97], 0, 3);
    expect([score.sum, score.squares].map(Math.round)).toEqual([-20, 1000]);
    const twice = addScores([score, score]);
    expect({ ...twice, sum: Math.round(twice.sum), squares: Math.round(twice.squares) }).toEqual({
      marked: 4,
      found: 4,
      matched: 4,
      sum: -40,
      squares: 2000,
    });
  });
});

describe("toBeats", () => {
  it("takes the middle of the leads' R peaks, and none that few leads have", () => {
    const lead = (...rPeak: number[]) => ({
      pOnset: [],
      pPeak: [],
      pEnd: [],
      qrsOnset: [],
      rPeak,
      qrsEnd: [],
      tOnset: [],
      tPeak: [],
      tEnd: [],
    });
    expect(toBeats([lead(1, 2, 3.5), lead(1.02, 2.01), lead(1.03, 1.99)])).toEqual([1.02, 2]);
  });
});
