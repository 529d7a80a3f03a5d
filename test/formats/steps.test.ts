import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toSteps } from "../../src/formats/steps.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { runs } from "../support/runs.ts";

describe("doubles that are multiples of one step", () => {
  const sample = fc.oneof(fc.integer({ min: -(2 ** 15), max: 2 ** 15 }), fc.integer({ min: -(2 ** 23), max: 2 ** 23 }));
  const gain = fc.oneof(
    fc.constantFrom(200, 204.8, 1000, 1000 / 4.88, 409.6, 1 / 3, 1000 / 2.5, 8388607 / 2400),
    fc.double({ min: 0.01, max: 1e6, noNaN: true }),
  );

  it.each<{ what: string; work: (sample: number, gain: number) => number }>([
    { what: "divided by a gain", work: (sample, gain) => sample / gain },
    { what: "multiplied by a step", work: (sample, gain) => sample * (1 / gain) },
  ])("are these integers, $what", ({ work }) => {
    fc.assert(
      fc.property(gain, fc.array(sample, { minLength: 20, maxLength: 60 }), (gain, rest) => {
        // With 1 among them no larger step has all of them.
        const samples = [1, ...rest];
        const steps = toSteps(
          Float64Array.from(samples, (sample) => work(sample, gain)),
          1e9,
        );
        expect([...(steps?.samples ?? [])]).toEqual(samples);
        expect(steps?.error).toBe(0);
        expect(Math.abs((steps?.perUnit ?? 0) / gain - 1)).toBeLessThan(1e-14);
      }),
      { numRuns: runs(500), seed: 1 },
    );
  });

  it.each([200, 204.8, 409.6, 1000 / 4.88, 1 / 3])("give the gain %d as it was", (gain) => {
    const values = Float64Array.from({ length: 100 }, (_, i) => ((i * 37) % 101) / gain);
    expect(toSteps(values, 1e9)?.perUnit).toBe(gain);
  });

  it("may have gaps and zeros", () => {
    expect(toSteps(Float64Array.of(0, Number.NaN, 7 / 300, -2 / 300), 1e9)).toEqual({
      samples: Int32Array.of(0, MISSING, 7, -2),
      perUnit: 300,
      error: 0,
    });
  });
});

it("rounds others to the finest power of ten that fits, and says by how much", () => {
  const values = Float64Array.of(Math.PI, -Math.E, Math.SQRT2);
  const { samples, perUnit, error } = toSteps(values, 1e9) ?? {};
  expect([perUnit, ...(samples ?? [])]).toEqual([1e8, 314159265, -271828183, 141421356]);
  expect(error).toBeCloseTo(3.589793e-9, 14);
});

it("rounds to no finer step than it may", () => {
  expect(toSteps(Float64Array.of(Math.PI, -Math.E, Math.SQRT2), 1e3)?.samples).toEqual(
    Int32Array.of(3142, -2718, 1414),
  );
});

it.each([
  { resolution: 0.005, samples: [628, -544], perUnit: 200 },
  { resolution: 0.00488, samples: [644, -557], perUnit: 1 / 0.00488 },
])("rounds to the step that is named: $resolution", ({ resolution, samples, perUnit }) => {
  const steps = toSteps(Float64Array.of(Math.PI, -Math.E), 1e9, resolution);
  expect([...(steps?.samples ?? [])]).toEqual(samples);
  expect(steps?.perUnit).toBe(perUnit);
  expect(steps?.error).toBeGreaterThan(0.001);
});

it.each([
  { what: "larger numbers than 32 bits", values: [2 ** 31, Math.PI], resolution: undefined },
  { what: "more steps than 32 bits", values: [3], resolution: 1e-9 },
  { what: "a finer step than it may have", values: [1e-9], resolution: 1e-10 },
])("does not know $what", ({ values, resolution }) => {
  expect(toSteps(Float64Array.from(values), 1e9, resolution)).toBeUndefined();
});
