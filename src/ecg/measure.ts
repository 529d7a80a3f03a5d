import type { BeatType } from "../analysis/beats/beat-types.ts";
import { INSIGHTS_VERSION, type Insights, type LeadInsights, measureInsights } from "../analysis/insights.ts";
import type { Quality } from "../analysis/measures/quality.ts";
import { toSampleRange } from "../recording/window.ts";
import type { Store } from "../store/db.ts";
import { logFailure } from "../store/failures.ts";
import { findInsights, saveInsights } from "../store/insights.ts";
import type { EcgRow } from "../store/schema.ts";
import { newSpanReader } from "../store/signal-reader.ts";

/** Times and durations are kept in tenths of a millisecond. */
const TICKS_A_SECOND = 10_000;
/** A second's faults, a sum of six powers of two, are kept as a character from this one on. */
const NO_FAULT = 48;

/** Measures an ECG and keeps what was measured, unless that is kept already. */
export async function measureAndKeep(store: Store, ecg: EcgRow): Promise<void> {
  if ((await findInsights(store, ecg, INSIGHTS_VERSION)) !== undefined) return;
  await saveInsights(store, ecg, INSIGHTS_VERSION, pack(await measureWindow(store, ecg)));
}

/** Reads what was measured in the whole ECG; where nothing is kept it is measured now, and kept. */
export async function readInsights(store: Store, ecg: EcgRow): Promise<Insights> {
  const stored = await findInsights(store, ecg, INSIGHTS_VERSION);
  if (stored !== undefined) return unpack(stored);
  const text = pack(await measureWindow(store, ecg));
  // What is measured is an answer even if it cannot be kept.
  await saveInsights(store, ecg, INSIGHTS_VERSION, text).catch((error) =>
    logFailure(`keeping the insights of ECG ${ecg.id}`, error),
  );
  return unpack(text);
}

/**
 * The same of a window, in seconds from the beginning of the ECG. Times in it are from there, too; the seconds of a lead's
 * quality are counted from the start of the window.
 */
export async function measureWindow(store: Store, ecg: EcgRow, start = 0, end?: number): Promise<Insights> {
  const readSpans = newSpanReader(store, ecg);
  const bounds = ecg.leads.map(({ samplingRate, sampleCount }) =>
    samplingRate === null
      ? { from: 0, to: 0 }
      : toSampleRange(start, end ?? Number.POSITIVE_INFINITY, samplingRate, sampleCount),
  );
  const leads = ecg.leads.map((lead, i) => ({ ...lead, sampleCount: bounds[i].to - bounds[i].from }));
  // What is measured begins with a sample, of the fastest lead.
  const fastest = leads.reduce(
    (most, lead, i) => ((lead.samplingRate ?? 0) > (leads[most].samplingRate ?? 0) ? i : most),
    0,
  );
  const origin = bounds[fastest].from / (leads[fastest].samplingRate ?? 1);
  const insights = await measureInsights(leads, (wanted, from, to) =>
    readSpans(
      wanted.map((lead) => {
        const { samplingRate, sampleCount } = leads[lead];
        const range = samplingRate === null ? { from: 0, to: 0 } : toSampleRange(from, to, samplingRate, sampleCount);
        return { lead, from: bounds[lead].from + range.from, to: bounds[lead].from + range.to };
      }),
    ),
  );
  const { beats, heartRate } = insights;
  const at = <T extends { at: number }>(rate: T | null) => rate && { ...rate, at: rate.at + origin };
  return {
    ...insights,
    beats: { ...beats, times: beats.times.map((time) => time + origin) },
    heartRate: heartRate && { ...heartRate, minimum: at(heartRate.minimum), maximum: at(heartRate.maximum) },
    pauses: insights.pauses.map((pause) => ({ ...pause, from: pause.from + origin })),
    irregular: insights.irregular.map((episode) => ({
      ...episode,
      from: episode.from + origin,
      to: episode.to + origin,
    })),
  };
}

type PackedBeats = {
  ticks: number[];
  types: string;
  gaps: number[];
  intervals: Record<IntervalName, (number | null)[]>;
};
type Packed = Omit<Insights, "leads" | "beats"> & {
  leads: (Omit<LeadInsights, "quality"> & { quality: (Omit<Quality, "faults"> & { faults: string }) | null })[];
  beats: PackedBeats;
};

/** As JSON, with a number or a letter a beat and a character a second: a day takes some 4 MB. */
function pack({ leads, beats, ...rest }: Insights): string {
  const packed: Packed = {
    ...rest,
    leads: leads.map(({ quality, ...lead }) => ({
      ...lead,
      quality: quality && {
        ...quality,
        faults: Array.from(quality.faults, (sum) => String.fromCharCode(NO_FAULT + sum)).join(""),
      },
    })),
    beats: {
      ticks: Array.from(beats.times, toTicks),
      types: beats.types.join(""),
      gaps: Array.from(beats.afterGap.keys()).filter((i) => beats.afterGap[i]),
      intervals: ofIntervals((name) => beats.intervals.map(({ [name]: ms }) => ms && toTicks(ms / 1000))),
    },
  };
  return JSON.stringify(packed);
}

/** A number that was none when it was stored comes back as null: what cannot be without it is null, too. */
function unpack(text: string): Insights {
  const { leads, beats, ...rest } = JSON.parse(text) as Packed;
  const { ticks, types, gaps, intervals } = beats;
  const afterGap = new Uint8Array(ticks.length);
  for (const i of gaps) afterGap[i] = 1;
  return {
    ...rest,
    leads: leads.map(({ quality, amplitude, zeroCrossings }) => ({
      zeroCrossings,
      amplitude: isWhole(amplitude) ? amplitude : null,
      quality: quality && {
        ...quality,
        hum: isWhole(quality.hum) ? quality.hum : null,
        faults: Uint8Array.from(quality.faults, (character) => character.charCodeAt(0) - NO_FAULT),
      },
    })),
    beats: {
      times: Float64Array.from(ticks, (tick) => tick / TICKS_A_SECOND),
      types: [...types] as BeatType[],
      afterGap,
      intervals: ticks.map((_, i) => ofIntervals((name) => fromTicks(intervals[name][i]))),
    },
  };
}

function isWhole(stored: Record<string, number> | null): boolean {
  return stored !== null && Object.values<number | null>(stored).every((value) => value !== null);
}

const INTERVALS = ["p", "pr", "qrs", "qt"] as const;
type IntervalName = (typeof INTERVALS)[number];

function ofIntervals<T>(read: (name: IntervalName) => T): Record<IntervalName, T> {
  return Object.fromEntries(INTERVALS.map((name) => [name, read(name)])) as Record<IntervalName, T>;
}

function toTicks(seconds: number): number {
  return Math.round(seconds * TICKS_A_SECOND);
}

/** In ms. */
function fromTicks(ticks: number | null): number | null {
  return ticks === null ? null : (ticks * 1000) / TICKS_A_SECOND;
}
