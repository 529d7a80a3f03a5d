import fc from "fast-check";
import { expect, it } from "vitest";
import { keepFilters, TAPS } from "../../../src/analysis/numbers/convolution.ts";
import { kernels, withRoom } from "../../../src/kernels/kernels.ts";

const OUTPUTS = 16;

/** The sum of all signals, each filtered, for each output: as a convolution is written down. Signals are zero before and after their steps. */
function filter(signals: Float32Array, inputs: number, weights: Float64Array, dilation: number, biases: Float32Array) {
  const steps = signals.length / inputs;
  return Float64Array.from({ length: steps * OUTPUTS }, (_, i) => {
    const step = Math.floor(i / OUTPUTS);
    const output = i % OUTPUTS;
    let sum = biases[output];
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < TAPS; tap++) {
        const at = step + (tap - (TAPS - 1) / 2) * dilation;
        sum += weights[(output * inputs + input) * TAPS + tap] * (signals[at * inputs + input] ?? 0);
      }
    }
    return sum;
  });
}

it.each([1, 2, 4, 8])("filters signals as a sum over all taps does, %i steps apart", (dilation) => {
  const values = (length: number) =>
    fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: length, maxLength: length });
  fc.assert(
    fc.property(
      // Any steps from four on: the last are no whole block of four.
      fc
        .tuple(fc.constantFrom(4, 6), fc.integer({ min: 4, max: 30 }))
        .chain(([inputs, steps]) =>
          fc.tuple(fc.constant(inputs), values(inputs * steps), values(OUTPUTS * inputs * TAPS), values(OUTPUTS)),
        ),
      ([inputs, samples, taps, added]) => {
        const [signals, weights, biases] = [new Float32Array(samples), new Float64Array(taps), new Float32Array(added)];
        const steps = signals.length / inputs;
        const filters = keepFilters(weights, inputs, OUTPUTS);
        const padding = ((TAPS - 1) / 2) * dilation * inputs;
        const found = withRoom(1e5, (room) => {
          const padded = room.floats(padding + signals.length + padding).fill(0);
          padded.set(signals, padding);
          const bias = room.floats(OUTPUTS);
          bias.set(biases);
          const result = room.floats(steps * OUTPUTS + 1).fill(7);
          const first = padded.byteOffset + 4 * padding;
          const [of, to] = [bias.byteOffset, result.byteOffset];
          kernels.convolve(first, inputs, steps, TAPS, dilation, filters, OUTPUTS, of, 0, to);
          return result.slice();
        });
        const wanted = filter(signals, inputs, weights, dilation, biases);
        expect(Math.max(...wanted.map((value, i) => Math.abs(value - found[i])))).toBeLessThan(2e-3);
        // Nothing is written behind the result.
        expect(found[steps * OUTPUTS]).toBe(7);
      },
    ),
    { numRuns: 20 },
  );
});
