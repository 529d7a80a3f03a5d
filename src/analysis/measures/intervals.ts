import type { Waves } from "../waves/delineation.ts";

/** Of a beat, in ms; null where a point that it is from or to was not found. */
export type BeatIntervals = { p: number | null; pr: number | null; qrs: number | null; qt: number | null };

/** The QT interval as it would be at 60 beats a minute, in ms, by four formulas. */
export type CorrectedQt = { bazett: number; fridericia: number; framingham: number; hodges: number };

export type Intervals = BeatIntervals & {
  /** In ms. */
  rr: number | null;
  qtc: CorrectedQt | null;
  /** How many beats each median is of. */
  counts: { p: number; pr: number; qrs: number; qt: number };
};

/** The P wave, from its onset to that of the QRS complex (PR), the QRS complex, and from its onset to the end of T (QT). */
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
 * The medians, and the corrected QT interval of the median QT at the median RR interval, as an electrocardiograph gives it.
 *
 * @param intervals of the beats to count: the normal ones
 * @param rrIntervals in seconds
 */
export function summarizeIntervals(intervals: readonly BeatIntervals[], rrIntervals: ArrayLike<number>): Intervals {
  const all = (key: keyof BeatIntervals) => intervals.map((beat) => beat[key]).filter((value) => value !== null);
  const [p, pr, qrs, qt] = (["p", "pr", "qrs", "qt"] as const).map(all);
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
 * Bazett (Heart 7:353, 1920): QT / RR^(1/2). Fridericia (Acta Med Scand 53:469, 1920): QT / RR^(1/3). Framingham (Sagie et
 * al., Am J Cardiol 70:797, 1992): QT + 154 (1 - RR). Hodges (J Am Coll Cardiol 1:694, 1983): QT + 1.75 (HR - 60).
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
