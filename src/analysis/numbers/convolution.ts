import { type Address, keep } from "../../kernels/kernels.ts";

/** The taps of a filter. */
export const TAPS = 5;
/** The kernel `convolve` works on this many outputs at a time: the number of outputs is a multiple of it. */
const OUTPUT_BLOCK = 8;
/** The magnitudes of an output's integers add up to this at the most, ... */
const MOST_MAGNITUDES = 65_535;
/** ... and each is this at the most. */
const LARGEST = 32_767;
export const INTEGER_BYTES = Int16Array.BYTES_PER_ELEMENT;

/** The integer that 1 is of a network's inputs, what is beyond 16 of which counts as 16, ... */
export const INPUT_SCALE = 2048;
/** ... and of the signals between its layers, of which 64 is the most. */
export const SIGNAL_SCALE = 512;

/** Filters in the kernels' memory: their integers, and what a sum of products is multiplied by for each output. */
export type Filters = { filters: Address; scales: Address };

/**
 * Puts filters into the kernels' memory as `convolve` asks for them.
 *
 * @param weights by output, input and tap
 * @param inputScale the integer that 1 is of what is filtered
 * @param outputScale what 1 is of the outputs
 */
export function keepFilters(
  weights: Float64Array,
  inputs: number,
  outputs: number,
  inputScale: number,
  outputScale: number,
): Filters {
  const size = weights.length / outputs;
  const taps = size / inputs;
  const scales = new Float32Array(outputs);
  const ordered = new Int16Array(weights.length);
  for (let output = 0; output < outputs; output++) {
    const own = weights.subarray(output * size, (output + 1) * size);
    const magnitudes = own.reduce((sum, weight) => sum + Math.abs(weight), 0);
    const largest = own.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    // Each may be rounded up by half.
    const unit = Math.max(magnitudes / (MOST_MAGNITUDES - size / 2), largest / LARGEST) || 1;
    scales[output] = (unit * outputScale) / inputScale;
    const place = output % OUTPUT_BLOCK;
    const block = (output - place) * size;
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        const pair = tap * (inputs / 2) + (input >> 1);
        const at = block + (pair * OUTPUT_BLOCK + place) * 2 + (input & 1);
        ordered[at] = Math.round(own[input * taps + tap] / unit);
      }
    }
  }
  return { filters: keep(ordered), scales: keep(scales) };
}

/** Puts what is added to an output's sums into the kernels' memory. */
export function keepBiases(biases: Float64Array, outputScale: number): Address {
  return keep(Float32Array.from(biases, (bias) => bias * outputScale));
}
