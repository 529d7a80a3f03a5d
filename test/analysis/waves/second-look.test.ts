import { describe, expect, it } from "vitest";
import { BEFORE, WINDOW } from "../../../src/analysis/waves/average-beats.ts";
import { lookAgain as lookAtAll } from "../../../src/analysis/waves/second-look.ts";
import { POINTS } from "../../../src/analysis/waves/wave-model.ts";

/** Grid samples from the R peak, in the order of the points. */
const TIMES = Float64Array.of(-48, -22, -10, 12, 40, 88, -34, 66);

/** A P wave, a QRS complex of a height, and a T wave, in uV. */
function beat(qrsHeight: number): Float64Array {
  const bell = (k: number, at: number, width: number) => Math.exp(-0.5 * ((k - BEFORE - at) / width) ** 2);
  return Float64Array.from(
    { length: WINDOW },
    (_, k) =>
      120 * bell(k, -34, 6) + (Math.abs(k - BEFORE) < 5 ? qrsHeight * bell(k, 0, 2) : 0) + 300 * bell(k, 66, 12),
  );
}

function lookAgain(window: Float64Array, times: Float64Array): Float64Array {
  return lookAtAll(window, [0], [times])[0];
}

describe("lookAgain", () => {
  it("sees a P wave alike before a QRS complex of any height", () => {
    const [low, high] = [800, 4000].map((height) => lookAgain(beat(height), TIMES));
    for (const point of ["pOnset", "pEnd"] as const) {
      expect(high[POINTS.indexOf(point)]).toBe(low[POINTS.indexOf(point)]);
    }
    expect(high[POINTS.indexOf("qrsOnset")]).not.toBe(low[POINTS.indexOf("qrsOnset")]);
  });

  it("leaves the points alone that it has no look for", () => {
    const looked = lookAgain(beat(1000), TIMES);
    for (const point of ["tOnset", "pPeak", "tPeak"] as const) {
      expect(looked[POINTS.indexOf(point)]).toBe(TIMES[POINTS.indexOf(point)]);
    }
  });

  it("points at the same places whatever the unit", () => {
    const window = beat(1000);
    const scaled = window.map((value) => 5 * value);
    const [one, other] = [lookAgain(window, TIMES), lookAgain(scaled, TIMES)];
    one.forEach((time, p) => {
      expect(other[p]).toBeCloseTo(time, 2);
    });
  });
});
