import { describe, expect, it } from "vitest";
import { findIrregularEpisodes } from "../../../src/analysis/measures/rhythm.ts";

/** A fixed sequence that looks random, 0 to 1. */
function noiseAt(i: number): number {
  return (Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ 0x5bd1e995, 0x85ebca6b) >>> 8) / 2 ** 24;
}

function beatsOf(intervals: number[]) {
  let time = 0;
  const times = Float64Array.from([0, ...intervals.map((interval) => (time += interval))]);
  return { times, afterGap: new Uint8Array(times.length) };
}
const regular = (count: number) => Array.from({ length: count }, (_, i) => 0.8 + 0.03 * Math.sin(i / 3));
const irregular = (count: number) => Array.from({ length: count }, (_, i) => 0.4 + 0.7 * noiseAt(i));

describe("findIrregularEpisodes", () => {
  it("finds where intervals are irregular", () => {
    const beats = beatsOf([...regular(200), ...irregular(200), ...regular(200)]);
    const episodes = findIrregularEpisodes(beats, new Uint8Array(beats.times.length)) ?? [];
    expect(episodes).toHaveLength(1);
    expect(Math.abs(episodes[0].from - beats.times[200])).toBeLessThan(20);
    expect(Math.abs(episodes[0].to - beats.times[400])).toBeLessThan(20);
    expect(episodes[0].confidence).toBeGreaterThan(0.5);
    expect(episodes[0].confidence).toBeLessThanOrEqual(1);
  });

  it("finds none in a regular rhythm", () => {
    const beats = beatsOf(regular(300));
    expect(findIrregularEpisodes(beats, new Uint8Array(beats.times.length))).toEqual([]);
  });

  it.each([
    { name: "too few beats", intervals: irregular(32) },
    { name: "no beats", intervals: [] },
  ])("says nothing of $name", ({ intervals }) => {
    const beats = beatsOf(intervals);
    expect(findIrregularEpisodes(beats, new Uint8Array(beats.times.length))).toBeNull();
  });

  it.each([2, 3])("says nothing where every beat of %s is ventricular", (every) => {
    const beats = beatsOf(irregular(300));
    expect(
      findIrregularEpisodes(
        beats,
        Uint8Array.from(beats.times, (_, i) => (i % every ? 0 : 1)),
      ),
    ).toBeNull();
  });

  it.each([4, 5])("does not count ventricular beats as irregular: every %s", (every) => {
    const intervals = regular(300);
    const isVentricular = new Uint8Array(301);
    for (let i = every; i < 300; i += every) {
      intervals[i - 1] = 0.5 + 0.1 * noiseAt(i);
      intervals[i] = 1.1 - 0.1 * noiseAt(i);
      isVentricular[i] = 1;
    }
    expect(findIrregularEpisodes(beatsOf(intervals), isVentricular)).toEqual([]);
  });

  it("finds one episode where there are ventricular beats in it, and two where there is nothing to judge between", () => {
    const beats = beatsOf(irregular(300));
    const few = Uint8Array.from(beats.times, (_, i) => (i % 6 === 0 ? 1 : 0));
    expect(findIrregularEpisodes(beats, few)).toHaveLength(1);
    const many = Uint8Array.from(beats.times, (_, i) => (i > 120 && i < 180 && i % 2 === 0 ? 1 : 0));
    expect(findIrregularEpisodes(beats, many)).toHaveLength(2);
  });
});
