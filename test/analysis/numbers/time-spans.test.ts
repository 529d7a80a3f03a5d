import { expect, it } from "vitest";
import { outside, secondsOf, type TimeSpan } from "../../../src/analysis/numbers/time-spans.ts";

const span = ([from, to]: readonly [number, number]): TimeSpan => ({ from, to });

it.each<{ name: string; others: [number, number][]; left: [number, number][] }>([
  { name: "nothing is covered", others: [], left: [[2, 8]] },
  {
    name: "what is before and behind touches it",
    others: [
      [0, 2],
      [8, 9],
    ],
    left: [[2, 8]],
  },
  { name: "its beginning is covered", others: [[1, 3]], left: [[3, 8]] },
  { name: "its end is covered", others: [[7, 9]], left: [[2, 7]] },
  {
    name: "parts within it are covered",
    others: [
      [3, 4],
      [5, 6],
    ],
    left: [
      [2, 3],
      [4, 5],
      [6, 8],
    ],
  },
  { name: "all of it is covered", others: [[1, 9]], left: [] },
])("leaves of a span what others do not cover: $name", ({ others, left }) => {
  expect(outside([span([2, 8])], others.map(span))).toEqual(left.map(span));
});

it("adds up the seconds of spans", () => {
  expect(secondsOf([])).toBe(0);
  expect(secondsOf([span([1, 2.5]), span([4, 5])])).toBe(2.5);
});
