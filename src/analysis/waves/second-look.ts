import { BEFORE, WINDOW } from "./average-beats.ts";
import { POINTS } from "./wave-model.ts";
import { SECOND_LOOK } from "./wave-weights.ts";
import { newWeights } from "./weights.ts";

const [P_ONSET, P_END, QRS_ONSET, QRS_END, , T_END] = POINTS.keys();
/**
 * The points that are looked at again, in the order of the weights, the grid samples between the places about each, and the share
 * of a correction that is taken: the whole goes too far on records that the networks were not trained on.
 */
const LOOKS = [
  { p: P_ONSET, step: 3, trust: 0.9 },
  { p: P_END, step: 3, trust: 0.8 },
  { p: QRS_ONSET, step: 1, trust: 0.7 },
  { p: QRS_END, step: 1, trust: 0.7 },
  { p: T_END, step: 4, trust: 0.9 },
];
/** The number of places before a point and after it. */
const REACH = 12;
/** The number of places about a point. */
const PLACES = 2 * REACH + 1;
/** The inputs of a network: three measures of each place. */
const INPUTS = 3 * PLACES;
/** The hidden units of a network. */
const HIDDEN = 16;
/** The standard deviation of BELL, in places. */
const BELL_WIDTH = 6;
/** How much each place counts for the scale of all, so that a larger wave at the far end does not set it. */
const BELL = Float64Array.from({ length: PLACES }, (_, i) => Math.exp(-0.5 * ((i - REACH) / BELL_WIDTH) ** 2));
/** The sum of BELL. */
const BELL_SUM = BELL.reduce((sum, weight) => sum + weight, 0);
/** A value is compressed to half of COMPRESSED_LIMIT when it is this large. */
const COMPRESSED_HALF = 0.5;
/** A compressed value is below this, however large the value is. */
const COMPRESSED_LIMIT = 2;
/** Keeps the scale of a flat place finite, in ADC units. */
const LEAST_SCALE = 1e-6;

/** The weights of the network of a point. */
type Look = { hidden: Float64Array; hiddenBias: Float64Array; out: Float64Array; bias: number; direct: Float64Array };
/** The networks, once they have been read. */
let looks: Look[] | undefined;
/** The inputs for one point. */
const inputs = new Float64Array(INPUTS);

function readLooks(): Look[] {
  const take = newWeights(SECOND_LOOK);
  return LOOKS.map(() => ({
    hidden: take(HIDDEN * INPUTS),
    hiddenBias: take(HIDDEN),
    out: take(HIDDEN),
    bias: take(1)[0],
    direct: take(INPUTS),
  }));
}

/**
 * Corrects where the waves begin and end in one lead, by the lead's signal about each point. Each point has a network of
 * one layer of 16, which is the mean of two of 8 that were trained apart. They were trained after the first model, on what
 * that gave for the beats of records 1 to 100, towards the marks of the beat itself: 1000 steps of Adam
 * with 512 points each and Huber's loss, the point moved to and fro by up to a place, a third of the windows mixed with the
 * average. That of QRS onsets was trained on records 1 to 60, on what a first model gave that was not trained on them.
 *
 * @param window the window of a beat or of an average beat in the lead
 * @param times the points of the average beat, as the first model gives them
 */
export function lookAgain(window: Float64Array, times: Float64Array): Float64Array {
  looks ??= readLooks();
  const corrected = times.slice();
  for (let i = 0; i < LOOKS.length; i++) {
    const { p, step, trust } = LOOKS[i];
    const centre = Math.round(times[p]);
    // Beside a QRS complex a P wave is next to nothing: its looks end where that begins.
    const end = p === P_ONSET || p === P_END ? BEFORE + Math.round(times[QRS_ONSET]) : WINDOW;
    readInputs(window, BEFORE + centre, step, end);
    corrected[p] += trust * (centre + evaluate(looks[i]) - times[p]);
  }
  return corrected;
}

/**
 * Reads the inputs of a network: the sizes of the slopes about a place, the slopes, and the heights over their mean, each as
 * a share of the largest there, and large ones compressed.
 *
 * @param end all places after this grid sample of the window are like it
 */
function readInputs(window: Float64Array, centre: number, step: number, end: number): void {
  const smoothing = (step | 1) >> 1;
  const last = Math.min(end, WINDOW - 2 - step);
  const slopeShare = 1 / (2 * (2 * step + 1));
  const heightShare = 1 / (2 * smoothing + 1);
  let steepest = LEAST_SCALE;
  let mean = 0;
  for (let i = 0; i < PLACES; i++) {
    const k = Math.max(step + 1, Math.min(last, centre + (i - REACH) * step));
    const rise = window[k + step + 1] + window[k + step] - window[k - step] - window[k - step - 1];
    const slope = slopeShare * rise;
    let height = 0;
    for (let j = -smoothing; j <= smoothing; j++) height += window[k + j];
    height *= heightShare;
    inputs[PLACES + i] = slope;
    inputs[2 * PLACES + i] = height;
    const size = BELL[i] * Math.abs(slope);
    if (size > steepest) steepest = size;
    mean += BELL[i] * height;
  }
  mean /= BELL_SUM;
  let farthest = LEAST_SCALE;
  for (let i = 0; i < PLACES; i++) {
    const distance = BELL[i] * Math.abs(inputs[2 * PLACES + i] - mean);
    if (distance > farthest) farthest = distance;
  }
  for (let i = 0; i < PLACES; i++) {
    const slope = compress(inputs[PLACES + i], steepest);
    inputs[i] = Math.abs(slope);
    inputs[PLACES + i] = slope;
    inputs[2 * PLACES + i] = compress(inputs[2 * PLACES + i] - mean, farthest);
  }
}

/** Compresses a value that is a share of a scale. */
function compress(value: number, scale: number): number {
  return (COMPRESSED_LIMIT * value) / (COMPRESSED_HALF * scale + Math.abs(value));
}

/** The correction of a point in grid samples. Four hidden units are summed at a time, as each waits for its own sum only. */
function evaluate({ hidden, hiddenBias, out, bias, direct }: Look): number {
  let sum = bias;
  for (let i = 0; i < INPUTS; i++) sum += direct[i] * inputs[i];
  for (let h = 0; h < HIDDEN; h += 4) {
    let a = hiddenBias[h];
    let b = hiddenBias[h + 1];
    let c = hiddenBias[h + 2];
    let d = hiddenBias[h + 3];
    for (let i = 0, w = h * INPUTS; i < INPUTS; i++, w++) {
      const input = inputs[i];
      a += hidden[w] * input;
      b += hidden[w + INPUTS] * input;
      c += hidden[w + 2 * INPUTS] * input;
      d += hidden[w + 3 * INPUTS] * input;
    }
    sum += out[h] * Math.tanh(a) + out[h + 1] * Math.tanh(b) + out[h + 2] * Math.tanh(c) + out[h + 3] * Math.tanh(d);
  }
  return sum;
}
