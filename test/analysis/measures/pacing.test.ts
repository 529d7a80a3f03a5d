import { describe, expect, it } from "vitest";
import { findPacing, findPacingFailures } from "../../../src/analysis/measures/pacing.ts";

const BEATS = Float64Array.from({ length: 10 }, (_, i) => 1 + 0.8 * i);
const before = (...delays: number[]) => [...BEATS].flatMap((beat) => delays.map((delay) => beat - delay));

it.each([
  { name: "of a ventricle", impulses: before(0.04), count: 10 },
  { name: "of an atrium", impulses: before(0.2), count: 10 },
  { name: "of both", impulses: before(0.2, 0.05), count: 20 },
  { name: "that several leads have", impulses: [...before(0.04), ...before(0.042)], count: 10 },
  { name: "of some beats only", impulses: before(0.04).slice(0, 4), count: 4 },
  { name: "two of them", impulses: before(0.04).slice(0, 2), count: 0 },
  { name: "four before two beats", impulses: before(0.2, 0.05).slice(0, 4), count: 0 },
  { name: "impulses that no beat follows", impulses: before(0.6), count: 0 },
  { name: "impulses at any time", impulses: Array.from(BEATS, (beat, i) => beat - 0.037 * i), count: 0 },
  { name: "steady ones at any time", impulses: Array.from({ length: 21 }, (_, i) => 0.9 + 0.837 * i), count: 21 },
  { name: "too few of these", impulses: Array.from({ length: 20 }, (_, i) => 0.9 + 0.837 * i), count: 0 },
  {
    name: "steady ones of which three have beats of their own",
    impulses: Array.from({ length: 8 }, (_, i) => (i < 3 ? BEATS[i + 4] - 0.05 : BEATS[6] + 0.8 * (i - 2) - 0.05)),
    count: 8,
  },
  {
    name: "impulses as steady as noise",
    impulses: Array.from({ length: 40 }, (_, i) => 0.9 + 0.837 * i + 0.02 * Math.sin(5 * i)),
    count: 0,
  },
  { name: "impulses as fast as no pacemaker's", impulses: Array.from({ length: 40 }, (_, i) => 9 + 0.3 * i), count: 0 },
])("knows a pacemaker's spikes: $name", ({ impulses, count }) => {
  expect(findPacing(impulses, BEATS)).toHaveLength(count);
});

describe("findPacingFailures", () => {
  /** Beats 1 s apart from 1 s on, without those of these numbers. */
  const beatsWithout = (...missing: number[]) =>
    Float64Array.from({ length: 10 }, (_, i) => i + 1).filter((_, i) => !missing.includes(i));
  const spikes = Array.from({ length: 10 }, (_, i) => i + 0.95);
  const at = (time: number, to = time) => ({ from: time, to });

  it.each([
    { name: "none where all capture", beats: beatsWithout(), spikes, withoutCapture: [] },
    { name: "those that no beat follows", beats: beatsWithout(2), spikes, withoutCapture: [at(2.95)] },
    { name: "several in a row as one", beats: beatsWithout(2, 4, 9), spikes, withoutCapture: [at(2.95, 4.95)] },
    { name: "those far apart", beats: beatsWithout(2, 6), spikes, withoutCapture: [at(2.95), at(6.95)] },
    { name: "none in the atria", beats: beatsWithout(), spikes: spikes.map((time) => time - 0.2), withoutCapture: [] },
    {
      name: "that in the ventricles, where one in the atria comes before",
      beats: beatsWithout(2),
      spikes: spikes.flatMap((time) => [time - 0.2, time]),
      withoutCapture: [at(2.95)],
    },
    {
      name: "none in an unusable second",
      beats: beatsWithout(2),
      spikes,
      unusable: [{ from: 3, to: 4 }],
      withoutCapture: [],
    },
  ])("finds spikes without capture: $name", ({ beats, spikes, unusable = [], withoutCapture }) => {
    expect(findPacingFailures(spikes, beats, unusable)).toEqual({ withoutCapture, withoutSensing: [] });
  });

  it("finds spikes that come right after beats, as none of a beat's own does, and none that the heart could not answer", () => {
    const beats = beatsWithout();
    expect(findPacingFailures([0.3, 0.95, 1.95, 3.2, 4.25, 5.1, 5.95], beats, [])).toEqual({
      withoutCapture: [],
      withoutSensing: [at(3.2, 4.25)],
    });
  });
});
