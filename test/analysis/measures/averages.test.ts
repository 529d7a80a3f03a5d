import { describe, expect, it } from "vitest";
import type { BeatType } from "../../../src/analysis/beats/beat-types.ts";
import { AVERAGE_RATE_HZ, AVERAGE_START_SECONDS, newAverages } from "../../../src/analysis/measures/averages.ts";
import { delineate } from "../../../src/analysis/waves/delineation.ts";
import type { Lead } from "../../../src/recording/recording.ts";

type Shape = (time: number) => number;

const bump = (time: number, centre: number, width: number) => Math.exp(-0.5 * ((time - centre) / width) ** 2);
/** A normal beat in mV by the seconds from its R peak, and a wide one. */
const NORMAL: Shape = (time) => bump(time, 0, 0.012) - 0.2 * bump(time, 0.035, 0.008) + 0.3 * bump(time, 0.26, 0.04);
const WIDE: Shape = (time) => -1.5 * bump(time, 0.02, 0.045) + 0.6 * bump(time, 0.3, 0.05);

/** A minute at most of one lead: beats of these shapes a second apart, from 1 s on, a QRS complex each. */
function leadOf(shapes: readonly Shape[], { number = 0, height = 1, samplingRate = 250, bad = [] as number[] } = {}) {
  const samples = Int32Array.from({ length: (shapes.length + 1) * samplingRate }, (_, i) => {
    const time = i / samplingRate;
    const beats = shapes.reduce((sum, shape, beat) => sum + shape(time - beat - 1), 0);
    return Math.round(1000 * height * beats);
  });
  const faults = Uint8Array.from({ length: shapes.length + 1 }, (_, second) => (bad.includes(second) ? 1 : 0));
  const lead: Lead = { name: "II", samplingRate, samples, gain: 1000, baseline: 0 };
  return { ...lead, number, faults };
}

type Stretch = { leads: ReturnType<typeof leadOf>[]; types: string; late?: number; hasP?: boolean };

/** @param late by how much the R peaks of a stretch are said to be later than they are, in seconds */
function averagesOf(stretches: readonly Stretch[]) {
  const averages = newAverages();
  for (const { leads, types, late = 0, hasP = false } of stretches) {
    const found = delineate(
      leads,
      Float64Array.from(types, (_, beat) => beat + 1 + late),
    );
    const beats = Array.from(types, (type, beat) => ({ type: type as BeatType, hasP, second: beat + 1 }));
    averages.add(leads, found, 0, beats);
  }
  return averages.finish();
}

const valueAt = (values: Float32Array, seconds: number) =>
  values[Math.round((seconds - AVERAGE_START_SECONDS) * AVERAGE_RATE_HZ)];

describe("newAverages", () => {
  it("averages the beats of each type and shape, the most beats first", () => {
    const shapes = [...Array<Shape>(6).fill(NORMAL), WIDE, NORMAL, WIDE, NORMAL];
    const { kinds, others } = averagesOf([{ leads: [leadOf(shapes)], types: "NNNNSNVNVN" }]);
    expect([kinds.map(({ type, count }) => `${type}${count}`), others]).toEqual([["N7", "V2", "S1"], 0]);
    const [normal, wide] = kinds.map(({ leads }) => leads[0].values);
    expect(valueAt(normal, 0) / 1000).toBeCloseTo(NORMAL(0), 2);
    expect(valueAt(normal, 0.26) / 1000).toBeCloseTo(NORMAL(0.26), 2);
    expect(Math.min(...wide) / 1000).toBeCloseTo(-1.49, 1);
  });

  it("counts a kind of two stretches once, wherever in its beats their R peaks are put", () => {
    const beats = Array<Shape>(10).fill(NORMAL);
    const early = { leads: [leadOf(beats)], types: "NNNNNNNNNN" };
    const { kinds } = averagesOf([early, { ...early, late: 0.016 }]);
    expect(kinds.map(({ type, count }) => `${type}${count}`)).toEqual(["N20"]);
    const [alone] = averagesOf([early]).kinds;
    expect(valueAt(kinds[0].leads[0].values, 0)).toBeCloseTo(valueAt(alone.leads[0].values, 0), 0);
    for (const name of ["qrsOnset", "qrsEnd", "tEnd"] as const) {
      expect(Math.abs((kinds[0].waves[name] ?? 9) - (alone.waves[name] ?? 0))).toBeLessThan(0.004);
    }
  });

  it("makes one kind of two that become alike as beats are added", () => {
    const stretchOf = (depth: number, count: number, { p = -0.15, late = 0, hasP = true } = {}) => {
      const shape: Shape = (time) => bump(time, 0, 0.012) - depth * bump(time, 0.04, 0.012) + 0.2 * bump(time, p, 0.02);
      return { leads: [leadOf(Array<Shape>(count).fill(shape))], types: "N".repeat(count), late, hasP };
    };
    const shallow = stretchOf(0.2, 3);
    const between = [stretchOf(0.6, 40), stretchOf(0.6, 40, { hasP: false })];
    const [, { waves: alone }] = averagesOf([shallow, stretchOf(2, 2, { p: -0.2 })]).kinds;
    // Wherever in its beats the R peaks of the joined kind are put.
    const [found, moved] = [0, 0.012].map((late) => {
      const deep = stretchOf(2, 50, { p: -0.2, late });
      expect(averagesOf([shallow, deep]).kinds).toHaveLength(2);
      const { kinds } = averagesOf([shallow, deep, ...between]);
      expect(kinds.map(({ count, leads }) => [count, leads[0].count])).toEqual([[133, 133]]);
      const { values } = kinds[0].leads[0];
      expect([valueAt(values, 0), valueAt(values, 0.04)].map((value) => value / 1000)).toEqual([
        expect.closeTo(1, 1),
        expect.closeTo(-(0.2 * 3 + 0.6 * 80 + 2 * 50) / 133, 1),
      ]);
      return kinds[0].waves;
    });
    expect(Math.abs((found.qrsEnd ?? 9) - (moved.qrsEnd ?? 0))).toBeLessThan(0.004);
    const [first] = averagesOf([shallow, ...between]).kinds;
    const expected = (43 * (first.waves.pPeak ?? 0) + 50 * (alone.pPeak ?? 0)) / 93;
    expect(Math.abs((found.pPeak ?? 9) - expected)).toBeLessThan(0.004);
  });

  it("keeps shapes of one type apart", () => {
    const upside: Shape = (time) => -WIDE(time);
    const { kinds } = averagesOf([{ leads: [leadOf([WIDE, upside, WIDE, upside, WIDE])], types: "VVVVV" }]);
    expect(kinds.map(({ type, count }) => `${type}${count}`)).toEqual(["V3", "V2"]);
  });

  it("leaves out beats in seconds that are not usable, at the edges, and without a type", () => {
    const shapes = Array<Shape>(8).fill(NORMAL);
    const leads = [leadOf(shapes), leadOf(shapes, { number: 4, height: 0.5, bad: [3, 4] })];
    // Half a second is cut off before the first beat, so that its window is not whole.
    const cut = leads.map((lead) => ({ ...lead, samples: lead.samples.slice(150) }));
    const averages = newAverages();
    const found = delineate(
      cut,
      Float64Array.from(shapes, (_, beat) => beat + 0.4),
    );
    const types = [..."NNNNNNNQ"] as BeatType[];
    averages.add(
      cut,
      found,
      0,
      types.map((type, beat) => ({ type, hasP: true, second: beat + 1 })),
    );
    const { kinds } = averages.finish();
    expect(kinds.map(({ count, leads }) => [count, leads.map(({ lead, count }) => [lead, count])])).toEqual([
      [
        7,
        [
          [0, 6],
          [4, 4],
        ],
      ],
    ]);
  });

  it("has a P wave where most beats have one", () => {
    const withP: Shape = (time) => NORMAL(time) + 0.15 * bump(time, -0.15, 0.02);
    const stretchOf = (shape: Shape, hasP: boolean) => {
      return { leads: [leadOf(Array<Shape>(10).fill(shape))], types: "NNNNNNNNNN", hasP };
    };
    const [yes, no] = [stretchOf(withP, true), stretchOf(NORMAL, false)];
    const [first] = averagesOf([yes]).kinds;
    expect(first.waves.pPeak).toBeCloseTo(-0.15, 1);
    const [mostly] = averagesOf([yes, yes, no]).kinds;
    expect([mostly.count, mostly.waves.pPeak]).toEqual([30, expect.closeTo(first.waves.pPeak ?? 0, 6)]);
    const [rarely] = averagesOf([yes, no, no]).kinds;
    expect([rarely.waves.pOnset, rarely.waves.pPeak, rarely.waves.pEnd]).toEqual([null, null, null]);
  });

  it("keeps the eight largest kinds, and counts the beats of the others", () => {
    const shapes: Shape[] = [NORMAL, WIDE, (time) => -NORMAL(time), (time) => -WIDE(time)];
    // Two beats of one kind, three of another, and so on up to thirteen.
    const stretches = shapes.flatMap((shape, i) =>
      [..."NSV"].map((type, t) => {
        const count = 2 + 3 * i + t;
        return { leads: [leadOf(Array<Shape>(count).fill(shape))], types: type.repeat(count) };
      }),
    );
    const { kinds, others } = averagesOf(stretches);
    expect([kinds.map(({ count }) => count), others]).toEqual([[13, 12, 11, 10, 9, 8, 7, 6], 2 + 3 + 4 + 5]);
  });
});
