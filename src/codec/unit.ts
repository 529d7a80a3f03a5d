/**
 * Finds the greatest number that divides every sample, at least 1. A device with fewer bits than its format often
 * leaves low bits at zero (FLAC's "wasted bits"), or counts in steps of another unit.
 */
export function findUnit(samples: Int32Array): number {
  let unit = 0;
  for (const sample of samples) {
    if (unit !== 0 && sample % unit === 0) continue;
    let rest = Math.abs(sample);
    while (rest !== 0) [unit, rest] = [rest, unit % rest];
    if (unit === 1) break;
  }
  return Math.max(1, unit);
}

/** Divides every sample, in place, by the unit that findUnit found. */
export function divideByUnit(samples: Int32Array, unit: number): void {
  if (unit !== 1) for (let i = 0; i < samples.length; i++) samples[i] /= unit;
}

/** Undoes divideByUnit, in place. */
export function multiplyByUnit(samples: Int32Array, unit: number): void {
  if (unit !== 1) for (let i = 0; i < samples.length; i++) samples[i] = Math.imul(samples[i], unit);
}
