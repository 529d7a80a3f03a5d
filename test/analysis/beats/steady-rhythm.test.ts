import { expect, it } from "vitest";
import { findSteadyRhythm } from "../../../src/analysis/beats/steady-rhythm.ts";

const RANGE = { from: 0.4, to: 2 };

it.each([
  { name: "all of them", times: [0, 1, 2, 3, 4], members: [0, 1, 2, 3, 4], missed: 0 },
  { name: "without those that are between", times: [0, 1, 1.4, 2, 3, 3.3, 4], members: [0, 1, 3, 4, 6], missed: 0 },
  { name: "beyond one that is missed", times: [0, 1, 2, 4, 5, 6], members: [0, 1, 2, 3, 4, 5], missed: 1 },
  { name: "that slows down", times: [0, 1, 2.05, 3.15, 4.3], members: [0, 1, 2, 3, 4], missed: 0 },
  { name: "of none", times: [], members: [], missed: 0 },
  { name: "of one", times: [3], members: [], missed: 0 },
  { name: "too slow for the range", times: [0, 7, 14], members: [], missed: 0 },
])("finds the rhythm of times: $name", ({ times, members, missed }) => {
  const found = findSteadyRhythm(times, RANGE);
  expect([found.members, found.missed]).toEqual([members, missed]);
});

it("misses none that is hidden", () => {
  const found = findSteadyRhythm([0, 1, 2, 4, 5, 6], RANGE, (time) => Math.abs(time - 3) < 0.1);
  expect([found.members.length, found.missed]).toEqual([6, 0]);
});

it("takes the rhythm of which none is missed, not one twice as fast", () => {
  expect(findSteadyRhythm([0, 1, 2, 3], RANGE).period).toBeCloseTo(1, 6);
});
