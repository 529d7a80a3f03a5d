import { expect, it } from "vitest";
import { findPacing } from "../../../src/analysis/measures/pacing.ts";

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
])("knows a pacemaker's spikes: $name", ({ impulses, count }) => {
  expect(findPacing(impulses, BEATS)).toHaveLength(count);
});
