import fc from "fast-check";
import { expect, it } from "vitest";
import { keepBiases, keepFilters } from "../../../src/analysis/numbers/convolution.ts";
import { kernels, withRoom } from "../../../src/kernels/kernels.ts";

const OUTPUTS = 16;

/** What an integer of each output's filters stands for, by what `keepFilters` is said to do. */
function unitsOf(weights: Float64Array): number[] {
  const size = weights.length / OUTPUTS;
  return Array.from({ length: OUTPUTS }, (_, output) => {
    const magnitudes = [...weights.subarray(output * size, (output + 1) * size)].map(Math.abs);
    const sum = magnitudes.reduce((total, magnitude) => total + magnitude, 0);
    return Math.max(sum / (65_535 - size / 2), Math.max(...magnitudes) / 32_767) || 1;
  });
}

it.each([
  { taps: 5, apart: 1 },
  { taps: 5, apart: 2 },
  { taps: 5, apart: 8 },
  { taps: 1, apart: 1 },
])("filters integers exactly by $taps taps, $apart steps apart, whatever the filters", ({ taps, apart }) => {
  const integers = (length: number, min: number, max: number) =>
    fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length });
  const doubles = (length: number) =>
    fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: length, maxLength: length });
  fc.assert(
    fc.property(
      // Any steps from four on: the last are no whole block of four.
      fc
        .tuple(fc.constantFrom(2, 6), fc.integer({ min: 4, max: 20 }), fc.boolean())
        .chain(([inputs, steps, isOfEach]) =>
          fc.tuple(
            fc.constant({ inputs, steps, isOfEach }),
            integers(inputs * steps, -32767, 32767),
            doubles(OUTPUTS * inputs * taps),
            doubles(OUTPUTS * (isOfEach ? steps : 1)),
          ),
        ),
      ([{ inputs, steps, isOfEach }, samples, filter, added]) => {
        const weights = new Float64Array(filter);
        const { filters, scales } = keepFilters(weights, inputs, OUTPUTS, 2048, 512);
        const before = keepBiases(new Float64Array(added), 512);
        const padding = ((taps - 1) / 2) * apart * inputs;
        const found = withRoom(1e5, (room) => {
          const bytes = room.bytes(2 * (padding + samples.length + padding)).fill(0);
          const signals = bytes.byteOffset + 2 * padding;
          new Int16Array(bytes.buffer, signals, samples.length).set(samples);
          const result = room.floats(steps * OUTPUTS + 1).fill(7);
          const [stride, to] = [isOfEach ? 4 * OUTPUTS : 0, result.byteOffset];
          kernels.convolve(signals, inputs, steps, taps, apart, filters, scales, OUTPUTS, before, stride, to);
          return [...result];
        });
        const units = unitsOf(weights);
        const wanted = Array.from({ length: steps * OUTPUTS }, (_, i) => {
          const [step, output] = [Math.floor(i / OUTPUTS), i % OUTPUTS];
          let sum = 0;
          for (let input = 0; input < inputs; input++) {
            for (let tap = 0; tap < taps; tap++) {
              const at = step + (tap - (taps - 1) / 2) * apart;
              const weight = Math.round(weights[(output * inputs + input) * taps + tap] / units[output]);
              sum += weight * (samples[at * inputs + input] ?? 0);
            }
          }
          const scale = Math.fround((units[output] * 512) / 2048);
          const bias = Math.fround(512 * added[isOfEach ? i : output]);
          return Math.fround(Math.fround(Math.fround(sum) * scale) + bias);
        });
        // Nothing is written behind the result.
        expect(found).toEqual([...wanted, 7]);
      },
    ),
    { numRuns: 20 },
  );
});

it.each([
  { of: "alike", weights: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
  { of: "of either sign", weights: [-3, 3, 3, -3, 3, 3, 3, 3, 3, 3] },
  { of: "one alone", weights: [1e-9, 5, 0, 0, 0, 0, 0, 0, 0, 0] },
  { of: "that are rounded up", weights: [0.5, 1, 1.5, 0.5, 1, 1.5, 0.5, 1, 1.5, 0.5] },
])("has no sum of the largest integers overflow, by weights $of", ({ weights }) => {
  const filter = new Float64Array(OUTPUTS * 10);
  for (let output = 0; output < OUTPUTS; output++) filter.set(weights, output * 10);
  const { filters, scales } = keepFilters(filter, 2, OUTPUTS, 1, 1);
  const before = keepBiases(new Float64Array(OUTPUTS), 1);
  const found = withRoom(1e4, (room) => {
    const bytes = room.bytes(2 * 2 * 8);
    const signals = new Int16Array(bytes.buffer, bytes.byteOffset, 16);
    // Two steps before and after the four that are filtered: the first sees all taps at their largest.
    for (let i = 0; i < 16; i++) {
      const weight = weights[(i % 2) * 5 + Math.floor(i / 2)] ?? 1;
      signals[i] = weight < 0 ? -32_767 : 32_767;
    }
    const result = room.floats(4 * OUTPUTS);
    const [at, to] = [bytes.byteOffset + 2 * 2 * 2, result.byteOffset];
    kernels.convolve(at, 2, 4, 5, 1, filters, scales, OUTPUTS, before, 0, to);
    return [...result.subarray(0, OUTPUTS)];
  });
  const wanted = 32_767 * weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
  for (const sum of found) expect(Math.abs(sum / wanted - 1)).toBeLessThan(2e-4);
});
