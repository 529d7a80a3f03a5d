import { describe, expect, it } from "vitest";
import { newAxes } from "../../../src/analysis/measures/axis.ts";
import type { Waves } from "../../../src/analysis/waves/delineation.ts";
import { type Lead, MISSING } from "../../../src/recording/recording.ts";

const SAMPLING_RATE = 500;
const waves: Waves = {
  pOnset: 0.2,
  pPeak: 0.25,
  pEnd: 0.3,
  qrsOnset: 0.36,
  rPeak: 0.4,
  qrsEnd: 0.46,
  tOnset: 0.56,
  tPeak: 0.65,
  tEnd: 0.76,
};
const VIEWS = {
  I: [0, 1],
  II: [60, 1],
  III: [120, 1],
  aVR: [-150, 0.866],
  aVL: [-30, 0.866],
  aVF: [90, 0.866],
  V1: [20, 1],
};

type Gains = Partial<Record<keyof typeof VIEWS, number | null>>;

/** Half a sine from one time to another, in each lead as high as the vector of this direction looks from there. */
function ecg(degrees: { p: number; qrs: number; t: number }, gains: Gains): Lead[] {
  const spans = [
    [degrees.p, 0.2, 0.3, 0.1],
    [degrees.qrs, 0.36, 0.46, 1],
    [degrees.t, 0.56, 0.76, 0.3],
  ];
  return Object.entries(gains).map(([name, gain = null]) => {
    const [view, factor] = VIEWS[name as keyof typeof VIEWS];
    const samples = Int32Array.from({ length: 500 }, (_, i) => {
      const time = i / SAMPLING_RATE;
      const millivolts = spans.map(([angle, from, to, height]) =>
        time < from || time > to
          ? 0
          : height *
            factor *
            Math.cos(((angle - view) * Math.PI) / 180) *
            Math.sin((Math.PI * (time - from)) / (to - from)),
      );
      return Math.round(3000 + (gain ?? 1000) * millivolts.reduce((a, b) => a + b));
    });
    return { name, samplingRate: SAMPLING_RATE, samples, gain, baseline: 3000 };
  });
}

function axesOf(leads: Lead[]) {
  const axes = newAxes();
  for (const lead of leads) axes.add(lead, [waves]);
  return axes.result();
}

describe("newAxes", () => {
  it.each([
    { name: "all limb leads", gains: { I: 1000, II: 1000, III: 1000, aVR: 1000, aVL: 1000, aVF: 1000, V1: 1000 } },
    { name: "I and aVF", gains: { I: 1000, aVF: 1000 } },
    { name: "leads of different gains, one of them inverted", gains: { I: -500, II: 2000 } },
    { name: "leads of which no gain is known", gains: { I: null, III: null } },
  ])("finds the directions of P, QRS and T from $name", ({ gains }) => {
    for (const degrees of [
      { p: 50, qrs: 30, t: 45 },
      { p: -80, qrs: -60, t: 120 },
      { p: 170, qrs: -170, t: -100 },
    ]) {
      const found = axesOf(ecg(degrees, gains));
      expect(Math.abs((found.p ?? 999) - degrees.p)).toBeLessThan(1);
      expect(Math.abs((found.qrs ?? 999) - degrees.qrs)).toBeLessThan(1);
      expect(Math.abs((found.t ?? 999) - degrees.t)).toBeLessThan(1);
    }
  });

  it("has -180 degrees, and not 180, against lead I", () => {
    expect(axesOf(ecg({ p: 180, qrs: 180, t: 180 }, { I: 1000, aVF: 1000 }))).toEqual({ p: -180, qrs: -180, t: -180 });
  });

  it("hardly turns for a sample that noise has moved where a wave begins or ends", () => {
    const degrees = { p: 50, qrs: 30, t: 45 };
    const [first, second] = ecg(degrees, { I: 1000, II: 1000 });
    const samples = first.samples.slice();
    for (const time of [waves.pOnset, waves.qrsOnset, waves.tEnd]) samples[Math.round((time ?? 0) * 500)] += 40;
    const found = axesOf([{ ...first, samples }, second]);
    for (const wave of ["p", "qrs", "t"] as const) {
      expect(Math.abs((found[wave] ?? 999) - degrees[wave]), wave).toBeLessThan(7);
    }
  });

  it("is of all beats that were added", () => {
    const axes = newAxes();
    for (const lead of ecg({ p: 20, qrs: 20, t: 20 }, { I: 1000, II: 1000 })) axes.add(lead, [waves]);
    for (const lead of ecg({ p: 40, qrs: 40, t: 40 }, { I: 1000, II: 1000 })) axes.add(lead, [waves]);
    expect(axes.result().qrs).toBeCloseTo(30, 0);
  });

  const normal = { p: 50, qrs: 30, t: 45 };
  it.each([
    { name: "no leads", leads: [] },
    { name: "one limb lead", leads: ecg(normal, { I: 1000, V1: 1000 }) },
    {
      name: "flat leads",
      leads: ecg(normal, { I: 1000, II: 1000 }).map((l) => ({ ...l, samples: new Int32Array(500) })),
    },
    {
      name: "missing samples",
      leads: ecg(normal, { I: 1000, II: 1000 }).map((l) => ({ ...l, samples: l.samples.map(() => MISSING) })),
    },
    {
      name: "leads that end before",
      leads: ecg(normal, { I: 1000, II: 1000 }).map((l) => ({ ...l, samples: l.samples.slice(0, 90) })),
    },
    { name: "no rate", leads: ecg(normal, { I: 1000, II: 1000 }).map((l) => ({ ...l, samplingRate: null })) },
  ])("has no answer for $name", ({ leads }) => {
    expect(axesOf(leads)).toEqual({ p: null, qrs: null, t: null });
  });

  it("has no axis of a wave that was not found", () => {
    const axes = newAxes();
    const withoutP = { ...waves, pOnset: null, pPeak: null, pEnd: null };
    for (const lead of ecg(normal, { I: 1000, II: 1000 })) axes.add(lead, [withoutP]);
    expect(axes.result()).toMatchObject({ p: null });
    expect(axes.result().qrs).toBeCloseTo(30, 0);
  });
});
