import fc from "fast-check";
import { expect, it } from "vitest";
import { packInsights, unpackInsights } from "../../src/analysis/packed-insights.ts";
import { sumUpInsights } from "../../src/ecg/findings.ts";
import { listMeasuredValues } from "../../src/ecg/measured-values.ts";
import { reportInsights } from "../../src/ecg/report.ts";
import { LEAST_GAIN, MAX_SAMPLING_RATE_HZ, MIN_SAMPLING_RATE_HZ, MOST_GAIN } from "../../src/formats/limits.ts";
import { toInsightsJson } from "../../src/http/insights-json.ts";
import { SERIES } from "../../src/http/series-schema.ts";
import { type Lead, MISSING } from "../../src/recording/recording.ts";
import type { EcgRow } from "../../src/store/schema.ts";
import { measureLeads, measureLeadsWithDetails } from "../support/measure-leads.ts";
import { runs } from "../support/runs.ts";
import { newSignal } from "../support/signals.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const MOST = 2 ** 31 - 1;

/** Signals that no heart makes, and those of one at the ends of what a sample can be. */
const SIGNALS: Record<string, (count: number, size: number) => Int32Array> = {
  nothing: () => new Int32Array(0),
  "one sample": () => Int32Array.of(MOST),
  flat: (count, size) => new Int32Array(count).fill(size),
  missing: (count) => new Int32Array(count).fill(MISSING),
  "from end to end": (count) => Int32Array.from({ length: count }, (_, i) => (i % 2 ? MOST : -MOST)),
  "squares from end to end": (count) => Int32Array.from({ length: count }, (_, i) => (i % 200 < 100 ? MOST : -MOST)),
  "a step": (count) => Int32Array.from({ length: count }, (_, i) => (i < count / 2 ? -MOST : MOST)),
  spikes: (count) => Int32Array.from({ length: count }, (_, i) => (i % 211 === 0 ? MOST : 0)),
  noise: (count, size) => newSignal(count).map((sample) => clamp(sample * size)),
  gaps: (count) => newSignal(count).map((sample, i) => (i % 97 < 40 ? MISSING : sample)),
  "an ECG": (count, size) => beating(count).map((sample) => clamp(sample * size)),
  "an ECG with gaps": (count) => beating(count).map((sample, i) => (i % 1009 < 300 ? MISSING : sample)),
};

const anyLead = fc.record({
  name: fc.constantFrom("I", "II", "V1", "resp"),
  signal: fc.constantFrom(...Object.keys(SIGNALS)),
  count: fc.integer({ min: 1, max: 8000 }),
  size: fc.constantFrom(1, 7, 1000, 10_000, 2 ** 20),
  samplingRate: fc.constantFrom(null, MIN_SAMPLING_RATE_HZ, 0.5, 1, 49.999, 125, 250, 500, 8000, MAX_SAMPLING_RATE_HZ),
  gain: fc.constantFrom(null, LEAST_GAIN, -LEAST_GAIN, 1, -200, 1000, MOST_GAIN, -MOST_GAIN),
  baseline: fc.constantFrom(0, 0.5, -MOST, 1e12, 1e300, -1e300),
  unit: fc.constantFrom(undefined, "NU"),
});

it("measures nothing that is not finite, and answers whatever comes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyLead, { minLength: 1, maxLength: 4 }), async (made) => {
      const leads = made.map(({ signal, count, size, ...lead }, i): Lead => {
        return { ...lead, name: `${lead.name}${i || ""}`, samples: SIGNALS[signal](count, size) };
      });
      await expectFinite(leads);
    }),
    { numRuns: runs(200) },
  );
});

/** Each signal with each end of a scale and of a rate. */
const EXAMPLES = Object.keys(SIGNALS).flatMap((signal) =>
  [LEAST_GAIN, 1000, MOST_GAIN].flatMap((gain) =>
    [250, MAX_SAMPLING_RATE_HZ].map((samplingRate) => ({ signal, gain, samplingRate })),
  ),
);

it.each(EXAMPLES)(
  "measures $signal with a gain of $gain at $samplingRate Hz",
  async ({ signal, gain, samplingRate }) => {
    const samples = SIGNALS[signal](5000, 1000);
    await expectFinite([{ name: "II", samples, samplingRate, gain, baseline: gain === 1000 ? 1e300 : 0 }]);
  },
);

async function expectFinite(leads: Lead[]): Promise<void> {
  const rows = leads.map(({ samples, ...lead }) => {
    return { ...lead, sampleCount: samples.length, zeroCrossings: 0, lastSign: 0, chunkSamples: 1 };
  });
  const ecg = {
    id: "x",
    leads: rows,
    recordedAt: 0,
    dateSource: "recorded",
    subject: null,
    device: null,
  } as unknown as EcgRow;
  const insights = await measureLeads(leads);
  const { insights: detailed, details } = await measureLeadsWithDetails(leads, 0, true);
  const stored = unpackInsights(packInsights(insights));
  for (const [one, more] of [[stored, undefined] as const, [detailed, details] as const]) {
    const series = more ? SERIES : SERIES.filter((name) => name !== "waves" && name !== "average_beats");
    expect(findNonFinite(one)).toEqual([]);
    expect(findNonFinite(toInsightsJson(rows, one, series, {}, more))).toEqual([]);
    expect(findNonFinite(sumUpInsights(ecg, one))).toEqual([]);
    expect(listMeasuredValues(one).filter(({ value }) => /NaN|Infinity|null|undefined/.test(value))).toEqual([]);
    expect(findNonFinite(JSON.parse(reportInsights(ecg, one)))).toEqual([]);
  }
}

/** The places of numbers that are not finite, which JSON would make null. */
function findNonFinite(value: unknown, path = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [`${path}: ${value}`];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => findNonFinite(inner, `${path}.${key}`));
}

function clamp(value: number): number {
  return Math.max(-MOST, Math.min(MOST, Math.round(value)));
}

const made = syntheticEcg({ seconds: 32, samplingRate: 250 }).leads[1].samples;

function beating(count: number): Int32Array {
  return made.slice(0, count);
}
