import { describe, expect, it } from "vitest";
import { type AlignedBeats, BEFORE, WINDOW } from "../../../src/analysis/waves/average-beats.ts";
import { lookAtQrs } from "../../../src/analysis/waves/qrs-look.ts";

const BEATS = 3;
const LENGTH = BEATS * WINDOW;

/** A beat in uV, by the grid samples from its R peak: its QRS complex begins and ends where these are. */
function waveOf(onset: number, end: number) {
  return (k: number) => {
    const bell = (at: number, width: number) => Math.exp(-0.5 * ((k - at) / width) ** 2);
    const r = k <= 0 ? 1 - k / onset : 1 - k / end;
    return 120 * bell(-40, 6) + 1000 * Math.max(0, r) + 300 * bell(70, 12);
  };
}

/** Three beats in leads that are all alike. */
function align(waves: ((k: number) => number)[], leadCount: number, unit = 1): AlignedBeats {
  const grid = Float32Array.from(
    { length: LENGTH },
    (_, k) => unit * waves[Math.floor(k / WINDOW)]((k % WINDOW) - BEFORE),
  );
  const average = Float64Array.from({ length: leadCount * WINDOW }, (_, i) => {
    const ofBeats = waves.map((_, b) => grid[b * WINDOW + (i % WINDOW)]);
    return ofBeats.reduce((sum, value) => sum + value, 0) / BEATS;
  });
  return {
    shown: Array.from({ length: leadCount }, (_, l) => l),
    grids: Array.from({ length: leadCount }, () => grid),
    gaps: Array.from({ length: leadCount }, () => new Int32Array(LENGTH)),
    centres: Int32Array.from(waves, (_, b) => b * WINDOW + BEFORE),
    kindOf: new Int32Array(BEATS),
    averages: [average],
    sums: [average],
  };
}

const usual = waveOf(-10, 11);

describe("lookAtQrs", () => {
  it("points at where QRS complexes begin and end", () => {
    const found = [
      [-8, 9],
      [-10, 11],
      [-12, 14],
      [-14, 16],
    ].map(([onset, end]) => {
      const wave = waveOf(onset, end);
      const [[{ times }]] = lookAtQrs(align([wave, wave, wave], 1));
      expect(Math.abs(times[0] - onset)).toBeLessThan(5);
      expect(Math.abs(times[1] - end)).toBeLessThan(5);
      return times;
    });
    for (let i = 1; i < found.length; i++) {
      expect(found[i][0]).toBeLessThan(found[i - 1][0]);
      expect(found[i][1]).toBeGreaterThan(found[i - 1][1]);
    }
  });

  it("looks at each beat, not only at their average", () => {
    const [first, wide, last] = lookAtQrs(align([usual, waveOf(-16, 11), usual], 2));
    expect(first[0].times[0]).toBe(last[0].times[0]);
    expect(wide[0].times[0]).toBeLessThan(first[0].times[0] - 2);
  });

  it("points at the same places whatever the unit, and in each of several leads that are alike", () => {
    const [one] = lookAtQrs(align([usual, usual, usual], 1));
    const [others] = lookAtQrs(align([usual, usual, usual], 3, 5));
    for (const { times } of others) {
      times.forEach((time, p) => {
        expect(time).toBeCloseTo(one[0].times[p], 2);
      });
    }
  });

  it("looks at beats at the ends of what there is", () => {
    const aligned = align([usual, usual, usual], 1);
    aligned.grids[0] = aligned.grids[0].subarray(BEFORE - 20, LENGTH - WINDOW + BEFORE + 20);
    aligned.centres = aligned.centres.map((centre) => centre - BEFORE + 20);
    const found = lookAtQrs(aligned);
    for (const [{ times }] of found) for (const time of times) expect(Number.isFinite(time)).toBe(true);
    expect(Math.abs(found[0][0].times[0] - found[1][0].times[0])).toBeLessThan(1);
  });
});
