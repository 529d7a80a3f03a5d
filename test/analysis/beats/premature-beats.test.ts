import { describe, expect, it } from "vitest";
import { compareIntervals, findPrematureBeats } from "../../../src/analysis/beats/premature-beats.ts";

/** An interval in seconds, and how unlike the P wave after it is to those of the slow beats: 0 for a sinus beat's, 0.5 for another. */
type Beat = { rr: number; unlike?: number };

const times = (count: number, ...beats: Beat[]): Beat[] => Array.from({ length: count }, () => beats).flat();

/** A fixed sequence that looks random, -1 to 1. */
function noiseAt(i: number): number {
  return (Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ 0x5bd1e995, 0x85ebca6b) >>> 8) / 2 ** 23 - 1;
}

/** The beats that are found to be supraventricular (S), of some whose intervals vary by 1 %; their P waves are clear, or not to be seen. */
function find(
  beats: readonly Beat[],
  { clearness = 0.8, leftOut = [] as number[], fibrillating = [] as number[], from = 0, isEctopic = false } = {},
): string {
  const before = Float64Array.from(beats, ({ rr }, i) => rr * (1 + 0.01 * noiseAt(i)));
  const unlikeSlow = Float32Array.from(beats, ({ unlike = 0 }, i) =>
    clearness > 0 ? unlike + 0.05 * noiseAt(i + 7) : Number.NaN,
  );
  const isLeftOut = new Uint8Array(beats.length);
  for (const i of leftOut) isLeftOut[i] = 1;
  const isFibrillating = new Uint8Array(beats.length);
  for (const i of fibrillating) isFibrillating[i] = 1;
  const found = findPrematureBeats(
    compareIntervals(before, isLeftOut),
    {
      unlikeSlow,
      clearness: new Float32Array(beats.length).fill(clearness),
      variation: new Float32Array(beats.length).fill(0.05),
      repeated: new Float32Array(beats.length).fill(clearness > 0 ? 0.7 : Number.NaN),
    },
    isFibrillating,
    { from, to: beats.length, isEctopic },
  );
  return Array.from(found, (is) => (is ? "S" : ".")).join("");
}

const SINUS = { rr: 0.8 };
const EARLY = { rr: 0.55, unlike: 0.5 };
/** A beat of a run whose P waves are seen to be others. */
const LATER = { rr: 0.58, unlike: 0.8 };

describe("findPrematureBeats", () => {
  it.each([
    {
      name: "a beat that is early of a sudden",
      beats: [EARLY, { rr: 1 }, ...times(9, SINUS)],
      found: `S${".".repeat(10)}`,
    },
    { name: "every other beat in bigeminy", beats: times(20, EARLY, { rr: 1 }), found: "S.".repeat(20) },
    {
      name: "a run, to its end",
      beats: [...times(30, { rr: 0.45, unlike: 0.6 }), ...times(20, SINUS)],
      found: "S".repeat(30) + ".".repeat(20),
    },
    {
      name: "an ectopic rhythm that lasts, by its P waves",
      beats: [...times(200, { rr: 0.6, unlike: 0.5 }), ...times(20, SINUS)],
      found: "S".repeat(200) + ".".repeat(20),
    },
  ])("finds $name", ({ beats, found }) => {
    expect(find([...times(30, SINUS), ...beats])).toBe(".".repeat(30) + found);
  });

  it.each([
    { name: "bigeminy", turn: [{ rr: 1 }, { rr: 0.6, unlike: 0.2 }], found: ".S" },
    { name: "bigeminy without pauses", turn: [SINUS, { rr: 0.6, unlike: 0.2 }], found: ".S" },
    { name: "trigeminy", turn: [{ rr: 1 }, SINUS, { rr: 0.6, unlike: 0.2 }], found: "..S" },
  ])(
    "finds early beats in turn with others from the first to the last, by P waves a little unlike: $name",
    ({ turn, found }) => {
      expect(find(times(20, ...turn))).toBe(found.repeat(20));
      const alike = turn.map(({ rr }) => ({ rr }));
      expect(find(times(20, ...alike))).toBe(".".repeat(20 * turn.length));
    },
  );

  it("finds runs of ectopic beats between pauses, though most beats are ectopic", () => {
    const run = (count: number) => [{ rr: 2 }, ...times(count, { rr: 0.73, unlike: 0.5 })];
    expect(find(times(12, ...run(2), ...run(3), ...run(4)))).toBe(".SS.SSS.SSSS".repeat(12));
  });

  it.each([
    {
      name: "sinus pauses between beats with the same P waves",
      beats: times(12, { rr: 2 }, ...times(3, { rr: 0.73 })),
    },
    {
      name: "a block that leaves out every fourth beat",
      beats: times(20, { rr: 1.5 }, ...times(2, { rr: 0.8, unlike: 0.1 })),
    },
    { name: "the end of a 2:1 block", beats: [...times(30, { rr: 1 }), ...times(60, { rr: 0.5 })] },
    { name: "exercise", beats: Array.from({ length: 80 }, (_, i) => ({ rr: 1 - 0.005 * i })) },
    { name: "a fast rhythm that slows down", beats: Array.from({ length: 80 }, (_, i) => ({ rr: 0.6 + 0.005 * i })) },
    { name: "sinus arrhythmia", beats: Array.from({ length: 80 }, (_, i) => ({ rr: 0.9 + 0.2 * Math.sin(1.3 * i) })) },
  ])("finds no beat in $name", ({ beats }) => {
    expect(find(beats)).toBe(".".repeat(beats.length));
  });

  it("tells by the intervals alone where P waves are not to be seen", () => {
    const beats = [
      ...times(30, SINUS),
      EARLY,
      { rr: 1 },
      ...times(20, SINUS),
      ...times(20, { rr: 0.45 }),
      ...times(9, SINUS),
    ];
    expect(find(beats, { clearness: 0 })).toBe(`${".".repeat(30)}S${".".repeat(21)}${"S".repeat(20)}${".".repeat(9)}`);
  });

  it("finds none in atrial fibrillation", () => {
    const beats = [...times(30, SINUS), EARLY, { rr: 1 }, ...times(20, SINUS)];
    expect(find(beats, { fibrillating: [30] })).toBe(".".repeat(52));
  });

  it("finds an early beat after a single one that is left out, but none after several, and none after an interpolated one", () => {
    const beats = [...times(30, SINUS), EARLY, { rr: 1 }, ...times(20, SINUS)];
    expect(find(beats, { leftOut: [29] })).toBe(`${".".repeat(30)}S${".".repeat(21)}`);
    expect(find(beats, { leftOut: [28, 29] })).toBe(".".repeat(52));
    const interpolated = [...times(30, SINUS), { rr: 0.42 }, { rr: 0.46, unlike: 0.5 }, ...times(20, SINUS)];
    expect(find(interpolated, { leftOut: [30] })).toBe(".".repeat(52));
  });

  it("finds a run from where its P waves are seen to be others, within 60 beats of the sudden beginning", () => {
    const run = (unclear: number) => find([...times(60, SINUS), ...times(unclear, { rr: 0.6 }), ...times(40, LATER)]);
    expect(run(20).slice(80)).toBe("S".repeat(40));
    expect(run(70).slice(130)).toBe(".".repeat(40));
  });

  it("finds all of a run of two minutes that a recording ends with, or begins with but for a few beats", () => {
    const run = times(240, { rr: 0.5, unlike: 0.2 });
    expect(find([...times(400, SINUS), ...run])).toBe(".".repeat(400) + "S".repeat(240));
    expect(find([...times(20, SINUS), ...run, ...times(400, SINUS)])).toBe(
      `${".".repeat(20)}${"S".repeat(240)}${".".repeat(400)}`,
    );
  });

  it("finds no run from a ventricular beat on, in a rate that rose little by little before it", () => {
    const rising = Array.from({ length: 25 }, (_, i) => ({ rr: 0.92 - 0.01 * i }));
    const beats = [...rising, { rr: 0.45 }, { rr: 0.9 }, ...times(30, { rr: 0.67, unlike: 0.8 })];
    expect(find(beats, { leftOut: [25] })).toBe(".".repeat(57));
  });

  it("goes on with the run that the beat before is in", () => {
    const beats = times(60, { rr: 0.6, unlike: 0.5 });
    expect(find(beats, { from: 20, isEctopic: true })).toBe("S".repeat(40));
    expect(find(beats, { from: 20 })).toBe(".".repeat(40));
  });

  it("knows less of what is sudden by the intervals of 10 s than by those of a minute", () => {
    const beats = [...times(5, SINUS), { rr: 0.66, unlike: 0.5 }, ...times(5, SINUS)];
    expect(find(beats)).toBe(".".repeat(11));
    const longer = [...times(30, SINUS), ...beats, ...times(30, SINUS)];
    expect(find(longer)).toBe(`${".".repeat(35)}S${".".repeat(35)}`);
  });

  it("makes nothing of P waves that are unlike others where these are not clear", () => {
    const beats = [...times(30, SINUS), { rr: 0.73, unlike: 0.2 }, ...times(30, SINUS)];
    expect(find(beats, { clearness: 0.15 })).toBe(".".repeat(61));
  });

  it("says nothing of a few beats", () => {
    expect(find([{ rr: Number.NaN }, SINUS, EARLY])).toBe("...");
  });
});
