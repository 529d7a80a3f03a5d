import { BEFORE, WINDOW } from "./average-beats.ts";
import { POINTS } from "./wave-model.ts";
import { SECOND_LOOK } from "./wave-weights.ts";
import { newWeights } from "./weights.ts";

const [P_ONSET, P_END, QRS_ONSET, QRS_END, , T_END] = POINTS.keys();
/** What is looked at again, in the order of the weights, and how many grid samples the places are apart that are looked at. */
const LOOKS = [
  { p: P_ONSET, step: 3 },
  { p: P_END, step: 3 },
  { p: QRS_ONSET, step: 1 },
  { p: QRS_END, step: 1 },
  { p: T_END, step: 4 },
];
/** Places before and after the point. */
const REACH = 12;
const PLACES = 2 * REACH + 1;
const INPUTS = 3 * PLACES;
const HIDDEN = 16;
/** How much each place counts for the measure by which all are taken, so that a larger wave at the far end does not set it. */
const BELL = Float64Array.from({ length: PLACES }, (_, i) => Math.exp(-0.5 * ((i - REACH) / 6) ** 2));
const BELL_SUM = BELL.reduce((sum, weight) => sum + weight, 0);
/** How much of a correction is taken: it was seen to go too far on records that it was not trained on. */
const TRUST = 0.7;

type Look = { hidden: Float64Array; hiddenBias: Float64Array; out: Float64Array; bias: number; direct: Float64Array };
let looks: Look[] | undefined;
/** Of one point at a time. */
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
 * Corrects where the waves begin and end in one lead, by its own shape about each point: for each a network of one layer
 * of 16, which is the mean of two of 8 that were trained apart. They were trained after the first model, on what that gave
 * for the beats of records that it was not trained on, towards the marks of the beat itself: 1000 steps of Adam with 512
 * points each and Huber's loss, the point moved to and fro by up to a place, a third of the windows mixed with the average.
 *
 * @param window of a beat, or of an average
 * @param times as pointed at in the average
 */
export function lookAgain(window: Float32Array, times: Float64Array): Float64Array {
  looks ??= readLooks();
  const corrected = times.slice();
  for (let i = 0; i < LOOKS.length; i++) {
    const { p, step } = LOOKS[i];
    const centre = Math.round(times[p]);
    // Beside a QRS complex a P wave is next to nothing: its looks end where that begins.
    const end = p === P_ONSET || p === P_END ? BEFORE + Math.round(times[QRS_ONSET]) : WINDOW;
    readInputs(window, BEFORE + centre, step, end);
    corrected[p] += TRUST * (centre + evaluate(looks[i]) - times[p]);
  }
  return corrected;
}

/**
 * The size of the slopes, the slopes, and the heights about a place, over their mean: by the largest there, large ones
 * compressed.
 *
 * @param end the grid sample of the window from which on all places are as this one
 */
function readInputs(window: Float32Array, centre: number, step: number, end: number): void {
  const smoothing = (step | 1) >> 1;
  const last = Math.min(end, WINDOW - 2 - step);
  let steepest = 1e-6;
  let mean = 0;
  for (let i = 0; i < PLACES; i++) {
    const k = Math.max(step + 1, Math.min(last, centre + (i - REACH) * step));
    const rise = window[k + step + 1] + window[k + step] - window[k - step] - window[k - step - 1];
    const slope = rise / (2 * (2 * step + 1));
    let height = 0;
    for (let j = -smoothing; j <= smoothing; j++) height += window[k + j];
    height /= 2 * smoothing + 1;
    inputs[PLACES + i] = slope;
    inputs[2 * PLACES + i] = height;
    steepest = Math.max(steepest, BELL[i] * Math.abs(slope));
    mean += (BELL[i] * height) / BELL_SUM;
  }
  let farthest = 1e-6;
  for (let i = 0; i < PLACES; i++) farthest = Math.max(farthest, BELL[i] * Math.abs(inputs[2 * PLACES + i] - mean));
  for (let i = 0; i < PLACES; i++) {
    const slope = compress(inputs[PLACES + i] / steepest);
    inputs[i] = Math.abs(slope);
    inputs[PLACES + i] = slope;
    inputs[2 * PLACES + i] = compress((inputs[2 * PLACES + i] - mean) / farthest);
  }
}

function compress(value: number): number {
  return (2 * value) / (0.5 + Math.abs(value));
}

/** Four hidden units at a time: each waits for its own sum only. */
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
