import { takeQuantile } from "../numbers/quantile.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";
import { examineCandidates, type FirstChoice } from "./candidate-evidence.ts";
import type { Candidates } from "./candidate-list.ts";
import { type BeatModels, scoreCandidates } from "./candidate-model.ts";
import { findDissociatedPWaves } from "./dissociated-p-waves.ts";
import { judgeDoubtful } from "./doubtful-candidates.ts";
import { findThresholds } from "./height-thresholds.ts";
import { NO_SLOPES, type Slopes } from "./kept-slopes.ts";
import { judgeBySlopes } from "./slope-odds.ts";

/*
 * The gain of a candidate is at first the logarithm of its height over the threshold, and costs of intervals are in the same
 * unit. The constants were chosen on 22 MIT-BIH records, by the first lead, by the second and by both; a change of any by a
 * fifth moves few of their 42,000 beats.
 */

/** A candidate speaks for or against itself by no more than this. */
const MOST_GAIN = 1.75;
/** The gain of a candidate is this times the logarithm of the odds that it is a beat, ... */
const ODDS_WEIGHT = 0.25;
/** ... with this added to it, as a beat that is missed costs more than one too many. */
const ODDS_BIAS = 0.5;
/** In less noise than this, as a share of a beat, a wave that was chosen at first gains by its height as well, whatever its shape: ... */
const QUIET = 0.15;
/** ... by this times how far it is over the threshold where there is no noise. */
const QUIET_WEIGHT = 1.2;

/** The evidence is gathered once more where it is against what was taken for beats so far, or not, by more than this share of the beats, ... */
const REVISED_SHARE = 0.05;
/** ... among so many at the least: a kind of few waves has lost what speaks for it when one of them is not chosen. */
const LEAST_TO_REVISE = 100;

/** No two beats are nearer: the heart cannot be excited again. */
const REFRACTORY_SECONDS = 0.2;
/** A shorter interval, above 180 beats a minute, costs more the nearer it is to the refractory time. */
const SHORT_RR_SECONDS = 0.33;
/** The cost of an interval as short as the refractory time. */
const SHORT_RR_COST = 1;
/** A low wave this soon after a beat may be its T wave. */
const T_WAVE_SECONDS = 0.38;
/** A wave is low when it is below this share of the beat's height. */
const T_WAVE_SHARE = 0.5;
/** The cost of a low wave is this times the logarithm of how far it is below that share. */
const T_WAVE_WEIGHT = 1;
/** Two waves whose likeness is above this are both beats: the more alike, the less their interval costs. */
const ALIKE = 0.75;
/** Their heights are then within this ratio. */
const SAME_HEIGHT = 1.65;
/** A T wave is at least this wide, in seconds; a QRS complex behind a pacemaker's spike is narrower. */
const NARROWEST_T_WAVE = 0.06;
/** The likeness of a T wave to its beat is below this. */
const LIKEST_T_WAVE = 0.9;
/** T waves are taken for beats where beats are no farther apart than this, in seconds. */
const LONGEST_RR_OF_T_WAVES = 1.3;
/** A T wave comes within this times the square root of the RR interval, both in seconds. */
const LATEST_T_WAVE = 0.32;
/** A T wave is nearer to its beat than this share of its distance from the next. */
const T_WAVE_NEARER = 0.9;
/** T waves follow at least this share of the beats about one. */
const FOLLOWED_SHARE = 0.7;
/** There are at least this many beats about a T wave. */
const LEAST_FOLLOWED = 3;
/** This many waves before and after one are about it. */
const FOLLOWED_SPAN = 20;
/** T waves follow their beats after the same time, give or take this. */
const SAME_DELAY_SECONDS = 0.015;
/** An interval shorter than this share of the usual one costs more the shorter it is. */
const EARLY_SHARE = 0.7;
/** The cost of an early beat is this times what the interval lacks, as a share of the usual one. */
const EARLY_COST = 0.3;
/** An interval longer than this share of the usual one costs more the longer it is: beats have been missed, lower ones are looked for. */
const LATE_SHARE = 1.4;
/** The cost of a late beat is this times what the interval is too long by, as a share of the usual one. */
const LATE_COST = 0.65;
/** An interval longer than this share of the usual one is a pause, and costs no more. */
const PAUSE_SHARE = 4;
/** The intervals of the beats that were chosen are usual where they are this many times as long: other waves were among them. */
const MUCH_LONGER = 1.5;
/** The usual interval is the median of this many before and after a candidate. */
const USUAL_INTERVALS = 15;
/** Other intervals say nothing of what is usual. */
const PLAUSIBLE_RR_SECONDS = { from: 0.25, to: 5 };
/** The usual interval where there is none. */
const DEFAULT_RR_SECONDS = 0.8;
/** No more candidates than this lie between two beats. */
const MOST_BETWEEN = 40;
/** The gain of a beat of the ventricles' own rhythm, between P waves that go on without it, at the least. */
const BETWEEN_P_WAVES = 0.5;
/** Two beats of a rhythm are no farther apart. */
const LONGEST_RR_SECONDS = 4;

/**
 * Chooses the beats among candidates: those that together are most likely, by how likely each is a beat and by the
 * intervals between them. The choice is made twice. First a candidate is the more likely a beat the higher it is over a
 * threshold, which lies where there are the fewest candidates, between the heights of beats and of other waves nearby, and
 * above the noise. By that choice candidates are told as beats by all the evidence on each: the likeness to its kind and to
 * beats, and what comes before and after it and its kind. Those that are in doubt then are judged again by all about them. Where that is
 * against much of the first choice, as in noise or beside tall T waves, the evidence is gathered once more by what it speaks for. Where
 * what was chosen are P waves that go on without the ventricles, the choice is made once more without them; else it is made once more by
 * the slopes of 10 s about candidates in doubt.
 *
 * @param slopes those that were kept of the same leads
 * @param models what tells beats from other waves, if not those in use
 * @returns the numbers of the candidates that are beats, the times of all candidates, others than they had where slopes have moved them, how much speaks for
 *   each but for slopes, or against it below 0, and where P waves cannot be told from beats
 */
export function chooseBeats(
  candidates: Candidates,
  slopes: Slopes = NO_SLOPES,
  models?: BeatModels,
): { beats: number[]; times: Float64Array; gains: Float64Array; doubtful: TimeSpan[] } {
  const { times } = candidates;
  const first = chooseFirst(candidates);
  const { logs, isBeat } = first;
  let choice = chooseByEvidence(candidates, first, models);
  if (revise(isBeat, choice.gains)) choice = chooseByEvidence(candidates, first, models);
  const { gains, usual } = choice;
  let { beats } = choice;
  let dissociated = findDissociatedPWaves(candidates, beats);
  if (dissociated.pWaves.length === 0) {
    const bySlopes = chooseBySlopes(candidates, first, choice, slopes, models);
    if (bySlopes) dissociated = findDissociatedPWaves(candidates, bySlopes.beats, dissociated.looks);
    const { doubtful } = dissociated;
    if (dissociated.pWaves.length === 0) return { beats, times, ...bySlopes, gains, doubtful };
    if (bySlopes) beats = bySlopes.beats;
  }
  const { doubtful } = dissociated;
  mark(isBeat, beats);
  for (const k of dissociated.pWaves) {
    isBeat[k] = 0;
    gains[k] = -MOST_GAIN;
  }
  for (const k of dissociated.beats) {
    isBeat[k] = 1;
    gains[k] = Math.max(gains[k], BETWEEN_P_WAVES);
  }
  const between = usualIntervals(times, isBeat);
  for (let k = 0; k < usual.length; k++) usual[k] = Math.max(usual[k], between[k]);
  return { beats: findLikeliest(candidates, logs, gains, usual), times, gains, doubtful };
}

/** Chooses beats by all the evidence on each candidate, which is by what is taken for beats so far. Gives how much speaks for each, and the usual intervals, too. */
function chooseByEvidence(candidates: Candidates, choice: FirstChoice, models?: BeatModels) {
  const { times } = candidates;
  const { logs, isBeat } = choice;
  const evidence = examineCandidates(candidates, choice);
  const odds = scoreCandidates(evidence, models?.first);
  judgeDoubtful({ candidates, evidence, odds, usual: choice.usual }, models?.inDoubt);
  const gains = gainsOf(odds, candidates, choice);
  const usual = choice.usual.slice();
  const ofBeats = usualIntervals(times, isBeat);
  for (let k = 0; k < usual.length; k++) if (ofBeats[k] > MUCH_LONGER * usual[k]) usual[k] = ofBeats[k];
  return { beats: findLikeliest(candidates, logs, gains, usual), odds, gains, usual };
}

/** How much speaks for each candidate, by the logarithm of its odds and by what was taken for beats so far. */
function gainsOf(odds: Float64Array, { noises }: Candidates, { overThreshold, isBeat }: FirstChoice): Float64Array {
  const gains = new Float64Array(odds.length);
  for (let k = 0; k < gains.length; k++) {
    const quiet = isBeat[k] ? Math.max(0, 1 - noises[k] / QUIET) : 0;
    const gain = ODDS_WEIGHT * (odds[k] + ODDS_BIAS) + QUIET_WEIGHT * quiet * Math.max(0, overThreshold[k]);
    gains[k] = limitGain(gain);
  }
  return gains;
}

/**
 * Chooses beats again by the slopes about those in doubt, and where these were many once more by the intervals between what was chosen by them. What speaks
 * for a candidate without slopes says how sure its choice is: `doubt.ts`.
 *
 * @returns the beats, and the times of all candidates, some of them moved; null where slopes say nothing
 */
function chooseBySlopes(
  { times: ownTimes, ...candidates }: Candidates,
  first: FirstChoice,
  { odds, usual }: ReturnType<typeof chooseByEvidence>,
  slopes: Slopes,
  models?: BeatModels,
): { beats: number[]; times: Float64Array } | null {
  const judged = judgeBySlopes(slopes, ownTimes, odds, models?.bySlopes);
  if (judged === null) return null;
  const { times, wereMany } = judged;
  const clocks = candidates.clocks.map((clock, k) => clock + times[k] - ownTimes[k]);
  const moved = { ...candidates, times, clocks };
  const gains = gainsOf(odds, moved, first);
  const beats = findLikeliest(moved, first.logs, gains, usual);
  if (!wereMany) return { beats, times };
  const isBeat = new Uint8Array(times.length);
  mark(isBeat, beats);
  return { beats: findLikeliest(moved, first.logs, gains, usualIntervals(times, isBeat)), times };
}

/**
 * Takes for beats what the evidence speaks for, where it is against much of what was taken for them. What was only not chosen because of intervals,
 * as every second beat of a fast run, remains one: else the evidence on its kind would be against it then.
 *
 * @returns whether it did
 */
function revise(isBeat: Uint8Array, gains: Float64Array): boolean {
  let beats = 0;
  let changed = 0;
  for (let k = 0; k < gains.length; k++) {
    const isNow = gains[k] > 0 ? 1 : 0;
    beats += isNow;
    if (isNow !== isBeat[k]) changed++;
  }
  if (gains.length < LEAST_TO_REVISE || changed <= REVISED_SHARE * beats) return false;
  for (let k = 0; k < gains.length; k++) isBeat[k] = gains[k] > 0 ? 1 : 0;
  return true;
}

/** Says which candidates are beats: 1 for each, 0 for others. */
function mark(isBeat: Uint8Array, beats: readonly number[]): void {
  isBeat.fill(0);
  for (const k of beats) isBeat[k] = 1;
}

/** Chooses beats by heights and intervals, without the T waves that were taken for beats. */
export function chooseFirst(candidates: Candidates): FirstChoice {
  const { times, heights, noises } = candidates;
  const logs = new Float64Array(heights.length);
  for (let k = 0; k < logs.length; k++) logs[k] = Math.log(heights[k]);
  const overThreshold = findThresholds(times, logs, noises);
  const isBeat = new Uint8Array(times.length);
  for (let k = 0; k < logs.length; k++) {
    overThreshold[k] = limitGain(logs[k] - overThreshold[k]);
    if (overThreshold[k] > 0) isBeat[k] = 1;
  }
  const usual = usualIntervals(times, isBeat);
  const first = findLikeliest(candidates, logs, overThreshold, usual);
  mark(isBeat, first);
  for (const k of findTWaves(candidates, logs, first)) isBeat[k] = 0;
  return { logs, overThreshold, isBeat, usual };
}

function limitGain(gain: number): number {
  return Math.max(-MOST_GAIN, Math.min(MOST_GAIN, gain));
}

/** Finds the candidates of the largest sum of gains less costs, by dynamic programming: an interval depends on both its ends. */
function findLikeliest(
  { times, clocks, likeness }: Candidates,
  logs: Float64Array,
  gains: Float64Array,
  usual: Float64Array,
): number[] {
  const count = times.length;
  /** The largest sum with each candidate as the last beat so far. */
  const sums = new Float64Array(count);
  /** The beat before each candidate in that sum. */
  const before = new Int32Array(count);
  /** The largest of the sums up to each candidate: none before it can lead to more, as intervals only cost. */
  const largest = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const mayBeFirst = k < MOST_BETWEEN;
    let best = mayBeFirst ? 0 : Number.NEGATIVE_INFINITY;
    let bestBefore = -1;
    for (let j = k - 1; j >= 0 && j >= k - MOST_BETWEEN && largest[j] > best; j--) {
      const rr = times[k] - times[j];
      if (rr < REFRACTORY_SECONDS) continue;
      const share = rr / usual[k];
      const recorded = (clocks[k] - clocks[j]) / usual[k];
      let cost = 0;
      if (rr < SHORT_RR_SECONDS) {
        cost = (SHORT_RR_COST * (SHORT_RR_SECONDS - rr)) / (SHORT_RR_SECONDS - REFRACTORY_SECONDS);
      }
      if (rr < T_WAVE_SECONDS) {
        const below = logs[j] - logs[k] + T_WAVE_LOG;
        if (below > 0) cost += T_WAVE_WEIGHT * below;
      }
      if (cost > 0 && Math.abs(logs[j] - logs[k]) < SAME_HEIGHT_LOG) {
        cost *= Math.min(1, (1 - likeness(j, k)) / (1 - ALIKE));
      }
      if (recorded > LATE_SHARE) cost += LATE_COST * (Math.min(recorded, PAUSE_SHARE) - LATE_SHARE);
      else if (share < EARLY_SHARE) cost += EARLY_COST * (EARLY_SHARE - share);
      const sum = sums[j] - cost;
      if (sum > best) {
        best = sum;
        bestBefore = j;
      }
      // Counted from the candidate before, so that a pause in front of this one hides none of the beats before it.
      if (clocks[k - 1] - clocks[j] > LONGEST_RR_SECONDS) break;
    }
    sums[k] = best + gains[k];
    before[k] = bestBefore;
    largest[k] = k > 0 ? Math.max(largest[k - 1], sums[k]) : sums[k];
  }

  let last = count - 1;
  for (let k = count - 1; k >= 0 && k >= count - MOST_BETWEEN; k--) if (sums[k] > sums[last]) last = k;
  const chosen: number[] = [];
  for (let k = last; k >= 0; k = before[k]) chosen.push(k);
  return chosen.reverse();
}

/** Finds the T waves among the chosen: each follows the beat before it, unlike it, as such waves follow most beats nearby. */
function findTWaves({ times, likeness, width }: Candidates, logs: Float64Array, beats: readonly number[]): number[] {
  /** How long after its beat each may be a T wave, in seconds; 0 for what is none. */
  const delays = new Float64Array(beats.length);
  for (let i = 1; i < beats.length; i++) {
    const [before, here] = [beats[i - 1], beats[i]];
    const delay = times[here] - times[before];
    const next = i + 1 < beats.length ? times[beats[i + 1]] - times[here] : DEFAULT_RR_SECONDS;
    const rr = delay + next;
    if (rr > LONGEST_RR_OF_T_WAVES || delay > Math.min(LATEST_T_WAVE * Math.sqrt(rr), T_WAVE_NEARER * next)) continue;
    if (delays[i - 1] > 0 || logs[here] > logs[before]) continue;
    if (width(here) >= NARROWEST_T_WAVE && likeness(before, here) < LIKEST_T_WAVE) delays[i] = delay;
  }
  return beats.filter((_, i) => {
    if (delays[i] === 0) return false;
    let leaders = 0;
    let followed = 0;
    const to = Math.min(beats.length, i + FOLLOWED_SPAN);
    for (let k = Math.max(0, i - FOLLOWED_SPAN); k < to; k++) {
      if (delays[k] === 0) leaders++;
      else if (Math.abs(delays[k] - delays[i]) < SAME_DELAY_SECONDS) followed++;
    }
    return leaders >= LEAST_FOLLOWED && followed >= FOLLOWED_SHARE * leaders;
  });
}

/** SAME_HEIGHT as a logarithm. */
const SAME_HEIGHT_LOG = Math.log(SAME_HEIGHT);
/** T_WAVE_SHARE as a logarithm. */
const T_WAVE_LOG = Math.log(T_WAVE_SHARE);

/** The usual interval about each candidate, in seconds: the median of those between the beats. */
function usualIntervals(times: Float64Array, isBeat: Uint8Array): Float64Array {
  const count = times.length;
  const usual = new Float64Array(count);
  const intervals = new Float64Array(count);
  /** The number of intervals that end at each candidate or before it. */
  const known = new Int32Array(count);
  let total = 0;
  let last = -1;
  for (let k = 0; k < count; k++) {
    if (isBeat[k]) {
      if (last >= 0) intervals[total++] = times[k] - times[last];
      last = k;
    }
    known[k] = total;
  }
  const near = new Float64Array(2 * USUAL_INTERVALS);
  let done = -1;
  let value = DEFAULT_RR_SECONDS;
  for (let k = 0; k < count; k++) {
    // One beat more or less among thirty changes little.
    const step = known[k] >> 3;
    if (step !== done) {
      done = step;
      let plausible = 0;
      const to = Math.min(total, known[k] + USUAL_INTERVALS);
      for (let i = Math.max(0, known[k] - USUAL_INTERVALS); i < to; i++) {
        const rr = intervals[i];
        if (rr > PLAUSIBLE_RR_SECONDS.from && rr < PLAUSIBLE_RR_SECONDS.to) near[plausible++] = rr;
      }
      value = takeQuantile(near, plausible, 0.5) || DEFAULT_RR_SECONDS;
    }
    usual[k] = value;
  }
  return usual;
}
