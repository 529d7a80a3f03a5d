import { type InsightLead, type Insights, measureInsights, type ReadStretch } from "../../src/analysis/insights.ts";
import type { Lead } from "../../src/recording/recording.ts";
import { toSampleRange } from "../../src/recording/window.ts";

/**
 * The insights of leads that are there as a whole.
 *
 * @param origin seconds from the beginning of the ECG to their first samples
 */
export function measureLeads(leads: readonly Lead[], origin?: number): Promise<Insights> {
  const heads = leads.map(({ samples, ...lead }): InsightLead => ({ ...lead, sampleCount: samples.length }));
  const read: ReadStretch = async (wanted, from, to) =>
    wanted.map((i) => {
      const { samplingRate, samples } = leads[i];
      if (samplingRate === null) return new Int32Array(0);
      const range = toSampleRange(from, to, samplingRate, samples.length);
      return samples.slice(range.from, range.to);
    });
  return measureInsights(heads, read, origin);
}
