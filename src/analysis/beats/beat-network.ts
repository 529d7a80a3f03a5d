import { type Address, kernels, LastingRoom } from "../../kernels/kernels.ts";
import {
  type Filters,
  INPUT_SCALE,
  INTEGER_BYTES,
  keepBiases,
  keepFilters,
  SIGNAL_SCALE,
  TAPS,
} from "../numbers/convolution.ts";
import { newWeights } from "../numbers/weights.ts";

/*
 * The shape of the network and of its inputs is that with which it was trained: none of it can change without the weights.
 */

/** The slopes that are one step of the network. */
export const STEP_SLOPES = 2;
/** The steps that go through the network together, some 10 s. */
export const STEPS = 512;
/** The slopes of these. */
export const WINDOW_SLOPES = STEPS * STEP_SLOPES;
/** The signals between two layers. */
const CHANNELS = 24;
/** The steps between the taps of each layer. */
const DILATIONS = [1, 1, 2, 4, 8, 16, 32];
/** How many steps before and after a step the layers behind each one see of it. */
const REACHES = DILATIONS.map((_, i) =>
  DILATIONS.slice(i + 1).reduce((sum, dilation) => sum + ((TAPS - 1) / 2) * dilation, 0),
);
/** The steps of zeros before and after a signal, as far as a filter sees. */
const PADDING = ((TAPS - 1) / 2) * Math.max(...DILATIONS);
/** The kernel gives so many outputs: the network has one. */
const OUTPUTS = 8;
/** What is usual is the median of the steepest slopes of so many parts of a window. */
const PARTS = 8;
/** Slopes, as a share of what is usual, are multiplied by this before they are compressed. */
const SLOPE_FACTOR = 4;

/** A layer in the kernels' memory. */
type Layer = Filters & { inputs: number; biases: Address };

/**
 * A small convolutional network that tells beats by the slopes of a lead over 10 s: seven layers of 24 channels with 5 taps each, at
 * 50 steps a second, of which each but the first is added to what it was given. Its output is the natural logarithm of the odds that an R peak is
 * within 0.04 s of a step.
 */
export class BeatNetwork {
  private readonly layers: Layer[];
  private readonly out: Filters & { biases: Address };
  private readonly room = new LastingRoom((maker) => ({
    slopes: maker.floats(WINDOW_SLOPES),
    inputs: maker.bytes((STEPS + 2 * PADDING) * STEP_SLOPES * INTEGER_BYTES),
    signals: maker.bytes((STEPS + 2 * PADDING) * CHANNELS * INTEGER_BYTES),
    sums: maker.floats(STEPS * CHANNELS),
  }));

  /** @param weights as `newWeights` reads them: filters and bias of each layer, those of the output */
  constructor(weights: string) {
    const take = newWeights(weights);
    this.layers = DILATIONS.map((_, i) => {
      const inputs = i === 0 ? STEP_SLOPES : CHANNELS;
      const scale = i === 0 ? INPUT_SCALE : SIGNAL_SCALE;
      const filters = keepFilters(take(CHANNELS * inputs * TAPS), inputs, CHANNELS, scale, SIGNAL_SCALE);
      return { inputs, ...filters, biases: keepBiases(take(CHANNELS), SIGNAL_SCALE) };
    });
    const out = new Float64Array(OUTPUTS * CHANNELS);
    out.set(take(CHANNELS));
    const filters = keepFilters(out, CHANNELS, OUTPUTS, SIGNAL_SCALE, 1);
    this.out = { ...filters, biases: keepBiases(new Float64Array(OUTPUTS).fill(take(1)[0]), 1) };
  }

  /**
   * The output for steps of a window.
   *
   * @param slopes WINDOW_SLOPES in any unit, zeros where there are none
   * @param first the first step that is told, of four at the least
   * @param end the step behind the last one
   * @returns STEPS outputs, zeros for the other steps
   */
  score(slopes: Float32Array, first = 0, end = STEPS): Float32Array {
    return this.room.use(({ slopes: given, inputs, signals, sums }) => {
      const factor = SLOPE_FACTOR / usualSteepest(slopes);
      for (let i = 0; i < WINDOW_SLOPES; i++) given[i] = factor * slopes[i];
      kernels.compressLarge(given.byteOffset, WINDOW_SLOPES);
      const inputsAt = inputs.byteOffset + PADDING * STEP_SLOPES * INTEGER_BYTES;
      kernels.toIntegers(given.byteOffset, WINDOW_SLOPES, INPUT_SCALE, inputsAt);
      const at = (step: number) => signals.byteOffset + (PADDING + step) * CHANNELS * INTEGER_BYTES;
      const result = sums.byteOffset;
      for (const [i, { inputs, filters, scales, biases }] of this.layers.entries()) {
        const from = Math.max(0, first - REACHES[i]);
        const steps = Math.min(STEPS, end + REACHES[i]) - from;
        const source = i === 0 ? inputsAt + from * STEP_SLOPES * INTEGER_BYTES : at(from);
        kernels.convolve(source, inputs, steps, TAPS, DILATIONS[i], filters, scales, CHANNELS, biases, 0, result);
        kernels.rectify(result, steps * CHANNELS, i === 0 ? 0 : at(from), at(from));
      }
      const { filters, scales, biases } = this.out;
      kernels.convolve(at(first), CHANNELS, end - first, 1, 1, filters, scales, OUTPUTS, biases, 0, result);
      const scores = new Float32Array(STEPS);
      for (let step = first; step < end; step++) scores[step] = sums[(step - first) * OUTPUTS];
      return scores;
    });
  }
}

const steepestOfParts = new Float64Array(PARTS);

/** The median of the steepest slopes of those parts of a window that have any. */
function usualSteepest(slopes: Float32Array): number {
  const length = WINDOW_SLOPES / PARTS;
  let parts = 0;
  for (let from = 0; from < WINDOW_SLOPES; from += length) {
    let steepest = 0;
    for (let i = from; i < from + length; i++) steepest = Math.max(steepest, Math.abs(slopes[i]));
    if (steepest > 0) steepestOfParts[parts++] = steepest;
  }
  if (parts === 0) return 1;
  steepestOfParts.subarray(0, parts).sort();
  return 0.5 * (steepestOfParts[(parts - 1) >> 1] + steepestOfParts[parts >> 1]);
}
