import { kernels } from "../../kernels/kernels.ts";

/** A QRS complex rises or falls in about this time: a slope is the change of the signal in it. */
const SLOPE_SECONDS = 0.022;
/** A QRS complex lasts about this long. */
const QRS_SECONDS = 0.08;

/**
 * Measures the QRS energy about each sample: how much the slope of the signal changes, as the standard deviation over 80 ms
 * of its change in 22 ms. It is large in a QRS complex, which rises and falls within that time, and small in the slower P
 * and T waves, which only rise or fall. It is the same for a signal upside down, and neither early nor late.
 *
 * Both arrays are the kernels'.
 *
 * @param signal smooth, at `rate`, with 0.1 s more of it on both sides of the stretch
 * @param rate Hz
 * @param from the number of the first sample of the stretch that is measured
 * @param energy what is found: one value for each sample of the stretch, with room for one more
 * @param count the number of samples in the stretch
 * @returns the largest energy, and the energy between beats
 */
export function measureQrsEnergy(
  signal: Float64Array,
  rate: number,
  from: number,
  energy: Float64Array,
  count: number,
): { peak: number; noise: number } {
  const apart = Math.max(1, SLOPE_SECONDS * rate);
  const whole = Math.floor(apart);
  const part = apart - whole;
  const side = Math.max(1, Math.round((QRS_SECONDS * rate) / 2));
  const first = from - side - (whole >> 1);
  const peak = kernels.measureEnergy(signal.byteOffset + 8 * first, count, whole, part, side, energy.byteOffset);
  return { peak, noise: kernels.noiseOfBlock(energy.byteOffset, count) };
}
