/** A QRS complex rises or falls in about this time: the span over which a slope is measured. */
const SLOPE_SECONDS = 0.022;
/** And lasts about as long as this. */
const QRS_SECONDS = 0.08;
/** More than there are about a block at any rate. */
const MOST_SLOPES = 1024;

/**
 * How much the slope of the signal changes about each of its samples: the standard deviation, over 80 ms, of its change
 * in 22 ms. It is large in a QRS complex, which rises and falls within that time, and small in the slower P and T waves,
 * which do only one of both; the same for a signal upside down; and neither early nor late.
 *
 * @param signal at `rate`, smooth, with 0.1 s more of it on both sides of the stretch
 * @param rate Hz
 * @param from the first of the stretch that is measured
 * @param energy what is found: one value for each sample of the stretch
 * @param count how many these are
 * @returns the largest
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

const SLOPES = new Float64Array(MOST_SLOPES);
