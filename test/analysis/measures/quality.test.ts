import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FAULTS, findUnusable, newQuality, type Quality } from "../../../src/analysis/measures/quality.ts";
import { MISSING } from "../../../src/recording/recording.ts";
import { runs } from "../../support/runs.ts";
import { syntheticEcg } from "../../support/synthetic-ecg.ts";

function qualityOf(samples: Int32Array, samplingRate = 500, gain: number | null = 1000): Quality {
  const quality = newQuality(samplingRate, gain);
  quality.push(samples);
  return quality.finish();
}

/** Lead II of a generated ECG with a wave added, in ADC units of 1 uV. */
function ecgWith(wave: (time: number, i: number) => number, seconds = 10): Int32Array {
  const { samples } = syntheticEcg({ seconds, noise: 0.003 }).leads[1];
  return samples.map((sample, i) => Math.round(sample + wave(i / 500, i)));
}

/** Uniform noise with a deviation of 1, the same at each run. */
function noise(i: number): number {
  const bits = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul((i + 7) * (i + 3), 0x85ebca6b);
  return (((bits >>> 8) & 0xffff) / 0xffff - 0.5) * Math.sqrt(12);
}

const clean = ecgWith(() => 0);

describe("newQuality", () => {
  it("finds a generated ECG usable in each second", () => {
    const quality = qualityOf(clean);
    expect(quality).toMatchObject({ unit: "mV", missingShare: 0, flatShare: 0, clippedShare: 0, usableShare: 1 });
    expect(quality.faults).toEqual(new Uint8Array(10));
    expect(quality.noise).toBeLessThan(0.01);
    expect(quality.hum?.amplitude).toBeLessThan(0.01);
  });

  it.each([50, 60] as const)("measures a mains hum of %i Hz", (frequencyHz) => {
    const { hum, noise } = qualityOf(ecgWith((time) => 100 * Math.sin(2 * Math.PI * frequencyHz * time)));
    expect(hum?.frequencyHz).toBe(frequencyHz);
    expect(hum?.amplitude).toBeCloseTo(0.1, 2);
    expect(noise).toBeLessThan(0.03);
  });

  it.each([
    { of: 50, samplingRate: 112, told: 50 },
    { of: 50, samplingRate: 111, told: undefined },
    { of: 60, samplingRate: 134, told: 60 },
    { of: 60, samplingRate: 133, told: 50 },
  ])("tells a hum of $of Hz up to 0.45 of the rate: at $samplingRate Hz as $told", ({ of, samplingRate, told }) => {
    const samples = Int32Array.from({ length: 10 * samplingRate }, (_, i) =>
      Math.round(1000 * Math.sin((2 * Math.PI * of * i) / samplingRate)),
    );
    expect(qualityOf(samples, samplingRate).hum?.frequencyHz).toBe(told);
  });

  it.each([
    { frequencyHz: 50, height: 500, share: 1 },
    { frequencyHz: 60, height: 500, share: 1 },
    { frequencyHz: 50, height: 3000, share: 0 },
    { frequencyHz: 60, height: 3000, share: 0 },
  ])(
    "finds $share of an ECG usable with hum of $height uV at $frequencyHz Hz: of more than the QRS complexes none",
    (hum) => {
      const { usableShare } = qualityOf(
        ecgWith((time) => hum.height * Math.sin(2 * Math.PI * (hum.frequencyHz + 0.1) * time)),
      );
      expect(usableShare).toBe(hum.share);
    },
  );

  it("finds no second usable with noise, whatever the hum", () => {
    const noisy = (i: number) => 500 * noise(i);
    for (const height of [0, 100, 300]) {
      const samples = ecgWith((time, i) => height * Math.sin(2 * Math.PI * 50 * time) + noisy(i));
      expect(qualityOf(samples).usableShare).toBe(0);
    }
  });

  it("measures the baseline's wander from its lowest to its highest", () => {
    const { baselineWander } = qualityOf(ecgWith((time) => 1000 * Math.sin(2 * Math.PI * 0.25 * time), 30));
    expect(baselineWander).toBeGreaterThan(1.3);
    expect(baselineWander).toBeLessThan(2.4);
  });

  it("measures more noise where there is more", () => {
    const [less, more] = [20, 60].map((height) => qualityOf(ecgWith((_, i) => height * noise(i))).noise ?? 0);
    expect(less).toBeGreaterThan(0.015);
    expect(more / less).toBeGreaterThan(2.5);
    expect(more / less).toBeLessThan(3.5);
  });

  it("gives its values in ADC units where no gain is known", () => {
    const hum = ecgWith((time) => 100 * Math.sin(2 * Math.PI * 50 * time));
    expect(qualityOf(hum, 500, null)).toMatchObject({ unit: "ADC units", hum: { frequencyHz: 50 } });
    expect(qualityOf(hum, 500, null).hum?.amplitude).toBeCloseTo(100, -1);
  });

  it("gives the same for an inverted scale", () => {
    expect(qualityOf(clean, 500, -1000)).toEqual(qualityOf(clean));
  });

  it("names what is wrong with each second", () => {
    const samples = clean.slice();
    samples.fill(7, 500, 1000);
    samples.fill(MISSING, 1000, 1400);
    for (let i = 2000; i < 2500; i++) samples[i] = Math.min(200, Math.max(-200, Math.round(900 * Math.sin(i / 30))));
    samples[3200] = 40_000;
    const quality = qualityOf(samples);
    expect([...quality.faults]).toEqual([
      0,
      FAULTS.flat,
      FAULTS.missing,
      0,
      FAULTS.clipped,
      0,
      FAULTS.beyondRange,
      0,
      0,
      0,
    ]);
    expect(quality).toMatchObject({ missingShare: 0.08, flatShare: 0.1, usableShare: 0.6 });
  });

  it.each([
    { name: "noise alone", samples: clean.map((_, i) => Math.round(100 * noise(i))), fault: FAULTS.noisy },
    {
      name: "mains hum alone",
      samples: clean.map((_, i) => Math.round(500 * Math.sin((2 * Math.PI * 50 * i) / 500))),
      fault: FAULTS.hum,
    },
    { name: "one value alone", samples: new Int32Array(5000).fill(-3), fault: FAULTS.flat },
    { name: "missing samples alone", samples: new Int32Array(5000).fill(MISSING), fault: FAULTS.missing },
  ])("finds no second of $name usable", ({ samples, fault }) => {
    const quality = qualityOf(samples);
    expect(quality.usableShare).toBe(0);
    for (const second of quality.faults) expect(second & fault).toBe(fault);
  });

  it("has no verdict without samples", () => {
    expect(newQuality(500, null).finish()).toEqual({
      unit: "ADC units",
      missingShare: 0,
      flatShare: 0,
      clippedShare: 0,
      hum: null,
      baselineWander: null,
      noise: null,
      usableShare: null,
      faults: new Uint8Array(0),
    });
  });

  it("gives the same however the samples are cut", () => {
    const samples = ecgWith((time, i) => 30 * Math.sin(2 * Math.PI * 50 * time) + 20 * noise(i), 4);
    samples.fill(MISSING, 700, 900);
    const rate = fc.constantFrom(8, 99.7, 250, 500);
    fc.assert(
      fc.property(rate, fc.array(fc.nat(samples.length), { maxLength: 12 }), (samplingRate, cuts) => {
        const quality = newQuality(samplingRate, 1000);
        const ends = [0, ...cuts.sort((a, b) => a - b), samples.length];
        for (let i = 1; i < ends.length; i++) quality.push(samples.subarray(ends[i - 1], ends[i]));
        expect(quality.finish()).toEqual(qualityOf(samples, samplingRate));
      }),
      { numRuns: runs(60) },
    );
  });

  it("answers with finite numbers for any samples at any rate", () => {
    const sample = fc.oneof(fc.integer({ min: -2147483647, max: 2147483647 }), fc.constantFrom(MISSING, 0, 1));
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 300 }), fc.constantFrom(0.3, 8, 60, 125, 100_000), (values, rate) => {
        const { faults, ...quality } = qualityOf(Int32Array.from(values), rate);
        expect(JSON.stringify(Object.values(quality))).not.toContain("NaN");
        for (const value of [quality.noise, quality.baselineWander, quality.hum?.amplitude, quality.usableShare]) {
          expect(value == null || Number.isFinite(value)).toBe(true);
        }
        expect(faults.length).toBe(values.length === 0 ? 0 : Math.floor((values.length - 1) / rate) + 1);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe("findUnusable", () => {
  const { noisy, flat } = FAULTS;
  it.each([
    { name: "no lead", leads: [], times: [] },
    { name: "a usable lead", leads: [[0, 0, 0]], times: [] },
    {
      name: "a lead that is not, twice",
      leads: [[noisy, 0, flat, flat]],
      times: [
        [20, 21],
        [22, 23.5],
      ],
    },
    {
      name: "leads of which one is always usable",
      leads: [
        [noisy, 0, 0],
        [0, flat, flat],
      ],
      times: [],
    },
    {
      name: "leads that are unusable together, and after the end of one",
      leads: [
        [flat, 0],
        [noisy, 0, 0, flat],
      ],
      times: [
        [20, 21],
        [23, 23.5],
      ],
    },
  ])("finds the seconds without a usable lead of $name", ({ leads, times }) => {
    const found = findUnusable(
      leads.map((faults) => Uint8Array.from(faults)),
      20,
      23.5,
    );
    expect(found.map(({ from, to }) => [from, to])).toEqual(times);
  });
});
