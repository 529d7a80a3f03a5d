import type { TimeSpan } from "../numbers/time-spans.ts";
import type { Findable } from "./events.ts";
import { measureHeartRate } from "./heart-rate.ts";

/** What was measured in an hour, or in the part of one with which an ECG ends. */
type Hour = TimeSpan & {
  beats: number;
  ventricular: number;
  supraventricular: number;
  /** The rate in beats per minute: the mean, and that of the slowest and the fastest 10 s; null without two beats in a row. */
  heartRate: { mean: number; minimum: number | null; maximum: number | null } | null;
  /** The number of pauses that begin in it. */
  pauses: number;
  /** The seconds with an irregular rhythm. */
  irregular: number;
  /** The seconds in which no lead is usable. */
  unusable: number;
};

const HOUR_SECONDS = 3600;

/**
 * Measures an ECG hour by hour, from its beginning.
 *
 * @param start where it begins, by the same clock as all other times, in seconds
 * @param end where it ends
 */
export function measureHours(
  { beats, pauses, irregular, unusable }: Omit<Findable, "heartRate" | "pacingSpikes">,
  start: number,
  end: number,
): Hour[] {
  const hours: Hour[] = [];
  const { times, types, afterGap } = beats;
  for (let from = start, first = 0, next = 0; from < end; from += HOUR_SECONDS, first = next) {
    const to = Math.min(end, from + HOUR_SECONDS);
    const counts = { N: 0, S: 0, V: 0, Q: 0 };
    for (; next < times.length && times[next] < to; next++) counts[types[next]]++;
    const rate = measureHeartRate({ times: times.subarray(first, next), afterGap: afterGap.subarray(first, next) });
    hours.push({
      from,
      to,
      beats: next - first,
      ventricular: counts.V,
      supraventricular: counts.S,
      heartRate: rate && {
        mean: rate.mean,
        minimum: rate.minimum?.beatsPerMinute ?? null,
        maximum: rate.maximum?.beatsPerMinute ?? null,
      },
      pauses: pauses.filter((pause) => pause.from >= from && pause.from < to).length,
      irregular: secondsWithin(irregular, from, to),
      unusable: secondsWithin(unusable, from, to),
    });
  }
  return hours;
}

function secondsWithin(stretches: readonly TimeSpan[], from: number, to: number): number {
  return stretches.reduce(
    (sum, stretch) => sum + Math.max(0, Math.min(to, stretch.to) - Math.max(from, stretch.from)),
    0,
  );
}
