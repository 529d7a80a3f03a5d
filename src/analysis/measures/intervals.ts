import type { Waves } from "../waves/delineation.ts";
import type { Finding } from "./finding.ts";

/**
 * The intervals of a beat in ms: the P wave, from its onset to that of the QRS complex (PR), the QRS complex, and from its
 * onset to the end of the T wave (QT). One is null where a point that it begins or ends with was not found.
 */
export type BeatIntervals = { p: number | null; pr: number | null; qrs: number | null; qt: number | null };

/** The QT interval as it would be at 60 beats a minute, in ms, by four formulas. */
export type CorrectedQt = { bazett: number; fridericia: number; framingham: number; hodges: number };

/** The medians of an ECG's intervals, in ms. */
type Intervals = BeatIntervals & {
  /** The median RR interval in ms. */
  rr: number | null;
  qtc: CorrectedQt | null;
  /** The number of beats of which each median is. */
  counts: { p: number; pr: number; qrs: number; qt: number };
};

/** P waves are seen in an ECG where more than this share of its beats have one, ... */
const P_SHARE = 0.5;
/** ... or so many of them: fewer may be waves of fibrillation that look like one. */
const ENOUGH_P = 4;

/** The intervals of each beat, from the points of its waves in all leads together. */
export function measureIntervals(beats: readonly Waves[]): BeatIntervals[] {
  return beats.map((beat) => ({
    p: between(beat.pOnset, beat.pEnd),
    pr: between(beat.pOnset, beat.qrsOnset),
    qrs: between(beat.qrsOnset, beat.qrsEnd),
    qt: between(beat.qrsOnset, beat.tEnd),
  }));
}

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null || to <= from ? null : (to - from) * 1000;
}

/**
 * The medians of an ECG's intervals, and why one is not known.
 *
 * @param noWaves why no beat has waves, if none has
 */
export function findIntervals(
  intervals: readonly BeatIntervals[],
  rrIntervals: ArrayLike<number>,
  noWaves: string,
): Finding<Intervals | null> {
  const medians = summarizeIntervals(intervals, rrIntervals);
  if (medians.qrs === null) return { value: null, reason: noWaves };
  if (medians.qt === null) return { value: medians, reason: "no normal beat has a T wave that is clear" };
  if (medians.pr !== null) return { value: medians };
  const hasP = intervals.some(({ pr }) => pr !== null);
  return {
    value: medians,
    reason: `${hasP ? "too few normal beats have" : "no normal beat has"} a P wave that is clear`,
  };
}

/**
 * The medians, and the corrected QT interval of the median QT at the median RR interval, as an electrocardiograph gives it.
 *
 * @param intervals those of the beats to count: the normal ones
 * @param rrIntervals seconds
 */
export function summarizeIntervals(intervals: readonly BeatIntervals[], rrIntervals: ArrayLike<number>): Intervals {
  const all = (key: keyof BeatIntervals) => intervals.map((beat) => beat[key]).filter((value) => value !== null);
  const [qrs, qt] = (["qrs", "qt"] as const).map(all);
  const hasP = all("pr").length > P_SHARE * qrs.length || all("pr").length >= ENOUGH_P;
  const [p, pr] = (["p", "pr"] as const).map((key) => (hasP ? all(key) : []));
  const rrMedian = median(rrIntervals);
  const qtMedian = median(qt);
  return {
    p: median(p),
    pr: median(pr),
    qrs: median(qrs),
    qt: qtMedian,
    rr: rrMedian === null ? null : rrMedian * 1000,
    qtc: qtMedian === null || rrMedian === null ? null : correctQt(qtMedian, rrMedian),
    counts: { p: p.length, pr: pr.length, qrs: qrs.length, qt: qt.length },
  };
}

/**
 * The corrected QT interval by four formulas. Bazett (Heart 7:353, 1920): QT / RR^(1/2). Fridericia (Acta Med Scand
 * 53:469, 1920): QT / RR^(1/3). Framingham (Sagie et al., Am J Cardiol 70:797, 1992): QT + 154 (1 - RR). Hodges (J Am Coll
 * Cardiol 1:694, 1983): QT + 1.75 (HR - 60).
 *
 * @param qt ms
 * @param rr seconds; null comes back for one that is not positive
 */
export function correctQt(qt: number, rr: number): CorrectedQt | null {
  if (!(rr > 0)) return null;
  return {
    bazett: qt / Math.sqrt(rr),
    fridericia: qt / Math.cbrt(rr),
    framingham: qt + 154 * (1 - rr),
    hodges: qt + 1.75 * (60 / rr - 60),
  };
}

function median(values: ArrayLike<number>): number | null {
  if (values.length === 0) return null;
  const sorted = new Float64Array(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle]);
}
