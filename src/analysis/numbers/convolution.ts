import { type Address, keep } from "../../kernels/kernels.ts";

/** The taps of a filter. */
export const TAPS = 5;
/** The kernel `convolve` works on this many outputs at a time: the number of outputs is a multiple of it. */
const OUTPUT_BLOCK = 8;
/** The magnitudes of an output's integers add up to this at the most, ... */
const MOST_MAGNITUDES = 65_535;
/** ... and each is this at the most. */
const LARGEST = 32_767;

/**
 * Puts filters into the kernels' memory, in the order in which `convolve` asks for them.
 *
 * @param weights by output, input and tap
 */
export function keepFilters(weights: Float64Array, inputs: number, outputs: number): Address {
  const ordered = new Float32Array(weights.length);
  let at = 0;
  for (let block = 0; block < outputs; block += OUTPUT_BLOCK) {
    for (let tap = 0; tap < TAPS; tap++) {
      for (let input = 0; input < inputs; input++) {
        for (let output = block; output < block + OUTPUT_BLOCK; output++) {
          ordered[at++] = weights[(output * inputs + input) * TAPS + tap];
        }
      }
    }
  }
  return keep(ordered);
}

/**
 * Puts filters into the kernels' memory as `convolveIntegers` asks for them.
 *
 * @param weights by output, input and tap
 * @returns the filters, and what an integer of each output stands for
 */
export function keepIntegerFilters(
  weights: Float64Array,
  inputs: number,
  outputs: number,
  taps = TAPS,
): { filters: Address; units: Float64Array } {
  const size = inputs * taps;
  const units = new Float64Array(outputs);
  const ordered = new Int16Array(weights.length);
  for (let output = 0; output < outputs; output++) {
    const own = weights.subarray(output * size, (output + 1) * size);
    const magnitudes = own.reduce((sum, weight) => sum + Math.abs(weight), 0);
    const largest = own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    // Each may be rounded up by half.
    units[output] = Math.max(magnitudes / (MOST_MAGNITUDES - size / 2), largest / LARGEST) || 1;
    const block = output - (output % OUTPUT_BLOCK);
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        const pair = (block / OUTPUT_BLOCK) * taps * (inputs / 2) + tap * (inputs / 2) + (input >> 1);
        const at = (pair * OUTPUT_BLOCK + output - block) * 2 + (input & 1);
        ordered[at] = Math.round(own[input * taps + tap] / units[output]);
      }
    }
  }
  return { filters: keep(ordered), units };
}
