import { describe, expect, it } from "vitest";
import { type BeatTimes, findPauses, measureHeartRate } from "../../../src/analysis/measures/heart-rate.ts";

/** Beats after intervals in seconds; one that is negative has a gap in it. */
function beatsOf(...intervals: number[]): BeatTimes {
  let time = 0;
  const times = [0, ...intervals.map((interval) => (time += Math.abs(interval)))];
  return {
    times: Float64Array.from(times),
    afterGap: Uint8Array.from([0, ...intervals.map((rr) => (rr < 0 ? 1 : 0))]),
  };
}
const repeat = (interval: number, count: number) => Array<number>(count).fill(interval);

describe("measureHeartRate", () => {
  it("gives the mean over all intervals and the extremes over 10 s", () => {
    const rate = measureHeartRate(beatsOf(...repeat(1, 20), ...repeat(0.5, 40)));
    expect(rate?.mean).toBeCloseTo(90, 9);
    expect(rate?.minimum).toEqual({ beatsPerMinute: 60, at: 0 });
    expect(rate?.maximum).toEqual({ beatsPerMinute: 120, at: 20 });
  });

  it("does not let one short interval be the maximum", () => {
    const rate = measureHeartRate(beatsOf(...repeat(1, 10), 0.3, ...repeat(1, 20)));
    expect(rate?.maximum?.beatsPerMinute).toBeCloseTo(64.2, 9);
  });

  it("leaves out intervals and windows across a gap", () => {
    const rate = measureHeartRate(beatsOf(...repeat(1, 12), -30, ...repeat(0.8, 20)));
    expect(rate?.mean).toBeCloseTo((60 * 32) / 28, 9);
    expect(rate?.minimum?.beatsPerMinute).toBeCloseTo(60, 9);
    expect(rate?.maximum?.beatsPerMinute).toBeCloseTo(75, 9);
  });

  it("has a mean but no extremes below 10 s", () => {
    expect(measureHeartRate(beatsOf(1, 1, 1))).toEqual({ mean: 60, minimum: null, maximum: null });
  });

  it.each([{ beats: beatsOf() }, { beats: beatsOf(-5) }])("is null without an interval", ({ beats }) => {
    expect(measureHeartRate(beats)).toBeNull();
  });
});

describe("findPauses", () => {
  const timesOf = (...intervals: number[]) => beatsOf(...intervals).times;

  it("finds more than 2 s between beats, and after the last, where the heart may have stopped", () => {
    expect(findPauses(timesOf(1, 2, 2.5, 1, 3), [], 13)).toEqual([
      { from: 3, duration: 2.5 },
      { from: 6.5, duration: 3 },
      { from: 9.5, duration: 3.5 },
    ]);
    expect(findPauses(timesOf(1, 1), [], 4)).toEqual([]);
    expect(findPauses(new Float64Array(0), [], 30)).toEqual([]);
  });

  it("finds more than 5 s without a beat before and after what cannot be judged, which is none itself, and 2 s after the last beat", () => {
    const unjudged = [
      { from: 8, to: 40 },
      { from: 45, to: 46 },
      { from: 52, to: 53 },
    ];
    // Beats at 0, 2 and 60 s.
    expect(findPauses(timesOf(2, 58), unjudged, 63)).toEqual([
      { from: 2, duration: 6 },
      { from: 46, duration: 6 },
      { from: 53, duration: 7 },
      { from: 60, duration: 3 },
    ]);
    expect(findPauses(timesOf(2, 58), [{ from: 7, to: 55 }], 61)).toEqual([]);
    expect(findPauses(timesOf(1), [{ from: 4, to: 40 }], 50)).toEqual([
      { from: 1, duration: 3 },
      { from: 40, duration: 10 },
    ]);
  });
});
