import { describe, expect, it } from "vitest";
import { examineKinds, typeBeats, typeExamined } from "../../../src/analysis/beats/beat-types.ts";
import { findBeats } from "../../../src/analysis/beats/beats.ts";
import { Rhythm } from "../../../src/analysis/measures/rhythm.ts";

const RATE = 250;

/** A beat of one wave up and one down: as wide (seconds) and as high (ADC units) as it is said. */
function addBeat(samples: Int32Array, at: number, width: number, height: number) {
  for (let i = 0; i < samples.length; i++) {
    const t = (i / RATE - at) / width;
    if (Math.abs(t) < 5) samples[i] += Math.round(height * (Math.exp(-t * t) - 0.3 * Math.exp(-((t - 1.5) ** 2))));
  }
}

type Wave = { at: number; width: number; height: number };

const NORMAL = { width: 0.015, height: 1000 };
const WIDE = { width: 0.05, height: -1500 };

function typesOfWaves(waves: Wave[]) {
  const samples = new Int32Array(RATE * (1 + Math.ceil(Math.max(...waves.map(({ at }) => at)))));
  for (const { at, width, height } of waves) addBeat(samples, at, width, height);
  const beats = findBeats([{ samples, samplingRate: RATE }]);
  const count = beats.times.length;
  const rhythm = new Rhythm(beats, typeBeats(beats));
  // Their P waves are not known.
  rhythm.judgeBeats({ first: 0, next: count });
  return rhythm.types;
}

/** One beat a second for 60 s, but for those that are replaced. */
function typesOf(others: Record<number, Wave>, usual: Omit<Wave, "at"> = NORMAL) {
  return typesOfWaves(Array.from({ length: 59 }, (_, i) => others[i + 1] ?? { at: i + 1, ...usual }));
}

/** Normal beats by the intervals between them, in seconds. */
function typesOfIntervals(intervals: number[]) {
  let at = 0;
  const waves = intervals.map((interval) => {
    at += interval;
    return { at, ...NORMAL };
  });
  return typesOfWaves(waves);
}

describe("typeBeats", () => {
  it("takes beats of one shape in a regular rhythm as normal", () => {
    expect(new Set(typesOf({}))).toEqual(new Set(["N"]));
  });

  it("takes early wide ones of another shape as ventricular", () => {
    const types = typesOf({ 10: { at: 9.6, ...WIDE }, 20: { at: 19.6, ...WIDE }, 30: { at: 29.6, ...WIDE } });
    expect([types[9], types[19], types[29]]).toEqual(["V", "V", "V"]);
    expect(types.filter((type) => type !== "N")).toHaveLength(3);
  });

  it("takes no beat as early for the time between it and one of a pacemaker", () => {
    const samples = new Int32Array(60 * RATE);
    const others = [10, 20, 30];
    for (let i = 1; i < 59; i++) {
      const isOther = others.includes(i);
      addBeat(samples, isOther ? i - 0.4 : i, isOther ? 0.04 : 0.05, isOther ? 1500 : -1500);
    }
    const beats = findBeats([{ samples, samplingRate: RATE }]);
    const isPaced = Uint8Array.from(beats.times, (_, i) => (others.includes(i + 1) ? 0 : 1));
    const typesBy = (isPaced?: Uint8Array) => {
      const types = typeExamined(examineKinds(beats, isPaced));
      return others.map((i) => types[i - 1]).join("");
    };
    expect([typesBy(), typesBy(isPaced)]).toEqual(["VVV", "NNN"]);
  });

  it("takes early ones of the same shape as supraventricular", () => {
    const types = typesOf({ 10: { at: 9.6, ...NORMAL }, 30: { at: 29.6, ...NORMAL } });
    expect([types[9], types[29]]).toEqual(["S", "S"]);
    expect(types.filter((type) => type !== "N")).toHaveLength(2);
  });

  it("takes a run of fast ones as supraventricular, to the one that comes late again", () => {
    const types = typesOfIntervals([...Array(20).fill(1), ...Array(30).fill(0.5), ...Array(20).fill(1)]);
    expect(types).toEqual([...Array(20).fill("N"), ...Array(30).fill("S"), ...Array(20).fill("N")]);
  });

  it.each([
    { name: "slows down little by little", intervals: Array.from({ length: 21 }, (_, i) => 0.7 + 0.015 * i) },
    { name: "is faster for good", intervals: Array(300).fill(0.5) },
    { name: "gets faster little by little", intervals: Array.from({ length: 21 }, (_, i) => 1 - 0.02 * i) },
  ])("takes no beat as early where the rhythm $name", ({ intervals }) => {
    expect(new Set(typesOfIntervals([...Array(20).fill(1), ...intervals]))).toEqual(new Set(["N"]));
  });

  it("does not take the beat after an interpolated ventricular one as early", () => {
    const between = [10.5, 20.5, 30.5, 40.5].map((at) => ({ at, ...WIDE }));
    const types = typesOfWaves([...Array.from({ length: 59 }, (_, i) => ({ at: i + 1, ...NORMAL })), ...between]);
    expect(types.filter((type) => type === "V")).toHaveLength(4);
    expect(types.filter((type) => type === "S")).toHaveLength(0);
  });

  it("takes a run of wide beats that begins early as ventricular, and wide ones that are the usual as normal", () => {
    const run = Object.fromEntries(Array.from({ length: 6 }, (_, k) => [20 + k, { at: 19.6 + 0.9 * k, ...WIDE }]));
    const types = typesOf({ ...run, 40: { at: 39.6, ...WIDE }, 50: { at: 49.6, ...WIDE } });
    expect(types.slice(19, 25)).toEqual(Array(6).fill("V"));
    expect(types.filter((type) => type === "N")).toHaveLength(51);
    expect(new Set(typesOf({}, WIDE))).toEqual(new Set(["N"]));
  });

  it("takes a run as ventricular that lasts longer than what is usual is looked for", () => {
    const sinus = (from: number) => Array.from({ length: 20 }, (_, i) => ({ at: from + i, ...NORMAL }));
    const run = Array.from({ length: 60 }, (_, i) => ({ at: 20.5 + 0.5 * i, width: 0.035, height: 1200 }));
    const types = typesOfWaves([...sinus(1), ...run, ...sinus(51)]);
    expect(types).toEqual([...Array(20).fill("N"), ...Array(60).fill("V"), ...Array(20).fill("N")]);
  });

  it("takes a run as ventricular that is most of a recording, and the narrow beats in it, which the atria lead to, as normal", () => {
    const sinus = (from: number) => Array.from({ length: 15 }, (_, i) => ({ at: from + i, ...NORMAL }));
    const run = Array.from({ length: 80 }, (_, i) => ({
      at: 16 + 0.4 * i,
      ...(i % 8 === 5 ? NORMAL : { width: 0.035, height: 1200 }),
    }));
    const types = typesOfWaves([...sinus(1), ...run, ...sinus(49)]);
    const ofRun = run.map((_, i) => (i % 8 === 5 ? "N" : "V"));
    expect(types).toEqual([...Array(15).fill("N"), ...ofRun, ...Array(15).fill("N")]);
  });

  it("takes early beats as of the usual shape of whose two peaks now the other is the higher", () => {
    const samples = new Int32Array(61 * RATE);
    for (let i = 0; i < 59; i++) {
      const isEarly = i % 6 === 5;
      const at = 1 + i - (isEarly ? 0.35 : 0);
      addBeat(samples, at, 0.01, isEarly ? 900 : 1050);
      addBeat(samples, at + 0.036, 0.01, isEarly ? -1050 : -900);
    }
    const beats = findBeats([{ samples, samplingRate: RATE }]);
    const rhythm = new Rhythm(beats, typeBeats(beats));
    rhythm.judgeBeats({ first: 0, next: beats.times.length });
    expect(rhythm.types).toEqual(Array.from({ length: 59 }, (_, i) => (i % 6 === 5 ? "S" : "N")));
  });

  it("takes no beat as early where intervals are irregular, as in atrial fibrillation", () => {
    const at = (i: number) => i + 0.25 * Math.sin(i * i);
    const waves = Array.from({ length: 60 }, (_, i) => [i, { at: at(i), ...NORMAL }]);
    expect(new Set(typesOf(Object.fromEntries(waves)))).toEqual(new Set(["N"]));
  });

  it("cannot tell beats without a shape", () => {
    const count = 20;
    const times = Float64Array.from({ length: count }, (_, i) => i);
    const nothing = {
      heights: new Float32Array(count),
      shapeScales: new Float32Array(count),
      gaps: [],
      doubtful: [],
      duration: count,
    };
    const beats = {
      times,
      afterGap: new Uint8Array(count),
      ...nothing,
      shapes: new Int8Array(32 * count),
      shapeLeads: [0],
    };
    expect(typeBeats(beats)).toEqual(Array(count).fill("Q"));
  });

  it("types a few beats, and beats that are all apart by gaps", () => {
    const samples = new Int32Array(10 * RATE);
    for (let i = 1; i < 10; i++) addBeat(samples, i, 0.015, 1000);
    const beats = findBeats([{ samples, samplingRate: RATE }]);
    expect(new Set(typeBeats(beats))).toEqual(new Set(["N"]));
    expect(new Set(typeBeats({ ...beats, afterGap: new Uint8Array(beats.times.length).fill(1) }))).toEqual(
      new Set(["N"]),
    );
  });

  it("has nothing to say of no beats", () => {
    expect(typeBeats(findBeats([]))).toEqual([]);
  });
});
