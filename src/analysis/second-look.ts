import { BEFORE, WINDOW } from "./average-beats.ts";
import { POINTS, type PointedWaves } from "./wave-model.ts";
import { SECOND_LOOK } from "./wave-weights.ts";
import { newWeights } from "./weights.ts";

/**
 * What is looked at again, in the order of the weights: how many grid samples the places are apart that are looked at, and
 * how much of the correction is taken.
 */
const LOOKS = [
  { point: "pOnset", step: 3, trust: 1 },
  { point: "pEnd", step: 3, trust: 0.5 },
  { point: "qrsOnset", step: 1, trust: 0.5 },
  { point: "qrsEnd", step: 1, trust: 0.5 },
  { point: "tEnd", step: 4, trust: 1 },
] as const;
/** Places before and after the point. */
const REACH = 10;
const PLACES = 2 * REACH + 1;
const INPUTS = 3 * PLACES;
const HIDDEN = 8;

type Look = { hidden: Float64Array; hiddenBias: Float64Array; out: Float64Array; bias: number; direct: Float64Array };
let looks: Look[] | undefined;

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
 * Corrects where the waves of an average beat begin and end, by the lead's own shape about each point: a network of one
 * layer of 8, trained after the first model on what that gave for records that it was not trained on, moved to and fro by
 * up to two places.
 *
 * @param average the windows of all leads
 * @param pointed per lead
 */
export function lookAgain(average: Float32Array, pointed: readonly PointedWaves[]): PointedWaves[] {
  looks ??= readLooks();
  const models = looks;
  return pointed.map(({ times, spreads }, lead) => {
    const window = average.subarray(lead * WINDOW, (lead + 1) * WINDOW);
    const corrected = times.slice();
    LOOKS.forEach(({ point, step, trust }, i) => {
      const p = POINTS.indexOf(point);
      const centre = Math.round(times[p]);
      const found = centre + evaluate(models[i], toInputs(window, BEFORE + centre, step));
      corrected[p] += trust * (found - times[p]);
    });
    return { times: corrected, spreads };
  });
}

/** The size of the slopes, the slopes, and the heights about a place, each by its own largest. */
function toInputs(window: Float32Array, centre: number, step: number): Float64Array {
  const inputs = new Float64Array(INPUTS);
  const at = (k: number) => window[k < 0 ? 0 : k >= WINDOW ? WINDOW - 1 : k];
  const smoothing = (step | 1) >> 1;
  let steepest = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let mean = 0;
  for (let i = 0; i < PLACES; i++) {
    const k = Math.min(WINDOW - 2, Math.max(1, centre + (i - REACH) * step));
    const slope = (at(k + step + 1) + at(k + step) - at(k - step) - at(k - step - 1)) / (2 * (2 * step + 1));
    let height = 0;
    for (let j = -smoothing; j <= smoothing; j++) height += at(k + j);
    height /= 2 * smoothing + 1;
    inputs[PLACES + i] = slope;
    inputs[2 * PLACES + i] = height;
    steepest = Math.max(steepest, Math.abs(slope));
    low = Math.min(low, height);
    high = Math.max(high, height);
    mean += height / PLACES;
  }
  for (let i = 0; i < PLACES; i++) {
    const slope = Math.asinh((3 * inputs[PLACES + i]) / (steepest + 1e-6));
    inputs[i] = Math.abs(slope);
    inputs[PLACES + i] = slope;
    inputs[2 * PLACES + i] = (inputs[2 * PLACES + i] - mean) / (high - low + 1e-6);
  }
  return inputs;
}

function evaluate({ hidden, hiddenBias, out, bias, direct }: Look, inputs: Float64Array): number {
  let sum = bias;
  for (let i = 0; i < INPUTS; i++) sum += direct[i] * inputs[i];
  for (let h = 0; h < HIDDEN; h++) {
    let activation = hiddenBias[h];
    for (let i = 0; i < INPUTS; i++) activation += hidden[h * INPUTS + i] * inputs[i];
    sum += out[h] * Math.tanh(activation);
  }
  return sum;
}
