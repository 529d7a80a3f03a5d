/** Looks at the waves about candidates, and at their own shapes: see candidate-evidence.ts of the beats. All numbers are float64. */

/** The points of a shape, and those of which its steepness is taken. */
const POINTS: i32 = 32;
const STEEP_FROM: i32 = 4;
const STEEP_TO: i32 = 25;
/** A T wave comes within these times after its QRS complex, in seconds. */
const T_WAVE_FROM: f64 = 0.12;
const T_WAVE_TO: f64 = 0.42;
/** The T wave of a candidate is looked for within these times after it, in seconds. */
const OWN_T_WAVE_FROM: f64 = 0.15;
const OWN_T_WAVE_TO: f64 = 0.42;
/** A P wave comes within these times before its QRS complex, in seconds. */
const P_WAVE_FROM: f64 = 0.08;
const P_WAVE_TO: f64 = 0.25;
/** A wave is as high as another when it has this of its height, a logarithm. */
const AS_HIGH: f64 = -0.2;
/** A delay says no more beyond this, in seconds: no wave farther away is looked at. */
const MOST_DELAY: f64 = 1;

/**
 * Looks at the waves about candidates.
 *
 * @param times in seconds, those of the candidates and of all waves near them
 * @param logs the height of each, a logarithm
 * @param from the number of the first candidate that is looked at
 * @param to the number of the one after the last
 * @param end the number of times
 * @param before what is found: how much higher the highest wave soon before each is, a logarithm
 * @param after the same of waves soon after
 * @param followed the same of those that may be its T wave
 * @param delays the seconds since a wave as high or higher
 * @param ahead the seconds to the next one
 */
export function lookAtNeighbours(
  times: usize,
  logs: usize,
  from: i32,
  to: i32,
  end: i32,
  before: usize,
  after: usize,
  followed: usize,
  delays: usize,
  ahead: usize,
): void {
  for (let k = from; k < to; k++) {
    const time = load<f64>(times + (k << 3));
    const log = load<f64>(logs + (k << 3));
    let highest: f64 = -Infinity;
    let delay = MOST_DELAY;
    for (let j = k - 1; j >= 0; j--) {
      const seconds = time - load<f64>(times + (j << 3));
      if (seconds >= MOST_DELAY || (seconds >= T_WAVE_TO && delay < MOST_DELAY)) break;
      const higher = load<f64>(logs + (j << 3)) - log;
      if (higher > highest && seconds > T_WAVE_FROM && seconds < T_WAVE_TO) highest = higher;
      if (higher > AS_HIGH && (delay === MOST_DELAY || delay <= T_WAVE_FROM)) delay = seconds;
    }
    let highestAfter: f64 = -Infinity;
    let highestOwn: f64 = -Infinity;
    let next = MOST_DELAY;
    for (let j = k + 1; j < end; j++) {
      const seconds = load<f64>(times + (j << 3)) - time;
      if (seconds >= MOST_DELAY || (seconds > OWN_T_WAVE_TO && next < MOST_DELAY)) break;
      const higher = load<f64>(logs + (j << 3)) - log;
      if (higher > highestAfter && seconds > P_WAVE_FROM && seconds < P_WAVE_TO) highestAfter = higher;
      if (higher > highestOwn && seconds > OWN_T_WAVE_FROM && seconds < OWN_T_WAVE_TO) highestOwn = higher;
      if (higher > AS_HIGH && next === MOST_DELAY) next = seconds;
    }
    const at = (k - from) << 3;
    store<f64>(before + at, highest);
    store<f64>(after + at, highestAfter);
    store<f64>(followed + at, highestOwn);
    store<f64>(delays + at, delay);
    store<f64>(ahead + at, next);
  }
}

/**
 * Measures how large shapes are for their slopes, in the lead in which that is least: sums of squares, of whole numbers.
 *
 * @param shapes POINTS bytes with a sign for each lead of each
 * @param ratios what is found; infinite where all leads are flat
 */
export function measureWidths(shapes: usize, leadCount: i32, count: i32, ratios: usize): void {
  for (let k = 0; k < count; k++) {
    let least: f64 = Infinity;
    for (let lead = 0; lead < leadCount; lead++) {
      const shape = shapes + <usize>((k * leadCount + lead) * POINTS);
      let squares = 0;
      let slopes = 0;
      for (let i = STEEP_FROM; i < STEEP_TO; i++) {
        const value = <i32>load<i8>(shape + i);
        const slope = <i32>load<i8>(shape + i, 1) - <i32>load<i8>(shape + i - 1);
        squares += value * value;
        slopes += slope * slope;
      }
      if (squares > 0) least = min(least, <f64>squares / <f64>(slopes + 1));
    }
    store<f64>(ratios + (k << 3), least);
  }
}
