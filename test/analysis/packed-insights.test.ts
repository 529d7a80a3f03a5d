import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Insights } from "../../src/analysis/insights.ts";
import { packInsights, unpackInsights } from "../../src/analysis/packed-insights.ts";

/** Ticks of 0.1 ms, of up to a week. */
const ticks = fc.integer({ min: 0, max: 6_048_000_000 });
// JSON has no -0.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const count = fc.nat();
const maybe = fc.option(number);
const extreme = fc.option(fc.record({ beatsPerMinute: number, at: number }));

/** A tenth of a microvolt, in mV. */
const millivolts = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((tenths) => tenths / 10_000);

const leads = fc.array(
  fc.record({
    zeroCrossings: count,
    amplitude: fc.option(fc.record({ minimum: number, maximum: number, range: number })),
    normalBeat: fc.option(
      fc.record({
        beats: count,
        q: millivolts,
        r: millivolts,
        s: millivolts,
        t: fc.option(millivolts),
        st: fc.record({ j: millivolts, j40: millivolts, j60: millivolts, j80: millivolts, slope: millivolts }),
      }),
    ),
    quality: fc.option(
      fc.record({
        unit: fc.constantFrom("mV" as const, "ADC units" as const),
        missingShare: number,
        flatShare: number,
        clippedShare: number,
        hum: fc.option(fc.record({ frequencyHz: fc.constantFrom(50 as const, 60 as const), amplitude: number })),
        baselineWander: maybe,
        noise: maybe,
        usableShare: maybe,
        faults: fc.uint8Array({ max: 127 }),
      }),
    ),
  }),
);

const interval = fc.option(ticks.map((tick) => (tick * 1000) / 10_000));
const beats = fc
  .array(
    fc.record({
      time: ticks.map((tick) => tick / 10_000),
      type: fc.constantFrom("N" as const, "S" as const, "V" as const, "Q" as const),
      afterGap: fc.constantFrom(0, 1),
      intervals: fc.record({ p: interval, pr: interval, qrs: interval, qt: interval }),
    }),
  )
  .map((list) => ({
    times: Float64Array.from(list, ({ time }) => time),
    types: list.map(({ type }) => type),
    afterGap: Uint8Array.from(list, ({ afterGap }) => afterGap),
    intervals: list.map(({ intervals }) => intervals),
  }));

const insights: fc.Arbitrary<Insights> = fc.record({
  leads,
  beats,
  judgedSeconds: number,
  paced: fc.boolean(),
  pacingSpikes: fc.array(ticks.map((tick) => tick / 10_000)),
  heartRate: fc.option(fc.record({ mean: number, minimum: extreme, maximum: extreme })),
  pauses: fc.array(fc.record({ from: number, duration: number })),
  variability: fc.option(
    fc.record({
      count,
      excludedShare: number,
      sdnn: maybe,
      rmssd: maybe,
      pnn50: maybe,
      sdann: maybe,
      sdnnIndex: maybe,
      vlf: maybe,
      lf: maybe,
      hf: maybe,
      lfHf: maybe,
      segments: count,
      reasons: fc.record({ time: fc.string(), segments: fc.string(), spectrum: fc.string() }, { requiredKeys: [] }),
    }),
  ),
  intervals: fc.option(
    fc.record({
      rr: maybe,
      p: maybe,
      pr: maybe,
      qrs: maybe,
      qt: maybe,
      qtc: fc.option(fc.record({ bazett: number, fridericia: number, framingham: number, hodges: number })),
      counts: fc.record({ p: count, pr: count, qrs: count, qt: count }),
    }),
  ),
  axes: fc.option(fc.record({ p: maybe, qrs: maybe, t: maybe })),
  irregular: fc.array(fc.record({ from: number, to: number, confidence: number })),
  reasons: fc.record({ beats: fc.string(), heartRate: fc.string(), axes: fc.string() }, { requiredKeys: [] }),
});

describe("packInsights", () => {
  it("is undone by unpackInsights", () => {
    fc.assert(
      fc.property(insights, (made) => {
        expect(unpackInsights(packInsights(made))).toEqual(made);
      }),
    );
  });

  it("keeps the times and intervals of beats to the nearest tick", () => {
    const between = fc.double({ min: 0, max: 604_800, noNaN: true });
    fc.assert(
      fc.property(between, (value) => {
        const intervals = [{ p: value, pr: null, qrs: null, qt: null }];
        const one = { times: Float64Array.of(value), types: ["N" as const], afterGap: Uint8Array.of(0), intervals };
        const [empty] = fc.sample(insights, 1);
        const { beats } = unpackInsights(packInsights({ ...empty, beats: one }));
        expect(Math.abs(beats.times[0] - value)).toBeLessThan(0.000_050_001);
        expect(Math.abs((beats.intervals[0].p ?? 0) - value)).toBeLessThan(0.050_001);
      }),
    );
  });
});
