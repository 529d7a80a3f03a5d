import type { BeatType } from "../beats/beat-types.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";
import type { BeatTimes } from "./heart-rate.ts";
import type { BeatIntervals } from "./intervals.ts";
import { markPaced } from "./pacing.ts";

/**
 * A QRS complex of this many ms is wide (Surawicz et al., "AHA/ACCF/HRS recommendations for the standardization and interpretation of the
 * electrocardiogram, part III", Circulation 119:e235-e240, 2009).
 */
const WIDE_MS = 120;
/** A rhythm is fast, a tachycardia, where beats are this many seconds apart or less. */
const FAST_RR_SECONDS = 0.6;
/** What most of so many beats to each side and a beat itself are says what the rhythm is there: single beats are measured badly. Those that are ventricular do not count. */
const NEAR_BEATS = 3;
/** A rhythm has at least so many beats. */
const LEAST_BEATS = 6;

/** A stretch of wide beats: fast ones in the mean, or slower ones. */
export type WideRhythm = TimeSpan & { isFast: boolean; beats: number };

/** What wide rhythms are found in. */
type Beats = BeatTimes & { types: readonly BeatType[]; intervals: readonly BeatIntervals[] };

/**
 * Finds stretches of wide beats that may be of the ventricles, though their beats are of no other shape than is usual in the ECG, and so are not typed
 * ventricular: there may be nothing else to compare them with. P waves speak against it in a slow rhythm only; in a fast one T waves are in their place.
 * Beats of a pacemaker in the ventricles are none, nor are those about them, whose spikes may be too low to be seen, nor those of an ECG that has as many of slower ones that are as wide behind P waves: these are conducted.
 *
 * @param spikes the times of a pacemaker's spikes in seconds, ascending
 */
export function findWideRhythms({ times, types, afterGap, intervals }: Beats, spikes: readonly number[]): WideRhythm[] {
  const isPaced = markPaced(spikes, times);
  const isOther = types.map((type) => (type === "V" ? 0 : 1));
  const ofOthers = (isSo: (beat: number) => boolean) => types.map((_, i) => (isOther[i] && isSo(i) ? 1 : 0));
  const isWide = ofOthers((i) => types[i] !== "Q" && (intervals[i].qrs ?? 0) >= WIDE_MS);
  const isFast = ofOthers((i) => i > 0 && !afterGap[i] && times[i] - times[i - 1] <= FAST_RR_SECONDS);
  const hasP = ofOthers((i) => intervals[i].pr !== null);
  const conducted = types.filter((type, i) => type === "N" && isWide[i] && hasP[i] && !isFast[i]).length;
  const rhythms: WideRhythm[] = [];
  for (let from = 0, to = 0; from < times.length; from = to) {
    for (to = from + 1; to < times.length && !afterGap[to]; ) to++;
    /** How many of the beats about one are so. */
    const countNear = (flags: ArrayLike<number>, beat: number) => {
      let count = 0;
      for (let i = Math.max(from, beat - NEAR_BEATS); i < Math.min(to, beat + NEAR_BEATS + 1); i++) count += flags[i];
      return count;
    };
    const isIn = (beat: number) => {
      if (beat >= to || countNear(isPaced, beat) > 0) return false;
      const [wide, fast, withP] = [isWide, isFast, hasP].map((flags) => 2 * countNear(flags, beat));
      const others = countNear(isOther, beat);
      return wide > others && (fast > others || withP <= others);
    };
    for (let first = from; first < to; first++) {
      if (!isIn(first)) continue;
      let last = first;
      while (isIn(last + 1)) last++;
      const beats = last + 1 - first;
      const seconds = times[last] - times[first];
      if (beats >= LEAST_BEATS && conducted < beats) {
        rhythms.push({ from: times[first], to: times[last], beats, isFast: seconds <= FAST_RR_SECONDS * (beats - 1) });
      }
      first = last;
    }
  }
  return rhythms;
}
