import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delineate, FIDUCIALS, type Fiducial, type Waves } from "../../../src/analysis/waves/delineation.ts";
import { type Lead, MISSING } from "../../../src/recording/recording.ts";
import { runs } from "../../support/runs.ts";

/** Where the waves of a hand-made beat begin, are highest and end, in seconds from the R peak. */
const SHAPE: Record<Fiducial, number> = {
  pOnset: -0.18,
  pPeak: -0.13,
  pEnd: -0.08,
  qrsOnset: -0.045,
  rPeak: 0,
  qrsEnd: 0.045,
  tOnset: 0.15,
  tPeak: 0.26,
  tEnd: 0.34,
};
/** The heights of P, R and T in mV in three leads. */
const HEIGHTS = { I: [0.1, 0.7, 0.25], II: [0.15, 1.1, 0.3], V2: [0.08, -1.2, 0.45] };

/** Rises and falls as half a cosine: nothing before its onset, nor after its end. */
function bump(time: number, onset: number, peak: number, end: number): number {
  if (time <= onset || time >= end) return 0;
  return 0.5 + 0.5 * Math.cos(Math.PI * (time < peak ? (peak - time) / (peak - onset) : (time - peak) / (end - peak)));
}

function millivoltsAt(time: number, [p, r, t]: readonly number[]): number {
  return (
    p * bump(time, SHAPE.pOnset, SHAPE.pPeak, SHAPE.pEnd) +
    r * bump(time, SHAPE.qrsOnset, SHAPE.rPeak, SHAPE.qrsEnd) +
    t * bump(time, SHAPE.tOnset, SHAPE.tPeak, SHAPE.tEnd)
  );
}

/** Noise of some uV, the same at each run. */
function noise(i: number): number {
  return (((Math.imul(i + 1, 0x9e3779b1) >>> 9) & 0xff) / 255 - 0.5) * 0.01;
}

const BEATS = [0.6, 1.5, 2.42, 3.3, 4.19, 5.1, 6.02, 6.9, 7.8, 8.71, 9.5];

type Options = {
  samplingRate?: number;
  hasP?: boolean;
  pEarlier?: number;
  beats?: readonly number[];
  tHeight?: number;
  names?: (keyof typeof HEIGHTS)[];
  scale?: number;
};

/**
 * @param tHeight of the T waves, as a share of the usual one
 * @param pEarlier how much earlier than in SHAPE the P waves are, in seconds
 */
function ecg({
  samplingRate = 500,
  hasP = true,
  pEarlier = 0,
  beats = BEATS,
  tHeight = 1,
  names = ["I", "II", "V2"],
  scale = 1000,
}: Options = {}): Lead[] {
  return names.map((name, l) => ({
    name,
    samplingRate,
    gain: null,
    baseline: 0,
    samples: Int32Array.from({ length: 10 * samplingRate }, (_, i) => {
      const time = i / samplingRate;
      const [p, r, t] = HEIGHTS[name];
      const waves = beats.reduce(
        (sum, beat) =>
          sum +
          millivoltsAt(time - beat, [0, r, tHeight * t]) +
          millivoltsAt(time - beat + pEarlier, [hasP ? p : 0, 0, 0]),
        0,
      );
      return Math.round(scale * (waves + noise(i * 3 + l) + 0.1 * Math.sin(1.5 * time)));
    }),
  }));
}

/** The mean over the beats that have all their waves, in ms, of what was found after (or before) where it is. */
function errorOf(found: readonly Waves[], fiducial: Fiducial): number {
  const errors = found.slice(1, -1).map((waves, i) => (waves[fiducial] ?? Number.NaN) - BEATS[i + 1] - SHAPE[fiducial]);
  return (1000 * errors.reduce((a, b) => a + b, 0)) / errors.length;
}

/** In ms: a smooth wave is seen to begin after its first microvolts, and to end before its last. */
const TOLERANCE: Record<Fiducial, number> = {
  pOnset: 30,
  pPeak: 12,
  pEnd: 30,
  qrsOnset: 16,
  rPeak: 4,
  qrsEnd: 16,
  tOnset: 60,
  tPeak: 16,
  tEnd: 30,
};

function expectRight(found: readonly Waves[], fiducials: readonly Fiducial[] = FIDUCIALS) {
  for (const fiducial of fiducials) {
    expect
      .soft(Math.abs(errorOf(found, fiducial)), `${fiducial}: ${errorOf(found, fiducial)} ms`)
      .toBeLessThan(TOLERANCE[fiducial]);
  }
}

describe("delineate", () => {
  it.each([250, 500])("finds the same at %d Hz in the room of a longer stretch", (samplingRate) => {
    const room: Float32Array[] = [];
    const leads = ecg({ samplingRate });
    delineate(leads, BEATS, room);
    const shorter = leads.map((lead) => ({ ...lead, samples: lead.samples.subarray(0, 7 * samplingRate) }));
    const beats = BEATS.slice(0, 7);
    expect(delineate(shorter, beats, room)).toEqual(delineate(shorter, beats));
  });

  it("finds the waves of each beat in each lead, and of all leads together", () => {
    const { leads, beats } = delineate(ecg(), BEATS);
    for (const lead of leads) expectRight(lead);
    expectRight(beats);
  });

  it("looks at each QRS complex but in a part of a recording", () => {
    const [whole, part] = [false, true].map((isPart) => delineate(ecg(), BEATS, undefined, isPart).beats);
    expectRight(part);
    for (const [b, { qrsOnset, qrsEnd, tEnd }] of part.entries()) {
      expect(whole[b].qrsOnset).not.toBe(qrsOnset);
      expect(whole[b].qrsEnd).not.toBe(qrsEnd);
      expect(whole[b].tEnd).toBe(tEnd);
    }
  });

  it.each([128, 250, 360, 1000])("finds them at %i Hz", (samplingRate) => {
    expectRight(delineate(ecg({ samplingRate }), BEATS).beats);
  });

  it.each(["I", "II", "V2"] as const)("finds them in lead %s alone", (name) => {
    expectRight(delineate(ecg({ names: [name] }), BEATS).beats);
  });

  it("finds them in the same places whatever the unit", () => {
    const { beats } = delineate(ecg(), BEATS);
    const other = delineate(ecg({ scale: 5000 }), BEATS).beats;
    for (const fiducial of FIDUCIALS) {
      expect.soft(Math.abs(errorOf(beats, fiducial) - errorOf(other, fiducial))).toBeLessThan(1);
    }
  });

  it("finds them in leads that are upside down", () => {
    expectRight(delineate(ecg({ scale: -1000 }), BEATS).beats);
  });

  it.each([
    { names: ["I", "II", "V2"] as const, pr: 0.3 },
    { names: ["I", "II", "V2"] as const, pr: 0.36 },
    { names: ["II"] as const, pr: 0.32 },
  ])("finds P waves $pr s before QRS complexes in $names", ({ names, pr }) => {
    const earlier = pr + SHAPE.pOnset - SHAPE.qrsOnset;
    const leads = ecg({ names: [...names], pEarlier: earlier });
    const found = delineate(leads, BEATS).beats.map((waves) => ({
      ...waves,
      ...Object.fromEntries(
        (["pOnset", "pPeak", "pEnd"] as const).map((name) => [name, (waves[name] ?? Number.NaN) + earlier]),
      ),
    }));
    expectRight(found, ["pOnset", "pPeak", "pEnd"]);
  });

  it("takes no T wave before for an early P wave", () => {
    const beats = Array.from({ length: 15 }, (_, i) => 0.6 + 0.6 * i);
    for (const waves of delineate(ecg({ hasP: false, beats }), beats).beats) expect(waves.pOnset).toBeNull();
  });

  it("finds no P wave where there is none", () => {
    for (const lead of delineate(ecg({ hasP: false }), BEATS).leads) {
      for (const waves of lead) expect(waves).toMatchObject({ pOnset: null, pPeak: null, pEnd: null });
    }
  });

  it("finds no T wave where there is none, and low ones where there are", () => {
    for (const lead of delineate(ecg({ tHeight: 0 }), BEATS).leads) {
      for (const waves of lead) expect(waves).toMatchObject({ tOnset: null, tPeak: null, tEnd: null });
    }
    expectRight(delineate(ecg({ tHeight: 0.2 }), BEATS).beats, ["tPeak", "tEnd"]);
    expectRight(delineate(ecg({ tHeight: -0.5 }), BEATS).beats, ["tPeak", "tEnd"]);
  });

  it("gives the points of a wave in their order, or none of them", () => {
    for (const lead of delineate(ecg(), BEATS).leads) {
      for (const waves of lead) {
        for (const wave of [FIDUCIALS.slice(0, 3), FIDUCIALS.slice(3, 6), FIDUCIALS.slice(6)]) {
          const [onset, peak, end] = wave.map((fiducial) => waves[fiducial]);
          if (onset === null || peak === null || end === null) expect([onset, peak, end]).toEqual([null, null, null]);
          else expect(onset <= peak && peak <= end).toBe(true);
        }
      }
    }
  });

  it("gives no wave that a gap is in, and the others of the lead and of the other leads", () => {
    const leads = ecg();
    leads[1].samples.fill(MISSING, 2.5 * 500, 3 * 500);
    const found = delineate(leads, BEATS);
    expect(found.leads[1][2]).toMatchObject({ tOnset: null, tPeak: null, tEnd: null });
    expect(found.leads[1][2].qrsOnset).not.toBeNull();
    expect(found.leads[0][2].tEnd).not.toBeNull();
    for (const lead of found.leads) expectRight(lead.map((waves, b) => (b === 2 ? found.leads[0][b] : waves)));
  });

  it("gives no points to leads without a signal or a rate", () => {
    const [lead] = ecg();
    const none = [
      { ...lead, samples: new Int32Array(5000) },
      { ...lead, samples: new Int32Array(5000).fill(MISSING) },
      { ...lead, samples: new Int32Array(1) },
      { ...lead, samples: new Int32Array(0) },
      { ...lead, samplingRate: null },
      { ...lead, samplingRate: 8 },
    ];
    const found = delineate([...none, lead], BEATS);
    for (const waves of found.leads.slice(0, -1).flat()) {
      expect(Object.values(waves)).toEqual(new Array(FIDUCIALS.length).fill(null));
    }
    expectRight(found.leads[none.length]);
    expect(delineate(none, BEATS).beats[3]).toMatchObject({ rPeak: 3.3, qrsOnset: null, tEnd: null });
  });

  it("takes leads of unequal rates and lengths", () => {
    const [first] = ecg({ samplingRate: 500 });
    const [, second] = ecg({ samplingRate: 250 });
    const found = delineate([first, { ...second, samples: second.samples.slice(0, 1200) }], BEATS);
    expectRight(found.leads[0]);
    expect(found.leads[1][9].qrsOnset).toBeNull();
  });

  it("has an answer without beats", () => {
    const { leads, beats } = delineate(ecg(), []);
    expect({ leads, beats }).toEqual({ leads: [[], [], []], beats: [] });
  });

  it("answers with finite times for any samples, beats and rates", () => {
    const sample = fc.oneof(fc.integer({ min: -2147483647, max: 2147483647 }), fc.constantFrom(MISSING, 0, 1));
    const lead = fc.record({
      samples: fc.array(sample, { maxLength: 400 }).map((values) => Int32Array.from(values)),
      samplingRate: fc.constantFrom(null, 8, 60, 100, 250, 100_000),
    });
    const times = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(lead, { maxLength: 3 }), times, (leads, beats) => {
        const found = delineate(
          leads,
          beats.sort((a, b) => a - b),
        );
        for (const waves of [...found.leads.flat(), ...found.beats]) {
          for (const time of Object.values(waves)) expect(time === null || Number.isFinite(time)).toBe(true);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
