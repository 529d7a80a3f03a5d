/** A range of samples: `from` up to, not including, `to`. */
type SampleRange = { from: number; to: number };

/**
 * The samples whose time, `i / samplingRate`, lies in a window: at `start` or later, and before `end`.
 *
 * @param start seconds from the beginning
 * @param end seconds from the beginning
 * @param samplingRate Hz
 * @param count how many samples there are
 */
export function toSampleRange(start: number, end: number, samplingRate: number, count: number): SampleRange {
  const from = firstSampleFrom(start, samplingRate, count);
  return { from, to: Math.max(from, firstSampleFrom(end, samplingRate, count)) };
}

/**
 * The index of the first sample at `time` or later. It compares by the division that defines a sample's time: the
 * product `time * samplingRate` may round across a whole number.
 */
function firstSampleFrom(time: number, samplingRate: number, count: number): number {
  let i = Math.min(Math.max(Math.ceil(time * samplingRate), 0), count);
  while (i > 0 && (i - 1) / samplingRate >= time) i--;
  while (i < count && i / samplingRate < time) i++;
  return i;
}
