import { BeatNetwork, STEP_SLOPES, STEPS, WINDOW_SLOPES } from "./beat-network.ts";
import { BEAT_WEIGHTS } from "./beat-weights.ts";
import { BLOCK_SLOPES, SLOPE_RATE_HZ, type Slopes } from "./kept-slopes.ts";

/** What is so many steps from an end of a window, or nearer, is told by the window beside it. */
const MARGIN_STEPS = 64;
/** The slopes from each window to the next. */
const APART_SLOPES = (STEPS - 2 * MARGIN_STEPS) * STEP_SLOPES;
/** In a window candidates whose slopes were kept are told by these where so many of them are expected to be told wrong without, or more. */
const LEAST_WRONG = 0.75;
/** The logarithm of odds that a candidate had counts by this share beside what its slopes say, ... */
const OWN_SHARE = 0.3;
/** ... to which this is added, as a beat that is missed costs more than one too many, ... */
const SLOPES_BIAS = 1;
/** ... and which says no more beyond this. */
const MOST_ODDS = 6;

const NETWORK = new BeatNetwork(BEAT_WEIGHTS);

/** A network that tells beats by slopes. */
type Network = Pick<BeatNetwork, "score">;

/** Slopes, and where each block is among them: -1 for one that was not kept. */
type PlacedSlopes = Slopes & { places: Int32Array };

/**
 * Judges candidates by the slopes about them, wherever several are in doubt and the slopes were kept.
 *
 * @param times of the candidates, in seconds, in their order
 * @param odds the natural logarithm of the odds that each is a beat; those that are judged are changed
 * @param network that tells beats by slopes, if not the one in use
 * @returns whether any was judged
 */
export function judgeBySlopes(
  slopes: Slopes,
  times: Float64Array,
  odds: Float64Array,
  network: Network = NETWORK,
): boolean {
  const { blocks } = slopes;
  if (blocks.length === 0) return false;
  const places = new Int32Array(blocks[blocks.length - 1] + 1).fill(-1);
  for (let place = 0; place < blocks.length; place++) places[blocks[place]] = place;
  const placed = { ...slopes, places };
  const isKept = (time: number) => places[Math.floor((time * SLOPE_RATE_HZ) / BLOCK_SLOPES)] >= 0;
  let isJudged = false;
  for (let from = 0, to = 0; from < times.length; from = to) {
    const window = windowOf(times[from]);
    let wrong = 0;
    for (; to < times.length && windowOf(times[to]) === window; to++) {
      if (isKept(times[to])) wrong += 1 / (1 + Math.exp(Math.abs(odds[to])));
    }
    if (wrong < LEAST_WRONG) continue;
    isJudged = true;
    const scores = scoreWindow(placed, window, network);
    for (let k = from; k < to; k++) {
      if (isKept(times[k])) odds[k] = OWN_SHARE * odds[k] + oddsAt(times[k], window, scores);
    }
  }
  return isJudged;
}

/** What all leads say of a time together: as two that say the same are wrong together, too, their sum over the square root of their number. */
function oddsAt(time: number, window: number, scores: readonly Float32Array[]): number {
  const step = Math.max(0, Math.floor((time * SLOPE_RATE_HZ - firstOf(window)) / STEP_SLOPES - 0.5));
  let sum = 0;
  for (const ofLead of scores) {
    const odds = SLOPES_BIAS + Math.max(ofLead[step], ofLead[step + 1]);
    sum += Math.max(-MOST_ODDS, Math.min(MOST_ODDS, odds));
  }
  return sum / Math.sqrt(scores.length);
}

/** What a network says of a window in each lead. */
function scoreWindow({ places, values, leadCount }: PlacedSlopes, window: number, network: Network): Float32Array[] {
  const first = firstOf(window);
  return Array.from({ length: leadCount }, (_, lead) => {
    // What was not kept is flat.
    const slopes = new Float32Array(WINDOW_SLOPES);
    for (let block = Math.floor(first / BLOCK_SLOPES); block * BLOCK_SLOPES < first + WINDOW_SLOPES; block++) {
      const place = places[block] ?? -1;
      if (place < 0) continue;
      const at = (place * leadCount + lead) * BLOCK_SLOPES;
      const offset = block * BLOCK_SLOPES - first;
      const from = Math.max(0, -offset);
      const to = Math.min(BLOCK_SLOPES, WINDOW_SLOPES - offset);
      slopes.set(values.subarray(at + from, at + to), offset + from);
    }
    return network.score(slopes);
  });
}

/** The number of the window by which a time is told. */
function windowOf(time: number): number {
  return Math.floor((time * SLOPE_RATE_HZ) / APART_SLOPES);
}

/** The number of the first slope of a window. */
function firstOf(window: number): number {
  return window * APART_SLOPES - MARGIN_STEPS * STEP_SLOPES;
}
