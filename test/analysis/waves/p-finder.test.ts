import { describe, expect, it } from "vitest";
import { newPFinder } from "../../../src/analysis/waves/p-finder.ts";

/** At 250 Hz: where P waves are, in seconds. Beats follow on the first six, 0.16 s later. */
const P_TIMES = [1, 2, 3, 4, 5, 6, 6.7];

const grid = Float32Array.from({ length: 2000 }, (_, i) => {
  const wave = (at: number, width: number, height: number) => height * Math.exp(-(((i / 250 - at) / width) ** 2));
  const p = P_TIMES.reduce((sum, at) => sum + wave(at, 0.025, 100), 0);
  const beat = P_TIMES.slice(0, 6).reduce(
    (sum, at) => sum + wave(at + 0.16, 0.012, 1000) + wave(at + 0.42, 0.06, 200),
    0,
  );
  return p + beat + 3 * Math.sin(0.7 * i);
});
const centres = Int32Array.from(P_TIMES.slice(0, 6), (at) => Math.round(250 * (at + 0.16)));
const finder = newPFinder({ grids: [grid], centres }, [0], { from: -60, to: -10 }, [0, 1, 2, 3, 4, 5]);

describe("newPFinder", () => {
  it("finds P waves where they are before beats, and one that no beat follows", () => {
    for (const p of P_TIMES) expect(finder.likenessNear(p + 0.16 + finder.fromPeak)).toBeGreaterThan(0.95);
    // 24 ms off at the most.
    expect(finder.likenessNear(6.7 + 0.16 + finder.fromPeak + 0.022)).toBeGreaterThan(0.95);
    expect(finder.likenessNear(6.7 + 0.16 + finder.fromPeak + 0.06)).toBeLessThan(0.5);
  });

  it("goes by the middle of several leads, wherever the steepest is in each", () => {
    // In the second lead P waves come later; in the third what is before beats is steepest in their own beginning, and P waves are not to be seen.
    const later = grid.map((_, i) => grid[Math.max(0, i - 4)]);
    const blind = Float64Array.from(grid, (_, i) => 3 * Math.sin(0.7 * i));
    for (const centre of centres) for (let i = -14; i < 0; i++) blind[centre + i] += 20 * (i + 14);
    const range = { from: -60, to: -10 };
    const of = (leads: number[]) =>
      newPFinder({ grids: [grid, later, Float32Array.from(blind)], centres }, leads, range, [0, 1, 2, 3, 4, 5]);
    const likenessOfLast = (leads: number[]) => {
      const { fromPeak, likenessNear } = of(leads);
      return likenessNear(6.7 + 0.16 + fromPeak);
    };
    expect(likenessOfLast([2])).toBeLessThan(0.5);
    expect(likenessOfLast([2, 0, 1])).toBeGreaterThan(0.95);
    // In the last 36 samples there is not all of one that comes later.
    expect(of([0]).likenessNear(7.852)).not.toBeNaN();
    expect(of([0, 1]).likenessNear(7.852)).toBeNaN();
  });

  it("finds less that is alike in a T wave, in a QRS complex and where there is nothing", () => {
    for (const at of [2.42, 2.16, 7.3]) expect(finder.likenessNear(at + 0.16 + finder.fromPeak)).toBeLessThan(0.8);
  });

  it("knows nothing beyond the signal, and of an unknown time", () => {
    for (const at of [-1, 0, 7.95, 9, Number.NaN]) expect(finder.likenessNear(at)).toBeNaN();
  });
});
