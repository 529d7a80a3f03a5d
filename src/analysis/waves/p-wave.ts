import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import { medianOf } from "../numbers/quantile.ts";
import { type AlignedBeats, BEFORE, COMPARED_AFTER, COMPARED_BEFORE, WINDOW } from "./average-beats.ts";
import { POINTS } from "./wave-model.ts";
import type { PointedWaves } from "./wave-network.ts";

/** This many grid samples before the P wave's onset and after its end are looked at too. */
const MARGIN = 4;
/** The look ends at least this many grid samples before the QRS complex, whose slopes would outweigh a P wave. */
const BEFORE_QRS = 2;
/** The likeness of a beat that is alone of its kind, which cannot be compared: often it is ventricular. */
const UNKNOWN_LIKENESS = 0.2;
/** Doubt beyond this, in grid samples, says no more. */
const MOST_DOUBT = 60;

/**
 * The weights of a logistic model of a P wave, the natural logarithm of odds: by unit of likeness, which is -1 to 1, and by
 * grid sample of doubt. They are near those that are fitted to the beats of the Lobachevsky database, whose P waves are
 * marked, and to those of the MIT-BIH Arrhythmia Database in sinus rhythm, in atrial fibrillation and of ventricular kinds.
 * `training` has the script.
 */
export const P_WEIGHTS = { bias: 2.5, likeness: 5, doubt: -0.2 };

/** The evidence on a P wave before the beats of a kind. */
type PEvidence = {
  /** How alike the beats are there, each with the average of the others: in atrial fibrillation nothing comes back. */
  likeness: number;
  /** How unsure the model is of its onset, its end and its peak: the sum of the spreads, in grid samples. */
  doubt: number;
};

/**
 * Weighs what speaks for a P wave before the beats of a kind, above 0, or against one, below 0.
 *
 * @param kind the number of the kind
 * @param pointed the points of its average beat in each lead
 */
export function weighPWave(aligned: AlignedBeats, kind: number, pointed: readonly PointedWaves[]): number {
  const evidence = gatherPEvidence(aligned, kind, pointed);
  return evidence ? weighPEvidence(evidence, P_WEIGHTS) : Number.NEGATIVE_INFINITY;
}

/** Weighs the evidence: the natural logarithm of the odds of a P wave. */
export function weighPEvidence({ likeness, doubt }: PEvidence, weights: typeof P_WEIGHTS): number {
  return weights.bias + weights.likeness * likeness + weights.doubt * doubt;
}

/** Gathers the evidence on a P wave: what the model weighs, and what it is fitted to. There is none without room for one. */
export function gatherPEvidence(
  aligned: AlignedBeats,
  kind: number,
  pointed: readonly PointedWaves[],
): PEvidence | undefined {
  const { grids, centres, kindOf, averages } = aligned;
  const average = averages[kind];
  const time = (point: (typeof POINTS)[number]) => medianOf(pointed.map(({ times }) => times[POINTS.indexOf(point)]));
  const spread = (point: (typeof POINTS)[number]) =>
    medianOf(pointed.map(({ spreads }) => spreads[POINTS.indexOf(point)]));
  const from = Math.round(BEFORE + time("pOnset")) - MARGIN;
  const to = Math.round(BEFORE + Math.min(time("pEnd") + MARGIN, time("qrsOnset") - BEFORE_QRS));
  if (from < MARGIN || to <= from) return undefined;
  const weights = grids.map((_, l) => toWeight(average, l * WINDOW + BEFORE));
  const beats: number[] = [];
  for (let b = 0; b < kindOf.length; b++) if (kindOf[b] === kind) beats.push(b);
  const slopes = new Float64Array(average.length);
  for (let l = 0; l < grids.length; l++) {
    for (let k = l * WINDOW + from; k < l * WINDOW + to; k++) {
      slopes[k] = (average[k + 2] + average[k + 1] - average[k - 1] - average[k - 2]) * beats.length;
    }
  }
  const starts = beats.map((b) => centres[b] - BEFORE);
  const likeness = beats.length > 1 ? medianOf(compare(grids, slopes, weights, starts, from, to)) : UNKNOWN_LIKENESS;
  const doubt = Math.min(MOST_DOUBT, spread("pOnset") + spread("pEnd") + spread("pPeak"));
  return { likeness, doubt };
}

/** The weight of a lead by which the slopes of all leads' QRS complexes count alike. */
function toWeight(average: Float64Array, centre: number): number {
  let sum = 0;
  for (let k = centre - COMPARED_BEFORE; k < centre + COMPARED_AFTER; k++) sum += (average[k] - average[k - 1]) ** 2;
  return sum > 0 ? 1 / sum : 0;
}

/**
 * The correlation of the slopes of each beat with the sums of those of the others, in all leads together.
 *
 * @param slopes the sums of the slopes of all beats: a window a lead
 * @param starts of the beats' windows
 */
function compare(
  grids: readonly Float32Array[],
  slopes: Float64Array,
  weights: readonly number[],
  starts: readonly number[],
  from: number,
  to: number,
): number[] {
  const longest = Math.max(0, ...grids.map(({ byteLength }) => byteLength));
  const count = starts.length;
  const bytes = roomFor(longest) + roomFor(slopes.byteLength) + roomFor(4 * count) + roomFor(3 * 8 * count);
  return withRoom(bytes, (room) => {
    const values = room.floats(longest / Float32Array.BYTES_PER_ELEMENT);
    const ofAll = room.doubles(slopes.length);
    ofAll.set(slopes);
    const begins = room.ints(count);
    begins.set(starts);
    const sums = room.doubles(3 * count).fill(0);
    for (const [l, grid] of grids.entries()) {
      values.set(grid);
      const ofLead = ofAll.byteOffset + Float64Array.BYTES_PER_ELEMENT * l * WINDOW;
      const [at, places, found] = [values.byteOffset, begins.byteOffset, sums.byteOffset];
      kernels.addLikeness(at, grid.length, places, count, ofLead, from, to, weights[l], found);
    }
    return starts.map((_, i) => {
      const xx = sums[3 * i];
      const yy = sums[3 * i + 1];
      const xy = sums[3 * i + 2];
      return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
    });
  });
}
