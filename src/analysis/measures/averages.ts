import type { BeatType } from "../beats/beat-types.ts";
import {
  addWholeWindows,
  BEFORE,
  COMPARED_AFTER,
  COMPARED_BEFORE,
  climb,
  GRID_RATE_HZ,
  isWhole,
  SAME_KIND,
  WINDOW,
} from "../waves/average-beats.ts";
import { type Delineation, joinWaves, type Waves, wavesOfAverage } from "../waves/delineation.ts";
import { hasTWave } from "../waves/t-wave.ts";
import { POINTS } from "../waves/wave-model.ts";

/** The average of beats of one type whose shapes are alike. */
export type AverageBeat = {
  type: BeatType;
  /** The number of beats of this kind. */
  count: number;
  /** The waves in all leads together, in seconds from the R peak. */
  waves: Waves;
  leads: AverageLead[];
};

/** The average beat in a lead. */
export type AverageLead = {
  /** The number of the lead. */
  lead: number;
  /** The number of beats of which it is the average: those that are whole in the lead, in a second that is usable. */
  count: number;
  /** Its window, in ADC units at AVERAGE_RATE_HZ. */
  values: Float32Array;
  /** Its waves, in seconds from the R peak. */
  waves: Waves;
};

/** The average beats of an ECG. */
export type AverageBeats = {
  /** The kinds with the most beats, the largest first. */
  kinds: AverageBeat[];
  /** The number of beats of other kinds. */
  others: number;
};

/** The sampling rate of average beats, Hz. */
export const AVERAGE_RATE_HZ = GRID_RATE_HZ;
/** The time of an average beat's first value, in seconds from its R peak. */
export const AVERAGE_START_SECONDS = -BEFORE / GRID_RATE_HZ;
/** So many kinds are kept: a new one takes the place of the smallest. */
const MOST_KINDS = 8;
/** The level of the baseline before a QRS complex is the mean of this many grid samples: 20 ms. */
const LEVEL_SAMPLES = 5;
/** Between beats that are more grid samples apart than this, 3 s, the baseline may do anything. */
const MOST_APART = 750;
/** The places of the P wave's points among POINTS. */
const P_POINTS = ["pOnset", "pPeak", "pEnd"];
/** The place of the onset of the QRS complex among POINTS. */
const QRS_ONSET = POINTS.indexOf("qrsOnset");

/** A beat of a stretch, as far as averages go by it. */
type BeatToAverage = {
  type: BeatType;
  hasP: boolean;
  /** The number of the second that it is in, from the first sample. */
  second: number;
};

/** The mean of a kind in a lead. `points` are the means of POINTS, each weighted by `weights`. */
type LeadMean = { count: number; values: Float64Array; points: Float64Array; weights: Float64Array };
type Kind = { type: BeatType; count: number; withP: number; leads: Map<number, LeadMean> };

/**
 * Averages the beats of an ECG by their type and their shape, stretch by stretch. Beats that `delineate` took for one kind
 * in their stretch are added where they were aligned; kinds of two stretches are one where the slopes about their R peaks are
 * alike, by the measure of `alignBeats`, and so are those that become alike. A straight line is taken off under each beat, as the
 * baseline rises or falls from before its QRS complex to before the next (Meyer and Keiser, Comput Biomed Res 10:459-470, 1977):
 * else that moves the ST segment. The waves of an average are the means of those that its stretches' averages have.
 */
export function newAverages() {
  let kinds: Kind[] = [];
  let others = 0;
  const sum = new Float64Array(WINDOW);

  function newKind(type: BeatType): Kind {
    const kind: Kind = { type, count: 0, withP: 0, leads: new Map() };
    kinds.push(kind);
    return kind;
  }

  return {
    /**
     * Adds the beats of a stretch.
     *
     * @param leads those that were delineated, with their numbers and the faults of their seconds
     * @param beats the stretch's own, which begin with the delineation's beat of the number `first`
     */
    add(
      leads: readonly { number: number; faults: Uint8Array }[],
      { aligned, usable, points }: Delineation,
      first: number,
      beats: readonly BeatToAverage[],
    ): void {
      const { grids, gaps, kindOf, averages } = aligned;
      const numbers = usable.map((l) => leads[l].number);
      for (const group of groupBeats(beats, kindOf.subarray(first))) {
        const { type } = beats[group[0]];
        const stretchKind = kindOf[first + group[0]];
        const alike = findAlike(kinds, type, numbers, averages[stretchKind]);
        const { kind, shift } = alike ?? { kind: newKind(type), shift: 0 };
        const withP = group.filter((i) => beats[i].hasP).length;
        kind.count += group.length;
        kind.withP += withP;
        for (const [place, number] of numbers.entries()) {
          const { faults } = leads[usable[place]];
          const windows = findWindows(aligned, place, stretchKind, shift, (b) => {
            const beat = beats[b - first];
            return beat?.type === type && faults[beat.second] === 0;
          });
          const { starts } = windows;
          if (starts.length === 0) continue;
          sumWindows(sum, aligned, place, stretchKind, shift, windows);
          const onset = Math.round(BEFORE + points[stretchKind][place][QRS_ONSET] - shift);
          const drift = starts.length * measureDrift(grids[place], gaps[place], starts, onset);
          for (let k = 0; k < WINDOW; k++) sum[k] -= drift * (k - BEFORE);
          const mean = kind.leads.get(number) ?? newLeadMean();
          kind.leads.set(number, mean);
          addToMean(mean, sum, starts.length, points[stretchKind][place], shift, withP / group.length);
        }
      }
      if (kinds.length <= MOST_KINDS) return;
      kinds = joinAlike(kinds);
      for (const { count } of kinds.slice(MOST_KINDS)) others += count;
      kinds = kinds.slice(0, MOST_KINDS);
    },
    /** The averages, after the last stretch. */
    finish: (): AverageBeats => ({ kinds: joinAlike(kinds).map(toAverageBeat), others }),
  };
}

/** Groups the beats of a stretch by their kind there and their type; those without a type are left out. */
function groupBeats(beats: readonly BeatToAverage[], kindOf: Int32Array): number[][] {
  const groups = new Map<string, number[]>();
  for (const [i, { type }] of beats.entries()) {
    if (type === "Q") continue;
    const key = `${type}${kindOf[i]}`;
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  }
  return [...groups.values()];
}

/** Where windows of a kind's beats begin in a lead: of those to average, and of others that are whole as well. */
type Windows = { starts: number[]; others: number[] };

/**
 * Finds the windows of a kind's beats that are whole in a lead.
 *
 * @param place the lead's, among those that were delineated
 * @param shift how many grid samples later the kind's R peak is
 * @param isWanted whether the beat of a number is one to average
 */
function findWindows(
  { gaps, centres, kindOf }: Delineation["aligned"],
  place: number,
  kind: number,
  shift: number,
  isWanted: (beat: number) => boolean,
): Windows {
  const windows: Windows = { starts: [], others: [] };
  for (let b = 0; b < kindOf.length; b++) {
    if (kindOf[b] !== kind) continue;
    const from = centres[b] + shift - BEFORE;
    if (isWhole(gaps[place], from)) (isWanted(b) ? windows.starts : windows.others).push(from);
  }
  return windows;
}

/** Sums up the windows to average: by the sum of all, which is known where they are not shifted, less the others, if these are fewer. */
function sumWindows(
  sum: Float64Array,
  { grids, sums }: Delineation["aligned"],
  place: number,
  kind: number,
  shift: number,
  { starts, others }: Windows,
): void {
  sum.fill(0);
  if (shift === 0 && others.length < starts.length) {
    addWholeWindows(sum, grids[place], others);
    for (let k = 0; k < WINDOW; k++) sum[k] = sums[kind][place * WINDOW + k] - sum[k];
  } else addWholeWindows(sum, grids[place], starts);
}

/**
 * How much the baseline rises from one grid sample to the next, in the mean of some beats: from the level before the QRS complex of each to that
 * before the next of them.
 *
 * @param starts where the beats' windows begin, ascending
 * @param onset of the QRS complex in a window
 */
function measureDrift(grid: Float32Array, gaps: Int32Array, starts: readonly number[], onset: number): number {
  let rise = 0;
  let time = 0;
  for (let i = 1; i < starts.length; i++) {
    const [from, to] = [starts[i - 1] + onset, starts[i] + onset];
    if (to - from > MOST_APART || gaps[to] !== gaps[from]) continue;
    rise += levelBefore(grid, to) - levelBefore(grid, from);
    time += to - from;
  }
  return time > 0 ? rise / time : 0;
}

function levelBefore(grid: Float32Array, onset: number): number {
  let sum = 0;
  for (let k = onset - LEVEL_SAMPLES; k < onset; k++) sum += grid[k];
  return sum / LEVEL_SAMPLES;
}

function newLeadMean(): LeadMean {
  return {
    count: 0,
    values: new Float64Array(WINDOW),
    points: new Float64Array(POINTS.length),
    weights: new Float64Array(POINTS.length),
  };
}

/**
 * Adds some beats to a mean.
 *
 * @param sum of their windows
 * @param points of their average, from an R peak that is `shift` grid samples earlier
 * @param shareWithP of the beats: the points of the P wave count by it
 */
function addToMean(
  mean: LeadMean,
  sum: Float64Array,
  count: number,
  points: Float64Array,
  shift: number,
  shareWithP: number,
): void {
  const total = mean.count + count;
  for (let k = 0; k < WINDOW; k++) mean.values[k] = (mean.values[k] * mean.count + sum[k]) / total;
  mean.count = total;
  for (const [p, name] of POINTS.entries()) {
    const weight = P_POINTS.includes(name) ? shareWithP * count : count;
    if (weight === 0) continue;
    mean.weights[p] += weight;
    mean.points[p] += ((points[p] - shift - mean.points[p]) * weight) / mean.weights[p];
  }
}

/**
 * Finds the kind of a type that an average is most alike, and how many grid samples later its R peak is in that average.
 *
 * @param average windows of the leads of these numbers, one after the other
 */
function findAlike(kinds: readonly Kind[], type: BeatType, numbers: readonly number[], average: ArrayLike<number>) {
  let found: { kind: Kind; shift: number } | undefined;
  let best = SAME_KIND;
  for (const kind of kinds) {
    if (kind.type !== type) continue;
    const { correlation, shift } = climb((shift) => compare(kind, numbers, average, shift));
    if (correlation <= best) continue;
    best = correlation;
    found = { kind, shift };
  }
  return found;
}

/** Makes one kind of those that have become alike as beats were added. The largest is the first. */
function joinAlike(kinds: readonly Kind[]): Kind[] {
  const bySize = (a: Kind, b: Kind) => b.count - a.count;
  const joined: Kind[] = [];
  for (const kind of [...kinds].sort(bySize)) {
    const average = new Float64Array(WINDOW * kind.leads.size);
    for (const [place, { values }] of [...kind.leads.values()].entries()) average.set(values, place * WINDOW);
    const alike = findAlike(joined, kind.type, [...kind.leads.keys()], average);
    if (alike) addKind(alike.kind, kind, alike.shift);
    else joined.push(kind);
  }
  return joined.sort(bySize);
}

/** Adds a kind to another, whose R peak is `shift` grid samples later in it. */
function addKind(to: Kind, { count, withP, leads }: Kind, shift: number): void {
  to.count += count;
  to.withP += withP;
  for (const [number, { count, values, points, weights }] of leads) {
    const sum = values.map((_, k) => count * values[Math.min(WINDOW - 1, Math.max(0, k + shift))]);
    const mean = to.leads.get(number) ?? newLeadMean();
    to.leads.set(number, mean);
    addToMean(mean, sum, count, points, shift, weights[POINTS.indexOf("pOnset")] / count);
  }
}

/** Pearson's correlation of the slopes of a kind and of an average, whose leads have these numbers, in all leads together. */
function compare({ leads }: Kind, numbers: readonly number[], average: ArrayLike<number>, shift: number): number {
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const [place, number] of numbers.entries()) {
    const values = leads.get(number)?.values;
    if (!values) continue;
    let lxx = 0;
    let lyy = 0;
    let lxy = 0;
    for (let k = BEFORE - COMPARED_BEFORE + 2; k < BEFORE + COMPARED_AFTER; k += 2) {
      const at = place * WINDOW + k + shift;
      const x = values[k] - values[k - 2];
      const y = average[at] - average[at - 2];
      lxx += x * x;
      lyy += y * y;
      lxy += x * y;
    }
    if (lxx === 0) continue;
    // Each lead counts alike, however high its waves are.
    xx += 1;
    yy += lyy / lxx;
    xy += lxy / lxx;
  }
  return yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

function toAverageBeat({ type, count, withP, leads }: Kind): AverageBeat {
  const means = [...leads.values()];
  const t = hasTWave(
    means.map(({ values }) => values),
    means.map(({ points }) => points),
  );
  const found = [...leads].map(([lead, mean]): AverageLead => {
    const values = new Float32Array(mean.values);
    return { lead, count: mean.count, values, waves: wavesOfAverage(values, mean.points, { p: 2 * withP > count, t }) };
  });
  return {
    type,
    count,
    waves: joinWaves(
      found.map(({ waves }) => waves),
      0,
    ),
    leads: found.sort((a, b) => a.lead - b.lead),
  };
}
