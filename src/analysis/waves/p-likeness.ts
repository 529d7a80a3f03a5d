import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import { medianOf, takeQuantile } from "../numbers/quantile.ts";
import { type AlignedBeats, BEFORE } from "./average-beats.ts";
import { newPFinder, type PFinder } from "./p-finder.ts";
import { POINTS } from "./wave-model.ts";
import { withoutTWaves } from "./without-t-waves.ts";

/** What is looked at ends this many grid samples before the QRS complex, whose slopes would outweigh a P wave. */
const BEFORE_QRS = 2;
/** The number of slopes that are looked at, SLOPE_STEP apart: the 0.2 s in which P waves are. */
const SLOPES = 25;
/** The grid samples from one slope to the next. */
const SLOPE_STEP = 2;
/** The numbers that the kernels keep of a beat's slopes. */
const KEPT_SLOPES = 26;
/** A beat is compared with this many to each side. */
const NEIGHBOURS = 6;
/** Fewer beats tell nothing of what comes back. */
const LEAST_BEATS = 4;
/** The share of the beats that are slow: of sinus beats most likely, as an ectopic one comes before its time. */
const SLOW_SHARE = 0.25;
/** So many are slow at the least, where as many are as slow: in the clearest of many leads, fewer are alike by chance. */
const LEAST_SLOW = 6;
/** A beat is as slow as others where the interval before it is this share of their median at the least: early beats in turn with others are not. */
const AS_SLOW = 0.9;
/** P waves of the slow beats vary by what this share of them is below. */
const VARIATION_SHARE = 0.8;
/**
 * A lead whose P waves do not come back counts as if their likeness were this: not 0, for it may be all there is. One over the number of
 * slow beats is more where these are few: so much may be chance, and of many leads those of chance would outweigh the others.
 */
const LEAST_LEAD_LIKENESS = 0.05;
/** A lead counts by how alike its P waves are, to this power: the clearest nearly alone, as others only blur them. */
const CLEARNESS_POWER = 8;
/** P waves are clear where those of the slow beats are alike by more than this: what is as alike by chance is no P wave that comes back. */
const CLEAR = 0.55;
/** Fewer slow beats than this are more alike by chance, ... */
const ENOUGH_SLOW = 12;
/** ... so that their P waves are clear only where they are alike by more than this. */
const CLEAR_OF_FEW = 0.65;
/** A beat has their P wave where its likeness to it is above this share of how alike they are. */
const SAME_P_SHARE = 0.85;
/** The slow beats' P wave is looked for in so many leads, the clearest, or in the clearest alone where there are fewer. */
const FINDER_LEADS = 5;
/** The share of the leads whose QRS complexes may begin sooner: the outermost are passed over. */
const PASSED_OVER = 1 / 6;
/** The onset of a QRS complex where no beat is to be measured, in grid samples from its R peak. */
const USUAL_QRS_ONSET = -12;

/** How alike the signal before each beat, where P waves are, is to that before others: a number a beat in each list. */
type PLikeness = {
  /** To that of its neighbours, the mean of all pairs of them: near 0 in atrial fibrillation. NaN where it is not known. */
  repeated: Float32Array;
  /**
   * How much the P wave comes back: as `repeated`, or the share of the neighbours that have the slow beats' P wave, if it is more. Pairs of sinus
   * and ectopic beats are unlike. NaN where it is not known.
   */
  comesBack: Float32Array;
  /** How much less alike it is to that of the slow beats than these are among themselves. NaN where it is not known. */
  unlikeSlow: Float32Array;
  /** How alike that of the slow beats is: how clear P waves are. */
  clearness: number;
  /** Whether it is clearer than by chance. */
  isClear: boolean;
  /** How unlike that of the slow beats most of these are themselves. */
  variation: number;
  /** Makes what looks for the slow beats' P wave in the clearest leads; null where it is not known. */
  newFinder: (() => PFinder) | null;
};

/**
 * Compares the signal in the 0.2 s before the QRS complexes of a stretch: by its slopes, whatever their size, in all leads
 * together, those leads counting most in which it comes back. The T waves that it may lie in are taken off before.
 *
 * @param points the points of each kind's average beat in each lead, as `Delineation` has them
 * @param intervals the interval before each beat, in seconds; NaN where it is not known
 * @param isLeftOut 1 for each beat that is ventricular or unclassified
 * @param isWide 1 for each beat that is wider than usual: what is before it may be the beginning of its QRS complex, so that it is none of the
 *   slow ones, but where hardly any others are
 */
export function comparePWaves(
  aligned: AlignedBeats,
  points: readonly (readonly Float64Array[])[],
  intervals: Float64Array,
  isLeftOut: Uint8Array,
  isWide: Uint8Array = new Uint8Array(isLeftOut.length),
): PLikeness {
  const count = aligned.centres.length;
  const repeated = new Float32Array(count).fill(Number.NaN);
  const comesBack = new Float32Array(count).fill(Number.NaN);
  const unlikeSlow = new Float32Array(count).fill(Number.NaN);
  const compared = Array.from(isLeftOut.keys()).filter((b) => !isLeftOut[b]);
  const narrow = compared.filter((b) => !isWide[b]);
  const alike = narrow.length < LEAST_BEATS ? compared : narrow;
  const slow = findSlow(alike, intervals);
  if (aligned.grids.length === 0 || slow.length < LEAST_BEATS) {
    return { repeated, comesBack, unlikeSlow, clearness: 0, isClear: false, variation: 0, newFinder: null };
  }
  const onset = usualQrsOnset(aligned, points, compared);
  const first = Math.round(onset) - BEFORE_QRS - SLOPES * SLOPE_STEP;
  const leastLikeness = Math.max(LEAST_LEAD_LIKENESS, 1 / slow.length);
  const toSlow = new Float32Array(count);
  let weights = 0;
  let clearness = 0;
  repeated.fill(0);
  const usuals: number[] = [];
  const withoutT = withoutTWaves(aligned, slow, first, new Set(alike));
  const grids = withoutT ?? aligned.grids;
  for (const [lead, grid] of grids.entries()) {
    const { likeness, pairs } = compareInLead(grid, aligned.centres, first, slow, compared);
    if (withoutT) {
      // In flutter the waves of the atria are behind each beat, too, and were taken off with its T wave.
      const withT = compareInLead(aligned.grids[lead], aligned.centres, first, slow, compared);
      for (let b = 0; b < count; b++) likeness[b] = Math.max(likeness[b], withT.likeness[b]);
    }
    const usual = medianOf(slow.map((b) => likeness[b]));
    usuals.push(usual);
    const weight = Math.max(leastLikeness, usual) ** CLEARNESS_POWER;
    for (let b = 0; b < count; b++) {
      toSlow[b] += weight * likeness[b];
      repeated[b] += weight * pairs[b];
    }
    clearness += weight * usual;
    weights += weight;
  }
  clearness = Math.max(0, clearness / weights);
  for (let b = 0; b < count; b++) {
    repeated[b] = isLeftOut[b] ? Number.NaN : repeated[b] / weights;
    unlikeSlow[b] = isLeftOut[b] ? Number.NaN : clearness - toSlow[b] / weights;
  }
  const variation = quantileOf(
    slow.map((b) => Math.abs(unlikeSlow[b])),
    VARIATION_SHARE,
  );
  const isClear = clearness > (slow.length < ENOUGH_SLOW ? CLEAR_OF_FEW : CLEAR);
  const hasSlowP = unlikeSlow.map((unlike) => (isClear && clearness - unlike > SAME_P_SHARE * clearness ? 1 : 0));
  for (let place = 0; place < compared.length; place++) {
    const { from, to } = neighboursOf(place, compared.length);
    let same = 0;
    for (let other = from; other < to; other++) same += hasSlowP[compared[other]];
    comesBack[compared[place]] = Math.max(repeated[compared[place]], same / (to - from));
  }
  const range = { from: first, to: first + SLOPES * SLOPE_STEP };
  const byClearness = [...usuals.keys()].sort((a, b) => usuals[b] - usuals[a]);
  const clearest = byClearness.slice(0, usuals.length < FINDER_LEADS ? 1 : FINDER_LEADS);
  const newFinder = () => newPFinder({ grids, centres: aligned.centres }, clearest, range, slow);
  return { repeated, comesBack, unlikeSlow, clearness, isClear, variation, newFinder };
}

/** The places of the beats about one of those that are compared, and itself. */
function neighboursOf(place: number, count: number) {
  return { from: Math.max(0, place - NEIGHBOURS), to: Math.min(count, place + NEIGHBOURS + 1) };
}

/** The beats that come slowest, of those that are compared. */
function findSlow(compared: readonly number[], intervals: Float64Array): number[] {
  const known = compared.filter((b) => intervals[b] > 0).sort((a, b) => intervals[b] - intervals[a]);
  const share = Math.max(LEAST_BEATS, Math.round(SLOW_SHARE * known.length));
  const slow = known.slice(0, Math.max(LEAST_SLOW, share));
  const least = AS_SLOW * medianOf(slow.map((b) => intervals[b]));
  return slow.filter((b, place) => place < share || intervals[b] >= least);
}

/** Where the QRS complex of the usual beat begins in all leads but the first of them, in grid samples from its R peak. */
function usualQrsOnset(
  { kindOf }: AlignedBeats,
  points: readonly (readonly Float64Array[])[],
  compared: readonly number[],
): number {
  const ofKinds = points.map((leads) => {
    const onsets = Float64Array.from(leads, (times) => times[POINTS.indexOf("qrsOnset")]);
    return takeQuantile(onsets, onsets.length, PASSED_OVER);
  });
  const onset = medianOf(compared.map((b) => ofKinds[kindOf[b]]));
  return Number.isNaN(onset) || onset > 0 || onset < -BEFORE ? USUAL_QRS_ONSET : onset;
}

/**
 * Compares the slopes of a lead before beats, less their mean and of length 1: each with the mean of the slow ones, itself not among them, and
 * the pairs of its neighbours with each other.
 *
 * @param first the grid sample of the first slope, from that of a beat
 */
function compareInLead(
  grid: Float32Array,
  centres: Int32Array,
  first: number,
  slow: readonly number[],
  compared: readonly number[],
): { likeness: Float32Array; pairs: Float32Array } {
  const count = centres.length;
  const bytes =
    roomFor(grid.byteLength) +
    roomFor(centres.byteLength) +
    roomFor(count) +
    roomFor(4 * compared.length) +
    roomFor(4 * KEPT_SLOPES * count) +
    roomFor(8 * KEPT_SLOPES) +
    2 * roomFor(4 * count);
  return withRoom(bytes, (room) => {
    const values = room.floats(grid.length);
    values.set(grid);
    const places = room.ints(count);
    places.set(centres);
    const isSlow = room.bytes(count).fill(0);
    for (const b of slow) isSlow[b] = 1;
    const numbers = room.ints(compared.length);
    numbers.set(compared);
    const slopes = room.floats(KEPT_SLOPES * count).byteOffset;
    const sums = room.doubles(KEPT_SLOPES).byteOffset;
    const likeness = room.floats(count);
    const pairs = room.floats(count).fill(0);
    kernels.readSlopes(values.byteOffset, grid.length, places.byteOffset, count, first, slopes);
    kernels.compareWithSome(slopes, isSlow.byteOffset, count, sums, likeness.byteOffset);
    kernels.comparePairs(slopes, numbers.byteOffset, compared.length, NEIGHBOURS, sums, pairs.byteOffset);
    return { likeness: likeness.slice(), pairs: pairs.slice() };
  });
}

function quantileOf(values: readonly number[], share: number): number {
  return takeQuantile(new Float64Array(values), values.length, share);
}
