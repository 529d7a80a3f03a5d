/** Judges a lead by the blocks of its QRS energy that are kept: see lead-blocks.ts of the analysis. All numbers are float64. */

/** The usual peak is this quantile of those of the blocks: below the middle, so that a few extrasystoles do not set it. */
const LEVEL_QUANTILE: f64 = 0.4;
/** A block with a beat in it has a peak of at least this many times the energy between beats: white noise has 3 at the most. */
const LEAST_CLEAR: f64 = 3.2;
/** At least this many blocks must have a clear peak; a single one is more likely an electrode step. */
const LEAST_CLEAR_BLOCKS: i32 = 2;
/** The energy between beats is this quantile of a block's. */
const NOISE_QUANTILE: f64 = 0.4;
/** One value in this many is enough to judge noise. */
const NOISE_STEP: i32 = 4;
/** A lead is off where a larger share than this of the blocks is flat: what else there is of it are no beats. */
const MOST_FLAT: f64 = 0.67;

/** The values of which a quantile is taken, and one more: those of a block, which has less than 1024 at any rate, or of blocks. */
const CHOSEN: usize = memory.data(8 * (1024 / NOISE_STEP + 1), 16);

/** The energy between the beats of a block. */
export function noiseOfBlock(energy: usize, count: i32): f64 {
  let number = 0;
  for (let i = 0; i < count; i += NOISE_STEP, number++) {
    store<f64>(CHOSEN + (number << 3), load<f64>(energy + (i << 3)));
  }
  return quantileOf(number, NOISE_QUANTILE);
}

/**
 * Judges a lead by the blocks from one number to before another.
 *
 * @param slots the number of blocks that are kept: each is in the slot of its number's remainder
 * @param peaks the highest energy of each
 * @param noises the energy between beats of each
 * @param areRecorded 1 for each that was recorded, 0 for others
 * @param found the usual peak of the blocks with beats in them, 0 where they are too few, and of all; the usual noise, and the least
 * @returns 0 where the lead is off, and nothing is found
 */
export function judgeBlocks(
  slots: i32,
  from: i32,
  to: i32,
  peaks: usize,
  noises: usize,
  areRecorded: usize,
  found: usize,
): i32 {
  let clear = 0;
  let live = 0;
  let flat = 0;
  let leastNoise: f64 = Infinity;
  for (let k = from; k < to; k++) {
    const at = (k % slots) << 3;
    if (load<f64>(areRecorded + at) === 0) continue;
    const peak = load<f64>(peaks + at);
    const noise = load<f64>(noises + at);
    if (peak === 0) flat++;
    else live++;
    if (peak > 0) leastNoise = min(leastNoise, noise);
    if (peak > LEAST_CLEAR * noise) {
      store<f64>(CHOSEN + (clear << 3), peak);
      clear++;
    }
  }
  if (<f64>flat > MOST_FLAT * <f64>(live + flat)) return 0;
  store<f64>(found, clear >= LEAST_CLEAR_BLOCKS ? quantileOf(clear, LEVEL_QUANTILE) : 0);
  store<f64>(found, quantileOf(takeLive(slots, from, to, peaks, peaks, areRecorded), LEVEL_QUANTILE), 8);
  store<f64>(found, quantileOf(takeLive(slots, from, to, noises, peaks, areRecorded), 0.5), 16);
  store<f64>(found, leastNoise, 24);
  return 1;
}

/** Takes the values of the blocks that were recorded and are not flat, and gives the number of them. */
function takeLive(slots: i32, from: i32, to: i32, values: usize, peaks: usize, areRecorded: usize): i32 {
  let live = 0;
  for (let k = from; k < to; k++) {
    const at = (k % slots) << 3;
    store<f64>(CHOSEN + (live << 3), load<f64>(values + at));
    live += i32(load<f64>(areRecorded + at) !== 0 && load<f64>(peaks + at) > 0);
  }
  return live;
}

/** A quantile of those that are chosen: the least of which more than are wanted are not higher. */
function quantileOf(count: i32, share: f64): f64 {
  if (count === 0) return 0;
  const wanted = min(count - 1, <i32>(share * <f64>count));
  const end = CHOSEN + (count << 3);
  // What is behind the last value is higher than all.
  store<f64>(end, Infinity);
  let low: f64 = -Infinity;
  let high: f64 = Infinity;
  for (let at = CHOSEN; at < end; at += 8) {
    const tried = load<f64>(at);
    if (tried <= low || tried >= high) continue;
    const all = f64x2.splat(tried);
    let counts = i64x2.splat(0);
    for (let i = CHOSEN; i < end; i += 16) counts = i64x2.sub(counts, f64x2.le(v128.load(i), all));
    const notHigher = <i32>(i64x2.extract_lane(counts, 0) + i64x2.extract_lane(counts, 1));
    if (notHigher <= wanted) low = tried;
    else high = tried;
    if (notHigher === wanted + 1) break;
  }
  return high;
}
