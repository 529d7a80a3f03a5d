import { BEFORE, COMPARED_AFTER, COMPARED_BEFORE } from "./average-beats.ts";
import { POINTS } from "./wave-model.ts";

const [T_ONSET, T_END] = [POINTS.indexOf("tOnset"), POINTS.indexOf("tEnd")];
/**
 * There is a T wave where in one lead at least it is this share of the range of the QRS complex high. In 12 leads of LUDB it is 0.08 and more, in one
 * lead of MIT-BIH 0.028 and more; the model points at one anywhere, and of what is left where T waves are cut out most is below 0.012.
 */
const LEAST_SHARE = 0.025;

/**
 * Whether the beats of a kind have a T wave, in any lead: how far the average beat is from the straight line between the wave's onset and its end.
 *
 * @param windows the average beat in each lead
 * @param points in each, as `PointedWaves` has them
 */
export function hasTWave(windows: readonly ArrayLike<number>[], points: readonly Float64Array[]): boolean {
  return windows.some((window, l) => {
    const from = Math.round(BEFORE + points[l][T_ONSET]);
    const to = Math.min(window.length - 1, Math.round(BEFORE + points[l][T_END]));
    const step = (window[to] - window[from]) / (to - from);
    let height = 0;
    for (let k = from; k < to; k++) {
      height = Math.max(height, Math.abs(window[k] - window[from] - step * (k - from)));
    }
    return height > LEAST_SHARE * rangeOfQrs(window);
  });
}

function rangeOfQrs(window: ArrayLike<number>): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let k = BEFORE - COMPARED_BEFORE; k < BEFORE + COMPARED_AFTER; k++) {
    if (window[k] < low) low = window[k];
    if (window[k] > high) high = window[k];
  }
  return high - low;
}
