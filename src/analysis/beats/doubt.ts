import { takeQuantile } from "../numbers/quantile.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";
import type { Candidates } from "./candidate-list.ts";

/** Doubt is judged from this many seconds before a second to as many after it. */
const REACH_SECONDS = 4;
/** Beats cannot be told from other waves where, for each that was chosen, more than this is expected to be wrong. */
const MOST_DOUBT = 0.25;
/** So many beats are taken to be there at the least: a short recording has too few of them to compare them with each other. */
const LEAST_BEATS = 6;
/** The odds of a choice are this times its gain, a logarithm. */
const ODDS_OF_GAIN = 4;
/** There are no beats where what was chosen has more than this between it, in the mean, as a share of a beat, ... */
const RESTLESS_NOISE = 0.22;
/** ... is wider than this, in seconds, where muscles make narrow waves, ... */
const RESTLESS_WIDTH = 0.08;
/** ... and is less alike than this, where the beats of a fast ventricular rhythm are alike. */
const RESTLESS_LIKENESS = 0.8;
/** A wave is compared with this many before it and after it, ... */
const COMPARED = 4;
/** ... and is as alike as to this quantile of them. */
const LIKENESS_QUANTILE = 0.6;

/**
 * Finds the seconds in which beats cannot be told from other waves: as when electrodes move, the evidence on many
 * candidates says neither that they are beats nor that they are none; or as when ventricles fibrillate, the signal never rests, and its
 * waves are wide and unlike each other.
 *
 * @param gains how much speaks for each candidate to be a beat, or against it below 0
 * @param chosen the numbers of the candidates that were chosen
 * @param duration of the ECG, in seconds
 */
export function findDoubtful(
  candidates: Candidates,
  gains: Float64Array,
  chosen: readonly number[],
  duration: number,
): TimeSpan[] {
  const seconds = Math.ceil(duration);
  const { wrong, beats, noises, widths, likenesses } = sumUp(candidates, gains, chosen, seconds);
  const doubtful: TimeSpan[] = [];
  for (let second = 0; second < seconds; second++) {
    const from = Math.max(0, second - REACH_SECONDS);
    const to = Math.min(seconds, second + REACH_SECONDS + 1);
    const near = (sums: Float64Array) => sums[to] - sums[from];
    const count = near(beats);
    const isRestless =
      near(noises) > RESTLESS_NOISE * count &&
      near(widths) > RESTLESS_WIDTH * count &&
      near(likenesses) < RESTLESS_LIKENESS * count;
    if (!isRestless && near(wrong) <= MOST_DOUBT * Math.max(LEAST_BEATS, count)) continue;
    const last = doubtful.at(-1);
    if (last?.to === second) last.to = second + 1;
    else doubtful.push({ from: second, to: second + 1 });
  }
  return doubtful;
}

/** The wrong choices that are expected before each second, and the beats, and the sums of what is measured of these. */
function sumUp(candidates: Candidates, gains: Float64Array, chosen: readonly number[], seconds: number) {
  const { times } = candidates;
  const isBeat = new Uint8Array(times.length);
  for (let i = 0; i < chosen.length; i++) isBeat[chosen[i]] = 1;
  const newSums = () => new Float64Array(seconds + 1);
  const sums = { wrong: newSums(), beats: newSums(), noises: newSums(), widths: newSums(), likenesses: newSums() };
  const { wrong, beats, noises, widths, likenesses } = sums;
  const secondOf = (k: number) => Math.max(0, Math.min(seconds - 1, Math.floor(times[k])));
  for (let k = 0; k < times.length; k++) {
    const chance = 1 / (1 + Math.exp(-ODDS_OF_GAIN * gains[k]));
    wrong[secondOf(k) + 1] += isBeat[k] ? 1 - chance : chance;
  }
  for (let i = 0; i < chosen.length; i++) {
    const k = chosen[i];
    const second = secondOf(k);
    beats[second + 1]++;
    noises[second + 1] += candidates.noises[k];
    // What is in little noise is surely a beat, and need not be looked at: it counts as narrow and as like the others.
    const isNoisy = candidates.noises[k] > 0.5 * RESTLESS_NOISE;
    widths[second + 1] += isNoisy ? candidates.width(k) : 0;
    likenesses[second + 1] += isNoisy ? likenessTo(chosen, i, candidates) : 1;
  }
  for (let second = 0; second < seconds; second++) {
    wrong[second + 1] += wrong[second];
    beats[second + 1] += beats[second];
    noises[second + 1] += noises[second];
    widths[second + 1] += widths[second];
    likenesses[second + 1] += likenesses[second];
  }
  return sums;
}

/** The likeness of the `i`th of the chosen waves to those before and after it; 1 where there is no other. */
function likenessTo(chosen: readonly number[], i: number, { likeness }: Candidates): number {
  let count = 0;
  const to = Math.min(chosen.length, i + COMPARED + 1);
  for (let j = Math.max(0, i - COMPARED); j < to; j++) if (j !== i) NEAR[count++] = likeness(chosen[j], chosen[i]);
  return count > 0 ? takeQuantile(NEAR, count, LIKENESS_QUANTILE) : 1;
}

/** Likenesses on their way to a quantile. */
const NEAR = new Float64Array(2 * COMPARED);
