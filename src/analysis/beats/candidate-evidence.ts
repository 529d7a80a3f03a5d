import { SHAPE_POINTS } from "./beat-shapes.ts";
import { groupCandidates } from "./candidate-kinds.ts";
import type { Candidates } from "./candidate-list.ts";

/** What speaks for a candidate to be a beat or against it, in the order in which `examineCandidates` gives it. */
export const EVIDENCE = [
  /** How far its height is over the threshold nearby, a logarithm. */
  "overThreshold",
  /** How far its height is over the noise, a logarithm. */
  "overNoise",
  /** The noise nearby, as a share of what is usual for a beat. */
  "noise",
  /** Its likeness to its kind. */
  "fit",
  /** How much of its kind was taken for beats so far, without itself: odds, a logarithm. */
  "beatsOfKind",
  /** The share of its kind that comes soon after a higher wave, as T waves do. */
  "followers",
  /** The share of its kind that comes soon before a higher wave, as P waves do. */
  "leaders",
  /** The number of its kind as a share of all beats, a logarithm. */
  "kindSize",
  /** How much less steep it is for its size than beats are, a logarithm. */
  "width",
  /** How much higher the highest wave soon before it is, a logarithm. */
  "higherBefore",
  /** How much higher the highest wave soon after it is, a logarithm. */
  "higherAfter",
  /** Its height, a logarithm. */
  "height",
  /** Its likeness to beats. */
  "like",
  /** The likeness of its slopes to those of beats. */
  "slopeLike",
  /** How far its height is from theirs, a logarithm. */
  "offHeight",
  /** The seconds since a wave as high or higher. */
  "delay",
  /** The seconds to the next wave as high or higher. */
  "ahead",
  /** How far that delay is from the mean one of its kind, in seconds. */
  "offDelay",
  /** How much higher the highest wave is that may be its T wave, a logarithm. */
  "followed",
  /** Its delay as a share of the usual interval. */
  "delayShare",
  /** The interval between the beats before and after it, as a share of the usual one. */
  "interval",
] as const;

/** A kind with fewer waves says nothing of their delay. */
const LEAST_DELAYED = 3;
/** A T wave comes within these times after its QRS complex, in seconds. */
const T_WAVE_SECONDS = { from: 0.12, to: 0.42 };
/** The T wave of a candidate is looked for within these times after it, in seconds. */
const OWN_T_WAVE_SECONDS = { from: 0.15, to: 0.42 };
/** A P wave comes within these times before its QRS complex, in seconds. */
const P_WAVE_SECONDS = { from: 0.08, to: 0.25 };
/** A wave is as high as another when it has this of its height, a logarithm. */
const AS_HIGH = -0.2;
/** A delay says no more beyond this, in seconds. */
const MOST_DELAY = 1;
/** Delays of a kind say no more beyond this, in seconds. */
const MOST_DELAY_OF_KIND = 0.5;
/** Heights over others say no more beyond these, logarithms. */
const HIGHER_RANGE = { from: -1, to: 2 };
/** Heights over the noise say no more beyond these, logarithms. */
const OVER_NOISE_RANGE = { from: -1, to: 3 };
/** Noise below this share of a beat is none. */
const LEAST_NOISE = 0.03;
/** Heights below this say no more, a logarithm. */
const LEAST_HEIGHT = -3;
/** The size of a kind below this says no more, a logarithm. */
const LEAST_KIND_SIZE = -5;
/** A T wave lower than this says no more, a logarithm. */
const FOLLOWED_RANGE = { from: -3, to: 1 };
/** A delay says no more beyond this share of the usual interval. */
const MOST_DELAY_SHARE = 1.5;
/** An interval says no more beyond this share of the usual one. */
const MOST_INTERVAL = 2.5;
/** The points of a shape that its steepness is taken of. */
const STEEPNESS = { from: 4, to: 25 };

/** What is known of candidates after a first choice of beats among them, by their heights and intervals alone. */
export type FirstChoice = {
  /** The height of each, a logarithm. */
  logs: Float64Array;
  /** How far each is over the threshold nearby, a logarithm limited. */
  overThreshold: Float64Array;
  /** 1 for each that is taken for a beat. */
  isBeat: Uint8Array;
  /** The usual interval about each, in seconds. */
  usual: Float64Array;
};

/** The waves about one candidate. */
type Neighbours = { before: number; after: number; followed: number; delay: number; ahead: number };

/**
 * Gathers the evidence on each candidate: of itself, of the waves about it, and of its kind.
 *
 * @returns a number for each of EVIDENCE, a candidate after the other
 */
export function examineCandidates(
  { times, noises, shapes, leadCount }: Candidates,
  { logs, overThreshold, isBeat, usual }: FirstChoice,
): Float32Array {
  const total = times.length;
  const kinds = groupCandidates(shapes, leadCount, logs, isBeat);
  const ofKind = () => new Float64Array(kinds.count);
  const counts = ofKind();
  const beats = ofKind();
  const followers = ofKind();
  const leaders = ofKind();
  const delays = ofKind();
  const evidence = new Float32Array(total * EVIDENCE.length);
  const near: Neighbours = { before: 0, after: 0, followed: 0, delay: 0, ahead: 0 };
  let beatCount = 0;
  let widthOfBeats = 0;
  for (let k = 0; k < total; k++) {
    look(times, logs, k, near);
    const kind = kinds.kindOf[k];
    const width = widthOf(shapes, leadCount, k);
    counts[kind]++;
    beats[kind] += isBeat[k];
    if (near.before > AS_HIGH) followers[kind]++;
    if (near.after > AS_HIGH) leaders[kind]++;
    delays[kind] += Math.min(MOST_DELAY_OF_KIND, near.delay);
    if (isBeat[k]) {
      beatCount++;
      widthOfBeats += width;
    }
    const at = k * EVIDENCE.length;
    evidence[at + 8] = width;
    evidence[at + 9] = limit(near.before, HIGHER_RANGE);
    evidence[at + 10] = limit(near.after, HIGHER_RANGE);
    evidence[at + 15] = near.delay;
    evidence[at + 16] = near.ahead;
    evidence[at + 18] = limit(near.followed, FOLLOWED_RANGE);
  }

  const sizes = counts.map((count) => Math.max(LEAST_KIND_SIZE, Math.log((count + 1) / (beatCount + 1))));
  let last = -1;
  let next = 0;
  for (let k = 0; k < total; k++) {
    while (next < total && (next <= k || !isBeat[next])) next++;
    const interval = (times[Math.min(next, total - 1)] - times[Math.max(last, 0)]) / usual[k];
    const kind = kinds.kindOf[k];
    const count = counts[kind];
    const others = { beats: beats[kind] - isBeat[k], count: count - 1 };
    const at = k * EVIDENCE.length;
    const delay = evidence[at + 15];
    evidence[at] = overThreshold[k];
    evidence[at + 1] = limit(logs[k] - Math.log(Math.max(LEAST_NOISE, noises[k])), OVER_NOISE_RANGE);
    evidence[at + 2] = Math.min(1, noises[k]);
    evidence[at + 3] = kinds.fits[k];
    evidence[at + 4] = Math.log((others.beats + 1) / (others.count - others.beats + 1));
    evidence[at + 5] = followers[kind] / count;
    evidence[at + 6] = leaders[kind] / count;
    evidence[at + 7] = sizes[kind];
    evidence[at + 8] -= widthOfBeats / Math.max(1, beatCount);
    evidence[at + 11] = Math.max(LEAST_HEIGHT, logs[k]);
    evidence[at + 12] = kinds.likes[k];
    evidence[at + 13] = kinds.slopeLikes[k];
    evidence[at + 14] = kinds.offHeights[k];
    if (count >= LEAST_DELAYED) {
      evidence[at + 17] = Math.abs(Math.min(MOST_DELAY_OF_KIND, delay) - delays[kind] / count);
    }
    evidence[at + 19] = Math.min(MOST_DELAY_SHARE, delay / usual[k]);
    evidence[at + 20] = Math.min(MOST_INTERVAL, interval);
    if (isBeat[k]) last = k;
  }
  return evidence;
}

/** Looks at the waves about a candidate. */
function look(times: Float64Array, logs: Float64Array, k: number, near: Neighbours): void {
  near.before = Number.NEGATIVE_INFINITY;
  near.after = Number.NEGATIVE_INFINITY;
  near.followed = Number.NEGATIVE_INFINITY;
  near.delay = MOST_DELAY;
  near.ahead = MOST_DELAY;
  for (let j = k - 1; j >= 0; j--) {
    const seconds = times[k] - times[j];
    if (seconds >= MOST_DELAY || (seconds >= T_WAVE_SECONDS.to && near.delay < MOST_DELAY)) break;
    const higher = logs[j] - logs[k];
    if (higher > near.before && seconds > T_WAVE_SECONDS.from && seconds < T_WAVE_SECONDS.to) near.before = higher;
    if (higher > AS_HIGH && (near.delay === MOST_DELAY || near.delay <= T_WAVE_SECONDS.from)) near.delay = seconds;
  }
  for (let j = k + 1; j < times.length; j++) {
    const seconds = times[j] - times[k];
    if (seconds >= MOST_DELAY || (seconds > OWN_T_WAVE_SECONDS.to && near.ahead < MOST_DELAY)) break;
    const higher = logs[j] - logs[k];
    if (higher > near.after && seconds > P_WAVE_SECONDS.from && seconds < P_WAVE_SECONDS.to) near.after = higher;
    if (higher > near.followed && seconds > OWN_T_WAVE_SECONDS.from && seconds < OWN_T_WAVE_SECONDS.to) {
      near.followed = higher;
    }
    if (higher > AS_HIGH && near.ahead === MOST_DELAY) near.ahead = seconds;
  }
}

/** How little steep a candidate is for its size, in the lead in which it is steepest: a logarithm. */
function widthOf(shapes: Int8Array, leadCount: number, k: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let lead = 0; lead < leadCount; lead++) {
    const start = (k * leadCount + lead) * SHAPE_POINTS;
    let squares = 0;
    let slopes = 0;
    for (let i = start + STEEPNESS.from; i < start + STEEPNESS.to; i++) {
      const slope = shapes[i + 1] - shapes[i - 1];
      squares += shapes[i] * shapes[i];
      slopes += slope * slope;
    }
    if (squares > 0) least = Math.min(least, Math.log(squares / (slopes + 1)));
  }
  return least === Number.POSITIVE_INFINITY ? 0 : least;
}

function limit(value: number, { from, to }: { from: number; to: number }): number {
  return Math.max(from, Math.min(to, value));
}
