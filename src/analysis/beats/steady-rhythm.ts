/** A rhythm that goes on in time: some of the times that were given. */
type SteadyRhythm = {
  /** From one to the next, in seconds; 0 when there is none. */
  period: number;
  /** The numbers of the times that are in it. */
  members: number[];
  /** How many of it should be seen between these, and are not. */
  missed: number;
};

/** Periods that differ by less than this share are one. */
const SAME_PERIOD = 0.06;
/** A period is looked for between a time and so many before it, ... */
const PERIOD_REACH = 3;
/** ... which are up to so many periods apart. */
const MOST_PERIODS = 3;
/** No more than so many in a row are hidden. */
const MOST_HIDDEN = 3;
/** Two that follow one another are a period apart give or take this share of it, ... */
const TOLERANCE = 0.1;
/** ... and this more for each period between them. */
const TOLERANCE_EACH = 0.04;
/** What the share costs by which an interval is off, where one time more gains 1. */
const COST_OF_OFF = 0.5;

/**
 * Finds the steadiest rhythm among times: most of them, the fewest of it missed.
 *
 * @param times seconds, in their order
 * @param range of its period, in seconds
 * @param isHidden whether one at a time could not be seen
 */
export function findSteadyRhythm(
  times: readonly number[],
  range: { from: number; to: number },
  isHidden: (time: number) => boolean = () => false,
): SteadyRhythm {
  let best: SteadyRhythm & { score: number } = { period: 0, members: [], missed: 0, score: 0 };
  const tried: number[] = [];
  const room = {
    scores: new Float64Array(times.length),
    missed: new Float64Array(times.length),
    before: new Int32Array(times.length),
  };
  for (let i = 1; i < times.length; i++) {
    for (let j = Math.max(0, i - PERIOD_REACH); j < i; j++) {
      for (let periods = 1; periods <= MOST_PERIODS; periods++) {
        const period = (times[i] - times[j]) / periods;
        if (period < range.from || period > range.to) continue;
        if (tried.some((other) => Math.abs(other / period - 1) < SAME_PERIOD)) continue;
        tried.push(period);
        const found = follow(times, period, isHidden, room);
        if (found.score > best.score) best = { period, ...found };
      }
    }
  }
  return best;
}

/** Of the best way to each time: its score, how many are missed in it, and the number of the time before. */
type Room = { scores: Float64Array; missed: Float64Array; before: Int32Array };

/**
 * Finds the longest way through some times from period to period, by dynamic programming.
 *
 * @param room for as many times: there are many periods
 */
function follow(
  times: readonly number[],
  period: number,
  isHidden: (time: number) => boolean,
  { scores, missed, before }: Room,
) {
  let last = 0;
  for (let j = 0; j < times.length; j++) {
    scores[j] = 1;
    missed[j] = 0;
    before[j] = -1;
    for (let i = j - 1; i >= 0; i--) {
      const gap = (times[j] - times[i]) / period;
      const steps = Math.round(gap);
      if (steps > MOST_HIDDEN + 1) break;
      if (steps < 1 || Math.abs(gap - steps) > TOLERANCE + TOLERANCE_EACH * steps) continue;
      let missing = 0;
      for (let step = 1; step < steps; step++) {
        if (!isHidden(times[i] + (step * (times[j] - times[i])) / steps)) missing++;
      }
      const score = scores[i] + 1 - missing - COST_OF_OFF * Math.abs(gap - steps);
      if (score <= scores[j]) continue;
      scores[j] = score;
      missed[j] = missed[i] + missing;
      before[j] = i;
    }
    if (scores[j] > scores[last]) last = j;
  }
  const members: number[] = [];
  for (let k = last; k >= 0; k = before[k]) members.push(k);
  return { members: members.reverse(), missed: missed[last], score: scores[last] };
}
