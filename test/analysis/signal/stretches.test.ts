import { expect, it } from "vitest";
import { eachStretch, type LeadLength } from "../../../src/analysis/signal/stretches.ts";

it.each<{ name: string; leads: LeadLength[]; stretches: [number, number][] }>([
  { name: "no lead", leads: [], stretches: [] },
  { name: "a lead without a rate", leads: [{ samplingRate: null, sampleCount: 5000 }], stretches: [] },
  {
    name: "leads of which the longest has 130 s",
    leads: [
      { samplingRate: 500, sampleCount: 65_000 },
      { samplingRate: 250, sampleCount: 2500 },
    ],
    stretches: [
      [0, 60],
      [60, 120],
      [120, 180],
    ],
  },
  {
    name: "a lead sampled by the hour, of which a thousand samples are read at a time",
    leads: [{ samplingRate: 1 / 3600, sampleCount: 1001 }],
    stretches: [
      [0, 3_600_000],
      [3_600_000, 7_200_000],
    ],
  },
  {
    name: "very fast leads, of which 2^21 samples are read at a time, and of one that goes on alone",
    leads: [
      { samplingRate: 2 ** 20, sampleCount: 2 ** 20 },
      { samplingRate: 2 ** 20, sampleCount: 3 * 2 ** 20 },
    ],
    stretches: [
      [0, 1],
      [1, 3],
    ],
  },
])("runs through $name", async ({ leads, stretches }) => {
  const found: [number, number][] = [];
  await eachStretch(leads, async (from, to) => void found.push([from, to]));
  expect(found).toEqual(stretches);
});
