import { type CorrectedQt, correctQt } from "../../analysis/measures/intervals.ts";
import type { Caliper, End } from "./caliper.ts";

/** The value of a lead at a time: from `low` to `high` where only a bucket is known, which are the same of a sample. */
export type Value = { low: number; high: number };

/** What a caliper says. Null is not known, or has no meaning. */
export type Findings = {
  /** From the earlier to the later end; samples where no sampling rate is known. */
  duration: number;
  /** Intervals of this length in a minute. */
  rate: number | null;
  /** How much higher the later end is, in the unit of the lead's scale. */
  difference: number | null;
  /** Of a QT interval: that to the beat before in ms, and the corrected QT. */
  rr: number | null;
  qtc: CorrectedQt | null;
};

/** RR intervals by the time of the later beat, in seconds, as `series=rr` has them. */
export type RrInterval = { time: number; duration: number };

/** An R peak may be so much before the onset from which somebody measures the QT interval, in seconds. */
const ONSET_TOLERANCE_SECONDS = 0.05;

/**
 * Measures what a caliper spans.
 *
 * @param valueAt what the lead has at a time
 * @param isTimed whether times are seconds; else they are samples
 */
export function measureCaliper(
  caliper: Caliper,
  valueAt: (time: number) => Value | undefined,
  intervals: readonly RrInterval[],
  isTimed: boolean,
): Findings {
  const [first, last] = [caliper.from, caliper.to].sort((a, b) => a.time - b.time);
  const duration = last.time - first.time;
  const [low, high] = [heightAt(first, valueAt), heightAt(last, valueAt)];
  const rr = caliper.kind === "qt" && isTimed ? findRrBefore(intervals, first.time, last.time) : null;
  return {
    duration,
    rate: isTimed && duration > 0 ? 60 / duration : null,
    difference: low === null || high === null ? null : high - low,
    rr,
    qtc: rr === null || duration <= 0 ? null : correctQt(duration * 1000, rr / 1000),
  };
}

/** The RR interval, in ms, that ends with the beat whose QT interval this is. */
function findRrBefore(intervals: readonly RrInterval[], onset: number, end: number): number | null {
  const own = intervals.find(({ time }) => time >= onset - ONSET_TOLERANCE_SECONDS && time < end);
  return own?.duration ?? null;
}

/** The value at an end of a caliper; null where it lies on a trace of which no single sample is known. */
function heightAt({ time, value }: End, valueAt: (time: number) => Value | undefined): number | null {
  if (value !== null) return value;
  const found = valueAt(time);
  return found && found.low === found.high ? found.low : null;
}
