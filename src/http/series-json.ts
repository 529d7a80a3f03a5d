import type { Insights, WaveDetails } from "../analysis/insights.ts";
import { AVERAGE_RATE_HZ, AVERAGE_START_SECONDS, type AverageBeats } from "../analysis/measures/averages.ts";
import { type FindableWaves, findEvents } from "../analysis/measures/events.ts";
import { measureHours } from "../analysis/measures/hours.ts";
import { faultsOf, findUnusable } from "../analysis/measures/quality.ts";
import { countRrIntervals } from "../analysis/measures/rr-histogram.ts";
import { durationOf } from "../analysis/signal/stretches.ts";
import { chooseLeads } from "../analysis/used-leads.ts";
import type { Window } from "../ecg/window.ts";
import type { LeadRow } from "../store/lead-rows.ts";
import type { InsightsJson } from "./insights-schema.ts";
import { round, type Source } from "./schema-json.ts";
import type { Series } from "./series-schema.ts";

/** What is measured of an ECG, in seconds from its beginning, and from when on events are listed. */
export type SeriesWindow = Window & { eventsFrom?: number };

/** Half a step of a time as it is written, in seconds: an event lies so much before the time that it is asked for by at the most. */
const HALF_STEP_SECONDS = 0.0005;

/** Each of the series that are asked for; those of the waves' details where these are given. */
export function toSeries(
  leads: readonly LeadRow[],
  insights: Insights,
  series: readonly Series[],
  { start = 0, end = Number.POSITIVE_INFINITY, eventsFrom = 0 }: SeriesWindow,
  details?: WaveDetails,
): NonNullable<Source<InsightsJson>["series"]> {
  const { types, afterGap, intervals } = insights.beats;
  const used = chooseLeads(leads);
  const last = Math.min(end, Math.max(start, ...used.map(durationOf)));
  /** Events and hours are made of what is kept, with the times in which no lead is usable. */
  const findable = (): FindableWaves => ({
    ...insights,
    unusable: findUnusable(faultsOf(used, insights.leads), start, last),
  });
  // As they are written, so that an RR interval is the difference of the times beside it.
  const times = Array.from(insights.beats.times, (time) => round(time, 4));
  const wants = (name: Series) => series.includes(name);
  return {
    ...(wants("beats") && { beats: times.map((time, i) => ({ time, type: types[i] })) }),
    ...(wants("rr") && {
      rr: times.flatMap((time, i) => {
        if (i === 0 || afterGap[i]) return [];
        const normal = types[i] === "N" && types[i - 1] === "N";
        return [{ time, duration: (time - times[i - 1]) * 1000, normal }];
      }),
    }),
    ...(wants("intervals") && { intervals: times.map((time, i) => ({ time, ...intervals[i] })) }),
    ...(wants("waves") && details && { waves: details.waves.map((waves, i) => ({ time: times[i], ...waves })) }),
    ...(wants("average_beats") && details && { averageBeats: toAverageBeats(leads, details.averages) }),
    ...(wants("events") && { events: findEvents(findable(), eventsFrom - HALF_STEP_SECONDS) }),
    ...(wants("hours") && {
      hours: measureHours(findable(), start, last).map(({ from, to, ...hour }) => ({ start: from, end: to, ...hour })),
    }),
    ...(wants("pacing") && { pacing: insights.pacingSpikes.map((time) => ({ time })) }),
    ...(wants("rr_histogram") && { rrHistogram: countRrIntervals(insights.beats) }),
  };
}

/** Average beats in mV; of a lead without a gain in ADC units above its baseline. */
function toAverageBeats(leads: readonly LeadRow[], { kinds, others }: AverageBeats) {
  return {
    samplingRate: AVERAGE_RATE_HZ,
    start: AVERAGE_START_SECONDS,
    kinds: kinds.map((kind) => ({
      ...kind,
      beats: kind.count,
      leads: kind.leads.map(({ lead, count, values, waves }) => {
        const { name, gain, baseline } = leads[lead];
        const inUnit = Array.from(values, (value) => (value - baseline) / (gain ?? 1));
        return {
          name,
          beats: count,
          unit: gain === null ? ("ADC units" as const) : ("mV" as const),
          values: inUnit,
          waves,
        };
      }),
    })),
    others,
  };
}
