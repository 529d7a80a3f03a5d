import { MISSING } from "../../recording/recording.ts";

/**
 * Puts straight lines in the place of missing samples where no more than so many in a row are missing, between two that are there. The input is
 * untouched.
 */
export function bridgeGaps(samples: Int32Array, most: number): Int32Array {
  const bridged = samples.slice();
  /** The last sample that is there; -1 before there is one. */
  let last = -1;
  for (let i = 0; i < samples.length; i++) {
    if (samples[i] === MISSING) continue;
    const missing = i - last - 1;
    if (last >= 0 && missing > 0 && missing <= most) {
      const step = (samples[i] - samples[last]) / (i - last);
      for (let k = last + 1; k < i; k++) bridged[k] = Math.round(samples[last] + step * (k - last));
    }
    last = i;
  }
  return bridged;
}
