import { expect, it } from "vitest";
import { cutChunks } from "../../src/store/chunk-plan.ts";

const leads = (...rates: (number | null)[]) => rates.map((samplingRate) => ({ samplingRate, sampleCount: 0 }));

it.each([
  { name: "12 leads of 500 Hz", leads: leads(...Array(12).fill(500)), cut: Array(12).fill(8000) },
  { name: "3 leads of 250 Hz", leads: leads(250, 250, 250), cut: [16000, 16000, 16000] },
  { name: "leads of other rates, at the same times", leads: leads(250, 10, 1), cut: [16000, 640, 64] },
  { name: "leads of no known rate", leads: leads(null, null), cut: [16000, 16000] },
  {
    name: "rates that are no whole number of blocks",
    leads: leads(...Array(16).fill(1000), 62.5, 1),
    cut: [...Array(16).fill(8000), 500, 8],
  },
  { name: "a rate with a fraction", leads: leads(256.41), cut: [16416] },
  { name: "a slow lead alone", leads: leads(1), cut: [4096] },
  { name: "64 fast leads", leads: leads(...Array(64).fill(100_000)), cut: Array(64).fill(1564) },
])("cuts $name", ({ leads, cut }) => {
  expect(cutChunks(leads)).toEqual(cut);
});

it.each([
  {
    name: "a rate far too low for the samples",
    leads: [
      { samplingRate: 1e-3, sampleCount: 8_000_000 },
      { samplingRate: 1e6, sampleCount: 100 },
    ],
  },
  { name: "the highest rate", leads: [{ samplingRate: 1e6, sampleCount: 8_000_000 }] },
  { name: "the lowest rate there is", leads: [{ samplingRate: Number.MIN_VALUE, sampleCount: 1000 }] },
])("makes neither too many nor too large chunks of $name", ({ leads }) => {
  const cut = cutChunks(leads);
  for (const [i, { sampleCount }] of leads.entries()) expect(Math.ceil(sampleCount / cut[i])).toBeLessThan(1000);
  expect(Math.min(...cut)).toBeGreaterThanOrEqual(1);
  expect(cut.every(Number.isInteger)).toBe(true);
});
