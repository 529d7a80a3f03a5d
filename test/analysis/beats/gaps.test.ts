import { expect, it } from "vitest";
import { addGaps, isInGap, recordedTimes } from "../../../src/analysis/beats/gaps.ts";
import type { TimeSpan } from "../../../src/analysis/numbers/time-spans.ts";
import type { LeadBlocks } from "../../../src/analysis/signal/lead-blocks.ts";

const gaps = [
  { from: 2, to: 4 },
  { from: 10, to: 11 },
];

it("counts the seconds that were recorded before a time", () => {
  expect([...recordedTimes(Float64Array.of(1, 3, 4, 9, 12), gaps)]).toEqual([1, 3, 2, 7, 9]);
});

it.each([
  { from: 0, to: 1.9, is: false },
  { from: 1, to: 2, is: true },
  { from: 3, to: 3, is: true },
  { from: 4, to: 9, is: false },
  { from: 4, to: 12, is: true },
  { from: 11, to: 20, is: false },
])("tells whether a gap meets $from to $to s: $is", ({ from, to, is }) => {
  expect(isInGap(gaps, from, to)).toBe(is);
});

/** A lead of 100 samples a second and a block, of which those are missing that `isMissing` says. */
function newLead(isMissing: (place: number) => boolean): LeadBlocks {
  const isGap = Uint8Array.from({ length: 1000 }, (_, place) => (isMissing(place) ? 1 : 0));
  const signal = { rate: 100, first: 0, isGap, lastGap: isGap.lastIndexOf(1) };
  return {
    signal,
    startOf: (block: number) => 100 * block,
    placeAt: (_: number, place: number) => place,
  } as unknown as LeadBlocks;
}

it.each([
  {
    name: "the long one of three",
    missing: (place: number) => place < 5 || (place >= 50 && place < 70) || place === 90,
    gaps: [
      [0.5, 0.7],
      [0.9, 0.91],
    ],
  },
  { name: "the last one alone of all that are short", missing: (place: number) => place % 2 === 1, gaps: [[9.99, 10]] },
  {
    name: "one that goes on in the next block",
    missing: (place: number) => place >= 95 && place < 106,
    gaps: [[0.95, 1.06]],
  },
  { name: "none of what another lead has", missing: () => true, other: () => false, gaps: [] },
])("keeps of gaps $name", ({ missing, other, gaps }) => {
  const found: TimeSpan[] = [];
  const leads = [missing, ...(other ? [other] : [])].map(newLead);
  for (let block = 0; block < 10; block++) addGaps(found, leads, block);
  expect(found.map(({ from, to }) => [from, Number(to.toFixed(2))])).toEqual(gaps);
});
