import { describe, expect, it } from "vitest";
import { findConduction, findFastInTime } from "../../../src/analysis/measures/wide-runs.ts";

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

describe("findFastInTime", () => {
  /** Narrow beats before, so many wide ones at 0.45 s, and narrow beats after, with the intervals before the first wide one and the one behind the last. */
  function inTime({ narrow = "NNNNN", wide = 8, begins = 0.46, ends = 0.46, after = "NNNNN", rr = 0.45 } = {}) {
    const types = [...narrow, ..."V".repeat(wide), ...after];
    const intervals = types.map((_, i) => (i === narrow.length ? begins : i === narrow.length + wide ? ends : rr));
    const isWide = Uint8Array.from(types, (type) => (type === "V" ? 1 : 0));
    const found = findFastInTime(Float64Array.of(Number.NaN, ...intervals.slice(1)), isWide);
    expect(found.every((is, i) => !is || isWide[i])).toBe(true);
    return found.reduce((sum, is) => sum + is, 0);
  }

  it("finds runs that begin and end as the rhythm goes on, as far as that is to be seen", () => {
    expect(inTime()).toBe(8);
    expect(inTime({ begins: 0.49, ends: 0.41 })).toBe(8);
    expect([inTime({ narrow: "" }), inTime({ after: "" }), inTime({ narrow: "NN" })]).toEqual([8, 8, 8]);
  });

  it.each([
    ["that begin early", { begins: 0.4 }],
    ["with a pause behind them", { ends: 0.5 }],
    ["of less than six beats", { wide: 5 }],
    ["without others", { narrow: "", after: "" }],
    ["in which P waves are to be seen", { rr: 0.55, begins: 0.55, ends: 0.55 }],
    ["before which a single narrow beat is among wide ones", { narrow: "NNVNN" }],
    ["behind which one is", { after: "NNVNN" }],
  ])("finds none %s", (_, run) => {
    expect(inTime(run)).toBe(0);
  });
});
