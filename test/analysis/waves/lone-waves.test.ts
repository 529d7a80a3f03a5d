import { describe, expect, it } from "vitest";
import { findLoneWaves } from "../../../src/analysis/waves/lone-waves.ts";
import { newRandom } from "../../support/golden-series.ts";

const RATE = 250;
const random = newRandom(3);
/** Irregular intervals of beats, in seconds. */
const INTERVALS = Array.from({ length: 40 }, () => 0.9 + 0.5 * random());
/** P waves 0.22 to 0.42 s before beats. */
const DELAYS = INTERVALS.map(() => 0.22 + 0.2 * random());

/** Waves of four that are up or down, each another. */
const SHAPES = INTERVALS.map(() => Array.from({ length: 4 }, () => (random() < 0.5 ? -1 : 1) * (0.5 + random())));

type Options = {
  /** How high P waves are, of a QRS complex of 1000, and how many times as high that of each beat is. */
  p?: number;
  times?: (beat: number) => number;
  /** How high each of the waves is that a P wave is made of, one after another. */
  shapes?: readonly (readonly number[])[];
  noise?: number;
  /** How high the waves of fibrillation are. */
  fibrillation?: number;
  intervals?: readonly number[];
  isLeftOut?: (beat: number) => boolean;
};

/** The shares of beats with lone waves in a lead with QRS complexes, T waves and P waves. */
function find({
  p = 0,
  times: timesOf = () => 1,
  shapes,
  noise = 5,
  fibrillation = 0,
  intervals = INTERVALS,
  isLeftOut = () => false,
}: Options) {
  let time = 1;
  const times = intervals.map((rr) => (time += rr));
  const grid = Float32Array.from({ length: RATE * (time + 2) }, (_, i) => {
    const seconds = i / RATE;
    let value = noise * (2 * random() - 1) + 100 * Math.sin(2 * seconds);
    value += fibrillation * Math.sin(2 * Math.PI * 6 * seconds + 2 * Math.sin(3.1 * seconds));
    for (const [b, at] of times.entries()) {
      const bump = (from: number, width: number) => Math.exp(-(((seconds - at - from) / width) ** 2));
      if (Math.abs(seconds - at) > 0.6) continue;
      value += 1000 * bump(0, 0.012) + 250 * bump(0.26, 0.06);
      const parts = shapes ? shapes[b] : [1];
      for (const [k, height] of parts.entries()) {
        value += p * timesOf(b) * height * bump(-DELAYS[b] + 0.025 * k, shapes ? 0.008 : 0.02);
      }
    }
    return value;
  });
  const centres = Int32Array.from(times, (at) => Math.round(at * RATE));
  const before = Float64Array.from(intervals, (rr, i) => (i > 0 ? rr : Number.NaN));
  const leftOut = Uint8Array.from(intervals, (_, i) => (isLeftOut(i) ? 1 : 0));
  return findLoneWaves({ grids: [grid], centres }, before, leftOut);
}

describe("findLoneWaves", () => {
  it("finds P waves that come another time before each beat", () => {
    const shares = find({ p: 60 });
    expect(shares[0]).toBe(0);
    expect(Math.min(...shares.subarray(1))).toBeGreaterThan(0.7);
  });

  it.each([
    { name: "nothing but noise", options: {} },
    { name: "fibrillation", options: { fibrillation: 40 } },
    { name: "fibrillation of which each wave is like the next", options: { fibrillation: 150, noise: 0 } },
    { name: "waves that are all of another shape", options: { p: 60, shapes: SHAPES } },
    { name: "P waves of one beat in five", options: { p: 60, times: (beat: number) => (beat % 5 === 0 ? 1 : 0) } },
    { name: "P waves in noise as high", options: { p: 40, noise: 60 } },
    { name: "beats that come too soon after T waves", options: { p: 60, intervals: INTERVALS.map(() => 0.74) } },
  ])("finds none in $name", ({ options }) => {
    expect(Math.max(...find(options))).toBe(0);
  });

  it("passes over beats that are left out, and those behind them", () => {
    const shares = find({ p: 60, isLeftOut: (beat) => beat % 5 === 0 });
    expect([...shares.keys()].filter((beat) => shares[beat] === 0)).toEqual(
      [...shares.keys()].filter((beat) => beat % 5 < 2),
    );
  });
});
