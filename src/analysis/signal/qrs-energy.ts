import { kernels, newRoom } from "../../kernels/kernels.ts";

/** A QRS complex rises or falls in about this time: a slope is the change of the signal in it. */
const SLOPE_SECONDS = 0.022;
/** A QRS complex lasts about this long. */
const QRS_SECONDS = 0.08;
/** No block has more values than this, with those beside it, at any rate. */
const MOST_VALUES = 1024;

const withArrays = newRoom(3 * 8 * MOST_VALUES, (room) => ({
  signalHere: room.doubles(MOST_VALUES),
  slopes: room.doubles(MOST_VALUES),
  energyHere: room.doubles(MOST_VALUES),
}));

/**
 * Measures the QRS energy about each sample: how much the slope of the signal changes, as the standard deviation over 80 ms
 * of its change in 22 ms. It is large in a QRS complex, which rises and falls within that time, and small in the slower P
 * and T waves, which only rise or fall. It is the same for a signal upside down, and neither early nor late.
 *
 * @param signal smooth, at `rate`, with 0.1 s more of it on both sides of the stretch
 * @param rate Hz
 * @param from the number of the first sample of the stretch that is measured
 * @param energy what is found: one value for each sample of the stretch
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
  return withArrays(({ signalHere, slopes, energyHere }) => {
    signalHere.set(signal.subarray(first, first + count + 2 * side + whole + 1));
    const peak = kernels.measureEnergy(
      signalHere.byteOffset,
      count,
      whole,
      part,
      side,
      slopes.byteOffset,
      energyHere.byteOffset,
    );
    energy.set(energyHere.subarray(0, count));
    return { peak, noise: kernels.noiseOfBlock(energyHere.byteOffset, count, slopes.byteOffset) };
  });
}
