/** A QRS complex rises or falls in about this time: a slope is the change of the signal in it. */
const SLOPE_SECONDS = 0.022;
/** A QRS complex lasts about this long. */
const QRS_SECONDS = 0.08;
/** No block has more slopes than this at any rate. */
const MOST_SLOPES = 1024;

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
 * @returns the largest energy
 */
export function measureQrsEnergy(
  signal: Float64Array,
  rate: number,
  from: number,
  energy: Float64Array,
  count: number,
): number {
  const apart = Math.max(1, SLOPE_SECONDS * rate);
  const whole = Math.floor(apart);
  const part = apart - whole;
  const side = Math.max(1, Math.round((QRS_SECONDS * rate) / 2));
  const width = 2 * side + 1;
  const slopeCount = count + 2 * side;
  const first = from - side - (whole >> 1);
  let end = signal[first + whole];
  for (let k = 0; k < slopeCount; k++) {
    const next = signal[first + whole + k + 1];
    SLOPES[k] = end - signal[first + k] + part * (next - end);
    end = next;
  }

  let sum = 0;
  let net = 0;
  for (let k = 0; k < width; k++) {
    sum += SLOPES[k] * SLOPES[k];
    net += SLOPES[k];
  }
  const scale = 1 / width;
  let largest = 0;
  for (let k = 0; k < count; k++) {
    const variance = scale * (sum - scale * net * net);
    const value = variance > 0 ? Math.sqrt(variance) : 0;
    energy[k] = value;
    if (value > largest) largest = value;
    const next = SLOPES[k + width];
    const gone = SLOPES[k];
    sum += next * next - gone * gone;
    net += next - gone;
  }
  return largest;
}

/** The slopes of one block. */
const SLOPES = new Float64Array(MOST_SLOPES);
