/** A QRS complex rises and falls in about this time: half of the span over which a slope is measured. */
const SLOPE_SECONDS = 0.022;
/** And lasts about as long as this. */
const QRS_SECONDS = 0.08;
/** More than there are about a block at any rate. */
const MOST_SLOPES = 1024;

/**
 * How much the slope of the signal changes about each of its samples: the standard deviation, over 80 ms, of the
 * difference between the means of the 22 ms after and before. It is large in a QRS complex, which rises and falls within
 * that time, and small in the slower P and T waves, which do only one of both; the same for a signal upside down; and
 * neither early nor late.
 *
 * @param signal at `rate`, with 0.1 s more of it on both sides of the stretch, and no less than two samples
 * @param rate Hz
 * @param from the first of the stretch that is measured
 * @param energy what is found: one value for each sample of the stretch
 * @param count how many these are
 */
export function measureQrsEnergy(
  signal: Float64Array,
  rate: number,
  from: number,
  energy: Float64Array,
  count: number,
): void {
  const half = Math.max(1, Math.round(SLOPE_SECONDS * rate));
  const side = Math.max(1, Math.round((QRS_SECONDS * rate) / 2));
  const width = 2 * side + 1;
  // The slope at i is after - before: of half samples from i on, and of half before it.
  let before = 0;
  let after = 0;
  const first = from - side;
  for (let i = first; i < first + half; i++) {
    before += signal[i - half];
    after += signal[i];
  }
  const slopeCount = count + 2 * side;
  for (let k = 0; k < slopeCount; k++) {
    SLOPES[k] = after - before;
    const middle = signal[first + k];
    before += middle - signal[first + k - half];
    after += signal[first + k + half] - middle;
  }

  let sum = 0;
  let net = 0;
  for (let k = 0; k < width; k++) {
    sum += SLOPES[k] * SLOPES[k];
    net += SLOPES[k];
  }
  const scale = 1 / (half * half * width);
  for (let k = 0; k < count; k++) {
    energy[k] = Math.sqrt(Math.max(0, sum - (net * net) / width) * scale);
    const next = SLOPES[k + width];
    const gone = SLOPES[k];
    sum += next * next - gone * gone;
    net += next - gone;
  }
}

const SLOPES = new Float64Array(MOST_SLOPES);
