/*
 * The constants were chosen on 22 MIT-BIH records, by the first lead, by the second and by both.
 */

/** The threshold is set by this many candidates before and after. */
const THRESHOLD_SPAN = 100;
/** The threshold is set anew after this many candidates. */
const THRESHOLD_STEP = 20;
/** The habitual threshold without noise, as a height. */
const THRESHOLD_HEIGHT = 0.25;
/** The habitual threshold is higher by this times the noise. */
const THRESHOLD_NOISES = 0.85;
/** The cost of a threshold away from the habitual one: this times the square of the logarithm of their ratio. */
const THRESHOLD_TIGHTNESS = 2;
/** The cost of a threshold among candidates: this times the share of them in its bin of the smoothed histogram. */
const THRESHOLD_DENSITY = 20;
/** The threshold is within this range, as heights. */
const THRESHOLD_RANGE = { from: 0.19, to: 0.75 };
/** The threshold is no lower than this many times the noise where the candidate is. */
const LEAST_NOISES = 2;
/** A candidate that is this soon after a higher one is likely its T wave, and does not set the threshold. */
const AFTER_SECONDS = 0.33;
/** A candidate that is this soon before a higher one is likely its P wave, and does not set the threshold. */
const BEFORE_SECONDS = 0.2;
/** The higher one has at least this share of the candidate's height. */
const HIGHER_SHARE = 0.8;
/** The width of a bin in the histogram of heights, a logarithm. */
const BIN_WIDTH = 0.05;
/** The standard deviation by which the histogram is smoothed, a logarithm. */
const SMOOTHING = 0.12;
/** The smoothing reaches over this many of its standard deviations. */
const SMOOTHING_REACH = 3;

/** HIGHER_SHARE as a logarithm. */
const HIGHER_LOG = Math.log(HIGHER_SHARE);

/** The threshold about each candidate, as a logarithm. */
export function findThresholds(times: Float64Array, logs: Float64Array, noises: Float32Array): Float64Array {
  const count = times.length;
  const bins = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    bins[k] = isByHigher(times, logs, k) ? -1 : Math.floor((logs[k] - FIRST_BIN) / BIN_WIDTH);
  }
  const thresholds = new Float64Array(count);
  for (let k = 0; k < count; k += THRESHOLD_STEP) {
    const from = Math.max(0, k - THRESHOLD_SPAN);
    const to = Math.min(count, k + THRESHOLD_SPAN);
    let noise = 0;
    for (let i = from; i < to; i++) noise += noises[i];
    const habit = Math.min(THRESHOLD_RANGE.to, THRESHOLD_HEIGHT + (THRESHOLD_NOISES * noise) / (to - from));
    const threshold = findValley(bins, from, to, Math.log(habit));
    let logNoise = 0;
    for (let i = k; i < Math.min(count, k + THRESHOLD_STEP); i++) {
      // The candidates of a block have the same noise.
      if (i === k || noises[i] !== noises[i - 1]) logNoise = Math.log(LEAST_NOISES * noises[i]);
      thresholds[i] = Math.max(threshold, logNoise);
    }
  }
  return thresholds;
}

/** Whether a higher candidate is so near that this one is likely its P or T wave. */
function isByHigher(times: Float64Array, logs: Float64Array, k: number): boolean {
  const higher = logs[k] - HIGHER_LOG;
  for (let j = k - 1; j >= 0 && times[k] - times[j] < AFTER_SECONDS; j--) if (logs[j] > higher) return true;
  for (let j = k + 1; j < times.length && times[j] - times[k] < BEFORE_SECONDS; j++) if (logs[j] > higher) return true;
  return false;
}

/** The bins to each side over which the histogram is smoothed. */
const REACH = Math.ceil((SMOOTHING_REACH * SMOOTHING) / BIN_WIDTH);
/** The weights of a bin and those to its sides in the smoothed histogram. */
const KERNEL = Float64Array.from({ length: 2 * REACH + 1 }, (_, i) =>
  Math.exp(-0.5 * (((i - REACH) * BIN_WIDTH) / SMOOTHING) ** 2),
);
const KERNEL_SUM = KERNEL.reduce((sum, value) => sum + value);
/** The histogram begins this far below the range, a logarithm, so that smoothing stays inside. */
const FIRST_BIN = Math.log(THRESHOLD_RANGE.from) - REACH * BIN_WIDTH;
/** The number of bins: as far above the range. */
const BINS = Math.ceil((Math.log(THRESHOLD_RANGE.to) - FIRST_BIN) / BIN_WIDTH) + REACH;
/** The histogram of the candidates about one. */
const HISTOGRAM = new Float64Array(BINS);

/**
 * Finds the threshold where there are the fewest candidates, by their smoothed histogram, weighed against the habitual one.
 *
 * @param habit the habitual threshold, a logarithm
 * @returns a logarithm
 */
function findValley(bins: Int32Array, from: number, to: number, habit: number): number {
  HISTOGRAM.fill(0);
  for (let k = from; k < to; k++) if (bins[k] >= 0 && bins[k] < BINS) HISTOGRAM[bins[k]]++;
  let best = habit;
  let least = Number.POSITIVE_INFINITY;
  for (let bin = REACH; bin < BINS - REACH; bin++) {
    let density = 0;
    for (let i = -REACH; i <= REACH; i++) density += KERNEL[i + REACH] * HISTOGRAM[bin + i];
    const log = FIRST_BIN + (bin + 0.5) * BIN_WIDTH;
    const cost = (THRESHOLD_DENSITY * density) / KERNEL_SUM / (to - from) + THRESHOLD_TIGHTNESS * (log - habit) ** 2;
    if (cost < least) {
      least = cost;
      best = log;
    }
  }
  return best;
}
