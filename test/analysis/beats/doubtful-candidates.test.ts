import { expect, it } from "vitest";
import { SHAPE_POINTS } from "../../../src/analysis/beats/beat-shapes.ts";
import { EVIDENCE } from "../../../src/analysis/beats/candidate-evidence.ts";
import type { CandidateModel } from "../../../src/analysis/beats/candidate-model.ts";
import { judgeDoubtful, lookAround, SURROUNDINGS } from "../../../src/analysis/beats/doubtful-candidates.ts";

/** Where the parts of the surroundings begin. */
const BEFORE = EVIDENCE.length + 1;
const AFTER = BEFORE + 20;
const NEAR_BEFORE = AFTER + 20;
const NEAR_AFTER = NEAR_BEFORE + 8;
const RHYTHM = NEAR_AFTER + 8;
const TEMPLATE = RHYTHM + 6;
const SHAPE = TEMPLATE + 4;
const MATCHED = SHAPE + SHAPE_POINTS;

type Wave = { time: number; odds: number; isWide?: boolean };

/** Waves of two leads: the second has the opposite shape, or none. */
function judge(waves: readonly Wave[], usual = 0.8) {
  const times = Float64Array.from(waves, ({ time }) => time);
  const shapes = new Int8Array(waves.length * 2 * SHAPE_POINTS);
  for (const [k, { isWide }] of waves.entries()) {
    for (let p = 0; p < SHAPE_POINTS; p++) {
      const at = (p - 13) / (isWide ? 4 : 1.5);
      shapes[(2 * k + 1) * SHAPE_POINTS + p] = Math.round(127 * at * Math.exp(0.5 - 0.5 * at * at));
    }
  }
  return {
    candidates: {
      times,
      clocks: times,
      heights: new Float32Array(waves.length).fill(1),
      noises: new Float32Array(waves.length),
      likeness: () => 1,
      width: () => 0.04,
      shapes,
      shapeScales: new Float32Array(2 * waves.length).fill(500),
      leadCount: 2,
    },
    evidence: Float32Array.from({ length: waves.length * EVIDENCE.length }, (_, i) => i),
    odds: Float64Array.from(waves, ({ odds }) => odds),
    usual: new Float64Array(waves.length).fill(usual),
  };
}

/** A beat a second, the tenth of them and another wave in doubt, and a wave between two beats that surely is none. */
const WAVES: Wave[] = [
  ...Array.from({ length: 30 }, (_, i) => ({ time: 1 + i, odds: i === 9 ? -1 : 6 })),
  { time: 10.44, odds: 0.5, isWide: true },
  { time: 20.5, odds: -7 },
].sort((a, b) => a.time - b.time);

function surroundingsOf(waves: readonly Wave[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  lookAround(judge(waves), (k, surroundings) => found.set(waves[k].time, [...surroundings]));
  return found;
}

it("looks around candidates in doubt and those within a second of them, and no others", () => {
  expect([...surroundingsOf(WAVES).keys()]).toEqual([10, 10.44, 11]);
  expect(surroundingsOf(WAVES.filter(({ odds }) => Math.abs(odds) > 3)).size).toBe(0);
});

it("tells how likely others are beats at shares of the usual interval, and how near they are", () => {
  const found = surroundingsOf(WAVES).get(10.44) ?? [];
  const bins = (from: number, count: number) =>
    found.slice(from, from + count).map((value) => Number(value.toFixed(2)));
  const chance = (odds: number) => Number((1 / (1 + Math.exp(-odds))).toFixed(2));
  const expected = (ofBins: Record<number, number>) => Array.from({ length: 20 }, (_, bin) => ofBins[bin] ?? 0);
  expect(found.length).toBe(SURROUNDINGS);
  expect(found[EVIDENCE.length]).toBe(0.5);
  expect(bins(BEFORE, 20)).toEqual(expected({ 4: chance(-1), 14: chance(6) }));
  expect(bins(AFTER, 20)).toEqual(expected({ 5: chance(6), 15: chance(6) }));
  expect([bins(NEAR_BEFORE, 8), bins(NEAR_AFTER, 8)]).toEqual([Array(8).fill(-8), Array(8).fill(-8)]);
  const close = surroundingsOf([...WAVES, { time: 10.57, odds: -2 }].sort((a, b) => a.time - b.time)).get(10.44) ?? [];
  expect(close.slice(NEAR_AFTER, NEAR_AFTER + 8)).toEqual([-8, -8, -2, -8, -8, -8, -8, -8]);
});

it("tells the rhythm by the intervals of sure beats alone, and by the usual interval where they are too few", () => {
  const [usual, spread, wrong, beats, before, ahead] = (surroundingsOf(WAVES).get(10.44) ?? []).slice(RHYTHM, TEMPLATE);
  expect([usual, spread]).toEqual([1, 0]);
  // Of the nine seconds about it: 0.27 of the tenth beat is expected to be wrong, 0.38 of the wave itself, and eight beats are sure.
  expect(wrong).toBeCloseTo((0.269 + 0.378) / (8 + 0.269 + 0.622), 1);
  expect(beats).toBeCloseTo((8 + 0.269 + 0.622) / 9, 1);
  expect(before).toBeCloseTo(1.44);
  expect(ahead).toBeCloseTo(0.56);
  const few = surroundingsOf(WAVES.slice(7, 12)).get(10.44) ?? [];
  expect(few[RHYTHM]).toBeCloseTo(0.8);
  expect([few[RHYTHM + 1], few[TEMPLATE + 3]]).toEqual([0.5, 0]);
});

it("compares a candidate with sure beats in the lead that has them, and shows its shape there", () => {
  const around = surroundingsOf(WAVES);
  const like = around.get(10) ?? [];
  const unlike = around.get(10.44) ?? [];
  expect(like[TEMPLATE]).toBeCloseTo(1);
  expect(like[TEMPLATE + 1]).toBeCloseTo(1);
  expect(unlike[TEMPLATE]).toBeLessThan(0.8);
  expect(unlike[TEMPLATE + 1]).toBeLessThan(0.5);
  expect(like[MATCHED]).toBeCloseTo(1);
  expect(unlike[MATCHED]).toBeLessThan(0.8);
  expect(like.slice(TEMPLATE + 2, SHAPE)).toEqual([1, 1]);
  expect(Math.max(...like.slice(SHAPE, MATCHED))).toBeCloseTo(0.9, 1);
});

it("adds to the odds of candidates in doubt what the network says", () => {
  const judged = judge(WAVES);
  const direct = new Array<number>(SURROUNDINGS).fill(0);
  direct[RHYTHM] = 2;
  const model: CandidateModel = { bias: 1, direct, hidden: [] };
  judgeDoubtful(judged, model);
  const changed = WAVES.map(({ time, odds }) => ([10, 10.44, 11].includes(time) ? odds + 3 : odds));
  expect([...judged.odds]).toEqual(changed);
});
