import { describe, expect, it } from "vitest";
import type { BeatType } from "../../../src/analysis/beats/beat-types.ts";
import { findWideRhythms } from "../../../src/analysis/measures/wide-rhythms.ts";

/** Beats in a row: how many, how far apart in seconds, how wide in ms, whether behind P waves, and of which types in turn. */
type Row = { count: number; rr: number; qrs: number; hasP?: boolean; types?: string; isAfterGap?: boolean };

function beatsOf(...rows: Row[]) {
  let time = 1;
  const beats = rows.flatMap(({ count, rr, qrs, hasP = false, types = "N", isAfterGap = false }) =>
    Array.from({ length: count }, (_, i) => {
      time += rr;
      const [p, pr] = hasP ? [90, 150] : [null, null];
      return {
        time,
        type: types[i % types.length] as BeatType,
        gap: isAfterGap && i === 0 ? 1 : 0,
        intervals: { p, pr, qrs, qt: 400 },
      };
    }),
  );
  return {
    times: Float64Array.from(beats, (beat) => beat.time),
    types: beats.map(({ type }) => type),
    afterGap: Uint8Array.from(beats, ({ gap }) => gap),
    intervals: beats.map(({ intervals }) => intervals),
  };
}

describe("findWideRhythms", () => {
  it.each([
    { name: "a fast one from the first to the last", rows: [{ count: 25, rr: 0.35, qrs: 150 }], found: [[25, true]] },
    {
      name: "behind what passes for P waves",
      rows: [{ count: 25, rr: 0.35, qrs: 150, hasP: true }],
      found: [[25, true]],
    },
    { name: "slow ones without P waves", rows: [{ count: 10, rr: 1, qrs: 170 }], found: [[10, false]] },
    { name: "of two types in turn", rows: [{ count: 18, rr: 0.55, qrs: 150, types: "VN" }], found: [[18, true]] },
    {
      name: "among narrow ones",
      rows: [
        { count: 20, rr: 0.8, qrs: 90, hasP: true },
        { count: 20, rr: 0.4, qrs: 140, types: "S" },
        { count: 20, rr: 0.8, qrs: 90, hasP: true },
      ],
      found: [[20, true]],
    },
    {
      name: "to both sides of a gap",
      rows: [
        { count: 8, rr: 0.4, qrs: 140 },
        { count: 9, rr: 0.4, qrs: 140, isAfterGap: true },
      ],
      found: [
        [8, true],
        [9, true],
      ],
    },
    { name: "none of narrow beats", rows: [{ count: 25, rr: 0.35, qrs: 119 }], found: [] },
    { name: "none of slow ones behind P waves", rows: [{ count: 10, rr: 1, qrs: 170, hasP: true }], found: [] },
    { name: "none of five", rows: [{ count: 5, rr: 0.4, qrs: 140 }], found: [] },
    { name: "none of a run of ventricular beats", rows: [{ count: 9, rr: 0.4, qrs: 140, types: "V" }], found: [] },
    {
      name: "none of ventricular beats among narrow ones",
      rows: Array.from({ length: 12 }, () => [
        { count: 2, rr: 0.5, qrs: 140, types: "V" },
        { count: 1, rr: 0.5, qrs: 90 },
      ]).flat(),
      found: [],
    },
    { name: "none where nothing is usable", rows: [{ count: 9, rr: 0.4, qrs: 140, types: "Q" }], found: [] },
    {
      name: "none where as many slower ones have P waves, as in a bundle branch block",
      rows: [
        { count: 20, rr: 0.8, qrs: 140, hasP: true },
        { count: 20, rr: 0.5, qrs: 140, hasP: true },
      ],
      found: [],
    },
  ])("finds stretches of wide beats: $name", ({ rows, found }) => {
    expect(findWideRhythms(beatsOf(...rows), []).map(({ beats, isFast }) => [beats, isFast])).toEqual(found);
  });

  it("says from which beat to which", () => {
    const beats = beatsOf({ count: 20, rr: 0.8, qrs: 90 }, { count: 10, rr: 0.4, qrs: 140 });
    expect(findWideRhythms(beats, [])).toEqual([
      { from: beats.times[20], to: beats.times[29], beats: 10, isFast: true },
    ]);
  });

  it("finds none where a pacemaker's spikes come right before beats, as those of the atria do not", () => {
    const beats = beatsOf({ count: 10, rr: 0.9, qrs: 150 });
    const spikesBefore = (seconds: number) => Array.from(beats.times, (time) => time - seconds);
    expect(findWideRhythms(beats, spikesBefore(0.06))).toEqual([]);
    expect(findWideRhythms(beats, spikesBefore(0.2))).toHaveLength(1);
    // Two of three spikes are not seen.
    const third = spikesBefore(0.06).filter((_, i) => i % 3 === 1);
    expect(findWideRhythms(beats, third)).toEqual([]);
  });
});
