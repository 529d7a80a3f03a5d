import { kernels } from "../kernels/kernels.ts";
import type { Runs } from "./gaps.ts";

/**
 * Predicts a lead's next difference from its own last differences and from the simultaneous ones of leads coded before.
 * This is linear prediction as in Shorten (T. Robinson, "SHORTEN: simple lossless and near-lossless waveform
 * compression", 1994) and FLAC (J. Coalson), extended to several leads, because the leads of an ECG share the heart and
 * much of the noise.
 *
 * All arithmetic is that of 32-bit integers that wrap around, in encoder and decoder alike: an overflow makes a
 * prediction bad, but the lead still comes back exactly.
 */
export type LinearPredictor = {
  /** Bits after the point: the unit of all weights is 2^-shift. */
  shift: number;
  /** Samples of at most MAX_REFERENCES other leads of the same length, with their gaps bridged. */
  references: readonly Int32Array[];
  /** Two weights for each reference in turn: of its simultaneous difference, and of its difference before that. */
  referenceWeights: readonly number[];
  /** Weights of at most MAX_OWN of the lead's own last differences, the most recent one first. */
  ownWeights: readonly number[];
};

/** How many other leads a lead is predicted from at most: the kernels are written for this number. */
export const MAX_REFERENCES = 3;
/** How many of its own differences a lead is predicted from at most: the kernels are written for this number. */
export const MAX_OWN = 8;
/** How many of its own differences a lead is predicted from beside two references or more: its own past adds less then. */
export const MAX_OWN_BESIDE_REFERENCES = 6;

/** How many weights a predictor has in all, of references and own. */
export const WEIGHTS = 2 * MAX_REFERENCES + MAX_OWN;

/** How many elements more than samples an array of errors has: the kernel writes four at a time. */
export const ERRORS_BEYOND = 3;

/**
 * Computes the differences in the runs less their predictions. Prediction starts anew with every run, from the sample
 * before it. All arrays are in a room of the kernels.
 *
 * @param samples the lead with its gaps bridged
 * @param start the value before the first sample
 * @param errors gets the errors, those of each run behind those of the one before; it has ERRORS_BEYOND elements more than samples
 * @param weights WEIGHTS numbers that are written over
 * @returns the part of `errors` that has them
 */
export function predictionErrors(
  predictor: LinearPredictor,
  samples: Int32Array,
  start: number,
  runs: Runs,
  errors: Int32Array,
  weights: Int32Array,
): Int32Array {
  const inMemory = placePredictor(predictor, samples, weights);
  let count = 0;
  let last = start;
  for (let r = 0; r < runs.length; r += 2) {
    const [from, to] = [runs[r], runs[r + 1]];
    kernels.predictionErrors(...inMemory, samples.byteOffset, from, to, last, errors.byteOffset + 4 * count);
    count += to - from;
    last = samples[to - 1];
  }
  return errors.subarray(0, count);
}

/**
 * Undoes {@link predictionErrors}, in place.
 *
 * @param errors the error of each sample in the runs, at its place; the samples with their gaps bridged afterwards
 */
export function undoPrediction(
  predictor: LinearPredictor,
  errors: Int32Array,
  start: number,
  runs: Runs,
  weights: Int32Array,
): void {
  const inMemory = placePredictor(predictor, errors, weights);
  let last = start;
  let bridgeFrom = 0;
  for (let r = 0; r < runs.length; r += 2) {
    const [from, to] = [runs[r], runs[r + 1]];
    errors.fill(last, bridgeFrom, from);
    last = kernels.undoPrediction(...inMemory, errors.byteOffset, from, to, last);
    bridgeFrom = to;
  }
  errors.fill(last, bridgeFrom);
}

/**
 * Puts the weights in the kernels' memory, and zeros for those that are not there.
 *
 * @param spare in the place of references that are not there: their weights are 0, which is cheaper than a loop for each number
 * @returns the first arguments of both kernels: shift, references, and weights
 */
function placePredictor(
  { shift, references, referenceWeights, ownWeights }: LinearPredictor,
  spare: Int32Array,
  weights: Int32Array,
): [number, number, number, number, number, number] {
  weights.fill(0);
  weights.set(referenceWeights);
  weights.set(ownWeights, 2 * MAX_REFERENCES);
  const [a, b, c] = [0, 1, 2].map((r) => (references[r] ?? spare).byteOffset);
  return [shift, a, b, c, weights.byteOffset, weights.byteOffset + 4 * 2 * MAX_REFERENCES];
}
