import { type BeatType, examineKinds, typeExamined } from "./beats/beat-types.ts";
import type { Beats } from "./beats/beats.ts";
import { isInGap } from "./beats/gaps.ts";
import { findLeadsAndBeats, type LeadMeasures } from "./first-pass.ts";
import type { AverageBeats } from "./measures/averages.ts";
import { type Axes, findAxes } from "./measures/axis.ts";
import { type BeatAmplitudes, findNormalBeat, measureAmplitudes } from "./measures/beat-amplitudes.ts";
import { reasonsOf, type ValuesOf, valuesOf } from "./measures/finding.ts";
import { findHeartRate, findPauses } from "./measures/heart-rate.ts";
import { type BeatIntervals, findIntervals } from "./measures/intervals.ts";
import { findPacing, markPaced } from "./measures/pacing.ts";
import { faultsOf, findUnusable, type Quality } from "./measures/quality.ts";
import { Rhythm } from "./measures/rhythm.ts";
import { findVariability } from "./measures/variability.ts";
import { outside, secondsOf, type TimeSpan } from "./numbers/time-spans.ts";
import { measureWaves } from "./second-pass.ts";
import { type Hum, withoutHum, withoutShortGaps, withoutSpikes } from "./signal/mended-stretches.ts";
import { durationOf, type InsightLead, type ReadStretch } from "./signal/stretches.ts";
import { turnBack, turnUpright } from "./upright.ts";
import { chooseLeads, explainUnused, type UsedLead } from "./used-leads.ts";
import { explainNoWaves, FIDUCIALS, type Waves } from "./waves/delineation.ts";

/** The version of everything that is measured: it goes up when any result may be another, or is kept in another form. */
export const INSIGHTS_VERSION = 20;
/** What goes with all that is measured, wherever it is shown. */
export const NOTICE = "Measured by a program and reviewed by nobody: this is no diagnosis.";

/** What is measured of a lead. */
export type LeadInsights = LeadMeasures & {
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
  origin: number,
  keepsWaves: boolean,
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
  const faults = faultsOf(used, pass.leads);
  const duration = Math.max(0, ...used.map(durationOf));
  const unusable = findUnusable(faults, 0, duration);
  const unjudged = [...unusable, ...outside(pass.beats.gaps, unusable)].sort((a, b) => a.from - b.from);
  /** The beats with the times of the whole ECG; those of `pass.beats` are from the window's first sample, as `read` has them. */
  const beats: Beats = {
    ...pass.beats,
    times: pass.beats.times.map((time) => time + origin),
    afterGap: markAfterGaps(pass.beats, unusable),
  };
  const pacingSpikes = findPacing(
    pass.impulses.map((time) => time + origin),
    beats.times,
  );
  const isPaced = markPaced(pacingSpikes, beats.times);
  const kinds = examineKinds(beats, isPaced);
  const shapeTypes = typeExamined(kinds).map((type, i) => {
    const second = Math.floor(pass.beats.times[i]);
    return faults.some((seconds) => seconds[second] === 0) ? type : "Q";
  });
  const rhythm = new Rhythm(beats, shapeTypes, { isWide: kinds.isWide, isPaced });
  const hums = pass.leads.map(({ quality }, number) => humOf(quality, leads[number].gain, pass.strongHums[number]));
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
    unjudged: unjudged.map(({ from, to }) => ({ from: from + origin, to: to + origin })),
    end: origin + duration,
    judgedSeconds: duration - secondsOf(unjudged),
    pacingSpikes,
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
function humOf(quality: Quality | null, gain: number | null, strong: Uint8Array): Hum | null {
  const { hum, unit } = quality ?? { hum: null };
  return hum && { ...hum, amplitude: hum.amplitude * (unit === "mV" ? (gain ?? 1) : 1), strong };
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
  /** The spans that were not recorded or have no usable lead, in seconds; they ascend and do not overlap. */
  unjudged: TimeSpan[];
  /** The end of the ECG, in seconds. */
  end: number;
  /** How much of the ECG has a usable lead. */
  judgedSeconds: number;
  /** The times of a pacemaker's spikes. */
  pacingSpikes: number[];
  intervals: readonly BeatIntervals[];
  axes: Axes;
};

/** Measures the beats and waves that were found: a line a measurement. */
function summarize({
  used,
  beats,
  types,
  irregular,
  unjudged,
  end,
  judgedSeconds,
  pacingSpikes,
  intervals,
  axes,
}: Measured) {
  const { times, afterGap } = beats;
  const medians = findIntervals(
    intervals.filter((_, i) => types[i] === "N"),
    normalIntervals(times, types, afterGap),
    explainNoWaves(used.map(({ samplingRate }) => samplingRate)),
  );
  return {
    judgedSeconds: { value: judgedSeconds },
    paced: { value: pacingSpikes.length > 0 },
    pacingSpikes: { value: pacingSpikes },
    heartRate: findHeartRate(beats, Math.max(0, ...used.map(durationOf))),
    pauses: { value: findPauses(times, unjudged, end) },
    variability: findVariability(
      times,
      types.map((type) => (type === "N" ? 1 : 0)),
      Array.from(afterGap, (gap) => (gap ? 0 : 1)),
    ),
    intervals: medians,
    axes: findAxes(axes, medians.value ? null : (medians.reason ?? "")),
    irregular,
  };
}

/** 1 for each beat that does not follow on the one before: something between them is a gap, or no lead is usable. */
function markAfterGaps({ times, afterGap }: Beats, unusable: readonly TimeSpan[]): Uint8Array {
  return afterGap.map((gap, i) => (gap || (i > 0 && isInGap(unusable, times[i - 1], times[i])) ? 1 : 0));
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

/** The seconds between normal beats that follow one another. */
function normalIntervals(times: Float64Array, types: readonly BeatType[], afterGap: Uint8Array): number[] {
  const intervals: number[] = [];
  for (let i = 1; i < times.length; i++) {
    if (types[i] === "N" && types[i - 1] === "N" && !afterGap[i]) intervals.push(times[i] - times[i - 1]);
  }
  return intervals;
}
