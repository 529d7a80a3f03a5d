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

const ONE: Insights = {
  judgedSeconds: 10,
  paced: false,
  pacingSpikes: [],
  heartRate: null,
  pauses: [],
  variability: null,
  intervals: null,
  axes: null,
  irregular: [],
  reasons: { beats: "few" },
  leads: [
    {
      zeroCrossings: 3,
      amplitude: { minimum: -0.5, maximum: 1.5, range: 2 },
      normalBeat: {
        beats: 9,
        q: -0.034_08,
        r: 0.692_94,
        s: -0.0815,
        t: 0.1977,
        st: { j: 0.0008, j40: 0.0276, j60: 0.0475, j80: 0.0762, slope: 0.8853 },
      },
      quality: {
        unit: "mV",
        missingShare: 0.1,
        flatShare: 0.2,
        clippedShare: 0.3,
        hum: { frequencyHz: 50, amplitude: 0.004 },
        baselineWander: 0.12,
        noise: 0.006,
        usableShare: 0.5,
        faults: Uint8Array.of(0, 13, 1),
      },
    },
    { zeroCrossings: 0, amplitude: null, normalBeat: null, quality: null },
  ],
  beats: {
    times: Float64Array.of(0.5145, 1.5435),
    types: ["N", "V"],
    afterGap: Uint8Array.of(0, 1),
    intervals: [
      { p: 146, pr: 184.2, qrs: 147.2, qt: 445.1 },
      { p: null, pr: null, qrs: 160, qt: null },
    ],
  },
};

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

  it("writes what older ECGs have kept: another form takes another INSIGHTS_VERSION", () => {
    expect(packInsights(ONE)).toBe(
      '{"judgedSeconds":10,"paced":false,"pacingSpikes":[],"heartRate":null,"pauses":[],"variability":null,' +
        '"intervals":null,"axes":null,"irregular":[],"reasons":{"beats":"few"},' +
        '"leads":[[3,[-0.5,1.5,2],[9,-0.0341,0.6929,-0.0815,0.1977,[0.0008,0.0276,0.0475,0.0762,0.8853]],' +
        '["mV",0.1,0.2,0.3,[50,0.004],0.12,0.006,0.5,"0=1"]],[0,null,null,null]],' +
        '"beats":{"ticks":[5145,15435],"types":"NV","gaps":[1],' +
        '"intervals":{"p":[1460,null],"pr":[1842,null],"qrs":[1472,1600],"qt":[4451,null]}}}',
    );
  });
});
