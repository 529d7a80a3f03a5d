import { INSIGHTS_VERSION, type Insights, NOTICE, type WaveDetails } from "../analysis/insights.ts";
import type { HeartRate } from "../analysis/measures/heart-rate.ts";
import { FAULTS, type Quality } from "../analysis/measures/quality.ts";
import { SPECTRUM_METHOD } from "../analysis/measures/variability.ts";
import { DELINEATION_METHOD } from "../analysis/waves/delineation.ts";
import type { Window } from "../ecg/window.ts";
import type { LeadRow } from "../store/lead-rows.ts";
import { type InsightsJson, InsightsSchema, type QualityJson } from "./insights-schema.ts";
import { newJsonWriter, type Source } from "./schema-json.ts";
import { type SeriesWindow, toSeries } from "./series-json.ts";
import type { Series } from "./series-schema.ts";

const METHODS = {
  beats: "QRS energy of all leads, weighted by quality; beats chosen by height and rhythm together",
  beat_types:
    "shapes grouped into kinds, a logistic model for ventricular ones; prematurity, pauses and P waves for supraventricular beats",
  irregular_rhythm:
    "irregularity of 12 RR intervals, and whether P waves come back; the likeliest episodes of 8 beats and more",
  delineation: DELINEATION_METHOD,
  variability: `Task Force of the ESC and the NASPE, 1996; ${SPECTRUM_METHOD}`,
};

/** The names of measurements whose name in JSON is not the same in snake case. */
const RENAMED: Record<string, string> = { axes: "axis", irregular: "irregular_rhythm" };

const writeJson = newJsonWriter(InsightsSchema);

/**
 * The JSON of insights. A measurement that has the names of its schema needs no line here.
 *
 * @param leads the rows of the insights' leads: of a lead without a sampling rate only its crossings are known
 * @param window what was measured, and from when on events are listed
 * @param details for the series that are made of them
 */
export function toInsightsJson(
  leads: readonly LeadRow[],
  insights: Insights,
  series: readonly Series[],
  window: SeriesWindow = {},
  details?: WaveDetails,
): InsightsJson {
  const { beats, heartRate, variability } = insights;
  const countOf = (type: string) => beats.types.filter((other) => other === type).length;
  return writeJson({
    ...insights,
    notice: NOTICE,
    version: INSIGHTS_VERSION,
    methods: METHODS,
    leads: insights.leads.map((lead, i) => ({
      ...lead,
      name: leads[i].name,
      zeroCrossings: leads[i].samplingRate === null ? leads[i].zeroCrossings : lead.zeroCrossings,
      quality: lead.quality && { ...lead.quality, ...renameQuality(lead.quality, leads[i], window) },
    })),
    beats: {
      count: beats.types.length,
      normal: countOf("N"),
      supraventricular: countOf("S"),
      ventricular: countOf("V"),
      unclassified: countOf("Q"),
    },
    heartRate: heartRate && {
      ...heartRate,
      minimum: renameExtreme(heartRate.minimum),
      maximum: renameExtreme(heartRate.maximum),
    },
    pauses: insights.pauses.map(({ from, duration }) => ({ start: from, duration })),
    variability: variability && { ...variability, intervals: variability.count, reasons: { ...variability.reasons } },
    axis: insights.axes,
    irregularRhythm: insights.irregular.map(({ from, to, confidence }) => ({ start: from, end: to, confidence })),
    reasons: Object.fromEntries(
      Object.entries(insights.reasons).map(([name, reason]) => [RENAMED[name] ?? toSnakeCase(name), reason]),
    ),
    series: series.length > 0 ? toSeries(leads, insights, series, window, details) : undefined,
  });
}

function renameExtreme(rate: HeartRate["minimum"]) {
  return rate && { value: rate.beatsPerMinute, at: rate.at };
}

/** The fields of a lead's quality that JSON names in another way: seconds with the same faults are one stretch. */
function renameQuality(
  { hum, faults }: Quality,
  { samplingRate, sampleCount }: LeadRow,
  { start = 0, end = Number.POSITIVE_INFINITY }: Window,
): Pick<Source<QualityJson>, "mainsHum" | "unusable"> {
  const last = Math.min(end, samplingRate === null ? end : sampleCount / samplingRate);
  const unusable: QualityJson["unusable"] = [];
  for (let from = 0; from < faults.length; ) {
    let to = from + 1;
    while (to < faults.length && faults[to] === faults[from]) to++;
    const names = Object.entries(FAULTS).flatMap(([name, bit]) => (faults[from] & bit ? [toSnakeCase(name)] : []));
    if (names.length > 0) unusable.push({ start: start + from, end: Math.min(start + to, last), faults: names });
    from = to;
  }
  return { mainsHum: hum && { frequency: hum.frequencyHz, amplitude: hum.amplitude }, unusable };
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
