import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
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
/** A wave is as high as another when it has this of its height, a logarithm. */
const AS_HIGH = -0.2;
/** Waves farther away than this are not looked at, in seconds. */
const REACH_SECONDS = 1;
/** So many candidates are looked at in one go. */
const TOGETHER = 1000;
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
  const evidence = new Float32Array(total * EVIDENCE.length);
  const { counts, beats, followers, leaders, delays, beatCount, meanWidth } = examineNeighbours(
    { times, shapes, leadCount },
    { logs, isBeat },
    kinds,
    evidence,
  );
  const sizes = counts.map((count) => Math.max(LEAST_KIND_SIZE, Math.log((count + 1) / (beatCount + 1))));
  // Without itself a kind has one beat less, or one of the others.
  const oddsWithoutBeat = beats.map((count, kind) => Math.log(count / (counts[kind] - count + 1)));
  const oddsWithoutOther = beats.map((count, kind) => Math.log((count + 1) / (counts[kind] - count)));
  let last = -1;
  let next = 0;
  let logNoise = 0;
  for (let k = 0; k < total; k++) {
    // The candidates of a block have the same noise.
    if (k === 0 || noises[k] !== noises[k - 1]) logNoise = Math.log(Math.max(LEAST_NOISE, noises[k]));
    while (next < total && (next <= k || !isBeat[next])) next++;
    const interval = (times[Math.min(next, total - 1)] - times[Math.max(last, 0)]) / usual[k];
    const kind = kinds.kindOf[k];
    const count = counts[kind];
    const at = k * EVIDENCE.length;
    const delay = evidence[at + 15];
    evidence[at] = overThreshold[k];
    evidence[at + 1] = limit(logs[k] - logNoise, OVER_NOISE_RANGE);
    evidence[at + 2] = Math.min(1, noises[k]);
    evidence[at + 3] = kinds.fits[k];
    evidence[at + 4] = (isBeat[k] ? oddsWithoutBeat : oddsWithoutOther)[kind];
    evidence[at + 5] = followers[kind] / count;
    evidence[at + 6] = leaders[kind] / count;
    evidence[at + 7] = sizes[kind];
    evidence[at + 8] -= meanWidth;
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

/**
 * Gathers the evidence of the waves about each candidate, and of its own width.
 *
 * @param evidence gets it
 * @returns of each kind the number of its candidates, of beats among them, of those that follow a higher wave and that lead one, and the sum
 *   of their delays; the number of all beats, and their mean width
 */
function examineNeighbours(
  { times, shapes, leadCount }: Pick<Candidates, "times" | "shapes" | "leadCount">,
  { logs, isBeat }: Pick<FirstChoice, "logs" | "isBeat">,
  { count: kindCount, kindOf }: ReturnType<typeof groupCandidates>,
  evidence: Float32Array,
) {
  const [counts, beats, followers, leaders, delays] = Array.from({ length: 5 }, () => new Float64Array(kindCount));
  let beatCount = 0;
  let widthOfBeats = 0;
  for (let from = 0; from < times.length; from += TOGETHER) {
    const to = Math.min(times.length, from + TOGETHER);
    look(times, logs, shapes, leadCount, from, to, (near) => {
      for (let k = from; k < to; k++) {
        const kind = kindOf[k];
        const i = k - from;
        const width = near.ratios[i] === Number.POSITIVE_INFINITY ? 0 : Math.log(near.ratios[i]);
        counts[kind]++;
        beats[kind] += isBeat[k];
        if (near.before[i] > AS_HIGH) followers[kind]++;
        if (near.after[i] > AS_HIGH) leaders[kind]++;
        delays[kind] += Math.min(MOST_DELAY_OF_KIND, near.delays[i]);
        if (isBeat[k]) {
          beatCount++;
          widthOfBeats += width;
        }
        const at = k * EVIDENCE.length;
        evidence[at + 8] = width;
        evidence[at + 9] = limit(near.before[i], HIGHER_RANGE);
        evidence[at + 10] = limit(near.after[i], HIGHER_RANGE);
        evidence[at + 15] = near.delays[i];
        evidence[at + 16] = near.ahead[i];
        evidence[at + 18] = limit(near.followed[i], FOLLOWED_RANGE);
      }
    });
  }
  return { counts, beats, followers, leaders, delays, beatCount, meanWidth: widthOfBeats / Math.max(1, beatCount) };
}

/** What is about some candidates, and how large their shapes are for their slopes: see the kernels that find it. */
type Neighbours = {
  before: Float64Array;
  after: Float64Array;
  followed: Float64Array;
  delays: Float64Array;
  ahead: Float64Array;
  ratios: Float64Array;
};

/** Looks at the candidates from one number to before another, and at the waves about them. */
function look(
  times: Float64Array,
  logs: Float64Array,
  shapes: Int8Array,
  leadCount: number,
  from: number,
  to: number,
  take: (near: Neighbours) => void,
): void {
  let start = from;
  while (start > 0 && times[from] - times[start - 1] < REACH_SECONDS) start--;
  let end = to;
  while (end < times.length && times[end] - times[to - 1] < REACH_SECONDS) end++;
  const count = to - from;
  const length = leadCount * SHAPE_POINTS;
  withRoom(2 * roomFor(8 * (end - start)) + roomFor(count * length) + 6 * roomFor(8 * count), (room) => {
    const timesHere = room.doubles(end - start);
    timesHere.set(times.subarray(start, end));
    const logsHere = room.doubles(end - start);
    logsHere.set(logs.subarray(start, end));
    const shapesHere = room.bytes(count * length);
    shapesHere.set(new Uint8Array(shapes.buffer, shapes.byteOffset + from * length, count * length));
    const [before, after, followed, delays, ahead, ratios] = Array.from({ length: 6 }, () => room.doubles(count));
    kernels.lookAtNeighbours(
      timesHere.byteOffset,
      logsHere.byteOffset,
      from - start,
      to - start,
      end - start,
      before.byteOffset,
      after.byteOffset,
      followed.byteOffset,
      delays.byteOffset,
      ahead.byteOffset,
    );
    kernels.measureWidths(shapesHere.byteOffset, leadCount, count, ratios.byteOffset);
    take({ before, after, followed, delays, ahead, ratios });
  });
}

function limit(value: number, { from, to }: { from: number; to: number }): number {
  return Math.max(from, Math.min(to, value));
}
