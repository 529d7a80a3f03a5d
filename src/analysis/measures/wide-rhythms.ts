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
/** What most of so many beats to each side and a beat itself are says what the rhythm is there: single beats are measured badly. Ventricular ones do not count. */
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
 * Beats of a pacemaker in the ventricles are none, nor those of an ECG that has as many of slower ones that are as wide behind P waves: these are conducted.
 *
 * @param spikes the times of a pacemaker's spikes in seconds, ascending
 */
export function findWideRhythms({ times, types, afterGap, intervals }: Beats, spikes: readonly number[]): WideRhythm[] {
  const isPaced = markPaced(spikes, times);
  const isOther = types.map((type) => type !== "V");
  const isWide = intervals.map(({ qrs }, i) => qrs !== null && qrs >= WIDE_MS && types[i] !== "Q" && !isPaced[i]);
  const isFast = intervals.map((_, i) => i > 0 && !afterGap[i] && times[i] - times[i - 1] <= FAST_RR_SECONDS);
  const hasP = intervals.map(({ pr }) => pr !== null);
  const conducted = intervals.filter((_, i) => isWide[i] && hasP[i] && !isFast[i] && types[i] === "N").length;
  const rhythms: WideRhythm[] = [];
  for (let from = 0, to = 0; from < times.length; from = to) {
    for (to = from + 1; to < times.length && !afterGap[to]; ) to++;
    /** Whether most of the beats about one, of those that are not ventricular, are so. */
    const mostAre = (flags: readonly boolean[], beat: number) => {
      const near = { from: Math.max(from, beat - NEAR_BEATS), to: Math.min(to, beat + NEAR_BEATS + 1) };
      let [count, others] = [0, 0];
      for (let i = near.from; i < near.to; i++) {
        if (isOther[i]) others++;
        if (isOther[i] && flags[i]) count++;
      }
      return 2 * count > others;
    };
    const isIn = (beat: number) =>
      beat < to && mostAre(isWide, beat) && (mostAre(isFast, beat) || !mostAre(hasP, beat));
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
