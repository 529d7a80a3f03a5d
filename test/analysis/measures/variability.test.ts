import { describe, expect, it } from "vitest";
import { measureVariability, type Variability } from "../../../src/analysis/measures/variability.ts";

/** Beats at the ends of these RR intervals, in ms. */
function toBeats(intervals: readonly number[]): Float64Array {
  const beats = new Float64Array(intervals.length + 1);
  intervals.forEach((interval, i) => {
    beats[i + 1] = beats[i] + interval / 1000;
  });
  return beats;
}

function variabilityOf(
  intervals: readonly number[],
  notNormal: number[] = [],
  notConnected: number[] = [],
): Variability {
  const beats = toBeats(intervals);
  const isNormal = Uint8Array.from(beats, (_, i) => (notNormal.includes(i) ? 0 : 1));
  const isConnected = Uint8Array.from(beats, (_, i) => (notConnected.includes(i) ? 0 : 1));
  return measureVariability(beats, isNormal, isConnected);
}

/** RR intervals of 1 s on average that go up and down by a sine of so many ms. */
function sineIntervals(seconds: number, amplitude: number, frequency: number): number[] {
  const intervals: number[] = [];
  for (let time = 0; time < seconds; ) {
    const interval = 1000 + amplitude * Math.sin(2 * Math.PI * frequency * time);
    intervals.push(interval);
    time += interval / 1000;
  }
  return intervals;
}

const few = [800, 810, 790, 850, 800, 800, 860];

describe("measureVariability", () => {
  it("measures a hand-made series", () => {
    // Differences: 10, -20, 60, -50, 0, 60. Squares: 100, 400, 3600, 2500, 0, 3600. 50 ms are not over 50 ms.
    const found = variabilityOf(few);
    expect(found).toMatchObject({ count: 7, excludedShare: 0, sdann: null, sdnnIndex: null, vlf: null, segments: 0 });
    expect(found.sdnn).toBeCloseTo(27.603, 3);
    expect(found.rmssd).toBeCloseTo(Math.sqrt(10_200 / 6), 6);
    expect(found.pnn50).toBeCloseTo(100 / 3, 6);
    expect(found.reasons).toEqual({
      segments: "fewer than 3 segments of 5 minutes with 80 % normal",
      spectrum: "no 5 minutes with 80 % normal intervals",
    });
  });

  it("counts no difference of 50 ms as over 50 ms, whatever the last bits of late times make of it", () => {
    const times = toBeats([800, 850, 800, 850, 800, 850, 800]).map((time) => Math.round((time + 977.1) * 1e4) / 1e4);
    const all = new Uint8Array(times.length).fill(1);
    expect(measureVariability(times, all, all).pnn50).toBe(0);
  });

  it("leaves out the intervals to both sides of a beat that is not normal, and takes no difference across them", () => {
    const intervals = [...few, 500, 1200, ...few];
    const found = variabilityOf(intervals, [8]);
    expect(found.count).toBe(14);
    expect(found.excludedShare).toBeCloseTo(2 / 16, 9);
    // The same differences twice, none from the last of the first to the first of the second.
    expect(found.rmssd).toBeCloseTo(variabilityOf(few).rmssd ?? 0, 6);
  });

  it("leaves out an interval with a gap in it", () => {
    const found = variabilityOf([...few, 900, ...few], [], [8]);
    expect(found).toMatchObject({ count: 14 });
    expect(found.rmssd).toBeCloseTo(variabilityOf(few).rmssd ?? 0, 6);
  });

  it("leaves out what no heart does between two beats", () => {
    expect(variabilityOf([...few, 100, 4000]).count).toBe(7);
  });

  it.each([
    { band: "vlf", frequency: 0.02, share: 0.97 },
    { band: "lf", frequency: 0.1, share: 0.97 },
    { band: "hf", frequency: 0.25, share: 0.9 },
  ] as const)("finds the power of a sine of $frequency Hz in $band", ({ band, frequency, share }) => {
    const found = variabilityOf(sineIntervals(310, 40, frequency));
    const { vlf, lf, hf } = found;
    const all = (vlf ?? 0) + (lf ?? 0) + (hf ?? 0);
    expect((found[band] ?? 0) / all).toBeGreaterThan(share);
    // A sine's variance is half its amplitude's square.
    expect(Math.abs(all / (0.5 * 40 ** 2) - 1)).toBeLessThan(0.1);
    expect(found.segments).toBe(1);
    expect(found.lfHf).toBeCloseTo((lf ?? 0) / (hf ?? 1), 9);
  });

  it("finds the same spectrum when a tenth of the beats is left out", () => {
    const intervals = sineIntervals(620, 40, 0.1);
    const some = Array.from({ length: 28 }, (_, i) => 20 * i + 10);
    const [all, fewer] = [variabilityOf(intervals), variabilityOf(intervals, some)];
    expect(fewer.excludedShare).toBeGreaterThan(0.08);
    expect(Math.abs((fewer.lf ?? 0) / (all.lf ?? 1) - 1)).toBeLessThan(0.1);
  });

  it("tells slow changes from those within 5 minutes", () => {
    // Four segments of 800, 1000, 800, 1000 ms, each of which goes up and down by 20 ms from beat to beat.
    const intervals = [800, 1000, 800, 1000].flatMap((base) =>
      Array.from({ length: 300_000 / base }, (_, i) => base + (i % 2 === 0 ? 20 : -20)),
    );
    const found = variabilityOf(intervals);
    expect(found.segments).toBe(4);
    expect(Math.abs((found.sdann ?? 0) / 115.47 - 1)).toBeLessThan(0.01);
    expect(Math.abs((found.sdnnIndex ?? 0) / 20 - 1)).toBeLessThan(0.1);
    expect(found.reasons).toEqual({});
  });

  it.each([0, 1, 2, 3])("has reasons, and no number, for %i beats", (count) => {
    const all = new Uint8Array(count).fill(1);
    const found = measureVariability(new Float64Array(count), all, all);
    expect(found).toMatchObject({ count: 0, sdnn: null, rmssd: null, pnn50: null, lfHf: null });
    expect(found.reasons.time).toBe("fewer than 5 normal intervals in a row");
  });

  it("has a power of nought, and no ratio, where nothing varies", () => {
    expect(variabilityOf(new Array(400).fill(1000))).toMatchObject({
      sdnn: 0,
      rmssd: 0,
      vlf: 0,
      lf: 0,
      hf: 0,
      lfHf: null,
    });
  });
});
