import { type Address, keep } from "../../kernels/kernels.ts";

/** The taps of a filter. */
export const TAPS = 5;
/** The kernel `convolve` works on this many outputs at a time: the number of outputs is a multiple of it. */
const OUTPUT_BLOCK = 8;

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
