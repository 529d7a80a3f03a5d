import { type Insights, measureInsights, measureRhythm, measureWithDetails } from "../../src/analysis/insights.ts";
import type { InsightLead, ReadStretch } from "../../src/analysis/signal/stretches.ts";
import type { Lead } from "../../src/recording/recording.ts";
import { toSampleRange } from "../../src/recording/window.ts";

/**
 * The insights of leads that are there as a whole.
 *
 * @param origin seconds from the beginning of the ECG to their first samples
 */
export function measureLeads(leads: readonly Lead[], origin = 0): Promise<Insights> {
  return measureInsights(headsOf(leads), newReader(leads), origin);
}

/** The insights with the details of the waves. */
export function measureLeadsWithDetails(leads: readonly Lead[], origin = 0, keepsWaves = true) {
  return measureWithDetails(headsOf(leads), newReader(leads), origin, keepsWaves);
}

/** The rhythm, with what it was judged by. */
export function measureRhythmOf(leads: readonly Lead[]) {
  return measureRhythm(headsOf(leads), newReader(leads));
}

function headsOf(leads: readonly Lead[]): InsightLead[] {
  return leads.map(({ samples, ...lead }) => ({ ...lead, sampleCount: samples.length }));
}

function newReader(leads: readonly Lead[]): ReadStretch {
  return async (wanted, from, to) =>
    wanted.map((i) => {
      const { samplingRate, samples } = leads[i];
      if (samplingRate === null) return new Int32Array(0);
      const range = toSampleRange(from, to, samplingRate, samples.length);
      return samples.slice(range.from, range.to);
    });
}
