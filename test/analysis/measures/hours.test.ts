import { expect, it } from "vitest";
import type { BeatType } from "../../../src/analysis/beats/beat-types.ts";
import { measureHours } from "../../../src/analysis/measures/hours.ts";

it("tells each hour's beats, rate, pauses and seconds from the window's beginning on", () => {
  // From 100 s on: an hour at 60 a minute, and half an hour at 120, of which every tenth beat is ventricular.
  const times = Float64Array.from({ length: 3600 + 3600 }, (_, i) => (i < 3600 ? 100.2 + i : 3700.2 + (i - 3600) / 2));
  const types = Array.from(times, (_, i): BeatType => (i < 3600 ? (i === 7 ? "S" : "N") : i % 10 === 0 ? "V" : "N"));
  const found = measureHours(
    {
      beats: { times, types, afterGap: new Uint8Array(times.length) },
      pauses: [
        { from: 3699.9, duration: 2.4 },
        { from: 3700, duration: 3 },
      ],
      irregular: [{ from: 3690, to: 3720 }].map((span) => ({ ...span, confidence: 1 })),
      unusable: [
        { from: 100, to: 103 },
        { from: 5499, to: 5500 },
      ],
    },
    100,
    5500,
  );
  const rate = (value: number) => ({
    mean: expect.closeTo(value, 6),
    minimum: expect.closeTo(value, 6),
    maximum: expect.closeTo(value, 6),
  });
  expect(found).toEqual([
    {
      ...{ from: 100, to: 3700, beats: 3600, ventricular: 0, supraventricular: 1, heartRate: rate(60) },
      ...{ pauses: 1, irregular: 10, unusable: 3 },
    },
    {
      ...{ from: 3700, to: 5500, beats: 3600, ventricular: 360, supraventricular: 0, heartRate: rate(120) },
      ...{ pauses: 1, irregular: 20, unusable: 1 },
    },
  ]);
});

it("has no rate in an hour without two beats in a row, and no hour in nothing", () => {
  const beats = { times: Float64Array.of(5, 6), types: ["N", "N"] as BeatType[], afterGap: Uint8Array.of(0, 1) };
  const nothing = { pauses: [], irregular: [], unusable: [] };
  expect(measureHours({ beats, ...nothing }, 0, 10)).toMatchObject([{ beats: 2, heartRate: null }]);
  expect(measureHours({ beats, ...nothing }, 0, 0)).toEqual([]);
});
