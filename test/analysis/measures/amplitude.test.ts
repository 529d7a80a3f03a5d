import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newAmplitude } from "../../../src/analysis/measures/amplitude.ts";
import { MISSING } from "../../../src/recording/recording.ts";

function amplitudeOf(samples: number[], samplingRate: number | null, gain: number | null, baseline = 0) {
  const amplitude = newAmplitude(samplingRate, gain, baseline);
  amplitude.push(Int32Array.from(samples));
  return amplitude.finish();
}

/** Seven windows of 2 s at 5 Hz, each from 0 to 1000, but one with an artefact. */
const windows = Array.from({ length: 70 }, (_, i) => (i === 42 ? -9000 : i % 10 === 3 ? 1000 : 0));

describe("newAmplitude", () => {
  it.each([
    { name: "the middle of the windows' ranges", gain: 500, baseline: 0, expected: [-18, 2, 2] },
    { name: "heights above the baseline", gain: 500, baseline: 100, expected: [-18.2, 1.8, 2] },
    { name: "an inverted scale the right way up", gain: -500, baseline: 0, expected: [-2, 18, 2] },
  ])("gives $name", ({ gain, baseline, expected }) => {
    const found = amplitudeOf(windows, 5, gain, baseline);
    expect([found?.minimum, found?.maximum]).toEqual(expected.slice(0, 2));
    // Ranges are counted in bins of 1 %.
    expect(Math.abs((found?.range ?? 0) / expected[2] - 1)).toBeLessThan(0.006);
  });

  it.each([
    { name: "passes over missing samples", samples: [MISSING, 5, MISSING, -5], rate: 5, expected: [-5, 5, 10] },
    { name: "takes what there is when it is shorter than a window", samples: [1, 4], rate: 500, expected: [1, 4, 3] },
    { name: "takes the range of all samples without a rate", samples: [1, 4, 9], rate: null, expected: [1, 9, 8] },
    { name: "gives nought for one sample", samples: [3], rate: 500, expected: [3, 3, 0] },
  ])("$name", ({ samples, rate, expected }) => {
    const [minimum, maximum, range] = expected;
    expect(amplitudeOf(samples, rate, 1)).toEqual({ minimum, maximum, range });
  });

  it.each([
    { name: "no gain", samples: [1, 2], gain: null },
    { name: "no sample", samples: [], gain: 1 },
    { name: "missing samples alone", samples: [MISSING, MISSING], gain: 1 },
  ])("is null with $name", ({ samples, gain }) => {
    expect(amplitudeOf(samples, 500, gain)).toBeNull();
  });

  it("gives the same however the samples are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(windows.length), { maxLength: 10 }), fc.constantFrom(0.2, 5, 7.3), (cuts, rate) => {
        const amplitude = newAmplitude(rate, 500, 0);
        const ends = [0, ...cuts.sort((a, b) => a - b), windows.length];
        for (let i = 1; i < ends.length; i++) amplitude.push(Int32Array.from(windows.slice(ends[i - 1], ends[i])));
        expect(amplitude.finish()).toEqual(amplitudeOf(windows, rate, 500));
      }),
    );
  });
});
