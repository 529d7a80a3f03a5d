import { expect, it } from "vitest";
import { toSampleRange } from "../../src/recording/window.ts";
import { findEcg } from "../../src/store/ecgs.ts";
import { newSpanReader, readSpans } from "../../src/store/signal-reader.ts";
import { newCaller, store, storedEcg } from "../support/api.ts";

it.each([
  { name: "within a chunk", start: 10, end: 12 },
  { name: "over the end of a group", start: 2040, end: 2060 },
  { name: "of several groups", start: 1000, end: 5000 },
  { name: "over the end of a lead that is shorter", start: 2990, end: 3100 },
  { name: "behind the end of a lead that is shorter", start: 3500, end: 3600 },
  { name: "up to the end", start: 5900, end: 6000 },
  { name: "that is empty", start: 70, end: 70 },
])("a reader of a window $name gives its samples, stretch after stretch", async ({ start, end }) => {
  const caller = await newCaller();
  const ramp = (length: number) => Array.from({ length }, (_, i) => (i * 7919) % 1000);
  const { id } = await storedEcg(caller, {
    sampling_rate: 50,
    leads: [
      { name: "II", signal: ramp(50 * 6000) },
      { name: "PLETH", sampling_rate: 20, signal: ramp(20 * 3000) },
    ],
  });
  const ecg = await findEcg(store, id);
  if (!ecg) throw new Error("it was stored");
  const bounds = ecg.leads.map(({ samplingRate, sampleCount }) =>
    toSampleRange(start, end, samplingRate ?? 0, sampleCount),
  );
  const read = newSpanReader(store, ecg, bounds);
  for (const share of [0, 0.25, 0.5, 0.75]) {
    const spans = bounds.map(({ from, to }, lead) => {
      const at = (part: number) => from + Math.round(part * (to - from));
      return { lead, from: at(share), to: at(share + 0.25) };
    });
    expect(await read(spans)).toEqual(await readSpans(store, ecg, spans));
  }
});
