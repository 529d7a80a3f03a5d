import { expect, it } from "vitest";
import type { InsightLead } from "../../src/analysis/signal/stretches.ts";
import { turnUpright } from "../../src/analysis/upright.ts";
import { MISSING } from "../../src/recording/recording.ts";

const LEAD: InsightLead = { name: "II", samplingRate: 500, gain: 1000, baseline: 7, sampleCount: 3 };
const samples = Int32Array.of(5, MISSING, -3);

it("turns a lead of an inverted scale over, and leaves the others and what is missing", async () => {
  const given = [LEAD, { ...LEAD, gain: -200 }, { ...LEAD, gain: null }];
  const { leads, read } = turnUpright(given, async (wanted) => wanted.map(() => samples));
  expect(leads).toEqual([LEAD, { ...LEAD, gain: 200, baseline: -7 }, { ...LEAD, gain: null }]);
  expect(await read([2, 1, 0], 0, 1)).toEqual([samples, Int32Array.of(-5, MISSING, 3), samples]);
  expect(samples).toEqual(Int32Array.of(5, MISSING, -3));
});

it("reads as it did where no scale is inverted", () => {
  const read = async () => [samples];
  expect(turnUpright([LEAD], read).read).toBe(read);
});
