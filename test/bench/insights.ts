import { measureInsights } from "../../src/analysis/insights.ts";
import type { InsightLead } from "../../src/analysis/signal/stretches.ts";
import type { Lead } from "../../src/recording/recording.ts";
import { toSampleRange } from "../../src/recording/window.ts";
import { syntheticEcg, toEcgJson } from "../support/synthetic-ecg.ts";
import { fastest, median, type Row } from "./measure.ts";

const HOURS = 24;

/** All that is measured in an ECG of 10 s with 12 leads, and in a day of 3 leads. */
export async function benchInsights(): Promise<Row[]> {
  const short = syntheticEcg({ heartRate: 72 });
  const text = JSON.stringify(toEcgJson(short));
  const measureShort = () => measure(short.leads, short.leads[0].samples.length);
  const coldMs = await median(measureShort, 5);
  await median(measureShort, 200);
  const shortMs = await median(measureShort, 100);
  const parseMs = fastest(() => JSON.parse(text), 60);

  const hour = syntheticEcg({ seconds: 3600, samplingRate: 250, heartRate: 72, noise: 0.01 }).leads.slice(6, 9);
  const before = process.cpuUsage();
  const bytesBefore = usedBytes();
  let peakBytes = bytesBefore;
  await measure(hour, HOURS * hour[0].samples.length, () => {
    peakBytes = Math.max(peakBytes, usedBytes());
  });
  const { user, system } = process.cpuUsage(before);
  const cpuSeconds = (user + system) / 1e6;
  const peakMiB = Math.round((peakBytes - bytesBefore) / 1024 / 1024);
  return [
    {
      what: "all insights of 10 s, 12 leads, 500 Hz (and of the first five)",
      ours: `${shortMs.toFixed(1)} ms (${coldMs.toFixed(1)})`,
      anchor: `JSON.parse of the same ECG ${parseMs.toFixed(2)} ms`,
      ratio: (shortMs / parseMs).toFixed(1),
      reach: "<= 15 ms",
    },
    {
      what: `all insights of ${HOURS} h, 3 leads, 250 Hz`,
      ours: `${cpuSeconds.toFixed(1)} s of CPU`,
      anchor: `${((HOURS * 3 * hour[0].samples.length) / 1e6).toFixed(1)} M samples`,
      ratio: "",
      reach: "<= 10 s",
    },
    {
      what: "memory that it adds at the peak, an hour of samples not counted",
      ours: `${peakMiB} MiB`,
      anchor: "what an isolate may have: 128 MB",
      ratio: (peakMiB / 128).toFixed(2),
      reach: "< 1",
    },
  ];
}

/** @param count samples of each lead: those that are there, again and again */
function measure(leads: readonly Lead[], count: number, onRead = () => {}) {
  const heads = leads.map(({ samples: _, ...lead }): InsightLead => ({ ...lead, sampleCount: count }));
  return measureInsights(heads, async (wanted, from, to) => {
    onRead();
    return wanted.map((i) => {
      const { samplingRate, samples } = leads[i];
      const range = toSampleRange(from, to, samplingRate ?? 0, count);
      const stretch = new Int32Array(range.to - range.from);
      for (let k = 0, at = range.from % samples.length; k < stretch.length; at = 0) {
        const part = samples.subarray(at, at + stretch.length - k);
        stretch.set(part, k);
        k += part.length;
      }
      return stretch;
    });
  });
}

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
