import type { InferResponseType } from "hono/client";
import { api, type EcgSummary, readAnswer } from "../api.ts";
import { rateOf } from "../signal/rate.ts";
import { type Beats, readBeats } from "./beats.ts";

type Answer = InferResponseType<(typeof api.ecg)[":id"]["insights"]["$get"], 200>;
/** What was measured in an ECG. */
export type Insights = Extract<Answer, { notice: string }>;
type SeriesOf = NonNullable<Insights["series"]>;
/** An event of the list. */
export type EcgEvent = NonNullable<SeriesOf["events"]>["list"][number];
/** What was measured in an hour. */
export type Hour = NonNullable<SeriesOf["hours"]>[number];
/** How often RR intervals of each length come. */
export type Histogram = NonNullable<SeriesOf["rr_histogram"]>;
/** The average beats of an ECG or a window. */
export type AverageBeats = NonNullable<SeriesOf["average_beats"]>;
/** The waves of a beat. */
export type Waves = NonNullable<SeriesOf["waves"]>[number];

type Query = { series?: string; start?: string; end?: string; events_from?: string };

/** @throws Refusal */
export async function readInsights(id: string, query: Query, signal: AbortSignal): Promise<Insights> {
  const answer = await api.ecg[":id"].insights.$get({ param: { id }, query, header: {} }, { init: { signal } });
  return (await readAnswer<unknown>(answer)) as Insights;
}

/**
 * The beats of an ECG, as a WFDB annotation file has them: of a day some 200 kB.
 *
 * @throws Refusal
 */
export async function readBeatsOf(ecg: EcgSummary, signal: AbortSignal): Promise<Beats> {
  const rate = Math.max(...ecg.leads.map((lead) => rateOf(ecg, lead) ?? 0));
  if (rate === 0) return { times: new Float64Array(0), types: [] };
  const input = { param: { id: ecg.id }, query: { format: "wfdb" }, header: {} } as const;
  const answer = await api.ecg[":id"].insights.$get(input, { init: { signal } });
  if (!answer.ok) await readAnswer<unknown>(answer);
  return readBeats(new Uint8Array(await answer.arrayBuffer()), rate);
}
