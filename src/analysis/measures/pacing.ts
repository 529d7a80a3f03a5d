import { isInGap } from "../beats/gaps.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";

/** Spikes of several leads within this time, in seconds, are one. */
const SAME_SPIKE_SECONDS = 0.006;
/** A spike has a beat of its own within this time after it, in seconds: that of an atrium comes the PR interval before it. */
const BEFORE_BEAT_SECONDS = 0.4;
/** An R peak may be this long before its spike, in seconds, where it is the spike's own end. */
const AFTER_BEAT_SECONDS = 0.02;
/** Spikes before so many beats are a pacemaker's, as a burst of noise before one is none, ... */
const LEAST_BEATS = 3;
/** ... when at least this share of them has a beat of its own, ... */
const LEAST_OWN_SHARE = 0.5;
/** ... and the last spikes before beats come at least in this share of them after the same time before the beat, ... */
const SAME_DELAY_SHARE = 0.6;
/** ... give or take this, in seconds. */
const SAME_DELAY_SECONDS = 0.03;
/** Spikes are a pacemaker's, too, whatever the beats are, as it may not sense them or not capture the heart, when so many intervals from one to the next, ... */
const LEAST_STEADY = 20;
/** ... or so many, if as many spikes as make one come as long before their beats, ... */
const FEW_STEADY = 6;
/** ... and this share of all, are within this of their median, in seconds: nothing of a body is as steady. */
const [STEADY_SHARE, STEADY_SECONDS] = [0.8, 0.006];
/** Spikes of a pacemaker that paces the heart once a beat are at least so far apart, in seconds. */
const LEAST_STEADY_SECONDS = 0.35;
/** A spike in a ventricle is no longer than this before the R peak of its beat, in seconds: after one in an atrium come its P wave and PR. */
const IN_VENTRICLE_SECONDS = 0.12;
/** No spike captures a ventricle so soon after its last beat, in seconds: it is refractory, and a pacemaker that senses beats does not pace it then. */
const REFRACTORY_SECONDS = 0.35;
/** A spike may come so long after the R peak of its own beat, or of one that it comes too late for, in seconds. */
const WITH_BEAT_SECONDS = 0.12;
/** Failures that are farther apart than this, in seconds, are told apart. */
const MOST_FAILURE_SECONDS = 3;

/** Spikes as they are kept: to a tenth of a millisecond. */
const DIGITS = 1e4;

/**
 * Tells a pacemaker's spikes from other impulses: they come before beats, as long before each, or as steadily as nothing else does.
 *
 * @param impulses the times of impulses in any lead, in seconds, in any order
 * @param beats the times of R peaks, in seconds, ascending
 * @returns the times of the spikes, in seconds, ascending; none when no pacemaker is seen
 */
export function findPacing(impulses: readonly number[], beats: Float64Array): number[] {
  const spikes: number[] = [];
  for (const time of impulses.toSorted((a, b) => a - b)) {
    const last = spikes.at(-1);
    if (last === undefined || time - last > SAME_SPIKE_SECONDS) spikes.push(time);
  }
  /** How long before its beat the last spike before each comes. */
  const delays = new Map<number, number>();
  let own = 0;
  let beat = 0;
  for (const spike of spikes) {
    while (beat < beats.length && beats[beat] < spike - AFTER_BEAT_SECONDS) beat++;
    const delay = beats[beat] - spike;
    if (!(delay < BEFORE_BEAT_SECONDS)) continue;
    own++;
    delays.set(beat, delay);
  }
  const sorted = [...delays.values()].sort((a, b) => a - b);
  const usual = sorted[sorted.length >> 1];
  const same = sorted.filter((delay) => Math.abs(delay - usual) < SAME_DELAY_SECONDS).length;
  const isPaced =
    delays.size >= LEAST_BEATS && own >= LEAST_OWN_SHARE * spikes.length && same >= SAME_DELAY_SHARE * sorted.length;
  return isPaced || areSteady(spikes, sorted) ? spikes.map((time) => Math.round(time * DIGITS) / DIGITS) : [];
}

/**
 * Whether spikes come at a steady rate, as of a pacemaker that senses no beats.
 *
 * @param delays how long before their beats those come that have one, in seconds, ascending
 */
function areSteady(spikes: readonly number[], delays: readonly number[]): boolean {
  const intervals = spikes.slice(1).map((time, i) => time - spikes[i]);
  const usual = intervals.toSorted((a, b) => a - b)[intervals.length >> 1];
  const steady = intervals.filter((interval) => Math.abs(interval - usual) < STEADY_SECONDS).length;
  const haveSameDelay = delays.some((delay, i) => delays[i + LEAST_BEATS - 1] - delay < SAME_DELAY_SECONDS);
  const least = haveSameDelay ? FEW_STEADY : LEAST_STEADY;
  return usual >= LEAST_STEADY_SECONDS && steady >= Math.max(least, STEADY_SHARE * intervals.length);
}

/**
 * Marks the beats of a pacemaker in the ventricles: those right after a spike.
 *
 * @param spikes as `findPacing` has them
 * @param beats the times of R peaks, in seconds, ascending
 * @returns 1 for each of these beats
 */
export function markPaced(spikes: readonly number[], beats: Float64Array): Uint8Array {
  const isPaced = new Uint8Array(beats.length);
  let beat = 0;
  for (const spike of spikes) {
    while (beat < beats.length && beats[beat] < spike - AFTER_BEAT_SECONDS) beat++;
    if (beat < beats.length && beats[beat] - spike < IN_VENTRICLE_SECONDS) isPaced[beat] = 1;
  }
  return isPaced;
}

/**
 * Finds where a pacemaker's spikes fail: those that no beat follows though the heart could, and those that come right after a beat, as if it had not
 * been sensed. They are joined to stretches.
 *
 * @param spikes as `findPacing` has them
 * @param beats the times of R peaks, in seconds, ascending
 * @param unusable the times in which beats cannot be told
 */
export function findPacingFailures(
  spikes: readonly number[],
  beats: Float64Array,
  unusable: readonly TimeSpan[],
): { withoutCapture: TimeSpan[]; withoutSensing: TimeSpan[] } {
  const [withoutCapture, withoutSensing]: number[][] = [[], []];
  const end = Math.max(beats.at(-1) ?? 0, spikes.at(-1) ?? 0);
  let next = 0;
  for (const [i, spike] of spikes.entries()) {
    while (next < beats.length && beats[next] < spike - AFTER_BEAT_SECONDS) next++;
    const until = spike + BEFORE_BEAT_SECONDS;
    // Before the first beat the heart may be refractory after one that is not recorded.
    if (next === 0) continue;
    const sinceLast = spike - beats[next - 1];
    if (isInGap(unusable, spike - REFRACTORY_SECONDS, until)) continue;
    if (sinceLast < REFRACTORY_SECONDS) {
      if (sinceLast > WITH_BEAT_SECONDS) withoutSensing.push(spike);
      continue;
    }
    // That in the atrium is followed by one in the ventricle.
    const isFollowed = beats[next] < until || spikes[i + 1] < until;
    if (!isFollowed && end > until) withoutCapture.push(spike);
  }
  return {
    withoutCapture: joinTimes(withoutCapture, MOST_FAILURE_SECONDS),
    withoutSensing: joinTimes(withoutSensing, MOST_FAILURE_SECONDS),
  };
}

/** The stretches in which times follow one another within so many seconds, each from its first to its last. */
export function joinTimes(times: readonly number[], mostSeconds: number): TimeSpan[] {
  const stretches: TimeSpan[] = [];
  for (const time of times) {
    const last = stretches.at(-1);
    if (last && time - last.to <= mostSeconds) last.to = time;
    else stretches.push({ from: time, to: time });
  }
  return stretches;
}
