import { describe, expect, it } from "vitest";
import { findConduction } from "../../../src/analysis/measures/wide-runs.ts";

/** Conduction of beats at these intervals, after one of 0.8 s; the first two and the last are narrow. */
function conductionOf(intervals: number[], likenessNear: (time: number) => number) {
  let time = 1;
  const times = Float64Array.from([0.2, 1, ...intervals.map((rr) => (time += rr))]);
  const isWide = Uint8Array.from(times, (_, i) => (i > 1 && i < times.length - 1 ? 1 : 0));
  const before = Float64Array.of(Number.NaN, 0.8, ...intervals);
  return [...findConduction({ fromPeak: -0.16, likenessNear }, times, before, isWide)];
}

/** P waves of beats at these intervals, so long before the R peaks, in seconds. */
function pWavesBefore(intervals: number[], seconds: number, likeness = 0.9) {
  let time = 1;
  const peaks = intervals.map((rr) => (time += rr));
  return (at: number) => (peaks.some((peak) => Math.abs(peak - seconds - at) < 0.015) ? likeness : 0.3);
}

const steady = Array(9).fill(0.8);
const ofRun = (value: number) => [0, 0, ...Array(8).fill(value), 0];

describe("findConduction", () => {
  it.each([
    { name: "P waves before them", intervals: steady, pBefore: 0.16, conduction: 1 },
    { name: "R peaks that are later", intervals: steady, pBefore: 0.22, conduction: 1 },
    {
      name: "P waves at a rate that changes",
      intervals: steady.map((rr, i) => rr + 0.05 * i),
      pBefore: 0.16,
      conduction: 1,
    },
    { name: "P waves much farther before them", intervals: steady, pBefore: 0.3, conduction: -1 },
    {
      name: "none, but a rate that changes",
      intervals: steady.map((rr, i) => rr + 0.05 * i),
      pBefore: 0.3,
      conduction: 0,
    },
    { name: "what may be P waves, in time", intervals: steady, pBefore: 0.16, likeness: 0.65, conduction: 1 },
    { name: "what is hardly one, in time", intervals: steady, pBefore: 0.16, likeness: 0.55, conduction: -1 },
    {
      name: "what may be P waves, the first of them early",
      intervals: steady.with(0, 0.7),
      pBefore: 0.16,
      likeness: 0.65,
      conduction: 0,
    },
    {
      name: "what may be P waves, and a pause behind them",
      intervals: steady.with(8, 0.9),
      pBefore: 0.16,
      likeness: 0.65,
      conduction: 0,
    },
    {
      name: "T waves in their place, as in a fast rhythm",
      intervals: Array(9).fill(0.5),
      pBefore: 0.16,
      conduction: 0,
    },
  ])("says $conduction of wide beats with $name", ({ intervals, pBefore, likeness, conduction }) => {
    expect(conductionOf(intervals, pWavesBefore(intervals, pBefore, likeness))).toEqual(ofRun(conduction));
  });

  it("says nothing of a few, nor where there is no signal", () => {
    const few = steady.slice(0, 6);
    expect(conductionOf(few, pWavesBefore(few, 0.16))).toEqual(Array(8).fill(0));
    expect(conductionOf(steady, () => Number.NaN)).toEqual(ofRun(0));
  });
});
