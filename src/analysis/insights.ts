import type { Lead } from "../recording/recording.ts";
import { type BeatType, typeBeats } from "./beats/beat-types.ts";
import { newBeatDetector } from "./beats/beats.ts";
import { type Amplitude, newAmplitude } from "./measures/amplitude.ts";
import { type Axes, newAxes } from "./measures/axis.ts";
import { findPauses, type HeartRate, measureHeartRate, type Pause, WINDOW_SECONDS } from "./measures/heart-rate.ts";
import { type BeatIntervals, type Intervals, measureIntervals, summarizeIntervals } from "./measures/intervals.ts";
import { newQuality, type Quality } from "./measures/quality.ts";
import { findIrregularEpisodes, type IrregularEpisode, WINDOW_INTERVALS } from "./measures/rhythm.ts";
import { measureVariability, type Variability } from "./measures/variability.ts";
import { countZeroCrossings } from "./measures/zero-crossings.ts";
import { delineate, LEAST_RATE_HZ as LEAST_WAVE_RATE_HZ } from "./waves/delineation.ts";

/** Of all that is measured: it goes up when any result may be another. */
export const INSIGHTS_VERSION = 3;

/** A lead without its samples; how many there are of them. */
export type InsightLead = Omit<Lead, "samples"> & { sampleCount: number };
/** The samples of these leads in a stretch: those whose time, in seconds, is at `from` or later and before `to`. */
export type ReadStretch = (leads: readonly number[], from: number, to: number) => Promise<Int32Array[]>;

export type LeadInsights = { zeroCrossings: number; quality: Quality | null; amplitude: Amplitude | null };

/** One entry a beat in each list. */
export type BeatSeries = {
  /** Of the R peaks, in seconds from the beginning. */
  times: Float64Array;
  types: BeatType[];
  /** 1 where something is missing between this beat and the one before: what lies between is no RR interval. */
  afterGap: Uint8Array;
  intervals: BeatIntervals[];
};

/** What cannot be said is null, or empty, and `reasons` has why. */
export type Insights = {
  leads: LeadInsights[];
  beats: BeatSeries;
  heartRate: HeartRate | null;
  pauses: Pause[];
  variability: Variability | null;
  intervals: Intervals | null;
  axes: Axes | null;
  irregular: IrregularEpisode[];
  reasons: Partial<Record<"beats" | "heartRate" | "variability" | "intervals" | "axes" | "irregular", string>>;
};

/** Samples are read, and beats delineated, so much at a time: less of very fast leads, more of very slow ones. */
const STRETCH_SECONDS = 60;
const MOST_STRETCH_SAMPLES = 2 ** 21;
const LEAST_STRETCH_SAMPLES = 1000;
/** Beats are delineated with this much to both sides. */
const MARGIN_SECONDS = 2;
/** Samples a second of the leads that are looked at for beats: of faster leads those beyond it are left out. */
const MAX_TOTAL_RATE_HZ = 2 ** 21;
/** Lower, and beats are missed. */
const LEAST_RATE_HZ = 30;
/** Lower, and a second is no measure of the lead. */
const LEAST_RATE_OF_SECONDS_HZ = 1;
/** A lead shows no waves in a stretch of which it is usable for less than this share. */
const LEAST_USABLE_SHARE = 0.5;

/**
 * Measures an ECG of any length, in two passes over its samples: in the first its beats are found, in the second their
 * waves. Its memory is a minute of samples and what is found.
 *
 * Leads without a gain are not looked at for beats where others have one: they are other signals than ECG.
 */
export async function measureInsights(leads: readonly InsightLead[], read: ReadStretch): Promise<Insights> {
  const isScaled = leads.some(({ gain }) => gain !== null);
  // The fastest first: it is the one by whose samples the beats are timed.
  const used = leads
    .flatMap(({ samplingRate, gain, sampleCount }, i) => {
      if (samplingRate === null || samplingRate < LEAST_RATE_HZ) return [];
      return sampleCount > 0 && (gain !== null || !isScaled) ? [{ i, samplingRate }] : [];
    })
    .sort((a, b) => b.samplingRate - a.samplingRate || a.i - b.i)
    .filter(({ samplingRate }, place) => place * samplingRate < MAX_TOTAL_RATE_HZ);
  const detector = newBeatDetector({ samplingRates: used.map(({ samplingRate }) => samplingRate) });
  const measures = leads.map(newLeadMeasure);
  const all = [...leads.keys()];
  await eachStretch(leads, async (from, to) => {
    const samples = await read(all, from, to);
    for (const [i, measure] of measures.entries()) measure.push(samples[i]);
    detector.push(used.map(({ i }) => samples[i]));
  });
  const found = measures.map((measure) => measure.finish());
  const faults = used.map(({ i }) => found[i].quality?.faults ?? new Uint8Array(0));
  const isUsable = (place: number, time: number) => faults[place][Math.floor(time)] === 0;
  const beats = detector.finish();
  const { times, afterGap } = beats;
  const types = typeBeats(beats).map((type, k) => (used.some((_, place) => isUsable(place, times[k])) ? type : "Q"));
  const irregular = findIrregularEpisodes(
    beats,
    Uint8Array.from(types, (type) => (type === "V" || type === "Q" ? 1 : 0)),
  );
  const hasNoP = newEpisodeTest(irregular ?? []);

  const axes = newAxes();
  const intervals: BeatIntervals[] = [];
  let next = 0;
  await eachStretch(
    used.map(({ i }) => leads[i]),
    async (from, to) => {
      const first = next;
      while (next < times.length && times[next] < to) next++;
      if (first === next) return;
      const start = Math.max(0, from - MARGIN_SECONDS);
      const samples = await read(
        used.map(({ i }) => i),
        start,
        to + MARGIN_SECONDS,
      );
      const stretch = used.flatMap(({ i }, place) =>
        usableShareOf(faults[place], start, to) < LEAST_USABLE_SHARE
          ? []
          : [{ ...leads[i], samples: samples[place], place }],
      );
      // With the beats of the margins, which bound their neighbours' waves.
      let before = first;
      while (before > 0 && times[before - 1] >= start) before--;
      let after = next;
      while (after < times.length && times[after] < to + MARGIN_SECONDS) after++;
      const delineated = delineate(
        stretch,
        times.subarray(before, after).map((time) => time - start),
      ).beats.slice(first - before, next - before);
      // Fibrillating atria and ventricular beats have no P wave of their own: what looks like one is not.
      const waves = delineated.map((beat, i) =>
        types[first + i] === "V" || hasNoP(times[first + i])
          ? { ...beat, pOnset: null, pPeak: null, pEnd: null }
          : beat,
      );
      for (const beat of measureIntervals(waves)) intervals.push(beat);
      const normal = normalOf(waves, types.slice(first, next));
      for (const lead of stretch) {
        axes.add(
          lead,
          normal.filter(({ rPeak }) => isUsable(lead.place, start + (rPeak ?? 0))),
        );
      }
    },
  );

  const isNormal = types.map((type) => (type === "N" ? 1 : 0));
  const variability = measureVariability(
    times,
    isNormal,
    Array.from(afterGap, (gap) => (gap ? 0 : 1)),
  );
  const medians = summarizeIntervals(normalOf(intervals, types), normalIntervals(times, types, afterGap));
  const angles = axes.result();
  const heartRate = withShortest(measureHeartRate(beats), times, Math.max(0, ...used.map(({ i }) => endOf(leads[i]))));
  return {
    leads: found,
    beats: { times, types, afterGap, intervals },
    heartRate,
    pauses: findPauses(beats),
    variability: variability.count > 0 ? variability : null,
    intervals: medians.qrs === null ? null : medians,
    axes: angles.qrs === null ? null : angles,
    irregular: irregular ?? [],
    reasons: explain(leads, used, times.length, {
      heartRate,
      variability,
      intervals: medians,
      axes: angles,
      irregular,
    }),
  };
}

/** An ECG of 10 s, whose first and last beats are not so far apart, is the slowest and the fastest 10 s itself. */
function withShortest(rate: HeartRate | null, times: Float64Array, duration: number): HeartRate | null {
  if (!rate || rate.minimum || duration < WINDOW_SECONDS || duration >= 2 * WINDOW_SECONDS) return rate;
  const only = { beatsPerMinute: rate.mean, at: times[0] };
  return { ...rate, minimum: only, maximum: only };
}

/** Why something is not there. */
function explain(
  leads: readonly InsightLead[],
  used: readonly { samplingRate: number }[],
  beatCount: number,
  found: {
    heartRate: HeartRate | null;
    variability: Variability;
    intervals: Intervals;
    axes: Axes;
    irregular: unknown;
  },
): Insights["reasons"] {
  if (used.length === 0 || beatCount === 0) {
    const beats = used.length > 0 ? "no beats are to be seen" : explainUnused(leads);
    return { beats, heartRate: beats, variability: beats, intervals: beats, axes: beats, irregular: beats };
  }
  const { heartRate, variability, intervals, axes, irregular } = found;
  const areTooSlow = used.every(({ samplingRate }) => samplingRate < LEAST_WAVE_RATE_HZ);
  const noWaves = areTooSlow
    ? `no lead has samples at ${LEAST_WAVE_RATE_HZ} Hz or more`
    : "no normal beat is clear enough to be measured";
  return {
    ...(!heartRate && { heartRate: "no two beats follow one another" }),
    ...(heartRate && (!heartRate.minimum || !heartRate.maximum) && { heartRate: "no 10 s in a row have enough beats" }),
    ...(variability.count === 0 && { variability: "no two normal beats follow one another within 0.24 to 3 s" }),
    ...(intervals.qrs === null
      ? { intervals: noWaves }
      : intervals.pr === null && { intervals: "no normal beat has a P wave that is clear" }),
    ...(intervals.qrs !== null && intervals.qt === null && { intervals: "no normal beat has a T wave that is clear" }),
    ...(intervals.qrs === null
      ? { axes: noWaves }
      : axes.qrs === null
        ? { axes: "two limb leads of known scale, and clear beats in them, are needed" }
        : (axes.p === null || axes.t === null) && { axes: "a wave is not there, or points nowhere" }),
    ...(irregular === null && {
      irregular: `fewer than ${WINDOW_INTERVALS} intervals between beats that are not ventricular, each with the one before it`,
    }),
  };
}

/** Why no lead is looked at for beats. */
function explainUnused(leads: readonly InsightLead[]): string {
  if (leads.every(({ samplingRate }) => samplingRate === null)) return "no lead has a known sampling rate";
  if (leads.every(({ sampleCount }) => sampleCount === 0)) return "no lead has samples";
  const isScaled = leads.some(({ gain }) => gain !== null);
  return `no lead ${isScaled ? "with a gain " : ""}has samples at ${LEAST_RATE_HZ} Hz or more`;
}

/** What is measured of a lead as its samples come. */
function newLeadMeasure({ samplingRate, gain, baseline }: InsightLead) {
  const rate = samplingRate !== null && samplingRate >= LEAST_RATE_OF_SECONDS_HZ ? samplingRate : null;
  const quality = rate === null ? null : newQuality(rate, gain);
  const amplitude = newAmplitude(rate, gain, baseline);
  let crossings = { count: 0, lastSign: 0 };
  return {
    push(samples: Int32Array): void {
      quality?.push(samples);
      amplitude.push(samples);
      crossings = countZeroCrossings(samples, crossings);
    },
    finish: (): LeadInsights => ({
      zeroCrossings: crossings.count,
      quality: quality?.finish() ?? null,
      amplitude: amplitude.finish(),
    }),
  };
}

/** In seconds: between normal beats that follow one another. */
function normalIntervals(times: Float64Array, types: readonly BeatType[], afterGap: Uint8Array): number[] {
  const intervals: number[] = [];
  for (let i = 1; i < times.length; i++) {
    if (types[i] === "N" && types[i - 1] === "N" && !afterGap[i]) intervals.push(times[i] - times[i - 1]);
  }
  return intervals;
}

async function eachStretch(
  leads: readonly InsightLead[],
  run: (from: number, to: number) => Promise<void>,
): Promise<void> {
  for (let from = 0; ; ) {
    const going = leads.filter((lead) => endOf(lead) > from);
    if (going.length === 0) return;
    const rate = going.reduce((sum, { samplingRate }) => sum + (samplingRate ?? 0), 0);
    const seconds = Math.max(LEAST_STRETCH_SAMPLES / rate, Math.min(STRETCH_SECONDS, MOST_STRETCH_SAMPLES / rate));
    await run(from, from + seconds);
    from += seconds;
  }
}

/** In seconds; 0 without a rate. */
function endOf({ samplingRate, sampleCount }: InsightLead): number {
  return samplingRate ? sampleCount / samplingRate : 0;
}

function usableShareOf(faults: Uint8Array, from: number, to: number): number {
  const seconds = faults.subarray(Math.floor(from), Math.ceil(to));
  return seconds.length > 0 ? seconds.filter((fault) => fault === 0).length / seconds.length : 0;
}

/** Whether a moment is in one of the episodes; the moments do not go back. */
function newEpisodeTest(episodes: readonly IrregularEpisode[]): (time: number) => boolean {
  let next = 0;
  return (time) => {
    while (next < episodes.length && episodes[next].to < time) next++;
    return next < episodes.length && episodes[next].from <= time;
  };
}

function normalOf<T>(values: readonly T[], types: readonly BeatType[]): T[] {
  return values.filter((_, i) => types[i] === "N");
}
