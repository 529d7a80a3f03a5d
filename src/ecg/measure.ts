import {
  INSIGHTS_VERSION,
  type Insights,
  measureInsights,
  measureWithDetails,
  type WaveDetails,
} from "../analysis/insights.ts";
import { packInsights, unpackInsights } from "../analysis/packed-insights.ts";
import type { InsightLead, ReadStretch } from "../analysis/signal/stretches.ts";
import { toSampleRange } from "../recording/window.ts";
import type { Store } from "../store/db.ts";
import { logFailure } from "../store/failures.ts";
import { findInsights, type InsightsPart, saveInsights } from "../store/insights.ts";
import type { EcgRow } from "../store/schema.ts";
import { newSpanReader } from "../store/signal-reader.ts";
import { sumUpInsights } from "./findings.ts";
import type { Window } from "./window.ts";

/** Measures an ECG and keeps what was measured, unless that is kept already, also for the list. */
export async function measureAndKeep(store: Store, ecg: EcgRow): Promise<void> {
  const stored = await findInsights(store, ecg, INSIGHTS_VERSION);
  if (stored !== undefined && ecg.findings !== null) return;
  await save(store, ecg, stored === undefined ? await measureWindow(store, ecg) : unpackInsights(stored));
}

/**
 * Finds what was measured in the whole ECG; undefined where nothing is kept.
 *
 * @param prefetched what was read along with the ECG
 */
export async function findKeptInsights(
  store: Store,
  ecg: EcgRow,
  prefetched?: readonly InsightsPart[],
): Promise<Insights | undefined> {
  const stored = await findInsights(store, ecg, INSIGHTS_VERSION, prefetched);
  return stored === undefined ? undefined : unpackInsights(stored);
}

/**
 * Reads what was measured in the whole ECG; where nothing is kept it is measured now, and kept.
 *
 * @param prefetched what was read along with the ECG
 */
export async function readInsights(store: Store, ecg: EcgRow, prefetched?: readonly InsightsPart[]): Promise<Insights> {
  return (await findKeptInsights(store, ecg, prefetched)) ?? keepInsights(store, ecg, await measureWindow(store, ecg));
}

/** Keeps what was measured in the whole ECG. What is measured is an answer even if it cannot be kept. */
async function keepInsights(store: Store, ecg: EcgRow, insights: Insights): Promise<Insights> {
  await save(store, ecg, insights).catch((error) => logFailure(`keeping the insights of ECG ${ecg.id}`, error));
  return unpackInsights(packInsights(insights));
}

async function save(store: Store, ecg: EcgRow, insights: Insights): Promise<void> {
  await saveInsights(store, ecg, INSIGHTS_VERSION, packInsights(insights), sumUpInsights(ecg, insights));
}

/**
 * Measures a window of an ECG, in seconds from its beginning, as if it were all there is. Times in the insights are from the
 * beginning of the ECG, but for the seconds of a lead's quality, which are numbered from the start of the window.
 */
export async function measureWindow(store: Store, ecg: EcgRow, start?: number, end?: number): Promise<Insights> {
  const { leads, read, origin } = openWindow(store, ecg, start, end);
  return measureInsights(leads, read, origin);
}

/**
 * Measures like `measureWindow`, with the details of the waves, which are not kept. What else was measured is, if it is of the
 * whole ECG and not kept already.
 *
 * @param keepsWaves whether the waves of each beat are wanted
 */
export async function measureDetails(
  store: Store,
  ecg: EcgRow,
  { start, end }: Window,
  keepsWaves: boolean,
): Promise<{ insights: Insights; details: WaveDetails }> {
  const { leads, read, origin } = openWindow(store, ecg, start, end);
  const { insights, details } = await measureWithDetails(leads, read, origin, keepsWaves);
  const isWhole = start === undefined && end === undefined;
  if (!isWhole || (await findInsights(store, ecg, INSIGHTS_VERSION)) !== undefined) return { insights, details };
  return { insights: await keepInsights(store, ecg, insights), details };
}

/** The leads of a window, how their samples are read, and the seconds from the beginning of the ECG to the first of them. */
function openWindow(
  store: Store,
  ecg: EcgRow,
  start = 0,
  end = Number.POSITIVE_INFINITY,
): { leads: InsightLead[]; read: ReadStretch; origin: number } {
  const bounds = ecg.leads.map(({ samplingRate, sampleCount }) =>
    samplingRate === null ? { from: 0, to: 0 } : toSampleRange(start, end, samplingRate, sampleCount),
  );
  const isWhole = start === 0 && end === Number.POSITIVE_INFINITY;
  // A whole ECG is read with the leads that are not measured, and so against its hash.
  const readSpans = newSpanReader(store, ecg, isWhole ? undefined : bounds);
  const leads = ecg.leads.map((lead, i) => ({ ...lead, sampleCount: bounds[i].to - bounds[i].from }));
  // What is measured begins with a sample, of the fastest lead.
  const fastest = leads.reduce(
    (most, lead, i) => ((lead.samplingRate ?? 0) > (leads[most].samplingRate ?? 0) ? i : most),
    0,
  );
  const origin = bounds[fastest].from / (leads[fastest].samplingRate ?? 1);
  const read: ReadStretch = (wanted, from, to) =>
    readSpans(
      wanted.map((lead) => {
        const { samplingRate, sampleCount } = leads[lead];
        const range = samplingRate === null ? { from: 0, to: 0 } : toSampleRange(from, to, samplingRate, sampleCount);
        return { lead, from: bounds[lead].from + range.from, to: bounds[lead].from + range.to };
      }),
    );
  return { leads, read, origin };
}
