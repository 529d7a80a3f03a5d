import { describe, expect, it } from "vitest";
import {
  findEpisodes,
  findFibrillation,
  findIrregularRhythm,
  measureIrregularity,
} from "../../../src/analysis/measures/fibrillation.ts";

/** A fixed sequence that looks random, 0 to 1. */
function noiseAt(i: number): number {
  return (Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ 0x5bd1e995, 0x85ebca6b) >>> 8) / 2 ** 24;
}

/** The interval before a beat in seconds, and how alike its P wave is to its neighbours'; NaN where none can be compared. */
type Beat = { rr: number; p: number };

const SINUS_P = 0.7;
const sinus = (count: number): Beat[] =>
  Array.from({ length: count }, (_, i) => ({ rr: 0.8 + 0.03 * Math.sin(i / 3), p: SINUS_P }));
const fibrillation = (count: number, p = 0.03): Beat[] =>
  Array.from({ length: count }, (_, i) => ({ rr: 0.4 + 0.5 * noiseAt(i), p }));

function find(list: readonly Beat[], leftOut: (beat: number) => boolean = () => false, gapBefore?: number) {
  let time = 0;
  const times = Float64Array.from(list, ({ rr }) => (time += rr));
  const afterGap = Uint8Array.from(times, (_, i) => (i === gapBefore ? 1 : 0));
  const isLeftOut = Uint8Array.from(times, (_, i) => (leftOut(i) ? 1 : 0));
  const beats = { times, afterGap };
  const evidence = {
    ...measureIrregularity(beats, isLeftOut),
    comesBack: Float32Array.from(list, ({ p }) => p),
  };
  const isFibrillating = findFibrillation(evidence, { from: 0, to: times.length, isFibrillating: false });
  return {
    times,
    episodes: findEpisodes(beats, evidence, isFibrillating),
    finding: findIrregularRhythm(beats, evidence, isFibrillating),
  };
}

describe("findFibrillation", () => {
  it.each([200, 20])("finds %s beats that come irregularly and have no P waves", (count) => {
    const { times, episodes } = find([...sinus(100), ...fibrillation(count), ...sinus(100)]);
    expect(episodes).toHaveLength(1);
    expect(Math.abs(episodes[0].from - times[100])).toBeLessThan(4);
    expect(Math.abs(episodes[0].to - times[99 + count])).toBeLessThan(4);
    expect(episodes[0].confidence).toBeGreaterThan(0.5);
    expect(episodes[0].confidence).toBeLessThanOrEqual(1);
  });

  it("finds it in an ECG of 10 s", () => {
    const { times, episodes } = find(fibrillation(14));
    expect(episodes).toMatchObject([{ from: times[0], to: times[13] }]);
  });

  it.each([
    { name: "sinus rhythm", beats: sinus(100) },
    {
      name: "sinus arrhythmia, which has P waves",
      beats: Array.from({ length: 100 }, (_, i) => ({ rr: 0.9 + 0.25 * Math.sin(1.1 * i), p: SINUS_P })),
    },
    { name: "a rhythm as irregular, but with P waves", beats: fibrillation(100, SINUS_P) },
    { name: "a regular rhythm without P waves", beats: sinus(100).map(({ rr }) => ({ rr, p: 0.03 })) },
    { name: "bigeminy", beats: Array.from({ length: 100 }, (_, i) => ({ rr: i % 2 ? 0.5 : 1.1, p: 0.3 })) },
    { name: "a few irregular beats", beats: [...sinus(30), ...fibrillation(5), ...sinus(30)] },
    {
      name: "sinus arrhythmia where P waves cannot be compared",
      beats: Array.from({ length: 100 }, (_, i) => ({ rr: 0.9 + 0.05 * Math.sin(0.4 * i), p: Number.NaN })),
    },
  ])("finds none in $name", ({ beats }) => {
    expect(find(beats).episodes).toEqual([]);
  });

  it("tells by the intervals alone where P waves cannot be compared", () => {
    expect(find([...sinus(50), ...fibrillation(100, Number.NaN), ...sinus(50)]).episodes).toHaveLength(1);
  });

  it("does not count intervals to and from beats that are left out", () => {
    const beats = sinus(200);
    for (let i = 4; i < 199; i += 4) {
      beats[i] = { rr: 0.5 + 0.1 * noiseAt(i), p: Number.NaN };
      beats[i + 1] = { rr: 1.1 - 0.1 * noiseAt(i), p: 0.05 };
    }
    const every = (i: number) => i > 0 && i % 4 === 0;
    const few = beats.map(({ rr }, i) => ({ rr, p: every(i) ? Number.NaN : 0.05 }));
    expect(find(few, every).episodes).toEqual([]);
    expect(find(few).episodes).not.toEqual([]);
  });

  it("goes on across some beats that are left out, and ends at a gap", () => {
    expect(find(fibrillation(200), (i) => i % 6 === 0).episodes).toHaveLength(1);
    expect(find(fibrillation(200), () => false, 100).episodes).toHaveLength(2);
  });

  it("is less sure where every fourth beat is ventricular, as few of the intervals are known", () => {
    expect(find(fibrillation(200, 0.2)).episodes).toHaveLength(1);
    expect(find(fibrillation(200, 0.2), (i) => i % 4 === 0).episodes).toEqual([]);
    expect(find(fibrillation(200), (i) => i % 4 === 0).episodes).not.toEqual([]);
  });

  it("ends where intervals are not known and P waves come back, and goes on where these are not known either", () => {
    const beats = [...fibrillation(60), ...sinus(60)];
    const known = find(beats, (i) => i >= 60 && i % 2 === 0);
    expect(known.episodes).toHaveLength(1);
    expect(known.episodes[0].to).toBeLessThan(known.times[66]);
    const unknown = find(
      beats.map((beat, i) => (i < 60 ? beat : { ...beat, p: Number.NaN })),
      (i) => i >= 60 && i % 2 === 0,
    );
    expect(unknown.episodes[0].to).toBe(unknown.times[119]);
  });

  it("goes on with what the beat before is in", () => {
    const zeros = new Float32Array(9);
    const unknown = { irregularity: new Float32Array(9).fill(Number.NaN), known: zeros, comesBack: zeros };
    const states = [true, false].map((isFibrillating) => findFibrillation(unknown, { from: 0, to: 9, isFibrillating }));
    expect(states).toEqual([new Uint8Array(9).fill(1), new Uint8Array(9)]);
  });
});

describe("findIrregularRhythm", () => {
  it.each([
    { name: "no beats", beats: [], leftOut: () => false },
    { name: "a few beats", beats: fibrillation(6), leftOut: () => false },
    { name: "bigeminy of ventricular beats", beats: fibrillation(100), leftOut: (i: number) => i % 2 === 0 },
  ])("says why nothing is told of $name", ({ beats, leftOut }) => {
    expect(find(beats, leftOut).finding).toEqual({ value: [], reason: expect.stringContaining("fewer than 6") });
  });

  it("has no reason where there are no episodes", () => {
    expect(find(sinus(30)).finding).toEqual({ value: [] });
  });
});
