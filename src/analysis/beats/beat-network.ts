import { type Address, keep, kernels, LastingRoom } from "../../kernels/kernels.ts";
import { keepFilters, TAPS } from "../numbers/convolution.ts";
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
/** The steps of zeros before and after a signal, as far as a filter sees. */
const PADDING = ((TAPS - 1) / 2) * Math.max(...DILATIONS);
/** The kernel gives so many outputs: the network has one. */
const OUTPUTS = 8;
/** What is usual is the median of the steepest slopes of so many parts of a window. */
const PARTS = 8;
/** Slopes, as a share of what is usual, are multiplied by this before they are compressed. */
const SLOPE_FACTOR = 4;
const FLOAT_BYTES = Float32Array.BYTES_PER_ELEMENT;

/** A layer in the kernels' memory. */
type Layer = { inputs: number; filters: Address; bias: Address };

/**
 * A small convolutional network that tells beats by the slopes of a lead over 10 s: seven layers of 24 channels with 5 taps each, at
 * 50 steps a second, of which each but the first is added to what it was given. Its output is the natural logarithm of the odds that an R peak is
 * within 0.04 s of a step.
 */
export class BeatNetwork {
  private readonly layers: Layer[];
  private readonly out: Address;
  private readonly outBias: Address;
  private readonly room = new LastingRoom((maker) => ({
    inputs: maker.floats((STEPS + 2 * PADDING) * STEP_SLOPES),
    signals: maker.floats((STEPS + 2 * PADDING) * CHANNELS),
    sums: maker.floats(STEPS * CHANNELS),
  }));

  /** @param weights as `newWeights` reads them: filters and bias of each layer, those of the output */
  constructor(weights: string) {
    const take = newWeights(weights);
    this.layers = DILATIONS.map((_, i) => {
      const inputs = i === 0 ? STEP_SLOPES : CHANNELS;
      const filters = keepFilters(take(CHANNELS * inputs * TAPS), inputs, CHANNELS);
      return { inputs, filters, bias: keep(new Float32Array(take(CHANNELS))) };
    });
    const ofOutput = take(CHANNELS);
    const out = new Float32Array(CHANNELS * OUTPUTS);
    for (let channel = 0; channel < CHANNELS; channel++) out[channel * OUTPUTS] = ofOutput[channel];
    this.out = keep(out);
    this.outBias = keep(new Float32Array(OUTPUTS).fill(take(1)[0]));
  }

  /**
   * The output for each step of a window.
   *
   * @param slopes WINDOW_SLOPES in any unit, zeros where there are none
   */
  score(slopes: Float32Array): Float32Array {
    return this.room.use(({ inputs, signals, sums }) => {
      const given = inputs.subarray(PADDING * STEP_SLOPES, (PADDING + STEPS) * STEP_SLOPES);
      const factor = SLOPE_FACTOR / usualSteepest(slopes);
      for (let i = 0; i < WINDOW_SLOPES; i++) given[i] = factor * slopes[i];
      kernels.compressLarge(given.byteOffset, WINDOW_SLOPES);
      const at = signals.byteOffset + PADDING * CHANNELS * FLOAT_BYTES;
      for (const [i, { inputs, filters, bias }] of this.layers.entries()) {
        const from = i === 0 ? given.byteOffset : at;
        kernels.convolve(from, inputs, STEPS, TAPS, DILATIONS[i], filters, CHANNELS, bias, 0, sums.byteOffset);
        kernels.rectify(sums.byteOffset, STEPS * CHANNELS, i === 0 ? 0 : at, at);
      }
      kernels.convolve(at, CHANNELS, STEPS, 1, 1, this.out, OUTPUTS, this.outBias, 0, sums.byteOffset);
      const scores = new Float32Array(STEPS);
      for (let step = 0; step < STEPS; step++) scores[step] = sums[step * OUTPUTS];
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
