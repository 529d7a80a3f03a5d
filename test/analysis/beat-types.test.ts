import { describe, expect, it } from "vitest";
import { typeBeats } from "../../src/analysis/beat-types.ts";
import { findBeats } from "../../src/analysis/beats.ts";

const RATE = 250;

/** A beat of one wave up and one down: as wide (seconds) and as high (ADC units) as it is said. */
function addBeat(samples: Int32Array, at: number, width: number, height: number) {
  for (let i = 0; i < samples.length; i++) {
    const t = (i / RATE - at) / width;
    if (Math.abs(t) < 5) samples[i] += Math.round(height * (Math.exp(-t * t) - 0.3 * Math.exp(-((t - 1.5) ** 2))));
  }
}

/** One beat a second for 60 s, but for those that are replaced. */
function typesOf(others: Record<number, { at: number; width: number; height: number }>) {
  const samples = new Int32Array(60 * RATE);
  for (let i = 1; i < 60; i++) {
    const { at, width, height } = others[i] ?? { at: i, width: 0.015, height: 1000 };
    addBeat(samples, at, width, height);
  }
  return typeBeats(findBeats([{ samples, samplingRate: RATE }]));
}

describe("typeBeats", () => {
  it("takes beats of one shape in a regular rhythm as normal", () => {
    expect(new Set(typesOf({}))).toEqual(new Set(["N"]));
  });

  it("takes early wide ones of another shape as ventricular", () => {
    const early = { width: 0.05, height: -1500 };
    const types = typesOf({ 10: { at: 9.6, ...early }, 20: { at: 19.6, ...early }, 30: { at: 29.6, ...early } });
    expect([types[9], types[19], types[29]]).toEqual(["V", "V", "V"]);
    expect(types.filter((type) => type !== "N")).toHaveLength(3);
  });

  it("takes early ones of the same shape as supraventricular", () => {
    const types = typesOf({
      10: { at: 9.6, width: 0.015, height: 1000 },
      30: { at: 29.6, width: 0.015, height: 1000 },
    });
    expect([types[9], types[29]]).toEqual(["S", "S"]);
  });

  it("has nothing to say of no beats", () => {
    expect(typeBeats(findBeats([]))).toEqual([]);
  });
});
