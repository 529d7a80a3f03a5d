import { type InsightLead, type Insights, measureInsights } from "../../src/analysis/insights.ts";
import type { Lead } from "../../src/recording/recording.ts";
import { toSampleRange } from "../../src/recording/window.ts";

/** The insights of leads that are there as a whole. */
export function measureLeads(leads: readonly Lead[]): Promise<Insights> {
  const heads = leads.map(({ samples, ...lead }): InsightLead => ({ ...lead, sampleCount: samples.length }));
  return measureInsights(heads, async (wanted, from, to) =>
    wanted.map((i) => {
      const { samplingRate, samples } = leads[i];
      if (samplingRate === null) return new Int32Array(0);
      const range = toSampleRange(from, to, samplingRate, samples.length);
      return samples.slice(range.from, range.to);
    }),
  );
}
