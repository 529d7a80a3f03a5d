import { medianOf, takeQuantile } from "../numbers/quantile.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";
import type { Candidates } from "./candidate-list.ts";
import { findDroppedBeats } from "./dropped-beats.ts";
import { compareLocal, excursionOf, localShape, localWidthOf } from "./local-shapes.ts";
import { findSteadyRhythm } from "./steady-rhythm.ts";

/** Beats are looked at in windows of so many seconds, ... */
const WINDOW_SECONDS = 20;
/** ... each so much later than the one before it. */
const STEP_SECONDS = 10;

/** Sizes below this say no more. */
const LEAST_SIZE = 1e-3;
/** The usual size of a large beat is this quantile of those of all. */
const SIZE_QUANTILE = 0.9;
/** P waves are of less than this share of the size of the beats about them. */
const MOST_SIZE = 0.7;
/** P waves are over half their height for this at the least, in seconds; the QRS complexes of small normal beats are narrower. */
const LEAST_WIDTH = 0.04;
/** The QRS complexes of beats that are over half their height for this or more, in seconds, are wide, and fill what is kept of the time before their R peaks, ... */
const WIDE_WIDTH = 0.05;
/** ... and waves in time of less than this share of their size are P waves, though none are seen before them. */
const TINY_SIZE = 0.25;
/** Two large waves that are nearer are one beat and its T wave, in seconds. */
const APART_SECONDS = 0.5;

/** From one beat of the ventricles' own rhythm to the next, in seconds. */
const ESCAPE_SECONDS = { from: 1, to: 3 };
/** There are so many of them in a window at the least, ... */
const LEAST_ESCAPES = 4;
/** ... they go through this share of it, ... */
const SPAN_SHARE = 0.75;
/** ... and are this share of all large beats. */
const ESCAPE_SHARE = 0.8;
/** A low wave is one of them where one is missed, give or take this share of the time from beat to beat. */
const SAME_PLACE = 0.08;
/** There is no such rhythm where less than this share of intervals are ... */
const LEAST_REGULAR = 0.6;
/** ... as long as half of them, or twice as long, give or take this share. */
const REGULAR = 0.25;

/** From one P wave to the next, in seconds. */
const ATRIAL_SECONDS = { from: 0.45, to: 1.2 };
/** It is less than this share of the time from beat to beat. */
const MOST_ATRIAL_SHARE = 0.9;
/** So many P waves at the least were taken for beats in a window, ... */
const LEAST_LOW = 2;
/** ... and so many are to be seen. */
const LEAST_P_WAVES = 4;
/** A wave is a P wave when it correlates with the usual low beat by more than this, ... */
const LEAST_CORRELATION = 0.75;
/** ... and is this many times as large. */
const SAME_SIZE = { from: 0.6, to: 1.6 };
/** A P wave from so long before a beat to so long after it may be hidden, in seconds. */
const HIDING_SECONDS = { from: -0.25, to: 0.5 };
/** At least this share of the low beats are in the steady rhythm of P waves, ... */
const LOW_SHARE = 0.6;
/** ... and this share of all waves that are like them. */
const LIKE_SHARE = 0.55;
/** No more than this share of a steady rhythm is missed. */
const MOST_MISSED = 0.2;

/** Two rhythms go on by themselves when the phases of the one in the other are less together than this: 1 is all the same. */
const MOST_TOGETHER = 0.95;
/** No beat of the ventricles follows by itself this soon after one that the atria led to, in seconds ... */
const REFRACTORY_SECONDS = { from: 0.1, to: 0.28 };
/** ... and none that the atria lead to so soon after one of the ventricles' own. */
const SOON_AFTER_SECONDS = { from: 0.1, to: 0.3 };
/** P waves lead to beats, each of them or every other one, where so many of the beats have one that soon before them. */
const LED_SHARE = 0.5;
/** Rhythms are independent where as many places of P waves as this share of the beats, or more, are where none leads to a beat or comes after one. */
const IMPOSSIBLE_SHARE = 0.2;
/** They may be where there is none so soon before a beat, but fewer than this were to be expected. */
const SURELY_ONE = 2.5;
/** In more noise than this, as a share of a beat, waves of the noise may seem to be in a rhythm. */
const MOST_NOISE = 0.12;
/** Nothing is said of waves that may be P waves where this share of the large beats is in their rhythm, ... */
const ALL_ESCAPES = 0.9;
/** ... and so many low ones were taken for beats. */
const MANY_LOW = 4;
/** The rhythm of the ventricles goes on from window to window where it changes by less than this ratio. */
const SAME_RHYTHM = 1.25;

/** The P waves that were taken for beats, and what they were taken beside. */
type DissociatedPWaves = {
  /** The numbers of candidates that are P waves, whether they were chosen or not. */
  pWaves: number[];
  /** The numbers of candidates that are the beats between them. */
  beats: number[];
  /** Where it cannot be told whether low beats are P waves, in whole seconds. */
  doubtful: TimeSpan[];
  /** All windows, in their order. */
  looks: readonly Look[];
};

/** A window, the numbers of the candidates that were chosen in it, and what is judged of these. */
type Look = { chosen: readonly number[]; judged: Judged | null };

/** The low waves of a window, and the large beats between which they are. */
type Kinds = {
  /** The numbers of the low waves that were chosen, and of those in their rhythm that were not. */
  pWaves: number[];
  /** The numbers of the large beats in their rhythm. */
  beats: number[];
  /** The seconds from one of these to the next; NaN where they have no rhythm of their own. */
  rr: number;
  /** The usual low wave, as local shapes are. */
  usualLow: Float64Array;
  /** The weight of the excursion in each lead, by which the usual large beat has the size 1 there. */
  weights: number[];
};
/** The verdict on a window, and its waves: of most windows nobody asks for them. */
type Judged = { verdict: "no" | "maybe" | "yes"; kinds: () => Kinds };

/** The low waves of a window, and the large ones. */
type LowAndLarge = {
  /** The numbers of its first and its last beat that was chosen. */
  from: number;
  to: number;
  /** The numbers of the low waves that were chosen. */
  low: number[];
  /** The numbers of the large waves, chosen or not. */
  large: number[];
  /** The weights of the kinds: see `weights` of Kinds. */
  weights: number[];
  /** The usual size of a low wave, as a share of that of a large beat. */
  lowSize: number;
};

/** The large waves of a window that are in a slow rhythm. */
type OwnRhythm = {
  /** Their numbers, and their times in seconds. */
  beats: number[];
  beatTimes: number[];
  /** The seconds from one of these to the next, and how many are missed between them. */
  rr: number;
  missed: number;
};

/**
 * Finds P waves that were taken for beats, as in complete AV block: the atria lead to no beats, and the ventricles go on slowly by themselves.
 * There are two steady rhythms then, a slow one of large beats and a faster one of low smooth waves, at no fixed time from these: one that a beat
 * hides is missed, and others are as soon before a beat as no two beats can be. Low normal beats between large ventricular ones are
 * sharper, or a ventricular one comes as long after each of them, or they keep it from its rhythm. P waves of beats that are dropped
 * now and then are found, too.
 *
 * @param chosen the numbers of the candidates that were chosen for beats
 * @param looksBefore what was judged when others of the same candidates were chosen: where these are the same, it is not judged again
 */
export function findDissociatedPWaves(
  candidates: Candidates,
  chosen: readonly number[],
  looksBefore: readonly Look[] = [],
): DissociatedPWaves {
  const { times, leadCount } = candidates;
  const excursions = new Float32Array(chosen.length * leadCount);
  for (let i = 0; i < excursions.length; i++) {
    excursions[i] = Math.abs(excursionOf(candidates, chosen[Math.floor(i / leadCount)], i % leadCount));
  }
  const looks: Look[] = [];
  const windows: (Judged & TimeSpan)[] = [];
  let first = 0;
  let next = 0;
  for (let from = times[chosen[0]]; next < chosen.length; from += STEP_SECONDS) {
    while (times[chosen[first]] < from) first++;
    while (next < chosen.length && times[chosen[next]] <= from + WINDOW_SECONDS) next++;
    const ofWindow = chosen.slice(first, next);
    const before = looksBefore[looks.length];
    const judged =
      before && areSame(before.chosen, ofWindow)
        ? before.judged
        : judgeWindow(candidates, ofWindow, excursions.subarray(first * leadCount));
    looks.push({ chosen: ofWindow, judged });
    const last = times[chosen[next - 1]];
    if (judged) windows.push({ ...judged, from: Math.floor(from), to: Math.ceil(last) });
  }
  for (let i = 1; i < windows.length; i++) takeOver(windows[i - 1], windows[i]);
  for (let i = windows.length - 1; i > 0; i--) takeOver(windows[i], windows[i - 1]);
  const sure = windows.filter(({ verdict }) => verdict === "yes").map(({ kinds }) => kinds());
  const beats = new Set(sure.flatMap((kinds) => kinds.beats));
  const pWaves = new Set(sure.flatMap((kinds) => kinds.pWaves).filter((k) => !beats.has(k)));
  const doubtful = windows.filter(({ verdict }) => verdict === "maybe").map(({ from, to }) => ({ from, to }));
  return { pWaves: [...pWaves], beats: [...beats], doubtful, looks };
}

function areSame(some: readonly number[], others: readonly number[]): boolean {
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

/** What is sure of a window is so of the one beside it, where low waves and the rhythm are the same. */
function takeOver(sure: Judged & TimeSpan, window: Judged & TimeSpan): void {
  if (sure.verdict !== "yes" || window.verdict === "yes" || window.from > sure.to || window.to < sure.from) return;
  const [known, kinds] = [sure.kinds(), window.kinds()];
  const { correlation, share } = compareLocal(known.usualLow, kinds.usualLow, known.weights);
  const change = Math.max(kinds.rr / known.rr, known.rr / kinds.rr);
  if (correlation > LEAST_CORRELATION && isWithin(share, SAME_SIZE) && change < SAME_RHYTHM) window.verdict = "yes";
}

/**
 * Judges the beats of a window.
 *
 * @param excursions of the chosen beats, one for each lead
 * @returns null where they are surely of one kind, or the low ones are too sharp for P waves, or the large ones in no slow rhythm
 */
function judgeWindow(candidates: Candidates, chosen: readonly number[], excursions: Float32Array): Judged | null {
  if (chosen.length < LEAST_LOW + LEAST_ESCAPES) return null;
  const waves = findLowAndLarge(candidates, chosen, excursions);
  if (waves === null) return null;
  const { from, to, low, large, weights, lowSize } = waves;
  const areHidden = lowSize < TINY_SIZE && usualWidth(candidates, large, weights) >= WIDE_WIDTH;
  const dropped = findDroppedBeats(candidates, low, large, weights, areHidden);
  if (dropped.length > 0) {
    const usualLow = usualShape(candidates, low);
    return { verdict: "yes", kinds: () => ({ pWaves: dropped, beats: [], rr: Number.NaN, usualLow, weights }) };
  }
  const own = findOwnRhythm(candidates, large);
  if (own === null) return null;
  const { beats, beatTimes, rr, missed } = own;
  const { times, noises } = candidates;
  const ofLarge = beats.length / large.length;
  const isSteady =
    ofLarge >= ESCAPE_SHARE &&
    missed <= MOST_MISSED * beats.length &&
    beatTimes[beats.length - 1] - beatTimes[0] + rr > SPAN_SHARE * (times[to] - times[from]);
  if (!isSteady) return { verdict: "no", kinds: () => findPWaves(candidates, waves, own).kinds };
  const { kinds: found, like, atrial, pWaves } = findPWaves(candidates, waves, own);
  const kinds = () => found;
  const areSteady =
    atrial.period < MOST_ATRIAL_SHARE * rr &&
    pWaves.length >= Math.max(LEAST_P_WAVES, LIKE_SHARE * like.length) &&
    low.filter((k) => pWaves.includes(k)).length >= LOW_SHARE * low.length &&
    atrial.missed <= MOST_MISSED * pWaves.length;
  if (!areSteady) return { verdict: "no", kinds };
  const verdict = judgePhases(timesOf(pWaves, times), atrial.period, beatTimes);
  if (verdict === "yes" && noises[low[low.length >> 1]] > MOST_NOISE) return { verdict: "maybe", kinds };
  const mayBe = verdict !== "maybe" || (ofLarge > ALL_ESCAPES && low.length >= MANY_LOW);
  return { verdict: mayBe ? verdict : "no", kinds };
}

/** Parts the waves of a window by their sizes; null where there are not two kinds that may be P waves and beats. */
function findLowAndLarge(
  candidates: Candidates,
  chosen: readonly number[],
  excursions: Float32Array,
): LowAndLarge | null {
  const { times } = candidates;
  const { sizeOf, weights } = newSizing(candidates, chosen, excursions);
  const split = splitKinds(chosen.length);
  if (split === null) return null;
  const low = chosen.filter((_, i) => SIZES[i] < split);
  if (low.length < LEAST_LOW || usualWidth(candidates, low, weights) < LEAST_WIDTH) return null;
  let lowCount = 0;
  for (let i = 0; i < chosen.length; i++) if (SIZES[i] < split) SPARE[lowCount++] = SIZES[i];
  const lowSize = takeQuantile(SPARE, lowCount, 0.5);
  const [from, to] = [chosen[0], chosen[chosen.length - 1]];
  const large = findLarge(times, from, to, sizeOf, split);
  return { from, to, low, large, weights, lowSize };
}

/** Finds the slow rhythm of large waves; null where there is none. */
function findOwnRhythm({ times }: Candidates, large: readonly number[]): OwnRhythm | null {
  if (!mayBeSteady(large, times)) return null;
  const own = findSteadyRhythm(timesOf(large, times), ESCAPE_SECONDS);
  if (own.members.length < LEAST_ESCAPES) return null;
  const beats = own.members.map((member) => large[member]);
  const beatTimes = timesOf(beats, times);
  return { beats, beatTimes, rr: own.period, missed: own.missed };
}

/** Finds the waves of a window that are like its low ones, the steadiest rhythm among them, and by it which of all are P waves and which are beats. */
function findPWaves(
  candidates: Candidates,
  { from, to, low, large, weights }: LowAndLarge,
  { beats, beatTimes, rr }: OwnRhythm,
) {
  const { times } = candidates;
  const usualLow = usualShape(candidates, low);
  const like: number[] = [];
  for (let k = from; k <= to; k++) {
    if (large.includes(k)) continue;
    const { correlation, share } = compareLocal(usualLow, localShape(candidates, k), weights);
    if (correlation > LEAST_CORRELATION && isWithin(share, SAME_SIZE)) like.push(k);
  }
  const isHidden = (time: number) => beatTimes.some((beat) => isWithin(time - beat, HIDING_SECONDS));
  const atrial = findSteadyRhythm(timesOf(like, times), ATRIAL_SECONDS, isHidden);
  const pWaves = atrial.members.map((member) => like[member]);
  // A beat on which a P wave falls may be low, too.
  const places = withMissed(beatTimes, rr);
  const isBeat = (k: number) => places.some((place) => Math.abs(times[k] - place) < SAME_PLACE * rr);
  const others = low.filter((k) => !pWaves.includes(k));
  const kinds: Kinds = {
    pWaves: [...pWaves, ...others.filter((k) => !isBeat(k))],
    beats: [...beats, ...others.filter(isBeat)],
    rr,
    usualLow,
    weights,
  };
  return { kinds, like, atrial, pWaves };
}

/** Whether waves in a rhythm are P waves, by how they come before and after the beats of another, in seconds. */
function judgePhases(waves: readonly number[], period: number, beats: readonly number[]): Judged["verdict"] {
  const soonBefore = (time: number) => beats.some((beat) => isWithin(beat - time, REFRACTORY_SECONDS));
  const soonAfter = (time: number) => beats.some((beat) => isWithin(time - beat, SOON_AFTER_SECONDS));
  if (togetherness(waves, period, beats) >= MOST_TOGETHER) {
    return waves.filter(soonBefore).length >= LED_SHARE * beats.length ? "yes" : "no";
  }
  const before = withMissed(waves, period).filter(soonBefore).length;
  const impossible = before + waves.filter(soonAfter).length;
  if (before > 0 && impossible >= IMPOSSIBLE_SHARE * beats.length) return "yes";
  const expected = (beats.length * (REFRACTORY_SECONDS.to - REFRACTORY_SECONDS.from)) / period;
  return before > 0 || expected < SURELY_ONE ? "maybe" : "no";
}

/** No two beats are nearer than 0.2 s: a window has no more. */
const MOST_BEATS = Math.ceil(WINDOW_SECONDS / 0.2) + 1;
/** What is measured of the beats of a window, on its way to a quantile. */
const SPARE = new Float64Array(MOST_BEATS);
/** The sizes of the beats of a window: a new array for each would take as long as they do. */
const SIZES = new Float64Array(MOST_BEATS);

/**
 * Measures the sizes of the beats of a window, and makes a function that gives the size of a wave: by its excursions and by its height, whichever is less, as a share
 * of that of a large beat. P waves beside wide beats are as steep but not as large, T waves as large but not as steep.
 */
function newSizing(candidates: Candidates, chosen: readonly number[], excursions: Float32Array) {
  const { heights, leadCount } = candidates;
  const count = chosen.length;
  const weights: number[] = [];
  for (let lead = 0; lead < leadCount; lead++) {
    for (let i = 0; i < count; i++) SPARE[i] = excursions[i * leadCount + lead];
    weights.push(1 / (takeQuantile(SPARE, count, SIZE_QUANTILE) || 1));
  }
  for (let i = 0; i < count; i++) SPARE[i] = heights[chosen[i]];
  const usualHeight = takeQuantile(SPARE, count, SIZE_QUANTILE) || 1;
  for (let i = 0; i < count; i++) {
    let squares = 0;
    for (let lead = 0; lead < leadCount; lead++) squares += (excursions[i * leadCount + lead] * weights[lead]) ** 2;
    SIZES[i] = Math.min(Math.sqrt(squares / leadCount), heights[chosen[i]] / usualHeight);
  }
  const sizeOf = (k: number) => {
    let squares = 0;
    for (let lead = 0; lead < leadCount; lead++) squares += (excursionOf(candidates, k, lead) * weights[lead]) ** 2;
    return Math.min(Math.sqrt(squares / leadCount), heights[k] / usualHeight);
  };
  return { weights, sizeOf };
}

/**
 * The size that parts two groups of the first SIZES best (Otsu, IEEE Transactions on Systems, Man and Cybernetics 9(1):62-66, 1979), by their
 * logarithms; null where there are no two that differ enough.
 */
function splitKinds(count: number): number | null {
  let small = 0;
  for (let i = 0; i < count; i++) if (SIZES[i] < MOST_SIZE) small++;
  if (small < LEAST_LOW) return null;
  for (let i = 0; i < count; i++) SPARE[i] = Math.log(Math.max(LEAST_SIZE, SIZES[i]));
  const logs = SPARE.subarray(0, count).sort();
  let above = 0;
  for (let i = 0; i < logs.length; i++) above += logs[i];
  let below = 0;
  let most = -1;
  let first = 1;
  for (let i = 1; i < logs.length; i++) {
    below += logs[i - 1];
    above -= logs[i - 1];
    const between = i * (logs.length - i) * (above / (logs.length - i) - below / i) ** 2;
    if (between > most) [most, first] = [between, i];
  }
  const [low, large] = [logs[first >> 1], logs[(first + logs.length) >> 1]];
  return low - large < MOST_SIZE_LOG ? Math.exp((logs[first] + logs[first - 1]) / 2) : null;
}

/** MOST_SIZE as a logarithm. */
const MOST_SIZE_LOG = Math.log(MOST_SIZE);

/** How long the usual one of some waves is over half its height, in seconds, each in the lead in which it is largest. */
function usualWidth(candidates: Candidates, waves: readonly number[], weights: readonly number[]): number {
  const widths = waves.map((k) => {
    let best = 0;
    let most = -1;
    for (const [lead, weight] of weights.entries()) {
      const size = weight * Math.abs(excursionOf(candidates, k, lead));
      if (size > most) [best, most] = [lead, size];
    }
    return localWidthOf(candidates, k, best);
  });
  return medianOf(widths);
}

/** The waves from one candidate to another that are large, chosen or not: of those near each other the largest. */
function findLarge(
  times: Float64Array,
  from: number,
  to: number,
  sizeOf: (k: number) => number,
  split: number,
): number[] {
  const large: number[] = [];
  for (let k = from; k <= to; k++) {
    if (sizeOf(k) < split) continue;
    const last = large.length - 1;
    if (last < 0 || times[k] - times[large[last]] >= APART_SECONDS) large.push(k);
    else if (sizeOf(k) > sizeOf(large[last])) large[last] = k;
  }
  return large;
}

/** Whether some beats may be in a rhythm of the ventricles' own. */
function mayBeSteady(beats: readonly number[], times: Float64Array): boolean {
  const count = beats.length - 1;
  if (count + 1 < LEAST_ESCAPES) return false;
  for (let i = 0; i < count; i++) SPARE[i] = times[beats[i + 1]] - times[beats[i]];
  const usual = takeQuantile(SPARE, count, 0.5);
  if (usual < (1 - REGULAR) * ESCAPE_SECONDS.from || usual > (1 + REGULAR) * ESCAPE_SECONDS.to) return false;
  let regular = 0;
  for (let i = 0; i < count; i++) {
    const share = SPARE[i] / usual;
    if (Math.abs(share - 1) < REGULAR || Math.abs(share - 2) < REGULAR) regular++;
  }
  return regular >= LEAST_REGULAR * count;
}

/** The median local shape of some waves. */
function usualShape(candidates: Candidates, waves: readonly number[]): Float64Array {
  const shapes = waves.map((wave) => localShape(candidates, wave));
  return shapes[0].map((_, i) => {
    for (let k = 0; k < shapes.length; k++) SPARE[k] = shapes[k][i];
    return takeQuantile(SPARE, shapes.length, 0.5);
  });
}

/** How much the beats come at one phase of the P waves: 1 where it is the same for all of them. */
function togetherness(pTimes: readonly number[], period: number, beats: readonly number[]): number {
  let [cosines, sines, count] = [0, 0, 0];
  for (const beat of beats) {
    const next = pTimes.findIndex((time) => time > beat);
    if (next <= 0) continue;
    const gap = pTimes[next] - pTimes[next - 1];
    const phase = (2 * Math.PI * (beat - pTimes[next - 1]) * Math.max(1, Math.round(gap / period))) / gap;
    cosines += Math.cos(phase);
    sines += Math.sin(phase);
    count++;
  }
  return count > 0 ? Math.hypot(cosines, sines) / count : 1;
}

/** The times of a steady rhythm with those that are missed between them. */
function withMissed(times: readonly number[], period: number): number[] {
  return times.flatMap((time, i) => {
    const gap = (times[i + 1] ?? time) - time;
    const steps = Math.max(1, Math.round(gap / period));
    return Array.from({ length: steps }, (_, step) => time + (step * gap) / steps);
  });
}

function timesOf(waves: readonly number[], times: Float64Array): number[] {
  return waves.map((k) => times[k]);
}

function isWithin(value: number, { from, to }: { from: number; to: number }): boolean {
  return value >= from && value <= to;
}
