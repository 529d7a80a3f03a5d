import fc from "fast-check";
import { expect, it } from "vitest";
import { keepFilters, keepIntegerFilters, TAPS } from "../../../src/analysis/numbers/convolution.ts";
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

/** An output of `convolveIntegers` as it is written down, in single precision where the kernel has it. */
function toOutput(sum: number, scale: number, bias: number, added: number): number {
  const value = Math.fround(Math.fround(Math.fround(sum) * scale) + bias);
  return Math.min(32767, added + Math.min(32767, Math.trunc(Math.max(0, value))));
}

it.each([1, 2, 8])("filters integers exactly, %i steps apart, whatever the filters", (dilation) => {
  const integers = (length: number, min: number, max: number) =>
    fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length });
  fc.assert(
    fc.property(
      fc.tuple(fc.constantFrom(2, 6), fc.integer({ min: 4, max: 20 })).chain(([inputs, steps]) =>
        fc.tuple(
          fc.constant(inputs),
          integers(inputs * steps, -32767, 32767),
          fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
            minLength: OUTPUTS * inputs * TAPS,
            maxLength: OUTPUTS * inputs * TAPS,
          }),
          integers(OUTPUTS * steps, 0, 32767),
        ),
      ),
      ([inputs, samples, taps, added]) => {
        const weights = new Float64Array(taps);
        const steps = samples.length / inputs;
        const { filters, units } = keepIntegerFilters(weights, inputs, OUTPUTS);
        const scales = Float32Array.from(units, (unit) => unit / 2);
        const biases = Float32Array.from(units, (_, output) => 100 * output - 700.5);
        const padding = ((TAPS - 1) / 2) * dilation * inputs;
        const found = withRoom(1e5, (room) => {
          const place = (values: ArrayLike<number>, before: number) => {
            const bytes = room.bytes(2 * (before + values.length + before)).fill(0);
            new Int16Array(bytes.buffer, bytes.byteOffset + 2 * before, values.length).set(values);
            return bytes.byteOffset + 2 * before;
          };
          const floats = (values: Float32Array) => {
            const kept = room.floats(values.length);
            kept.set(values);
            return kept.byteOffset;
          };
          const [first, before] = [place(samples, padding), place(added, 0)];
          const [ofScales, ofBiases] = [floats(scales), floats(biases)];
          const outputs = (from: number) => {
            const to = place(new Int16Array(steps * OUTPUTS + 1).fill(7), 0);
            const [apart, of] = [dilation, filters];
            kernels.convolveIntegers(first, inputs, steps, TAPS, apart, of, OUTPUTS, ofScales, ofBiases, from, to);
            return new Int16Array(room.bytes(0).buffer, to, steps * OUTPUTS + 1).slice();
          };
          return { added: outputs(before), alone: outputs(0) };
        });
        for (let i = 0; i < steps * OUTPUTS; i++) {
          const [step, output] = [Math.floor(i / OUTPUTS), i % OUTPUTS];
          let sum = 0;
          for (let input = 0; input < inputs; input++) {
            for (let tap = 0; tap < TAPS; tap++) {
              const at = step + (tap - (TAPS - 1) / 2) * dilation;
              const integer = Math.round(weights[(output * inputs + input) * TAPS + tap] / units[output]);
              sum += integer * (samples[at * inputs + input] ?? 0);
            }
          }
          expect(Math.abs(sum)).toBeLessThan(2 ** 31);
          expect(found.added[i]).toBe(toOutput(sum, scales[output], biases[output], added[i]));
          expect(found.alone[i]).toBe(toOutput(sum, scales[output], biases[output], 0));
        }
        expect([found.added, found.alone].map((values) => values[steps * OUTPUTS])).toEqual([7, 7]);
      },
    ),
    { numRuns: 20 },
  );
});

it("has no sum of integers overflow: their magnitudes for an output are 65535 together at the most", () => {
  for (const weights of [
    [1, 1, 1, 1],
    [-3, 3, 3, 3],
    [1e-9, 5, 0, 0],
    [2, 2.0001, 1.9999, 2],
    [0, 0, 0, 0],
  ]) {
    const filters = new Float64Array(OUTPUTS * 2 * TAPS);
    for (let output = 0; output < OUTPUTS; output++) filters.set(weights, output * 2 * TAPS);
    const { units } = keepIntegerFilters(filters, 2, OUTPUTS);
    const integers = weights.map((weight) => Math.abs(Math.round(weight / units[0])));
    const sum = integers.reduce((total, integer) => total + integer, 0);
    expect(sum).toBeLessThanOrEqual(65_535);
    expect(Math.max(...integers)).toBeLessThanOrEqual(32_767);
    // As fine as they can be.
    if (weights[0] !== 0) expect(Math.max(sum / 65_535, Math.max(...integers) / 32_767)).toBeGreaterThan(0.999);
  }
});
