/** The sign changes of a signal so far, and its last sign: 0 while no sample had one. */
export type ZeroCrossings = { count: number; lastSign: number };

/**
 * Counts how often the signal changes sign. Zeros and missing samples carry no sign: a touch of the baseline is no crossing.
 *
 * @param samples ADC units; MISSING marks a gap
 * @param before the count of the samples before these, to go on from there
 */
export function countZeroCrossings(
  samples: Int32Array,
  before: ZeroCrossings = { count: 0, lastSign: 0 },
): ZeroCrossings {
  let count = before.count;
  let last = before.lastSign;
  let i = 0;
  for (; last === 0 && i < samples.length; i++) last = hasSign(samples[i]) ? samples[i] : 0;
  for (; i < samples.length; i++) {
    const sample = samples[i];
    if (!hasSign(sample)) continue;
    // The exclusive or of two numbers is negative just when their signs differ.
    count += (sample ^ last) >>> 31;
    last = sample;
  }
  return { count, lastSign: Math.sign(last) };
}

/** Whether a sample is neither 0 nor missing: of both, twice as much is 0 in 32 bits. */
function hasSign(sample: number): boolean {
  return sample << 1 !== 0;
}
