import { type AlignedBeats, BEFORE, WINDOW } from "./average-beats.ts";
import { POINTS, type PointedWaves } from "./wave-model.ts";

/** Grid samples before the P wave's onset and after its end that are looked at too. */
const MARGIN = 4;
/** Without other beats of the shape there is no telling how alike their P waves are; often they are ventricular. */
const UNKNOWN_LIKENESS = 0.2;

/**
 * What speaks for a P wave before the beats of a shape, above 0, or against one:
 *
 * - how sure the model is of its onset, its end and its peak (the sum of the spreads, in grid samples);
 * - how alike the beats are there, each with the average of the others: in atrial fibrillation nothing comes back.
 *
 * The weights are near those of a logistic regression on the beats of the Lobachevsky database, whose P waves are marked,
 * and on those of the MIT-BIH Arrhythmia Database in sinus rhythm, in atrial fibrillation and of ventricular shape.
 *
 * @param number the class of the beats
 * @param pointed per lead
 */
export function weighPWave(aligned: AlignedBeats, number: number, pointed: readonly PointedWaves[]): number {
  const { grids, centres, classOf, averages } = aligned;
  const average = averages[number];
  const time = (point: (typeof POINTS)[number]) => median(pointed.map(({ times }) => times[POINTS.indexOf(point)]));
  const spread = (point: (typeof POINTS)[number]) =>
    median(pointed.map(({ spreads }) => spreads[POINTS.indexOf(point)]));
  const from = Math.round(BEFORE + time("pOnset")) - MARGIN;
  const to = Math.round(BEFORE + Math.min(time("pEnd") + MARGIN, time("qrsOnset") - 2));
  if (from < MARGIN || to <= from) return Number.NEGATIVE_INFINITY;
  const weights = grids.map((_, l) => toWeight(average, l * WINDOW + BEFORE));
  const beats = Array.from(classOf.keys()).filter((b) => classOf[b] === number);
  const likeness =
    beats.length > 1
      ? median(beats.map((b) => compare(aligned, average, weights, beats.length, centres[b], from, to)))
      : UNKNOWN_LIKENESS;
  const doubt = Math.min(60, spread("pOnset") + spread("pEnd") + spread("pPeak"));
  return 5 * likeness - 0.2 * (doubt - 12.5);
}

/** Leads count by their QRS complexes' slopes alike. */
function toWeight(average: Float32Array, centre: number): number {
  let sum = 0;
  for (let k = centre - 25; k < centre + 35; k++) sum += (average[k] - average[k - 1]) ** 2;
  return sum > 0 ? 1 / sum : 0;
}

/** The correlation of a beat's slopes with those of the average of the others, in all leads together. */
function compare(
  { grids }: AlignedBeats,
  average: Float32Array,
  weights: readonly number[],
  count: number,
  centre: number,
  from: number,
  to: number,
): number {
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let l = 0; l < grids.length; l++) {
    const grid = grids[l];
    const start = centre - BEFORE;
    const first = Math.max(from, 2 - start);
    const last = Math.min(to, grid.length - 2 - start);
    const sums = [0, 0, 0, 0, 0];
    for (let k = first; k < last; k++) {
      const a = l * WINDOW + k;
      const y = grid[start + k + 2] + grid[start + k + 1] - grid[start + k - 1] - grid[start + k - 2];
      const all = average[a + 2] + average[a + 1] - average[a - 1] - average[a - 2];
      const x = (all * count - y) / (count - 1);
      sums[0] += x;
      sums[1] += y;
      sums[2] += x * x;
      sums[3] += y * y;
      sums[4] += x * y;
    }
    const length = last - first;
    if (length <= 0) continue;
    xx += weights[l] * (sums[2] - (sums[0] * sums[0]) / length);
    yy += weights[l] * (sums[3] - (sums[1] * sums[1]) / length);
    xy += weights[l] * (sums[4] - (sums[0] * sums[1]) / length);
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
