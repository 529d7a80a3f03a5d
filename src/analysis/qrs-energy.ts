/** A QRS complex rises and falls in about this time: half of the span over which a slope is measured. */
const SLOPE_SECONDS = 0.022;
/** And lasts about as long as this. */
const QRS_SECONDS = 0.08;

/**
 * How steep the signal is about each of its samples: the root mean square, over 80 ms, of the difference between the
 * means of the 22 ms after and before. It is large in a QRS complex, small in the slower P and T waves, the same for a
 * signal upside down, and neither early nor late. The first and last 60 ms are 0.
 *
 * @param signal at `rate`
 * @param rate Hz
 * @param energy what is found; as long as `signal`
 */
export function measureQrsEnergy(signal: Float64Array, rate: number, energy: Float32Array): void {
  const half = Math.max(1, Math.round(SLOPE_SECONDS * rate));
  const side = Math.max(1, Math.round((QRS_SECONDS * rate) / 2));
  const count = signal.length;
  const width = 2 * side + 1;
  energy.fill(0);
  if (count < 2 * half + width) return;

  // The slope at i is after - before: of half samples from i on, and of half before it.
  const slopes = SLOPES.length >= count ? SLOPES : new Float64Array(count);
  let before = 0;
  let after = 0;
  for (let i = 0; i < half; i++) {
    before += signal[i];
    after += signal[half + i];
  }
  const last = count - half;
  for (let i = half; ; i++) {
    const slope = after - before;
    slopes[i] = slope * slope;
    if (i === last) break;
    const middle = signal[i];
    before += middle - signal[i - half];
    after += signal[i + half] - middle;
  }

  let sum = 0;
  for (let i = half; i < half + width; i++) sum += slopes[i];
  const scale = 1 / (half * half * width);
  for (let i = half + side; ; i++) {
    energy[i] = Math.sqrt(Math.max(0, sum) * scale);
    if (i + side === last) break;
    sum += slopes[i + side + 1] - slopes[i - side];
  }
}

/** Room for the slopes of a usual stretch. */
const SLOPES = new Float64Array(4096);
