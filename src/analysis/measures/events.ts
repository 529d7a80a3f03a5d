import type { BeatType } from "../beats/beat-types.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";
import type { IrregularEpisode } from "./fibrillation.ts";
import { type BeatTimes, EXTREME_SECONDS, type HeartRate, type Pause } from "./heart-rate.ts";
import type { BeatIntervals } from "./intervals.ts";
import { findPacingFailures, joinTimes } from "./pacing.ts";
import { findWideRhythms } from "./wide-rhythms.ts";

/** The kinds of events. */
export const EVENT_KINDS = [
  "pause",
  "ventricular_couplet",
  "ventricular_run",
  "ventricular_bigeminy",
  "wide_complex_tachycardia",
  "wide_complex_rhythm",
  "irregular_rhythm",
  "slowest",
  "fastest",
  "pacing",
  "pacing_without_capture",
  "pacing_without_sensing",
  "unusable",
] as const;
/** A kind of events. */
type EventKind = (typeof EVENT_KINDS)[number];

/** Something of note in an ECG: at a second, and for so many seconds. */
type Event = {
  kind: EventKind;
  time: number;
  duration: number;
  /** 0 to 1; null where nothing is known of it. */
  confidence: number | null;
  /** Beats per minute; null where the event has no rate of its own. */
  rate: number | null;
  /** The number of its beats, of ventricular events the ventricular ones; null where the event is not of beats. */
  beats: number | null;
};

/** The events of an ECG. */
type Events = {
  /** The events in the order of their times, up to MOST_EVENTS of them. */
  list: Event[];
  /** The number of events of each kind, of those that are not in the list as well. */
  counts: Record<EventKind, number>;
};

/** What events are found in. Times are seconds from one beginning. */
export type Findable = {
  beats: BeatTimes & { types: readonly BeatType[] };
  heartRate: HeartRate | null;
  pauses: readonly Pause[];
  irregular: readonly IrregularEpisode[];
  /** The times of a pacemaker's spikes, ascending. */
  pacingSpikes: readonly number[];
  /** The times in which no lead is usable. */
  unusable: readonly TimeSpan[];
};

/** What all events are found in: wide rhythms by the intervals of beats. */
export type FindableWaves = Findable & { beats: { intervals: readonly BeatIntervals[] } };

/** More events than this are not listed. */
export const MOST_EVENTS = 1000;
/** Ventricular beats in a row are a run from this many on; two are a couplet. */
const LEAST_RUN = 3;
/** Every other beat is ventricular in bigeminy, at least so many of them. */
const LEAST_BIGEMINY = 3;
/** Spikes that are farther apart than this, in seconds, are of two stretches of pacing: the heart was left alone in between. */
const MOST_SPIKE_SECONDS = 3;

/**
 * Lists the events of an ECG.
 *
 * @param from those that begin earlier, in seconds, are counted and not listed
 */
export function findEvents(
  { beats, heartRate, pauses, irregular, pacingSpikes, unusable }: FindableWaves,
  from = Number.NEGATIVE_INFINITY,
): Events {
  const none = { confidence: null, rate: null, beats: null };
  const stretch = ({ from, to }: TimeSpan) => ({ ...none, time: from, duration: to - from });
  const extreme = (kind: "slowest" | "fastest", rate: HeartRate["minimum"]): Event[] =>
    rate ? [{ ...none, kind, time: rate.at, duration: EXTREME_SECONDS, rate: rate.beatsPerMinute }] : [];
  const { withoutCapture, withoutSensing } = findPacingFailures(pacingSpikes, beats.times, unusable);
  const events: Event[] = [
    ...pauses.map(({ from, duration }): Event => ({ ...none, kind: "pause", time: from, duration })),
    ...findRuns(beats),
    ...findBigeminy(beats),
    ...findWideRhythms(beats, pacingSpikes).map(({ isFast, beats, ...span }): Event => {
      const kind = isFast ? "wide_complex_tachycardia" : "wide_complex_rhythm";
      return { ...stretch(span), kind, rate: (60 * (beats - 1)) / (span.to - span.from), beats };
    }),
    ...irregular.map((episode): Event => {
      return { ...stretch(episode), kind: "irregular_rhythm", confidence: episode.confidence };
    }),
    ...extreme("slowest", heartRate?.minimum ?? null),
    ...extreme("fastest", heartRate?.maximum ?? null),
    ...joinTimes(pacingSpikes, MOST_SPIKE_SECONDS).map((spikes): Event => ({ ...stretch(spikes), kind: "pacing" })),
    ...withoutCapture.map((spikes): Event => ({ ...stretch(spikes), kind: "pacing_without_capture" })),
    ...withoutSensing.map((spikes): Event => ({ ...stretch(spikes), kind: "pacing_without_sensing" })),
    ...unusable.map((seconds): Event => ({ ...stretch(seconds), kind: "unusable" })),
  ];
  // Object.fromEntries forgets which name has which type.
  const counts = Object.fromEntries(EVENT_KINDS.map((kind) => [kind, 0])) as Events["counts"];
  for (const { kind } of events) counts[kind]++;
  const list = events.filter(({ time }) => time >= from).sort((a, b) => a.time - b.time);
  return { list: list.slice(0, MOST_EVENTS), counts };
}

/** Ventricular beats one after the other, with nothing missing in between: couplets and runs. */
function findRuns({ times, types, afterGap }: Findable["beats"]): Event[] {
  const events: Event[] = [];
  for (let first = 0, i = 0; i < times.length; i++) {
    if (types[i] !== "V") continue;
    if (i === 0 || types[i - 1] !== "V" || afterGap[i]) first = i;
    if (i + 1 < times.length && types[i + 1] === "V" && !afterGap[i + 1]) continue;
    const beats = i - first + 1;
    const duration = times[i] - times[first];
    if (beats > 1) {
      const kind = beats >= LEAST_RUN ? "ventricular_run" : "ventricular_couplet";
      events.push({ kind, time: times[first], duration, confidence: null, rate: (60 * (beats - 1)) / duration, beats });
    }
  }
  return events;
}

/** Single ventricular beats with one other beat between each two, and nothing missing. */
function findBigeminy({ times, types, afterGap }: Findable["beats"]): Event[] {
  const isSingle = (i: number) => types[i] === "V" && types[i - 1] !== "V" && types[i + 1] !== "V";
  const events: Event[] = [];
  for (let i = 0; i < times.length; i++) {
    if (!isSingle(i)) continue;
    const first = i;
    while (isSingle(i + 2) && !afterGap[i + 1] && !afterGap[i + 2]) i += 2;
    const beats = (i - first) / 2 + 1;
    if (beats < LEAST_BIGEMINY) continue;
    const duration = times[i] - times[first];
    events.push({ kind: "ventricular_bigeminy", time: times[first], duration, confidence: null, rate: null, beats });
  }
  return events;
}
