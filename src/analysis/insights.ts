import { isVoltage } from "../recording/recording.ts";
import { type BeatType, typeBeats } from "./beats/beat-types.ts";
import { BeatDetector, type Beats } from "./beats/beats.ts";
import { isInGap } from "./beats/gaps.ts";
import { type Amplitude, newAmplitude } from "./measures/amplitude.ts";
import { type AverageBeats, newAverages } from "./measures/averages.ts";
import { findAxes, newAxes } from "./measures/axis.ts";
import { type BeatAmplitudes, findNormalBeat, measureAmplitudes } from "./measures/beat-amplitudes.ts";
import { reasonsOf, type ValuesOf, valuesOf } from "./measures/finding.ts";
import { findHeartRate, findPauses } from "./measures/heart-rate.ts";
import { type BeatIntervals, findIntervals, measureIntervals } from "./measures/intervals.ts";
import { findPacing } from "./measures/pacing.ts";
import {
  findUnusable,
  newQuality,
  type Quality,
  type TimeSpan,
  usableShareOf,
  withMotion,
} from "./measures/quality.ts";
import { Rhythm } from "./measures/rhythm.ts";
import { findVariability } from "./measures/variability.ts";
import { countZeroCrossings } from "./measures/zero-crossings.ts";
import { type Hum, mendStretches, withoutHum, withoutShortGaps, withoutSpikes } from "./signal/mended-stretches.ts";
import { bridgeSpikes } from "./signal/pacing-spikes.ts";
import { durationOf, eachStretch, type InsightLead, type ReadStretch } from "./signal/stretches.ts";
import { delineate, explainNoWaves, FIDUCIALS, type Waves } from "./waves/delineation.ts";

/** The version of everything that is measured: it goes up when any result may be another. */
export const INSIGHTS_VERSION = 10;
/** What goes with all that is measured, wherever it is shown. */
export const NOTICE = "Measured by a program and reviewed by nobody: this is no diagnosis.";

export type LeadInsights = {
  zeroCrossings: number;
  quality: Quality | null;
  amplitude: Amplitude | null;
  /** How high the waves of the average normal beat are; null where there is none, and without a gain. */
  normalBeat: BeatAmplitudes | null;
};

/** The beats of an ECG: one entry a beat in each list. */
export type BeatSeries = {
  /** The times of the R peaks, in seconds from the beginning of the ECG. */
  times: Float64Array;
  types: BeatType[];
  /** 1 where something is missing or unusable between this beat and the one before: what lies between is no RR interval. */
  afterGap: Uint8Array;
  intervals: BeatIntervals[];
};

/** The findings of `summarize`, by name. */
type Findings = ReturnType<typeof summarize>;

/** All that is measured in an ECG. What cannot be said is null, or empty, and `reasons` has why. */
export type Insights = {
  leads: LeadInsights[];
  beats: BeatSeries;
} & ValuesOf<Findings> & { reasons: Partial<Record<"beats" | keyof Findings, string>> };

/** What is measured of the waves beyond the insights, for those who ask: it is too much to keep. */
export type WaveDetails = {
  /** The waves of each beat in all leads together, in seconds from the beginning of the ECG; none where they are not wanted. */
  waves: Waves[];
  averages: AverageBeats;
};

/** Beats are delineated with this much of the signal before and after their stretch. */
const MARGIN_SECONDS = 2;
/** The samples a second of the leads in which beats are looked for: of faster leads those beyond it are left out. */
const MAX_TOTAL_RATE_HZ = 2 ** 21;
/** Beats are missed at a lower sampling rate. */
const LEAST_RATE_HZ = 30;
/** A lead with less than a sample a second is not judged by its seconds. */
const LEAST_RATE_OF_SECONDS_HZ = 1;
/** A lead shows no waves in a stretch of which it is usable for less than this share. */
const LEAST_USABLE_SHARE = 0.5;

/**
 * Measures an ECG of any length, in two passes over its samples: the first finds its beats, the second their waves. It
 * keeps a minute of samples, and what is found, in memory.
 *
 * Beats are not looked for in leads without a gain where others have one: they are other signals than ECG.
 *
 * @param origin seconds from the beginning of the ECG to the first sample of the window that is measured: all times in the
 *   insights are from the beginning of the ECG, but for the seconds of a lead's quality, which are numbered from its first
 */
export async function measureInsights(leads: readonly InsightLead[], read: ReadStretch, origin = 0): Promise<Insights> {
  return (await measureAll(leads, read, origin)).insights;
}

/**
 * Measures like `measureInsights`, and gives what is known of the waves with it.
 *
 * @param keepsWaves whether the waves of each beat are wanted, which take much memory of a day
 */
export async function measureWithDetails(
  leads: readonly InsightLead[],
  read: ReadStretch,
  origin = 0,
  keepsWaves = true,
): Promise<{ insights: Insights; details: WaveDetails }> {
  const waves: Waves[] = [];
  const keep = keepsWaves ? (beat: Waves) => void waves.push(beat) : undefined;
  const { insights, averages } = await measureAll(leads, read, origin, keep);
  return { insights, details: { waves, averages } };
}

/** The rhythm of an ECG, with what it was judged by: its models are trained with it. */
export async function measureRhythm(leads: readonly InsightLead[], read: ReadStretch): Promise<Rhythm> {
  return (await measureAll(leads, read, 0)).rhythm;
}

/** @param onWaves is given the waves of each beat, in seconds from the beginning of the ECG */
async function measureAll(
  given: readonly InsightLead[],
  readGiven: ReadStretch,
  origin: number,
  onWaves?: (waves: Waves) => void,
): Promise<{ insights: Insights; averages: AverageBeats; rhythm: Rhythm }> {
  const { leads, read } = turnUpright(given, readGiven);
  const used = chooseLeads(leads);
  const pass = await findLeadsAndBeats(leads, used, read);
  const faults = used.map(({ number }) => pass.leads[number].quality?.faults ?? new Uint8Array(0));
  const duration = Math.max(0, ...used.map(durationOf));
  const unusable = findUnusable(faults, 0, duration);
  /** The beats with the times of the whole ECG; those of `pass.beats` are from the window's first sample, as `read` has them. */
  const beats: Beats = {
    ...pass.beats,
    times: pass.beats.times.map((time) => time + origin),
    afterGap: markAfterGaps(pass.beats, unusable),
  };
  const shapeTypes = typeBeats(beats).map((type, i) => {
    const second = Math.floor(pass.beats.times[i]);
    return faults.some((seconds) => seconds[second] === 0) ? type : "Q";
  });
  const rhythm = new Rhythm(beats, shapeTypes);
  const hums = pass.leads.map(({ quality }, number) => humOf(quality, leads[number].gain));
  const readAgain = withoutHum(leads, hums, withoutSpikes(leads, pass.spiked, withoutShortGaps(leads, read)));
  const { averages, ...waves } = await measureWaves(used, faults, readAgain, pass.beats.times, rhythm, (beat, start) =>
    onWaves?.(moveWaves(beat, start + origin)),
  );
  const { types } = rhythm;
  const findings = summarize({
    used,
    beats,
    types,
    irregular: rhythm.findIrregular(),
    end: origin + endOfJudged([...unusable, ...pass.beats.gaps], pass.beats.times, duration),
    judgedSeconds: duration - secondsOf(unusable) - secondsOf(outside(beats.gaps, unusable)),
    impulses: pass.impulses.map((time) => time + origin),
    ...waves,
  });
  const normal = findNormalBeat(averages.kinds);
  const insights = {
    leads: pass.leads.map((lead, number) => {
      const average = normal?.leads.find((other) => other.lead === number);
      const normalBeat = normal && average ? measureAmplitudes(average, normal.waves, leads[number].gain) : null;
      return { ...lead, normalBeat };
    }),
    beats: { times: beats.times, types, afterGap: beats.afterGap, intervals: waves.intervals },
    ...valuesOf(findings),
    reasons: explain(leads, used, beats, reasonsOf(findings)),
  };
  return { insights, averages: turnBack(averages, given), rhythm };
}

/** The mains' hum of a lead in ADC units. */
function humOf(quality: Quality | null, gain: number | null): Hum | null {
  const { hum, unit } = quality ?? { hum: null };
  return hum && { ...hum, amplitude: hum.amplitude * (unit === "mV" ? (gain ?? 1) : 1) };
}

/** Turns leads of an inverted scale over, as their polarity decides where waves are seen to begin and to end. A missing sample stays one. */
function turnUpright(
  leads: readonly InsightLead[],
  read: ReadStretch,
): { leads: readonly InsightLead[]; read: ReadStretch } {
  if (!leads.some(isInverted)) return { leads, read };
  return {
    leads: leads.map((lead) =>
      isInverted(lead) ? { ...lead, gain: -(lead.gain ?? 0), baseline: -lead.baseline } : lead,
    ),
    read: mendStretches(read, (samples, number) =>
      isInverted(leads[number]) ? samples.map((sample) => -sample) : samples,
    ),
  };
}

function isInverted({ gain }: InsightLead): boolean {
  return gain !== null && gain < 0;
}

/** Average beats as the samples are, in leads of an inverted scale too. */
function turnBack({ kinds, others }: AverageBeats, leads: readonly InsightLead[]): AverageBeats {
  const turned = kinds.map((kind) => ({
    ...kind,
    leads: kind.leads.map((average) =>
      isInverted(leads[average.lead]) ? { ...average, values: average.values.map((value) => -value) } : average,
    ),
  }));
  return { kinds: turned, others };
}

function moveWaves(waves: Waves, seconds: number): Waves {
  const moved = { ...waves };
  for (const name of FIDUCIALS) {
    const time = waves[name];
    moved[name] = time === null ? null : time + seconds;
  }
  return moved;
}

type Measured = {
  used: readonly UsedLead[];
  beats: Beats;
  types: readonly BeatType[];
  irregular: ReturnType<Rhythm["findIrregular"]>;
  /** To where a lead is usable after the last beat, in seconds. */
  end: number;
  /** How much of the ECG has a usable lead. */
  judgedSeconds: number;
  /** The times of impulses that may be a pacemaker's. */
  impulses: readonly number[];
  intervals: readonly BeatIntervals[];
  axes: ReturnType<typeof newAxes>;
};

/** Measures the beats and waves that were found: a line a measurement. */
function summarize({ used, beats, types, irregular, end, judgedSeconds, impulses, intervals, axes }: Measured) {
  const { times, afterGap } = beats;
  const pacingSpikes = findPacing(impulses, times);
  const medians = findIntervals(
    normalOf(intervals, types),
    normalIntervals(times, types, afterGap),
    explainNoWaves(used.map(({ samplingRate }) => samplingRate)),
  );
  return {
    judgedSeconds: { value: judgedSeconds },
    paced: { value: pacingSpikes.length > 0 },
    pacingSpikes: { value: pacingSpikes },
    heartRate: findHeartRate(beats, Math.max(0, ...used.map(durationOf))),
    pauses: { value: findPauses(beats, end) },
    variability: findVariability(
      times,
      types.map((type) => (type === "N" ? 1 : 0)),
      Array.from(afterGap, (gap) => (gap ? 0 : 1)),
    ),
    intervals: medians,
    axes: findAxes(axes.result(), medians.value ? null : (medians.reason ?? "")),
    irregular,
  };
}

/** A lead in which beats are looked for, and its place among all leads. */
type UsedLead = InsightLead & { samplingRate: number; number: number };

/** The leads in which beats are looked for, the fastest first: it is the one by whose samples beats are timed. */
export function chooseLeads(leads: readonly InsightLead[]): UsedLead[] {
  const isScaled = leads.some((lead) => lead.gain !== null && isVoltage(lead));
  return leads
    .flatMap((lead, number) => {
      const { samplingRate, gain, sampleCount } = lead;
      if (!isVoltage(lead) || samplingRate === null || samplingRate < LEAST_RATE_HZ) return [];
      return sampleCount > 0 && (gain !== null || !isScaled) ? [{ ...lead, samplingRate, number }] : [];
    })
    .sort((a, b) => b.samplingRate - a.samplingRate || a.number - b.number)
    .filter(({ samplingRate }, place) => place * samplingRate < MAX_TOTAL_RATE_HZ);
}

/**
 * The first pass over the samples: what is measured of each lead, the beats and impulses, in seconds from the first
 * sample, and the numbers of the leads that have spikes. A pacemaker's spikes are no part of what the heart does: beats, quality and amplitudes are measured without them.
 */
async function findLeadsAndBeats(leads: readonly InsightLead[], used: readonly UsedLead[], read: ReadStretch) {
  const detector = new BeatDetector(used.map(({ samplingRate }) => samplingRate));
  const measures = leads.map(newLeadMeasure);
  const all = [...leads.keys()];
  const isUsed = new Set(used.map(({ number }) => number));
  /** The numbers of the leads that have spikes. */
  const spiked = new Set<number>();
  const impulses: number[] = [];
  await eachStretch(leads, async (from, to) => {
    const samples = await read(all, from, to);
    const bridged = samples.map((lead, i) => {
      const { samplingRate, gain } = leads[i];
      if (samplingRate === null || !isUsed.has(i)) return lead;
      const without = bridgeSpikes(lead, samplingRate, gain);
      if (without.spikes.length > 0) spiked.add(i);
      const first = Math.ceil(from * samplingRate);
      for (const at of without.spikes) impulses.push((first + at) / samplingRate);
      return without.samples;
    });
    for (const [i, measure] of measures.entries()) measure.push(samples[i], bridged[i]);
    detector.push(used.map(({ number }) => bridged[number]));
    for (const [place, lead] of used.entries()) if (durationOf(lead) <= to) detector.end(place);
  });
  const beats = detector.finish();
  const measured = measures.map((measure, i) => {
    const { quality, ...rest } = measure.finish();
    return { ...rest, quality: quality && isUsed.has(i) ? withMotion(quality, beats.doubtful) : quality };
  });
  return { leads: measured, beats, impulses, spiked };
}

/** 1 for each beat that does not follow on the one before: something between them is a gap, or no lead is usable. */
function markAfterGaps({ times, afterGap }: Beats, unusable: readonly TimeSpan[]): Uint8Array {
  return afterGap.map((gap, i) => (gap || (i > 0 && isInGap(unusable, times[i - 1], times[i])) ? 1 : 0));
}

/** The beginning of the first of some spans after the last beat, or the end of all. */
function endOfJudged(spans: readonly TimeSpan[], times: Float64Array, duration: number): number {
  const last = times[times.length - 1];
  return Math.min(duration, ...spans.flatMap(({ from, to }) => (to > last ? Math.max(from, last) : [])));
}

function secondsOf(spans: readonly TimeSpan[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** The parts of some spans that others, which ascend, do not cover. */
function outside(spans: readonly TimeSpan[], others: readonly TimeSpan[]): TimeSpan[] {
  return spans.flatMap(({ from, to }) => {
    const parts: TimeSpan[] = [];
    let at = from;
    for (const other of others) {
      if (other.to <= at || other.from >= to) continue;
      if (other.from > at) parts.push({ from: at, to: other.from });
      at = other.to;
    }
    return at < to ? [...parts, { from: at, to }] : parts;
  });
}

/** Measures a lead as its samples come. */
function newLeadMeasure(lead: InsightLead) {
  const { samplingRate, baseline } = lead;
  // Nothing is said in millivolts of what is no voltage.
  const gain = isVoltage(lead) ? lead.gain : null;
  const rate = samplingRate !== null && samplingRate >= LEAST_RATE_OF_SECONDS_HZ ? samplingRate : null;
  const quality = rate === null ? null : newQuality(rate, gain);
  const amplitude = newAmplitude(rate, gain, baseline);
  let crossings = { count: 0, lastSign: 0 };
  return {
    /** @param bridged the samples without a pacemaker's spikes */
    push(samples: Int32Array, bridged: Int32Array): void {
      quality?.push(bridged);
      amplitude.push(bridged);
      crossings = countZeroCrossings(samples, crossings);
    },
    finish: (): Omit<LeadInsights, "normalBeat"> => ({
      zeroCrossings: crossings.count,
      quality: quality?.finish() ?? null,
      amplitude: amplitude.finish(),
    }),
  };
}

/**
 * The second pass over the samples: the waves of all beats, and by them the rhythm.
 *
 * @param times of the beats, in seconds from the first sample
 * @param onWaves is given the waves of each beat, in seconds from a time that is `start` seconds after the first sample
 */
async function measureWaves(
  used: readonly UsedLead[],
  faults: readonly Uint8Array[],
  read: ReadStretch,
  times: Float64Array,
  rhythm: Rhythm,
  onWaves: (waves: Waves, start: number) => void,
) {
  const axes = newAxes();
  const averages = newAverages();
  const intervals: BeatIntervals[] = [];
  const numbers = used.map(({ number }) => number);
  /** One room for the grids of all stretches: each its own would make the collector run four times as often. */
  const room: Float32Array[] = [];
  let next = 0;
  await eachStretch(used, async (from, to) => {
    const first = next;
    while (next < times.length && times[next] < to) next++;
    if (first === next) return;
    const start = Math.max(0, from - MARGIN_SECONDS);
    const end = to + MARGIN_SECONDS;
    const samples = await read(numbers, start, end);
    const leads = used.flatMap((lead, place) =>
      (usableShareOf(faults[place].subarray(Math.floor(start), Math.ceil(to))) ?? 0) < LEAST_USABLE_SHARE
        ? []
        : [{ ...lead, samples: samples[place], faults: faults[place] }],
    );
    // With the beats of the margins, which bound their neighbours' waves.
    let before = first;
    while (before > 0 && times[before - 1] >= start) before--;
    let after = next;
    while (after < times.length && times[after] < end) after++;
    const found = delineate(
      leads,
      times.subarray(before, after).map((time) => time - start),
      room,
    );
    rhythm.judge(found, { before, first, next, after });
    const { types } = rhythm;
    const waves = found.beats
      .slice(first - before, next - before)
      .map((beat, i) => (rhythm.hasNoP(first + i) ? { ...beat, pOnset: null, pPeak: null, pEnd: null } : beat));
    for (const beat of waves) onWaves(beat, start);
    for (const beat of measureIntervals(waves)) intervals.push(beat);
    averages.add(
      leads,
      found,
      first - before,
      waves.map(({ pOnset }, i) => ({
        type: types[first + i],
        hasP: pOnset !== null,
        second: Math.floor(times[first + i]),
      })),
    );
    const normal = normalOf(waves, types.slice(first, next));
    for (const l of found.usable) {
      const lead = leads[l];
      axes.add(
        lead,
        normal.filter(({ rPeak }) => lead.faults[Math.floor(start + (rPeak ?? 0))] === 0),
      );
    }
  });
  return { axes, intervals, averages: averages.finish() };
}

/** The reasons of what is not there. Where there are no beats that is the reason for all else. */
function explain(
  leads: readonly InsightLead[],
  used: readonly UsedLead[],
  { times }: Beats,
  reasons: Insights["reasons"],
): Insights["reasons"] {
  if (times.length > 0) return reasons;
  const beats = used.length > 0 ? "no beats are to be seen" : explainUnused(leads);
  return { beats, ...Object.fromEntries(Object.keys(reasons).map((name) => [name, beats])) };
}

/** Why beats are looked for in no lead. */
function explainUnused(leads: readonly InsightLead[]): string {
  if (leads.every(({ samplingRate }) => samplingRate === null)) return "no lead has a known sampling rate";
  if (leads.every(({ sampleCount }) => sampleCount === 0)) return "no lead has samples";
  if (!leads.some(isVoltage)) return "no lead is a voltage";
  const isScaled = leads.some((lead) => lead.gain !== null && isVoltage(lead));
  return `no lead ${isScaled ? "with a gain " : ""}has samples at ${LEAST_RATE_HZ} Hz or more`;
}

/** The seconds between normal beats that follow one another. */
function normalIntervals(times: Float64Array, types: readonly BeatType[], afterGap: Uint8Array): number[] {
  const intervals: number[] = [];
  for (let i = 1; i < times.length; i++) {
    if (types[i] === "N" && types[i - 1] === "N" && !afterGap[i]) intervals.push(times[i] - times[i - 1]);
  }
  return intervals;
}

function normalOf<T>(values: readonly T[], types: readonly BeatType[]): T[] {
  return values.filter((_, i) => types[i] === "N");
}
