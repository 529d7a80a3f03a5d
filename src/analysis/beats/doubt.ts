import type { Gap } from "./gaps.ts";

/** Doubt is judged from this many seconds before a second to as many after it. */
const REACH_SECONDS = 4;
/** Beats cannot be told from other waves where, for each that was chosen, more than this is expected to be wrong. */
const MOST_DOUBT = 0.25;
/** So many beats are taken to be there at the least: a short recording has too few of them to compare them with each other. */
const LEAST_BEATS = 6;
/** The odds of a choice are this times its gain, a logarithm. */
const ODDS_OF_GAIN = 4;

/**
 * Finds the seconds in which beats cannot be told from other waves: as when electrodes move, the evidence on many
 * candidates says neither that they are beats nor that they are none.
 *
 * @param times those of the candidates, in seconds
 * @param gains how much speaks for each to be a beat, or against it below 0
 * @param isBeat 1 for each that was chosen
 * @param duration of the ECG, in seconds
 */
export function findDoubtful(times: Float64Array, gains: Float64Array, isBeat: Uint8Array, duration: number): Gap[] {
  const seconds = Math.ceil(duration);
  /** The wrong choices that are expected before each second, and the beats. */
  const wrong = new Float64Array(seconds + 1);
  const beats = new Float64Array(seconds + 1);
  for (let k = 0; k < times.length; k++) {
    const second = Math.max(0, Math.min(seconds - 1, Math.floor(times[k])));
    const chance = 1 / (1 + Math.exp(-ODDS_OF_GAIN * gains[k]));
    wrong[second + 1] += isBeat[k] ? 1 - chance : chance;
    beats[second + 1] += isBeat[k];
  }
  for (let second = 0; second < seconds; second++) {
    wrong[second + 1] += wrong[second];
    beats[second + 1] += beats[second];
  }
  const doubtful: Gap[] = [];
  for (let second = 0; second < seconds; second++) {
    const from = Math.max(0, second - REACH_SECONDS);
    const to = Math.min(seconds, second + REACH_SECONDS + 1);
    if (wrong[to] - wrong[from] <= MOST_DOUBT * Math.max(LEAST_BEATS, beats[to] - beats[from])) continue;
    const last = doubtful.at(-1);
    if (last?.to === second) last.to = second + 1;
    else doubtful.push({ from: second, to: second + 1 });
  }
  return doubtful;
}
