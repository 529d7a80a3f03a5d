import { describe, expect, it } from "vitest";
import { findLoneWaves } from "../../../src/analysis/waves/lone-waves.ts";
import { newRandom } from "../../support/golden-series.ts";

const RATE = 250;
const random = newRandom(3);
/** Irregular intervals of beats, in seconds. */
const INTERVALS = Array.from({ length: 40 }, () => 0.9 + 0.5 * random());
/** P waves 0.22 to 0.42 s before beats. */
const DELAYS = INTERVALS.map(() => 0.22 + 0.2 * random());

type Part = { height: number; after: number; width: number };
/** The parts of a P wave, and of an artefact: up and down four times. */
const P_WAVE: Part[] = [{ height: 1, after: 0, width: 0.02 }];
const ARTEFACT = Array.from({ length: 8 }, (_, k): Part => ({ height: (-1) ** k, after: 0.012 * k, width: 0.005 }));

type Options = {
  /** How high P waves are, of a QRS complex of 1000, and how many times as high that of each beat is. */
  p?: number;
  times?: (beat: number) => number;
  /** Before which beats there is an artefact in its place. */
  isArtefact?: (beat: number) => boolean;
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
  isArtefact = () => false,
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
      const parts = isArtefact(b) ? ARTEFACT : P_WAVE;
      for (const { height, after, width } of parts) value += p * timesOf(b) * height * bump(after - DELAYS[b], width);
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
    { name: "P waves of one beat in four", options: { p: 200, times: (beat: number) => (beat % 4 === 0 ? 1 : 0) } },
    { name: "P waves in noise as high", options: { p: 40, noise: 60 } },
    { name: "beats that come too soon after T waves", options: { p: 60, intervals: INTERVALS.map(() => 0.74) } },
  ])("finds none in $name", ({ options }) => {
    expect(Math.max(...find(options))).toBe(0);
  });

  it("counts no wave that is unlike the others", () => {
    const shares = find({ p: 100, isArtefact: (beat) => beat % 3 === 0 });
    expect(Math.max(...shares)).toBeLessThan(0.8);
    expect(Math.min(...shares.subarray(1))).toBeGreaterThan(0.5);
  });

  it("passes over beats that are left out, and those behind them", () => {
    const shares = find({ p: 60, isLeftOut: (beat) => beat % 5 === 0 });
    expect([...shares.keys()].filter((beat) => shares[beat] === 0)).toEqual(
      [...shares.keys()].filter((beat) => beat % 5 < 2),
    );
  });
});
