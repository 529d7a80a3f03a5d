import { type AlignedBeats, GRID_RATE_HZ } from "./average-beats.ts";

/** The grid samples of a wave: a P wave has no more. */
const WAVE = 28;
/** A slope is the change of the signal in so many grid samples. */
const SLOPE = 5;
/** A T wave is over this long after its R peak, in seconds, and by so much more of the interval, up to a longest one. */
const T_END = { seconds: 0.3, share: 0.16, longest: 1.2 };
/** What is looked at ends this many grid samples before the R peak: the QRS complex begins there. */
const BEFORE_PEAK = 14;
/** The grid samples between a T wave and the next QRS complex, at the least; and those that are looked at, at the most: the last ones. */
const [LEAST_REST, MOST_REST] = [70, 140];
/** A wave is lone that has this many times as much of the slopes' energy as it has of the time. */
const LONE = 2.2;
/** It is like the others by this at the least: a correlation of slopes. */
const LEAST_LIKENESS = 0.65;
/** How many times the waves are laid on their mean, each moved by so many grid samples at the most, in steps. */
const [ROUNDS, REACH, STEP] = [3, 10, 2];
/** So many beats are compared at the least, ... */
const LEAST_BEATS = 8;
/** ... of which this share has such a wave: of beats in atrial fibrillation a tenth have. */
const LEAST_SHARE = 0.3;
/** The beats to each side of one whose waves say what is there. */
const NEIGHBOURS = 6;

/** A wave before a beat: where the steepest begins, where it is now, and whether nothing else is beside it. */
type Wave = { beat: number; start: number; at: number; isLone: boolean; likeness: number };

/**
 * Finds waves that are alone between the T wave before a beat and its QRS complex, and alike: P waves wherever they are, as with a long PR interval that
 * changes from beat to beat. Where atria fibrillate, waves are all over that time.
 *
 * @param intervals the interval before each beat, in seconds; NaN where it is not known
 * @param isLeftOut 1 for each beat that is ventricular or unclassified
 * @returns the share of the beats about each that have one, in the lead that has most; 0 where too few have any
 */
export function findLoneWaves(
  { grids, centres }: Pick<AlignedBeats, "grids" | "centres">,
  intervals: Float64Array,
  isLeftOut: Uint8Array,
): Float32Array {
  let [best, most]: [Wave[], number] = [[], 0];
  for (const grid of grids) {
    const waves = alignWaves(slopesOf(grid), readWaves(grid, centres, intervals, isLeftOut));
    const share = waves.filter(isOne).length / waves.length;
    if (waves.length >= LEAST_BEATS && share > most) [best, most] = [waves, share];
  }
  const shares = new Float32Array(centres.length);
  if (most < LEAST_SHARE) return shares;
  for (const [w, { beat }] of best.entries()) {
    const near = best.slice(Math.max(0, w - NEIGHBOURS), w + NEIGHBOURS + 1);
    shares[beat] = near.filter(isOne).length / near.length;
  }
  return shares;
}

const isOne = ({ isLone, likeness }: Wave): boolean => isLone && likeness > LEAST_LIKENESS;

/** The slopes of a grid, and of the WAVE slopes from each on how long a vector they are without their mean: 0 where nobody has asked. */
type Slopes = { slopes: Float32Array; lengths: Float64Array };

function slopesOf(grid: Float32Array): Slopes {
  const slopes = new Float32Array(grid.length);
  for (let i = 0; i + SLOPE < grid.length; i++) slopes[i] = grid[i + SLOPE] - grid[i];
  return { slopes, lengths: new Float64Array(grid.length) };
}

/** The steepest wave before each beat that comes late enough after another. */
function readWaves(grid: Float32Array, centres: Int32Array, intervals: Float64Array, isLeftOut: Uint8Array): Wave[] {
  const waves: Wave[] = [];
  for (let beat = 1; beat < centres.length; beat++) {
    if (isLeftOut[beat] || isLeftOut[beat - 1] || !(intervals[beat] > 0)) continue;
    const tEnd = T_END.seconds + T_END.share * Math.min(intervals[beat], T_END.longest);
    const to = Math.min(grid.length - SLOPE, centres[beat] - BEFORE_PEAK);
    const from = Math.max(to - MOST_REST, centres[beat - 1] + Math.round(tEnd * GRID_RATE_HZ));
    if (to - from >= LEAST_REST) waves.push(findSteepest(grid, from, to, beat));
  }
  return waves;
}

/** The WAVE slopes in a row with the most energy, less what all slopes have in common. */
function findSteepest(grid: Float32Array, from: number, to: number, beat: number): Wave {
  const mean = ((grid[to] - grid[from]) / (to - from)) * SLOPE;
  const energyAt = (i: number) => (grid[i + SLOPE] - grid[i] - mean) ** 2;
  const last = to - SLOPE;
  let [energy, all] = [0, 0];
  let [start, most] = [from, 0];
  for (let i = from; i < last; i++) {
    all += energyAt(i);
    energy += energyAt(i);
    if (i >= from + WAVE) energy -= energyAt(i - WAVE);
    if (i >= from + WAVE - 1 && energy > most) [start, most] = [i - WAVE + 1, energy];
  }
  const isLone = most * (last - from) > LONE * WAVE * all;
  return { beat, start, at: start, isLone, likeness: 0 };
}

/** Lays the waves on their sum, each of length 1, and tells how like that of the others each is. */
function alignWaves(slopes: Slopes, waves: Wave[]): Wave[] {
  let sum = sumUp(slopes, waves);
  for (let round = 0; round < ROUNDS; round++) {
    for (const wave of waves) {
      let most = Number.NEGATIVE_INFINITY;
      for (let at = Math.max(0, wave.start - REACH); at <= wave.start + REACH; at += STEP) {
        const product = productOf(slopes, at, sum);
        if (product > most) [wave.at, most] = [at, product];
      }
    }
    sum = sumUp(slopes, waves);
  }
  const squares = sum.reduce((total, value) => total + value ** 2, 0);
  for (const wave of waves) {
    const product = productOf(slopes, wave.at, sum);
    // The sum without the wave's own.
    wave.likeness = (product - 1) / Math.sqrt(Math.max(1e-9, squares - 2 * product + 1));
  }
  return waves;
}

/** The sum of the waves, each less its mean and of length 1. */
function sumUp(of: Slopes, waves: readonly Wave[]): Float64Array {
  const sum = new Float64Array(WAVE);
  for (const { at } of waves) {
    const length = lengthAt(of, at);
    let mean = 0;
    for (let k = 0; k < WAVE; k++) mean += of.slopes[at + k] / WAVE;
    for (let k = 0; k < WAVE; k++) sum[k] += (of.slopes[at + k] - mean) / length;
  }
  return sum;
}

/** The product of a sum of waves and the wave that begins at a place, of length 1. */
function productOf(of: Slopes, at: number, sum: Float64Array): number {
  const { slopes } = of;
  let product = 0;
  for (let k = 0; k < WAVE; k++) product += slopes[at + k] * sum[k];
  return product / lengthAt(of, at);
}

function lengthAt({ slopes, lengths }: Slopes, at: number): number {
  if (lengths[at] > 0) return lengths[at];
  let [sum, squares] = [0, 0];
  for (let k = 0; k < WAVE; k++) {
    sum += slopes[at + k];
    squares += slopes[at + k] ** 2;
  }
  lengths[at] = Math.sqrt(Math.max(1e-9, squares - sum ** 2 / WAVE));
  return lengths[at];
}
