import type { LeadBlocks } from "../signal/lead-blocks.ts";
import type { LeadSignal } from "../signal/lead-signal.ts";
import type { Shares } from "./shares.ts";

/** The R peak is within this time of the steepest place. */
const REACH_SECONDS = 0.07;
/** The baseline of a QRS complex is a line from this long before its steepest place to this long after it. */
const BASELINE_SECONDS = 0.12;
/** A peak at the beginning of the reach counts this much more than one in its middle: the first of two large ones is the R peak. */
const EARLIER = 0.2;
/** The first lead counts this much more than others, which may have their R peaks elsewhere. */
const FIRST_LEAD = 2;

/**
 * The R peak of a QRS complex: its largest excursion from the baseline, in all leads together.
 *
 * @param place the steepest place of the complex, as the number of a sample of the first lead
 * @returns a place between samples
 */
export function findRPeak(leads: readonly LeadBlocks[], { weights, levels }: Shares, place: number): number {
  const { rate } = leads[0].signal;
  const reach = Math.max(1, Math.round(REACH_SECONDS * rate));
  const far = Math.max(reach, Math.round(BASELINE_SECONDS * rate));
  const excursions = new Float64Array(2 * reach + 1);
  for (let l = 0; l < leads.length; l++) {
    const factor = ((l === 0 ? FIRST_LEAD : 1) * weights[l]) / levels[l];
    if (factor === 0) continue;
    const values = valuesAbout(leads[l].signal, place, far, rate);
    const tilt = (values[2 * far] - values[0]) / (2 * far);
    const start = values[0] + tilt * (far - reach);
    for (let i = 0; i <= 2 * reach; i++) {
      excursions[i] += factor * Math.abs(values[far - reach + i] - start - tilt * i);
    }
  }
  for (let i = 0; i < excursions.length; i++) excursions[i] *= 1 + (EARLIER * (reach - i)) / reach;
  let best = 0;
  for (let i = 1; i < excursions.length; i++) if (excursions[i] > excursions[best]) best = i;
  return place - reach + best + vertexOf(excursions, best);
}

/** The values of a signal from so far before a place to so far after it, which are numbers of samples at `rate`. */
function valuesAbout({ smooth, first, rate: ownRate }: LeadSignal, place: number, far: number, rate: number) {
  const from = place - far;
  if (ownRate === rate) return smooth.subarray(from - first, from - first + 2 * far + 1);
  return Float64Array.from(
    { length: 2 * far + 1 },
    (_, i) => smooth[Math.round(((from + i + 0.5) * ownRate) / rate - 0.5) - first],
  );
}

/** Where the parabola through a largest value and its neighbours has its vertex: -0.5 to 0.5 of the way to one of them. */
function vertexOf(values: Float64Array, at: number): number {
  if (at === 0 || at === values.length - 1) return 0;
  const bend = values[at - 1] - 2 * values[at] + values[at + 1];
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (values[at - 1] - values[at + 1]) / (2 * bend))) : 0;
}
