import { describe, expect, it } from "vitest";
import { BEFORE, WINDOW } from "../../../src/analysis/waves/average-beats.ts";
import { pointAtWaves } from "../../../src/analysis/waves/wave-model.ts";

/** A P wave, a QRS complex and a T wave, in uV. */
const beat = Float64Array.from({ length: WINDOW }, (_, k) => {
  const bell = (at: number, width: number) => Math.exp(-0.5 * ((k - BEFORE - at) / width) ** 2);
  return 120 * bell(-34, 6) + 1000 * bell(0, 2) + 300 * bell(66, 12);
});

describe("pointAtWaves", () => {
  it("points at the waves of a lead that is alone as at those of two that are the same", () => {
    const [alone] = pointAtWaves(beat, 1);
    const twice = new Float64Array(2 * WINDOW);
    twice.set(beat);
    twice.set(beat, WINDOW);
    for (const { times, spreads } of pointAtWaves(twice, 2)) {
      times.forEach((time, p) => {
        expect(time).toBe(alone.times[p]);
      });
      spreads.forEach((spread, p) => {
        expect(spread).toBe(alone.spreads[p]);
      });
    }
  });
});
