import { describe, expect, it } from "vitest";
import { AVERAGE_RATE_HZ, AVERAGE_START_SECONDS, type AverageLead } from "../../../src/analysis/measures/averages.ts";
import { findNormalBeat, measureAmplitudes } from "../../../src/analysis/measures/beat-amplitudes.ts";
import type { Waves } from "../../../src/analysis/waves/delineation.ts";

/** Seconds from the R peak, all of them at values of an average beat. */
const WAVES: Waves = {
  ...{ pOnset: -0.2, pPeak: -0.14, pEnd: -0.1, qrsOnset: -0.04, rPeak: 0, qrsEnd: 0.048 },
  ...{ tOnset: 0.14, tPeak: 0.24, tEnd: 0.34 },
};
/** A QRS complex from its onset on, a value every 4 ms, in mV: q to -0.1, R to 1.2, S to -0.3, and up to the ST segment. */
const QRS = [
  0, -0.06, -0.1, -0.05, 0.2, 0.5, 0.8, 1, 1.1, 1.18, 1.2, 1, 0.7, 0.4, 0, -0.2, -0.3, -0.2, -0.1, 0, 0.05, 0.08, 0.1,
];

type Made = { qrs?: number[]; t?: number; gain?: number; level?: number };

/** An average beat whose ST segment begins at 0.1 mV and rises by 0.5 mV/s up to the T wave, which is half a sine. */
function averageOf({ qrs = QRS, t = 0.4, gain = 1000, level = 0.25 }: Made = {}): AverageLead {
  const values = Float32Array.from({ length: 310 }, (_, k) => {
    const time = AVERAGE_START_SECONDS + k / AVERAGE_RATE_HZ;
    const inQrs = k - 110;
    // P is no part of the level.
    const p = time > -0.2 && time < -0.1 ? 0.15 : 0;
    const st = time > 0.048 && time < 0.14 ? 0.1 + 0.5 * (time - 0.048) : 0;
    const wave = time >= 0.14 && time <= 0.34 ? t * Math.sin((Math.PI * (time - 0.14)) / 0.2) : 0;
    return gain * (level + (inQrs >= 0 && inQrs < qrs.length ? qrs[inQrs] : p + st + wave));
  });
  return { lead: 0, count: 7, values, waves: WAVES };
}

describe("measureAmplitudes", () => {
  it("gives the heights above the level before the QRS complex, whatever that and the gain are", () => {
    for (const made of [{}, { level: 0 }, { level: -3 }, { gain: -200 }]) {
      const found = measureAmplitudes(averageOf(made), WAVES, made.gain ?? 1000);
      expect(found).toEqual({
        beats: 7,
        q: expect.closeTo(-0.1, 4),
        r: expect.closeTo(1.2, 4),
        s: expect.closeTo(-0.3, 4),
        t: expect.closeTo(0.4, 4),
        st: {
          j: expect.closeTo(0.1, 4),
          j40: expect.closeTo(0.12, 4),
          j60: expect.closeTo(0.13, 4),
          j80: expect.closeTo(0.14, 4),
          slope: expect.closeTo(0.5, 3),
        },
      });
    }
  });

  const flat = (count: number) => Array<number>(count).fill(0);
  it.each([
    { name: "a QS complex", qrs: [...flat(5), -0.4, -0.9, -0.7, -0.2, ...flat(14)], q: -0.9, r: 0, s: 0 },
    {
      name: "rSR'",
      qrs: [...flat(4), 0.1, 0.2, 0.1, -0.3, -0.5, -0.3, 0.4, 0.7, 0.4, ...flat(10)],
      q: 0,
      r: 0.7,
      s: -0.5,
    },
    { name: "R alone", qrs: [...flat(8), 0.5, 0.9, 0.5, ...flat(12)], q: 0, r: 0.9, s: 0 },
    {
      name: "q below 30 uV",
      qrs: [0, -0.029, -0.029, -0.02, ...flat(4), 0.5, 0.9, 0.5, ...flat(12)],
      q: 0,
      r: 0.9,
      s: 0,
    },
    {
      name: "q of a single value, shorter than 6 ms",
      qrs: [0, 0, -0.2, ...flat(5), 0.5, 0.9, 0.5, ...flat(12)],
      q: 0,
      r: 0.9,
      s: 0,
    },
    { name: "q of two values", qrs: [0, 0, -0.2, -0.1, ...flat(4), 0.5, 0.9, 0.5, ...flat(12)], q: -0.2, r: 0.9, s: 0 },
    {
      name: "QS with a raised ST segment, which is no R",
      qrs: [...flat(5), -0.4, -0.9, -0.7, ...flat(9), 0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
      q: -0.9,
      r: 0,
      s: 0,
    },
    { name: "nothing at all", qrs: flat(23), q: 0, r: 0, s: 0 },
  ])("tells Q, R and S of $name", ({ qrs, q, r, s }) => {
    const found = measureAmplitudes(averageOf({ qrs }), WAVES, 1000);
    expect([found?.q, found?.r, found?.s].map((value) => Math.round(1000 * (value ?? 9)) / 1000 + 0)).toEqual([
      q,
      r,
      s,
    ]);
  });

  it("gives an inverted T wave a height below 0, and null where there is none", () => {
    expect(measureAmplitudes(averageOf({ t: -0.3 }), WAVES, 1000)?.t).toBeCloseTo(-0.3, 4);
    const withoutT = { ...averageOf(), waves: { ...WAVES, tOnset: null, tPeak: null, tEnd: null } };
    expect(measureAmplitudes(withoutT, WAVES, 1000)?.t).toBeNull();
  });

  it("takes the J point of all leads together", () => {
    const later = { ...WAVES, qrsEnd: 0.068 };
    expect(measureAmplitudes(averageOf(), later, 1000)?.st.j).toBeCloseTo(0.11, 4);
  });

  it.each([
    { name: "no gain is known", gain: null, waves: WAVES, all: WAVES },
    { name: "the gain leads out of all numbers", gain: 5e-324, waves: WAVES, all: WAVES },
    { name: "the lead has no QRS complex", gain: 1000, waves: { ...WAVES, qrsOnset: null, qrsEnd: null }, all: WAVES },
    { name: "no lead has one", gain: 1000, waves: WAVES, all: { ...WAVES, qrsOnset: null, qrsEnd: null } },
  ])("gives null where $name", ({ gain, waves, all }) => {
    expect(measureAmplitudes({ ...averageOf(), waves }, all, gain)).toBeNull();
  });
});

it("takes the largest kind of normal beats, not the largest of all", () => {
  const kind = (type: "N" | "V", count: number) => ({ type, count, waves: WAVES, leads: [] });
  expect(findNormalBeat([kind("V", 9), kind("N", 5), kind("N", 3)])).toEqual(kind("N", 5));
  expect(findNormalBeat([kind("V", 9)])).toBeUndefined();
});
