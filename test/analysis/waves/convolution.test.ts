import fc from "fast-check";
import { expect, it } from "vitest";
import {
  addProducts,
  fromTiles,
  LENGTH,
  newFilters,
  newSignals,
  newTiles,
  PADDING,
  STRIDE,
  TAPS,
  toTiles,
} from "../../../src/analysis/waves/convolution.ts";

const OUTPUTS = 4;

/** The sum of all signals, each filtered, for each output: as a convolution is written down. */
function filter(signals: Float64Array, inputs: number, weights: Float64Array, dilation: number): Float64Array {
  const filtered = newSignals(OUTPUTS);
  for (let output = 0; output < OUTPUTS; output++) {
    for (let step = 0; step < LENGTH; step++) {
      let sum = 0;
      for (let input = 0; input < inputs; input++) {
        for (let tap = 0; tap < TAPS; tap++) {
          const at = input * STRIDE + PADDING + step + (tap - (TAPS - 1) / 2) * dilation;
          sum += weights[(output * inputs + input) * TAPS + tap] * signals[at];
        }
      }
      filtered[output * STRIDE + PADDING + step] = sum;
    }
  }
  return filtered;
}

it.each([1, 2, 4, 8])("filters signals as a sum over all taps does, %i steps apart", (dilation) => {
  const values = (length: number) =>
    fc.float64Array({ minLength: length, maxLength: length, min: -10, max: 10, noNaN: true });
  fc.assert(
    fc.property(
      // Six inputs are no whole number of blocks.
      fc
        .constantFrom(4, 6)
        .chain((inputs) => fc.tuple(fc.constant(inputs), values(inputs * LENGTH), values(OUTPUTS * inputs * TAPS))),
      ([inputs, samples, weights]) => {
        const filters = newFilters(weights, inputs, OUTPUTS);
        const signals = newSignals(filters.inputs);
        for (let input = 0; input < inputs; input++) {
          signals.set(samples.subarray(input * LENGTH, (input + 1) * LENGTH), input * STRIDE + PADDING);
        }
        const tiles = newTiles(filters.inputs);
        const sums = newTiles(OUTPUTS);
        const found = newSignals(OUTPUTS);
        toTiles(signals, filters.inputs, dilation, tiles);
        addProducts(filters, tiles, newTiles(OUTPUTS), sums);
        fromTiles(sums, OUTPUTS, dilation, found);
        const wanted = filter(signals, inputs, weights, dilation);
        expect(Math.max(...found.map((value, i) => Math.abs(value - wanted[i])))).toBeLessThan(1e-9);
      },
    ),
    { numRuns: 20 },
  );
});
