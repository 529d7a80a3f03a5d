import { describe, expect, it } from "vitest";
import { ERRORS_BEYOND, predictionErrors, undoPrediction, WEIGHTS } from "../../src/codec/linear-predictor.ts";
import { withRoom } from "../../src/kernels/kernels.ts";

/** Far more than a predictor and its samples need. */
const ROOM_BYTES = 40_000;
const LENGTH = 600;
const RUNS = [0, 21, 25, 26, 40, 600];

/** Reproducible integers of so many bits, of either sign. */
function newIntegers(seed: number): (bits: number) => number {
  let state = seed;
  return (bits) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >> (32 - bits);
  };
}

/** The errors by the definition: each difference less the rounded sum of the weighted ones, from the samples before it. */
function expectedErrors(
  { shift, weights, own }: { shift: number; weights: number[]; own: number[] },
  samples: Int32Array,
  references: readonly Int32Array[],
  start: number,
): number[] {
  const errors: number[] = [];
  let last = start;
  for (let r = 0; r < RUNS.length; r += 2) {
    const from = RUNS[r];
    const differenceOf = (signal: Int32Array, i: number): number =>
      i > Math.max(0, from - 1) ? (signal[i] - signal[i - 1]) | 0 : 0;
    const past: number[] = [];
    for (let i = from; i < RUNS[r + 1]; i++) {
      let sum = shift > 0 ? 1 << (shift - 1) : 0;
      for (const [k, signal] of references.entries()) {
        sum += Math.imul(weights[2 * k], differenceOf(signal, i)) | 0;
        sum += Math.imul(weights[2 * k + 1], i > from ? differenceOf(signal, i - 1) : 0) | 0;
      }
      for (const [k, weight] of own.entries()) sum += Math.imul(weight, past[k] ?? 0);
      const difference = (samples[i] - last) | 0;
      errors.push((difference - ((sum | 0) >> shift)) | 0);
      past.unshift(difference);
      last = samples[i];
    }
  }
  return errors;
}

describe.each([0, 1, 2, 3])("a predictor of %d references", (referenceCount) => {
  it.each([0, 1, 5, 6, 7, 8])("and %d own weights is computed as defined, and undone", (ownCount) => {
    const next = newIntegers(10 * referenceCount + ownCount + 1);
    for (const [weightBits, sampleBits] of [
      [6, 12],
      [32, 32],
    ]) {
      const signal = () => Int32Array.from({ length: LENGTH }, () => next(sampleBits));
      const references = Array.from({ length: referenceCount }, signal);
      const weights = Array.from({ length: 2 * referenceCount }, () => next(weightBits));
      // Of eight the seventh is 0, so that the eighth alone tells them from six.
      const own = Array.from({ length: ownCount }, (_, k) => (ownCount === 8 && k === 6 ? 0 : next(weightBits)));
      const samples = signal();
      // As bridgeGaps fills them.
      samples.fill(samples[20], 21, 25).fill(samples[25], 26, 40);
      const start = next(sampleBits);
      const errors = Int32Array.from(expectedErrors({ shift: 4, weights, own }, samples, references, start));
      withRoom(ROOM_BYTES, (room) => {
        const copy = (values: Int32Array) => {
          const copied = room.ints(values.length);
          copied.set(values);
          return copied;
        };
        const predictor = { shift: 4, references: references.map(copy), referenceWeights: weights, ownWeights: own };
        const forErrors = room.ints(LENGTH + ERRORS_BEYOND);
        const inRoom = room.ints(WEIGHTS);
        expect(predictionErrors(predictor, copy(samples), start, RUNS, forErrors, inRoom)).toEqual(errors);
        const undone = copy(samples).fill(77);
        undone.set(errors.subarray(0, 21), 0);
        undone.set(errors.subarray(21, 22), 25);
        undone.set(errors.subarray(22), 40);
        undoPrediction(predictor, undone, start, RUNS, inRoom);
        expect(undone).toEqual(samples);
      });
    }
  });
});
