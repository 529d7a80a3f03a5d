import { MISSING } from "../recording/recording.ts";

/**
 * How often the signal changes sign. Zeros and missing samples carry no sign: a touch of the baseline is no crossing.
 *
 * @param samples ADC units; MISSING marks a gap
 */
export function countZeroCrossings(samples: Int32Array): number {
  let crossings = 0;
  let last = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i];
    if (sample === 0 || sample === MISSING) continue;
    // The exclusive or of two numbers is negative just when their signs differ.
    if ((sample ^ last) < 0 && last !== 0) crossings++;
    last = sample;
  }
  return crossings;
}
