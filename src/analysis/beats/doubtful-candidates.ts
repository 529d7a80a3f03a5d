import { kernels, LastingRoom } from "../../kernels/kernels.ts";
import { takeQuantile } from "../numbers/quantile.ts";
import { LARGEST, SHAPE_POINTS } from "./beat-shapes.ts";
import { EVIDENCE } from "./candidate-evidence.ts";
import type { Candidates } from "./candidate-list.ts";
import { type CandidateModel, newScorer } from "./candidate-model.ts";
import { DOUBT_WEIGHTS } from "./doubt-weights.ts";
import { MATCHES, NEAR_BIN_SECONDS, NEAR_BINS, SureTemplates } from "./sure-templates.ts";

/** A candidate is in doubt when the logarithm of its odds is nearer to 0 than this, ... */
const DOUBT = 3;
/** ... and so is each that is nearer to such a one than this, in seconds. */
const DOUBT_SECONDS = 1;
/** A candidate whose odds have at least this logarithm is surely a beat: by the beats that are sure others are judged. */
const SURE = 2.5;
/** The odds of a beat of which a template is made have at least this logarithm. */
const SURE_OF_TEMPLATE = 4;
/** A candidate whose odds are below this logarithm is none between two beats that are sure. */
const SURELY_NONE = -1.5;
/** The logarithm of odds says no more beyond this. */
const MOST_ODDS = 8;

/** What is about a candidate is told in so many bins before it and after it, ... */
const BINS = 20;
/** ... each this share of the usual interval. */
const BIN_SHARE = 0.1;
/** The usual interval is the median of this many before a candidate and after it, ... */
const INTERVALS = 12;
/** ... of so many at the least. */
const LEAST_INTERVALS = 3;
/** Other intervals between beats that are sure say nothing of what is usual. */
const PLAUSIBLE_RR_SECONDS = { from: 0.25, to: 2.5 };
/** How far intervals differ from the usual one says no more beyond this share of it; where it is not known it is this. */
const MOST_SPREAD = 0.5;
/** Doubt and the number of beats are judged from this many seconds before a second to as many after it. */
const REACH_SECONDS = 4;
/** So many beats are taken to be there at the least. */
const LEAST_BEATS = 3;
/** Shares say no more beyond this. */
const MOST_SHARE = 3;
/** A template is made of so many of the sure beats before a candidate, and after it. */
const TEMPLATE_BEATS = 40;
/** A template is made anew after this many seconds. */
const TEMPLATE_SECONDS = 5;

/** So many candidates in doubt are scored in one go. */
const ROWS_TOGETHER = 256;

/** Where in the surroundings each part begins: its evidence and its odds come first. */
const ODDS = EVIDENCE.length;
const BEFORE = ODDS + 1;
const AFTER = BEFORE + BINS;
const NEAR_BEFORE = AFTER + BINS;
const NEAR_AFTER = NEAR_BEFORE + NEAR_BINS;
const RHYTHM = NEAR_AFTER + NEAR_BINS;
const TEMPLATE = RHYTHM + 6;
const SHAPE = TEMPLATE + 4;
const MATCHED = SHAPE + SHAPE_POINTS;
/** The number of values that tell what is about a candidate. */
export const SURROUNDINGS = MATCHED + MATCHES;

/** Candidates and what was found of each by itself: the evidence, the logarithm of its odds, and the usual interval in seconds. */
export type Judged = { candidates: Candidates; evidence: Float32Array; odds: Float64Array; usual: Float64Array };

/**
 * Judges those candidates again that are in doubt, by what is about them: the odds of others at times such as beats have, how
 * regular the beats are that are sure, and how alike it is to them.
 *
 * @param judged its odds are changed
 */
export function judgeDoubtful(judged: Judged, model: CandidateModel = DOUBT_WEIGHTS): void {
  const { odds } = judged;
  const changes = new Float64Array(odds.length);
  const numbers: number[] = [];
  const rows = new Float32Array(Math.min(ROWS_TOGETHER, odds.length) * SURROUNDINGS);
  const scoreAll = newScorer(model);
  const score = () => {
    const scores = scoreAll(rows.subarray(0, numbers.length * SURROUNDINGS));
    for (let i = 0; i < numbers.length; i++) changes[numbers[i]] = scores[i];
    numbers.length = 0;
  };
  lookAround(judged, (k, surroundings) => {
    rows.set(surroundings, numbers.length * SURROUNDINGS);
    if (numbers.push(k) === ROWS_TOGETHER) score();
  });
  score();
  for (let k = 0; k < odds.length; k++) odds[k] += changes[k];
}

/**
 * Looks around each candidate that is in doubt.
 *
 * @param take is given its number and SURROUNDINGS values, which the next one overwrites
 */
export function lookAround(judged: Judged, take: (k: number, surroundings: Float32Array) => void): void {
  const { candidates, evidence, odds } = judged;
  const { times } = candidates;
  const isDoubtful = findDoubt(times, odds);
  if (!isDoubtful.includes(1)) return;
  const sure = findSure(times, odds);
  const chances = new Float64Array(odds.length);
  for (let k = 0; k < odds.length; k++) chances[k] = chanceOf(odds[k]);
  const doubt = countDoubt(times, chances);
  const template = newTemplate(candidates, odds, sure.beats);
  const templates = new SureTemplates(candidates, odds);
  const rhythm: Rhythm = { next: -1, usual: 0, spread: 0, isKnown: false };
  const room = new Float64Array(2 * INTERVALS);
  const found = new Float32Array(SURROUNDINGS);
  let nextInterval = 0;
  let nextSure = 0;
  for (let k = 0; k < odds.length; k++) {
    while (nextInterval < sure.ends.length && sure.ends[nextInterval] < times[k]) nextInterval++;
    while (nextSure < sure.beats.length && sure.beats[nextSure] < k) nextSure++;
    if (!isDoubtful[k]) continue;
    if (nextInterval !== rhythm.next) measureRhythm(sure.intervals, nextInterval, room, rhythm);
    const usual = rhythm.isKnown ? rhythm.usual : judged.usual[k];
    for (let i = 0; i < ODDS; i++) found[i] = evidence[k * ODDS + i];
    found[ODDS] = limitOdds(odds[k]);
    tellOthers(times, odds, chances, k, usual, found);
    const near = doubt(times[k]);
    const { before, after } = secondsToSure(times, sure.beats, k, nextSure);
    found[RHYTHM] = usual;
    found[RHYTHM + 1] = rhythm.isKnown ? rhythm.spread : MOST_SPREAD;
    found[RHYTHM + 2] = Math.min(MOST_SHARE, near.wrong / Math.max(LEAST_BEATS, near.beats));
    found[RHYTHM + 3] = Math.min(MOST_SHARE, (near.beats * usual) / near.seconds);
    found[RHYTHM + 4] = Math.min(MOST_SHARE, before / usual);
    found[RHYTHM + 5] = Math.min(MOST_SHARE, after / usual);
    template(k, nextSure, found);
    templates.tell(k, found, MATCHED);
    found[TEMPLATE + 2] = candidates.leadCount > 1 ? 1 : 0;
    found[TEMPLATE + 3] = rhythm.isKnown ? 1 : 0;
    take(k, found);
  }
}

/** 1 for each candidate that is in doubt, or near to one that is. */
function findDoubt(times: Float64Array, odds: Float64Array): Uint8Array {
  const isDoubtful = new Uint8Array(odds.length);
  let last = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < odds.length; k++) {
    if (Math.abs(odds[k]) < DOUBT) last = times[k];
    if (times[k] - last < DOUBT_SECONDS) isDoubtful[k] = 1;
  }
  let next = Number.POSITIVE_INFINITY;
  for (let k = odds.length - 1; k >= 0; k--) {
    if (Math.abs(odds[k]) < DOUBT) next = times[k];
    if (next - times[k] < DOUBT_SECONDS) isDoubtful[k] = 1;
  }
  return isDoubtful;
}

/** The beats that are sure, by their numbers, and the intervals between two of them, in seconds, with the time at which each ends. */
function findSure(times: Float64Array, odds: Float64Array) {
  const beats: number[] = [];
  const intervals: number[] = [];
  const ends: number[] = [];
  let isClear = false;
  for (let k = 0; k < odds.length; k++) {
    if (odds[k] > SURE) {
      const rr = beats.length > 0 ? times[k] - times[beats[beats.length - 1]] : 0;
      if (isClear && rr >= PLAUSIBLE_RR_SECONDS.from && rr <= PLAUSIBLE_RR_SECONDS.to) {
        intervals.push(rr);
        ends.push(times[k]);
      }
      beats.push(k);
      isClear = true;
    } else if (odds[k] > SURELY_NONE) isClear = false;
  }
  return { beats, intervals, ends };
}

/** The usual interval before and after the `next`, and how far the middle half of them differ as a share of it; unknown of too few. */
type Rhythm = { next: number; usual: number; spread: number; isKnown: boolean };

function measureRhythm(intervals: readonly number[], next: number, room: Float64Array, rhythm: Rhythm): void {
  rhythm.next = next;
  const from = Math.max(0, next - INTERVALS);
  const count = Math.min(intervals.length, next + INTERVALS) - from;
  for (let i = 0; i < count; i++) room[i] = intervals[from + i];
  rhythm.isKnown = count >= LEAST_INTERVALS;
  if (!rhythm.isKnown) return;
  rhythm.usual = takeQuantile(room, count, 0.5);
  const range = takeQuantile(room, count, 0.75) - takeQuantile(room, count, 0.25);
  rhythm.spread = Math.min(MOST_SPREAD, range / rhythm.usual);
}

/** The seconds from the last sure beat before a candidate to it, and from it to the first one after it; infinite where there is none. */
function secondsToSure(times: Float64Array, beats: readonly number[], k: number, next: number) {
  const after = beats[next] === k ? next + 1 : next;
  return {
    before: next > 0 ? times[k] - times[beats[next - 1]] : Number.POSITIVE_INFINITY,
    after: after < beats.length ? times[beats[after]] - times[k] : Number.POSITIVE_INFINITY,
  };
}

/** Fills the bins before a candidate and after it with the chances and the odds of the others. */
function tellOthers(
  times: Float64Array,
  odds: Float64Array,
  chances: Float64Array,
  k: number,
  usual: number,
  found: Float32Array,
): void {
  found.fill(0, BEFORE, NEAR_BEFORE);
  found.fill(-MOST_ODDS, NEAR_BEFORE, RHYTHM);
  const tell = (j: number, bins: number, nearBins: number) =>
    addOther(Math.abs(times[k] - times[j]), odds[j], chances[j], usual, found, bins, nearBins);
  for (let j = k - 1; j >= 0 && tell(j, BEFORE, NEAR_BEFORE); j--);
  for (let j = k + 1; j < odds.length && tell(j, AFTER, NEAR_AFTER); j++);
}

/** Adds another candidate to the bins on its side; false where it is too far away for them. */
function addOther(
  seconds: number,
  odds: number,
  chance: number,
  usual: number,
  found: Float32Array,
  bins: number,
  nearBins: number,
): boolean {
  const bin = Math.floor(seconds / usual / BIN_SHARE);
  const nearBin = Math.floor(seconds / NEAR_BIN_SECONDS);
  if (bin >= BINS && nearBin >= NEAR_BINS) return false;
  if (bin < BINS) found[bins + bin] = Math.max(found[bins + bin], chance);
  if (nearBin < NEAR_BINS) found[nearBins + nearBin] = Math.max(found[nearBins + nearBin], limitOdds(odds));
  return true;
}

/** Makes a function that gives, about a time, how many are expected to be judged wrong and to be beats, and in how many seconds. */
function countDoubt(times: Float64Array, chances: Float64Array) {
  const seconds = Math.max(0, Math.floor(times[times.length - 1])) + 1;
  const wrong = new Float64Array(seconds + 1);
  const beats = new Float64Array(seconds + 1);
  for (let k = 0; k < chances.length; k++) {
    const chance = chances[k];
    const second = Math.max(0, Math.floor(times[k]));
    wrong[second + 1] += Math.min(chance, 1 - chance);
    beats[second + 1] += chance;
  }
  for (let second = 0; second < seconds; second++) {
    wrong[second + 1] += wrong[second];
    beats[second + 1] += beats[second];
  }
  return (time: number) => {
    const second = Math.max(0, Math.floor(time));
    const from = Math.max(0, second - REACH_SECONDS);
    const to = Math.min(seconds, second + REACH_SECONDS + 1);
    return { wrong: wrong[to] - wrong[from], beats: beats[to] - beats[from], seconds: to - from };
  };
}

/** Makes a function that compares a candidate with the mean shape of the sure beats nearby, in the lead in which their slopes are most alike, and gives its shape there. */
function newTemplate({ times, shapes, leadCount }: Candidates, odds: Float64Array, sure: readonly number[]) {
  const size = leadCount * SHAPE_POINTS;
  const bytes = new Uint8Array(shapes.buffer, shapes.byteOffset, shapes.byteLength);
  const room = new LastingRoom((maker) => ({
    shapeHere: maker.bytes(size),
    template: maker.doubles(size),
    /** The likeness by the shape and by its slopes: 1 at the most. */
    alike: maker.doubles(2),
  }));
  let madeAt = Number.NEGATIVE_INFINITY;
  const make = (next: number, template: Float64Array) => {
    template.fill(0);
    const to = Math.min(sure.length, next + TEMPLATE_BEATS);
    for (let i = Math.max(0, next - TEMPLATE_BEATS); i < to; i++) {
      if (odds[sure[i]] < SURE_OF_TEMPLATE) continue;
      for (let p = 0; p < size; p++) template[p] += shapes[sure[i] * size + p];
    }
  };
  return (k: number, next: number, found: Float32Array) =>
    room.use(({ shapeHere, template, alike }) => {
      if (times[k] - madeAt > TEMPLATE_SECONDS) {
        make(next, template);
        madeAt = times[k];
      }
      for (let p = 0; p < size; p++) shapeHere[p] = bytes[k * size + p];
      let best = 0;
      let most = Number.NEGATIVE_INFINITY;
      for (let at = 0; at < size; at += SHAPE_POINTS) {
        kernels.compareWithTemplate(shapeHere.byteOffset + at, template.byteOffset + 8 * at, alike.byteOffset);
        if (alike[1] <= most) continue;
        best = at;
        most = alike[1];
        found[TEMPLATE] = alike[0];
        found[TEMPLATE + 1] = alike[1];
      }
      for (let p = 0; p < SHAPE_POINTS; p++) found[SHAPE + p] = shapes[k * size + best + p] / LARGEST;
    });
}

function chanceOf(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

function limitOdds(odds: number): number {
  return Math.max(-MOST_ODDS, Math.min(MOST_ODDS, odds));
}
