import { kernels } from "../kernels/kernels.ts";
import { countPresent, type Runs } from "./gaps.ts";

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
  referenceWeights: Int32Array;
  /** Weights of the lead's own last differences, the most recent one first. */
  ownWeights: Int32Array;
};

/** How many other leads a lead is predicted from at most: the loops below are written for this number. */
export const MAX_REFERENCES = 3;
/** How many of its own differences a lead is predicted from at most: the loops below are written for this number. */
export const MAX_OWN = 8;
/** How many of its own differences a lead is predicted from beside two references or more: its own past adds less then. */
export const MAX_OWN_BESIDE_REFERENCES = 6;

/** How many weights a predictor has in all, of references and own. */
export const WEIGHTS = 2 * MAX_REFERENCES + MAX_OWN;

/** Makes a predictor; weights that are not given are 0. */
export function newPredictor(
  shift: number,
  references: readonly Int32Array[],
  referenceWeights: readonly number[],
  ownWeights: readonly number[],
): LinearPredictor {
  const padded = (weights: readonly number[], length: number): Int32Array =>
    Int32Array.from({ length }, (_, k) => weights[k] ?? 0);
  return {
    shift,
    references,
    referenceWeights: padded(referenceWeights, 2 * MAX_REFERENCES),
    ownWeights: padded(ownWeights, MAX_OWN),
  };
}

// The loops below do not keep the last differences. For each of the next samples they keep the part of its prediction
// that is known already (s1, s2 ...): a new difference is multiplied with all its weights at once, so that no chain of
// additions delays the next sample. The references' samples are weighted and summed first, and only the
// sum is differenced.

// No predictor that is made has all weights: loops without those that are not there take some three quarters of the time.

/**
 * Computes the differences in the runs less their predictions. Prediction starts anew with every run, from the sample
 * before it.
 *
 * @param predictor with two references or more it has at most MAX_OWN_BESIDE_REFERENCES own weights
 * @param samples the lead with its gaps bridged
 * @param start the value before the first sample
 */
export function predictionErrors(
  predictor: LinearPredictor,
  samples: Int32Array,
  start: number,
  runs: Runs,
): Int32Array {
  const errors = new Int32Array(countPresent(runs));
  const compute = predictor.references.length <= 1 ? errorsOfOne : errorsOfSix;
  let at = 0;
  let last = start;
  for (let r = 0; r < runs.length; r += 2) {
    const [from, to] = [runs[r], runs[r + 1]];
    compute(predictor, samples, from, to, last, errors, at);
    at += to - from;
    if (to > from) last = samples[to - 1];
  }
  return errors;
}

/** Computes the errors of one run and puts them at `at`, for a predictor of at most one reference. */
function errorsOfOne(
  { shift: anyShift, references, referenceWeights, ownWeights }: LinearPredictor,
  samples: Int32Array,
  from: number,
  to: number,
  start: number,
  errors: Int32Array,
  at: number,
): void {
  const shift = anyShift & 31;
  const a = references[0] ?? samples;
  const a0 = referenceWeights[0];
  const a1 = referenceWeights[1];
  const w1 = ownWeights[0];
  const w2 = ownWeights[1];
  const w3 = ownWeights[2];
  const w4 = ownWeights[3];
  const w5 = ownWeights[4];
  const w6 = ownWeights[5];
  const w7 = ownWeights[6];
  const w8 = ownWeights[7];
  const half = (1 << shift) >> 1;
  let lastA = a[Math.max(0, from - 1)];
  let weightedBefore = 0;
  let last = start | 0;
  let s1 = half;
  let s2 = half;
  let s3 = half;
  let s4 = half;
  let s5 = half;
  let s6 = half;
  let s7 = half;
  let s8 = half;
  const offset = at - from;
  for (let i = from; i < to; i++) {
    const inA = a[i];
    const dA = (inA - lastA) | 0;
    lastA = inA;
    const sample = samples[i];
    const d = (sample - last) | 0;
    last = sample;
    errors[offset + i] = d - ((s1 + Math.imul(a0, dA) + weightedBefore) >> shift);
    weightedBefore = Math.imul(a1, dA);
    s1 = (s2 + Math.imul(w1, d)) | 0;
    s2 = (s3 + Math.imul(w2, d)) | 0;
    s3 = (s4 + Math.imul(w3, d)) | 0;
    s4 = (s5 + Math.imul(w4, d)) | 0;
    s5 = (s6 + Math.imul(w5, d)) | 0;
    s6 = (s7 + Math.imul(w6, d)) | 0;
    s7 = (s8 + Math.imul(w7, d)) | 0;
    s8 = (half + Math.imul(w8, d)) | 0;
  }
}

/** Like errorsOfOne, for at most six own weights. */
function errorsOfSix(
  predictor: LinearPredictor,
  samples: Int32Array,
  from: number,
  to: number,
  start: number,
  errors: Int32Array,
  at: number,
): void {
  const shift = predictor.shift & 31;
  const [a, b, c] = threeReferences(predictor, samples);
  const weights = predictor.referenceWeights;
  const a0 = weights[0];
  const a1 = weights[1];
  const b0 = weights[2];
  const b1 = weights[3];
  const c0 = weights[4];
  const c1 = weights[5];
  const own = predictor.ownWeights;
  const w1 = own[0];
  const w2 = own[1];
  const w3 = own[2];
  const w4 = own[3];
  const w5 = own[4];
  const w6 = own[5];
  const half = (1 << shift) >> 1;
  const before = Math.max(0, from - 1);
  let sumBefore = (Math.imul(a1, a[before]) + Math.imul(b1, b[before]) + Math.imul(c1, c[before])) | 0;
  let sumNow = (Math.imul(a0, a[before]) + Math.imul(b0, b[before]) + Math.imul(c0, c[before]) + sumBefore) | 0;
  let last = start | 0;
  let s1 = half;
  let s2 = half;
  let s3 = half;
  let s4 = half;
  let s5 = half;
  let s6 = half;
  const offset = at - from;
  for (let i = from; i < to; i++) {
    const inA = a[i];
    const inB = b[i];
    const inC = c[i];
    const sample = samples[i];
    const sum = (Math.imul(a0, inA) + Math.imul(b0, inB) + Math.imul(c0, inC) + sumBefore) | 0;
    sumBefore = (Math.imul(a1, inA) + Math.imul(b1, inB) + Math.imul(c1, inC)) | 0;
    const d = (sample - last) | 0;
    last = sample;
    errors[offset + i] = d - ((s1 + sum - sumNow) >> shift);
    sumNow = sum;
    s1 = (s2 + Math.imul(w1, d)) | 0;
    s2 = (s3 + Math.imul(w2, d)) | 0;
    s3 = (s4 + Math.imul(w3, d)) | 0;
    s4 = (s5 + Math.imul(w4, d)) | 0;
    s5 = (s6 + Math.imul(w5, d)) | 0;
    s6 = (half + Math.imul(w6, d)) | 0;
  }
}

/**
 * Undoes {@link predictionErrors}, in place. All arrays are in a room of the kernels.
 *
 * @param errors the error of each sample in the runs, at its place; the samples with their gaps bridged afterwards
 * @param weights WEIGHTS numbers that are written over
 */
export function undoPrediction(
  predictor: LinearPredictor,
  errors: Int32Array,
  start: number,
  runs: Runs,
  weights: Int32Array,
): void {
  const { shift, referenceWeights, ownWeights } = predictor;
  const [a, b, c] = threeReferences(predictor, errors);
  weights.set(referenceWeights);
  weights.set(ownWeights, referenceWeights.length);
  const own = weights.subarray(referenceWeights.length);
  let last = start;
  let bridgeFrom = 0;
  for (let r = 0; r < runs.length; r += 2) {
    const [from, to] = [runs[r], runs[r + 1]];
    errors.fill(last, bridgeFrom, from);
    last = kernels.undoPrediction(
      shift,
      a.byteOffset,
      b.byteOffset,
      c.byteOffset,
      weights.byteOffset,
      own.byteOffset,
      errors.byteOffset,
      from,
      to,
      last,
    );
    bridgeFrom = to;
  }
  errors.fill(last, bridgeFrom);
}

/**
 * The references, and `spare` for those that are not there: their weights are 0, which is cheaper than a loop for each
 * number.
 */
function threeReferences({ references }: LinearPredictor, spare: Int32Array): Int32Array[] {
  return Array.from({ length: MAX_REFERENCES }, (_, r) => references[r] ?? spare);
}
