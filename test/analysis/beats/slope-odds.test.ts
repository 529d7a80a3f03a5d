import { expect, it } from "vitest";
import { STEPS } from "../../../src/analysis/beats/beat-network.ts";
import { BLOCK_SLOPES, PART_BLOCKS, type Slopes } from "../../../src/analysis/beats/kept-slopes.ts";
import { judgeBySlopes } from "../../../src/analysis/beats/slope-odds.ts";

/** Slopes of blocks and leads that tell where they are from: their number in the ECG, and 10,000 for each lead. */
function slopesOf(blocks: readonly number[], leadCount: number, blockCount = 1 + Math.max(...blocks)): Slopes {
  const values = blocks.flatMap((block) =>
    Array.from({ length: leadCount * BLOCK_SLOPES }, (_, i) => {
      const lead = Math.floor(i / BLOCK_SLOPES);
      return 10_000 * lead + block * BLOCK_SLOPES + (i % BLOCK_SLOPES);
    }),
  );
  const length = PART_BLOCKS * BLOCK_SLOPES;
  const parts = Array.from({ length: Math.ceil(values.length / length) }, (_, part) =>
    Float32Array.from(values.slice(part * length, (part + 1) * length)),
  );
  return { blocks, blockCount, parts, leadCount };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** Judges candidates by a network that gives `score` of each step's first slope, and says which windows it was given, and which steps of these were asked for. */
function judge(slopes: Slopes, times: number[], odds: number[], score: (slope: number) => number) {
  const given: Float32Array[] = [];
  const asked: [number, number][] = [];
  const found = Float64Array.from(odds);
  const network = {
    score: (window: Float32Array, first = 0, end = STEPS) => {
      given.push(window);
      asked.push([first, end]);
      return Float32Array.from({ length: STEPS }, (_, step) =>
        step >= first && step < end ? score(window[2 * step]) : Number.NaN,
      );
    },
  };
  const judged = judgeBySlopes(slopes, Float64Array.from(times), found, network);
  return { odds: [...found], given, asked, wereMany: judged?.wereMany, times: judged && [...judged.times] };
}

/** Odds of 3 at slopes from one to before another, whose steps begin there, else of -4. */
const peakAt = (from: number, to: number) => (slope: number) => (slope >= from && slope < to ? 3 : -4);

it("judges candidates by the most that slopes say near them, and by what they had", () => {
  const { odds, times } = judge(slopesOf(range(0, 10), 1), [3.1, 5], [0, 1], peakAt(308, 312));
  expect(odds).toEqual([3.5, 0.3 - 3.5]);
  expect(times).toEqual([3.1, 5]);
});

it("moves the candidate that is the nearest to an R peak to the middle of it", () => {
  const moved = (times: number[], from: number, to: number) =>
    judge(slopesOf(range(0, 10), 1), times, [0, 0], peakAt(from, to));
  // Steps have two slopes, and their middles are at 3.13 to 3.19 s.
  const near = moved([3, 4], 312, 320);
  expect(near.times?.[0]).toBeCloseTo(3.16);
  expect([near.times?.[1], ...near.odds]).toEqual([4, 3.5, -3.5]);
  const between = moved([3, 3.25], 312, 320);
  expect(between.times?.[0]).toBe(3);
  expect(between.times?.[1]).toBeCloseTo(3.16);
  expect(moved([3, 4], 300, 304).times).toEqual([3, 4]);
  expect(moved([3, 4], 330, 336)).toMatchObject({ times: [3, 4], odds: [-3.5, -3.5] });
});

it("limits what slopes say, and adds up what leads say over the root of their number", () => {
  const ofOne = judge(slopesOf(range(0, 10), 1), [3, 4], [0, 0], (slope) => (slope > 350 ? 99 : -99)).odds;
  expect(ofOne).toEqual([-6, 6]);
  const ofTwo = judge(slopesOf(range(0, 10), 2), [3, 4], [0, 0], (slope) => (slope >= 10_000 ? 3 : 1)).odds;
  expect(ofTwo[0]).toBeCloseTo((3 + 0.5 + (1 + 0.5)) / Math.SQRT2);
});

it("asks of all where three quarters of a candidate or more are expected to be told wrong", () => {
  const wrongOf = (count: number) =>
    judge(
      slopesOf(range(0, 10), 1),
      range(0, count).map((k) => 1 + k / 2),
      Array(count).fill(2.6),
      () => 0,
    );
  // Of odds of 2.6, a logarithm, 0.069 are wrong.
  expect(wrongOf(10)).toMatchObject({ given: [], odds: Array(10).fill(2.6), times: null });
  const { odds, asked, wereMany } = wrongOf(11);
  expect(wereMany).toBe(true);
  for (const found of odds) expect(found).toBeCloseTo(0.3 * 2.6 + 0.5);
  // From a quarter of a second before the first to one after the last, in steps of 0.02 s, the first of which begins at -1.28 s.
  expect(asked).toEqual([[101, 377]]);
});

it("asks of a candidate that is in doubt alone where others are sure", () => {
  const { odds, asked, times, wereMany } = judge(slopesOf(range(0, 10), 1), [1, 3, 5], [5, -3.4, -5], peakAt(308, 312));
  expect([odds[0], odds[2], times, wereMany]).toEqual([5, -5, [1, 3.1, 5], false]);
  // What it had counts in full.
  expect(odds[1]).toBeCloseTo(-3.4 + 3.5);
  expect(asked).toEqual([[201, 227]]);
  const askedOf = (own: number) => judge(slopesOf(range(0, 10), 1), [1, 3, 5], [5, own, -5], () => 9).asked.length;
  expect([-3.6, -3.4, 2.4, 2.6].map(askedOf)).toEqual([0, 1, 1, 0]);
});

it("leaves candidates alone whose slopes were not kept", () => {
  const { odds, given } = judge(slopesOf(range(0, 2), 1, 16), [1, 2.9, 3.1, 30], [0, 0, 0, 0], () => 2);
  // What is less than a second before slopes that were not kept is left alone, too.
  expect(odds).toEqual([2.5, 2.5, 0, 0]);
  expect(given.length).toBe(1);
  expect(judge(slopesOf([], 0, 0), [1, 3], [0, 0], () => 2).given).toEqual([]);
});

it("gives a network the slopes about a window, zeros where there are none, and tells what is at its ends by the next", () => {
  // The windows are told from 0 s, 7.68 s and 15.36 s on, and have 1.28 s more to each side.
  const blocks = [...range(0, 6), 8, 9];
  const { given } = judge(slopesOf(blocks, 2), [7.5, 7.6, 7.7, 7.8], [0, 0, 0, 0], () => 0);
  expect(given.length).toBe(4);
  const wanted = (first: number, lead: number) =>
    Float32Array.from({ length: 1024 }, (_, i) => {
      const slope = first + i;
      return blocks.includes(Math.floor(slope / BLOCK_SLOPES)) ? 10_000 * lead + slope : 0;
    });
  expect(given).toEqual([wanted(-128, 0), wanted(-128, 1), wanted(640, 0), wanted(640, 1)]);
});
