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

it("leaves of several spans what others do not cover, one of which may cover parts of two", () => {
  const spans = [
    [0, 2],
    [3, 5],
    [6, 7],
    [8, 9],
  ] as const;
  const others = [
    [1, 4],
    [4.5, 4.75],
    [7.5, 7.75],
  ] as const;
  expect(outside(spans.map(span), others.map(span))).toEqual(
    [
      [0, 1],
      [4, 4.5],
      [4.75, 5],
      [6, 7],
      [8, 9],
    ].map(([from, to]) => ({ from, to })),
  );
});

it("looks at each of the others about its place alone, and not for each span", () => {
  let looks = 0;
  const others = Array.from({ length: 1000 }, (_, i) => ({
    get from() {
      looks++;
      return 2 * i;
    },
    to: 2 * i + 1,
  }));
  const spans = Array.from({ length: 1000 }, (_, i) => span([2 * i + 0.5, 2 * i + 1.5]));
  expect(outside(spans, others)).toEqual(spans.map(({ to }) => ({ from: to - 0.5, to })));
  expect(looks).toBeLessThan(5 * others.length);
});

it("adds up the seconds of spans", () => {
  expect(secondsOf([])).toBe(0);
  expect(secondsOf([span([1, 2.5]), span([4, 5])])).toBe(2.5);
});
