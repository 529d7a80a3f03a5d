import { medianOf } from "../numbers/quantile.ts";
import { type AlignedBeats, alignBeats, BEFORE, GRID_RATE_HZ, type SampledLead, WINDOW } from "./average-beats.ts";
import { weighPWave } from "./p-wave.ts";
import { lookAtQrs } from "./qrs-look.ts";
import { lookAgain, lookAtAverage } from "./second-look.ts";
import { hasTWave } from "./t-wave.ts";
import { POINTS, pointAtWaves } from "./wave-model.ts";
import type { PointedWaves } from "./wave-network.ts";

/** The names of the points of a beat's waves, in their order in time. */
export const FIDUCIALS = ["pOnset", "pPeak", "pEnd", "qrsOnset", "rPeak", "qrsEnd", "tOnset", "tPeak", "tEnd"] as const;
export type Fiducial = (typeof FIDUCIALS)[number];

/** The points of a beat's waves, in seconds from the beginning of the samples; null where there is no such wave, or none to be seen. */
export type Waves = Record<Fiducial, number | null>;

/** Whether the beats of a kind have a P wave and a T wave: the model points at both in any case. */
type HasWaves = { p: boolean; t: boolean };

export type Delineation = {
  /** The waves of each beat in each lead. */
  leads: Waves[][];
  /** The waves of each beat in all leads together: intervals are measured by them. */
  beats: Waves[];
  /** The numbers of the leads that have waves: the leads of `aligned`. */
  usable: number[];
  aligned: AlignedBeats;
  /** The points of each kind's average beat in each lead of `aligned`, as `PointedWaves` has them, after the second look. */
  points: Float64Array[][];
};

/** The place of each point in the output of the model. */
const [P_ONSET, P_END, QRS_ONSET, QRS_END, T_ONSET, T_END, P_PEAK, T_PEAK] = POINTS.keys();

/** The name of the method, as answers have it. */
export const DELINEATION_METHOD =
  "average beats of each shape, delineated in all leads together by a convolutional network";

/** A lead of a lower sampling rate has no waves: a QRS complex is a few samples. */
const LEAST_RATE_HZ = 60;
/**
 * The share of the leads, two of twelve, whose onsets and ends are passed over. A wave begins with its earliest onset in any
 * lead and ends with its latest end, by the CSE working party ("Recommendations for measurement standards in quantitative
 * electrocardiography", Eur Heart J 6:815-825, 1985); passing over the outermost keeps the error of a single lead out.
 */
const PASSED_OVER = 1 / 6;
/** An R wave is at least this high, as a share of the depth of Q or S; a lower one is no R peak. */
const LEAST_R = 0.1;
/** Up to this many beats are each looked at by themselves: those of an ECG of 10 s, at any rate of the heart. */
const FEW_BEATS = 50;
/** How much of the way to what the look at QRS complexes says these are moved: both looks together are better than either. */
const QRS_SHARE = 0.7;
/** A P wave begins no sooner than this after the R peak before. */
const AFTER_PREVIOUS_SECONDS = 0.1;
/** A T wave ends no later than this before the next R peak. */
const BEFORE_NEXT_SECONDS = 0.03;
/** P waves are looked for this many grid samples earlier, 120 ms, where none is where the model knows them: PR intervals of 280 ms and more are few in LUDB. */
const EARLIER = 30;
/** This many grid samples before the QRS complex are left beside it. */
const BEFORE_QRS = 5;
/** The least odds of an early P wave, as their natural logarithm: few beats have one. */
const LEAST_EARLY_ODDS = 1.5;
/** Early P waves are looked for before so many beats of a kind. */
const FEW_OF_KIND = 3;
/** A P wave lasts longer than this many grid samples: 16 ms. */
const SHORTEST_P = 4;
/** A T wave lasts longer than this many grid samples: 32 ms. */
const SHORTEST_T = 8;
/** The peak of a P or T wave is at least this many grid samples inside it. */
const PEAK_INSIDE = 1;

/**
 * Finds the onsets, peaks and ends of the P wave, the QRS complex and the T wave of each beat in each lead.
 *
 * Beats of one kind are averaged, so that noise is evened out. A model finds their waves in all leads together
 * (`wave-model.ts`), and each beat has them where it was aligned with the average. A second look at each lead corrects them
 * (`second-look.ts`): at each beat where beats are few, else at the average, to save time. Of a recording with few beats another network
 * looks at each QRS complex in all leads together, too (`qrs-look.ts`). Waves that reach beyond the samples or into a gap are null. A long
 * recording is given in stretches of some minutes, each with some seconds to both sides.
 *
 * @param leads leads without a known rate, with a rate below 60 Hz, without any change, or that do not show the beats have no waves
 * @param beats seconds from the beginning of the samples to each R peak, ascending
 * @param room for the grids of `aligned`: a stretch that is given that of the one before takes the place of its grids
 * @param isPart whether the recording has other beats: a day's QRS complexes would take as long as all else
 */
export function delineate(
  leads: readonly SampledLead[],
  beats: ArrayLike<number>,
  room?: Float32Array[],
  isPart = false,
): Delineation {
  const candidates = leads.flatMap((lead, l) => (isUsable(lead) ? [l] : []));
  const aligned = alignBeats(
    candidates.map((l) => leads[l]),
    beats,
    room,
  );
  const usable = aligned.shown.map((place) => candidates[place]);
  const placeOf = leads.map((_, l) => usable.indexOf(l));
  const kinds = aligned.averages.map((average, kind) => {
    const first = lookAtKind(aligned, kind, pointAtWaves(average, usable.length), 0);
    const early = first.hasP ? undefined : lookForEarlyP(aligned, kind, first, beats);
    const { pointed, looked, hasP } = early ?? first;
    const windows = usable.map((_, l) => average.subarray(l * WINDOW, (l + 1) * WINDOW));
    const has = {
      p: hasP,
      t: hasTWave(
        windows,
        looked.map(({ times }) => times),
      ),
    };
    return { pointed, looked, has };
  });
  const ofBeats =
    beats.length <= FEW_BEATS
      ? lookAtBeats(
          aligned,
          kinds.map(({ pointed }) => pointed),
          isPart,
        )
      : undefined;
  const points = kinds.map(({ looked }) => looked.map(({ times }) => times));
  const result: Delineation = { leads: leads.map(() => []), beats: [], usable, aligned, points };
  for (let b = 0; b < beats.length; b++) {
    const previous = b > 0 ? beats[b - 1] + AFTER_PREVIOUS_SECONDS : 0;
    const next = b + 1 < beats.length ? beats[b + 1] - BEFORE_NEXT_SECONDS : Number.POSITIVE_INFINITY;
    const { looked, has } = kinds[aligned.kindOf[b]];
    const found = usable.map((_, i) => {
      const times = ofBeats ? ofBeats[i][b] : looked[i].times;
      return toWaves(aligned, i, b, times, has, previous, next);
    });
    result.leads.forEach((lead, l) => {
      lead.push(found[placeOf[l]] ?? noWaves());
    });
    result.beats.push(joinWaves(found, beats[b]));
  }
  return result;
}

/** The waves of a kind of beats: where the model points in each lead, where they are after the second look, and whether there is a P wave. */
type LookedKind = { pointed: readonly PointedWaves[]; looked: readonly PointedWaves[]; hasP: boolean };

function lookAtKind(
  aligned: AlignedBeats,
  kind: number,
  pointed: readonly PointedWaves[],
  leastOdds: number,
): LookedKind {
  const looked = lookAtAverage(aligned.averages[kind], pointed);
  return { pointed, looked, hasP: pointed.length > 0 && weighPWave(aligned, kind, looked) > leastOdds };
}

/**
 * Looks for P waves that are earlier than the model knows them: it is given the average beat with the P waves so much later. Nothing before the
 * end of the T wave before is a P wave.
 *
 * @param first what was found without that
 */
function lookForEarlyP(
  aligned: AlignedBeats,
  kind: number,
  { pointed, looked }: LookedKind,
  beats: ArrayLike<number>,
): LookedKind | undefined {
  const intervals = Array.from(aligned.kindOf).flatMap((of, b) =>
    of === kind && b > 0 ? [beats[b] - beats[b - 1]] : [],
  );
  if (pointed.length === 0 || intervals.length < FEW_OF_KIND) return undefined;
  const average = aligned.averages[kind].slice();
  for (const [l, { times }] of pointed.entries()) {
    const window = average.subarray(l * WINDOW, (l + 1) * WINDOW);
    const joint = Math.max(EARLIER, BEFORE + Math.round(times[QRS_ONSET]) - BEFORE_QRS);
    const step = window[joint] - window[joint - EARLIER];
    for (let k = joint - 1; k >= EARLIER; k--) window[k] = window[k - EARLIER] + step;
    window.fill(window[EARLIER], 0, EARLIER);
  }
  const moved = pointAtWaves(average, pointed.length).map(({ times, spreads }, l) => {
    const both = { times: pointed[l].times.slice(), spreads: pointed[l].spreads.slice() };
    for (const p of [P_ONSET, P_PEAK, P_END]) {
      both.times[p] = times[p] - EARLIER;
      both.spreads[p] = spreads[p];
    }
    return both;
  });
  const early = lookAtKind(aligned, kind, moved, LEAST_EARLY_ODDS);
  const onset = medianOf(early.looked.map(({ times }) => times[P_ONSET]));
  const tEnd = medianOf(looked.map(({ times }) => times[T_END])) - GRID_RATE_HZ * medianOf(intervals);
  return early.hasP && onset > tEnd ? early : undefined;
}

/**
 * The waves of an average beat in a lead, in seconds from its R peak.
 *
 * @param average a window of the lead
 * @param points as `Delineation` has them
 */
export function wavesOfAverage(average: Float32Array, points: Float64Array, has: HasWaves): Waves {
  const alone = { grids: [average], gaps: [NO_GAPS], centres: Int32Array.of(BEFORE) };
  const waves = toWaves(alone, 0, 0, points, has, 0, Number.POSITIVE_INFINITY);
  const fromPeak = (time: number | null) => (time === null ? null : time - BEFORE / GRID_RATE_HZ);
  // Object.fromEntries forgets which name has which type.
  return Object.fromEntries(FIDUCIALS.map((name) => [name, fromPeak(waves[name])])) as Waves;
}

/** The gaps of an average beat, which has none. */
const NO_GAPS = new Int32Array(WINDOW + 1);

/** Why no normal beat of an ECG has waves, by the sampling rates of its leads in Hz. */
export function explainNoWaves(samplingRates: readonly number[]): string {
  return samplingRates.every((rate) => rate < LEAST_RATE_HZ)
    ? `no lead has samples at ${LEAST_RATE_HZ} Hz or more`
    : "no normal beat is clear enough to be measured";
}

function isUsable({ samples, samplingRate }: SampledLead): boolean {
  if (!samplingRate || !(samplingRate >= LEAST_RATE_HZ)) return false;
  for (let i = 1; i < samples.length; i++) if (samples[i] !== samples[0]) return true;
  return false;
}

function noWaves(): Waves {
  return {
    pOnset: null,
    pPeak: null,
    pEnd: null,
    qrsOnset: null,
    rPeak: null,
    qrsEnd: null,
    tOnset: null,
    tPeak: null,
    tEnd: null,
  };
}

/**
 * The points of each beat in each lead, after a second look at the beat itself, and one at its QRS complex.
 *
 * @param kinds the points of each kind's average beat in each lead
 * @param isPart as `delineate` has it: QRS complexes are not looked at then
 */
function lookAtBeats(
  aligned: AlignedBeats,
  kinds: readonly (readonly PointedWaves[])[],
  isPart: boolean,
): Float64Array[][] {
  const { grids, centres, kindOf } = aligned;
  const starts = centres.map((centre) => centre - BEFORE);
  const complexes = isPart ? [] : lookAtQrs(aligned);
  return grids.map((grid, l) => {
    const looked = lookAgain(
      grid,
      starts,
      Array.from(kindOf, (kind) => kinds[kind][l].times),
    );
    for (const [b, complex] of complexes.entries()) {
      const times = looked[b];
      const [onset, end] = complex[l].times;
      times[QRS_ONSET] += QRS_SHARE * (onset - times[QRS_ONSET]);
      times[QRS_END] += QRS_SHARE * (end - times[QRS_END]);
    }
    return looked;
  });
}

function toWaves(
  { grids, gaps, centres }: Pick<AlignedBeats, "grids" | "gaps" | "centres">,
  lead: number,
  beat: number,
  times: Float64Array,
  has: HasWaves,
  previous: number,
  next: number,
): Waves {
  const grid = grids[lead];
  const centre = centres[beat];
  const pOnset = centre + times[P_ONSET];
  const qrsOnset = centre + times[QRS_ONSET];
  const qrsEnd = centre + times[QRS_END];
  const missing = gaps[lead];
  const waves = noWaves();
  if (isThere(grid, missing, qrsOnset, qrsEnd) && qrsEnd > qrsOnset) {
    waves.qrsOnset = qrsOnset / GRID_RATE_HZ;
    waves.qrsEnd = qrsEnd / GRID_RATE_HZ;
    waves.rPeak = findPeak(grid, qrsOnset, qrsEnd) / GRID_RATE_HZ;
  }
  const pEnd = Math.min(centre + times[P_END], qrsOnset);
  if (has.p && isThere(grid, missing, pOnset, pEnd) && pOnset / GRID_RATE_HZ > previous && pEnd - pOnset > SHORTEST_P) {
    waves.pOnset = pOnset / GRID_RATE_HZ;
    waves.pPeak = Math.min(Math.max(centre + times[P_PEAK], pOnset + PEAK_INSIDE), pEnd - PEAK_INSIDE) / GRID_RATE_HZ;
    waves.pEnd = pEnd / GRID_RATE_HZ;
  }
  const tOnset = Math.max(centre + times[T_ONSET], qrsEnd);
  const tEnd = Math.min(centre + times[T_END], next * GRID_RATE_HZ);
  if (has.t && isThere(grid, missing, tOnset, tEnd) && tEnd - tOnset > SHORTEST_T) {
    waves.tOnset = tOnset / GRID_RATE_HZ;
    waves.tPeak = Math.min(Math.max(centre + times[T_PEAK], tOnset + PEAK_INSIDE), tEnd - PEAK_INSIDE) / GRID_RATE_HZ;
    waves.tEnd = tEnd / GRID_RATE_HZ;
  }
  return waves;
}

/** Whether all of a lead from one grid time to another is there. */
function isThere(grid: Float32Array, missing: Int32Array, from: number, to: number): boolean {
  return from >= 0 && Math.ceil(to) < grid.length && missing[Math.ceil(to)] === missing[Math.floor(from)];
}

/** The grid sample of the R peak: the top of the R wave, or the bottom of the QRS complex when it has none to speak of. */
function findPeak(grid: Float32Array, onset: number, end: number): number {
  const first = Math.round(onset);
  const base = grid[first];
  let top = first;
  let bottom = first;
  let high = base;
  let low = base;
  for (let k = first; k <= end && k < grid.length; k++) {
    const value = grid[k];
    if (value > high) {
      high = value;
      top = k;
    }
    if (value < low) {
      low = value;
      bottom = k;
    }
  }
  return high - base > LEAST_R * (base - low) ? top : bottom;
}

/** The times of a point in the leads, in their order. */
let ranked = new Float64Array(0);

/** The waves of a beat in all leads together. */
export function joinWaves(leads: readonly Waves[], rPeak: number): Waves {
  if (ranked.length < leads.length) ranked = new Float64Array(leads.length);
  const times = ranked;
  const rank = (timeOf: (waves: Waves) => number | null, share: number) => {
    let count = 0;
    for (const waves of leads) {
      const time = timeOf(waves);
      if (time === null) continue;
      // They are few: each is put in its place.
      let at = count++;
      for (; at > 0 && times[at - 1] > time; at--) times[at] = times[at - 1];
      times[at] = time;
    }
    return count > 0 ? times[Math.round(share * (count - 1))] : null;
  };
  return {
    pOnset: rank(({ pOnset }) => pOnset, PASSED_OVER),
    pPeak: rank(({ pPeak }) => pPeak, 0.5),
    pEnd: rank(({ pEnd }) => pEnd, 1 - PASSED_OVER),
    qrsOnset: rank(({ qrsOnset }) => qrsOnset, PASSED_OVER),
    rPeak,
    qrsEnd: rank(({ qrsEnd }) => qrsEnd, 1 - PASSED_OVER),
    tOnset: rank(({ tOnset }) => tOnset, PASSED_OVER),
    tPeak: rank(({ tPeak }) => tPeak, 0.5),
    tEnd: rank(({ tEnd }) => tEnd, 1 - PASSED_OVER),
  };
}
