import { BeatNetwork, STEP_SLOPES, STEPS, WINDOW_SLOPES } from "./beat-network.ts";
import { BEAT_WEIGHTS } from "./beat-weights.ts";
import { SLOPE_RATE_HZ, SlopeReader, type Slopes } from "./kept-slopes.ts";

/** What is so many steps from an end of a window, or nearer, is told by the window beside it. */
const MARGIN_STEPS = 64;
/** The slopes from each window to the next. */
const APART_SLOPES = (STEPS - 2 * MARGIN_STEPS) * STEP_SLOPES;
/** A candidate whose slopes were kept is told by these where the logarithm of its odds is between these: of beats that are missed some are farther below 0 than false ones are above, ... */
const DOUBT = { from: -3.5, to: 2.5 };
/** ... as is each of a window in which so many are expected to be told wrong without, or more. */
const MANY_WRONG = 0.75;
/** There the logarithm of odds that a candidate had counts by this share beside what its slopes say, elsewhere in full. */
const OWN_SHARE = 0.3;
/** What slopes say has this added to it in each lead, as a beat that is missed costs more than one too many, ... */
const SLOPES_BIAS = 0.5;
/** ... and says no more beyond this. */
const MOST_ODDS = 6;
/** Slopes speak of a candidate that they are nearest to, so many seconds before it or after it at the most. */
const REACH_SECONDS = 0.25;
/** The R peak is in the middle of what slopes say most of, but for this. */
const AS_MUCH = 0.5;
/** A candidate that is as near to it is at it, in seconds. */
const SAME_SECONDS = 0.04;

const NETWORK = new BeatNetwork(BEAT_WEIGHTS);

/** A network that tells beats by slopes. */
type Network = Pick<BeatNetwork, "score">;

/**
 * Judges candidates that are in doubt by the slopes about them, and where many are all of them, if the slopes were kept. In noise the peak of the energy may
 * be beside a beat: a candidate is moved to the R peak that slopes say is near, if it is the nearest to it.
 *
 * @param times of the candidates, in seconds, in their order
 * @param odds the natural logarithm of the odds that each is a beat; those that are judged are changed
 * @param network that tells beats by slopes, if not the one in use
 * @returns the times of all candidates, some of them moved, and whether many were in doubt anywhere; null where none was judged
 */
export function judgeBySlopes(
  slopes: Slopes,
  times: Float64Array,
  odds: Float64Array,
  network: Network = NETWORK,
): { times: Float64Array; wereMany: boolean } | null {
  const reader = new SlopeReader(slopes);
  let moved: Float64Array | null = null;
  let wereMany = false;
  const kept: number[] = [];
  for (let from = 0, to = 0; from < times.length; from = to) {
    const window = windowOf(times[from]);
    let wrong = 0;
    kept.length = 0;
    for (; to < times.length && windowOf(times[to]) === window; to++) {
      if (!reader.isKeptAbout(times[to])) continue;
      wrong += 1 / (1 + Math.exp(Math.abs(odds[to])));
      kept.push(to);
    }
    const areMany = wrong >= MANY_WRONG;
    const judged = areMany ? kept : kept.filter((k) => odds[k] > DOUBT.from && odds[k] < DOUBT.to);
    if (judged.length === 0) continue;
    moved ??= times.slice();
    wereMany ||= areMany;
    const first = Math.floor(stepAt(times[judged[0]] - REACH_SECONDS, window));
    const end = 1 + Math.ceil(stepAt(times[judged[judged.length - 1]] + REACH_SECONDS, window));
    const scores = addUp(scoreWindow(reader, window, network, first, end));
    for (const k of judged) {
      const found = findNear(times, k, window, scores);
      odds[k] = (areMany ? OWN_SHARE : 1) * odds[k] + found.odds;
      moved[k] = found.time;
    }
  }
  return moved && { times: moved, wereMany };
}

/** What all leads say of each step together: as two that say the same are wrong together, too, their sum over the square root of their number. */
function addUp(ofLeads: readonly Float32Array[]): Float64Array {
  const sums = new Float64Array(STEPS);
  for (const scores of ofLeads) {
    for (let step = 0; step < STEPS; step++) {
      sums[step] += Math.max(-MOST_ODDS, Math.min(MOST_ODDS, SLOPES_BIAS + scores[step]));
    }
  }
  for (let step = 0; step < STEPS; step++) sums[step] /= Math.sqrt(ofLeads.length);
  return sums;
}

/** The most that slopes say of the times that are nearer to a candidate than to others, and the R peak of which they say it. */
function findNear(times: Float64Array, candidate: number, window: number, scores: Float64Array) {
  const time = times[candidate];
  const from = Math.max(time - REACH_SECONDS, 0.5 * (time + (times[candidate - 1] ?? Number.NEGATIVE_INFINITY)));
  const to = Math.min(time + REACH_SECONDS, 0.5 * (time + (times[candidate + 1] ?? Number.POSITIVE_INFINITY)));
  const [first, last] = [Math.max(0, Math.ceil(stepAt(from, window))), Math.floor(stepAt(to, window))];
  let best = Math.max(0, Math.round(stepAt(time, window)));
  for (let step = first; step <= last; step++) if (scores[step] > scores[best]) best = step;
  const odds = scores[best];
  if (odds < 0) return { odds, time };
  let [begin, end] = [best, best];
  while (begin > first && scores[begin - 1] > odds - AS_MUCH) begin--;
  while (end < last && scores[end + 1] > odds - AS_MUCH) end++;
  const peak = timeOf(0.5 * (begin + end), window);
  return { odds, time: Math.abs(peak - time) > SAME_SECONDS ? peak : time };
}

/** The step of a window at whose middle a time is, in steps and parts of these. */
function stepAt(time: number, window: number): number {
  return (time * SLOPE_RATE_HZ - firstOf(window)) / STEP_SLOPES - 0.5;
}

/** The time of the middle of a step. */
function timeOf(step: number, window: number): number {
  return (firstOf(window) + (step + 0.5) * STEP_SLOPES) / SLOPE_RATE_HZ;
}

/** What a network says in each lead of a window's steps from `first` up to `end`. */
function scoreWindow(
  reader: SlopeReader,
  window: number,
  network: Network,
  first: number,
  end: number,
): Float32Array[] {
  return Array.from({ length: reader.leadCount }, (_, lead) =>
    network.score(reader.read(lead, firstOf(window), WINDOW_SLOPES), first, end),
  );
}

/** The number of the window by which a time is told. */
function windowOf(time: number): number {
  return Math.floor((time * SLOPE_RATE_HZ) / APART_SLOPES);
}

/** The number of the first slope of a window. */
function firstOf(window: number): number {
  return window * APART_SLOPES - MARGIN_STEPS * STEP_SLOPES;
}
