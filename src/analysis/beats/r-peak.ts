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
/** No QRS complex and its baseline have more values than this: beats are looked for at less than 240 Hz. */
const MOST_VALUES = 64;

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
  const last = 2 * reach;
  EXCURSIONS.fill(0, 0, last + 1);
  for (let l = 0; l < leads.length; l++) {
    const factor = ((l === 0 ? FIRST_LEAD : 1) * weights[l]) / levels[l];
    if (factor === 0) continue;
    const { signal } = leads[l];
    const isSame = signal.rate === rate;
    if (!isSame) readValues(signal, place - far, 2 * far + 1, rate);
    const values = isSame ? signal.smooth : VALUES;
    const from = isSame ? place - far - signal.first : 0;
    const tilt = (values[from + 2 * far] - values[from]) / (2 * far);
    const start = values[from] + tilt * (far - reach);
    const first = from + far - reach;
    for (let i = 0; i <= last; i++) EXCURSIONS[i] += factor * Math.abs(values[first + i] - start - tilt * i);
  }
  let best = 0;
  for (let i = 0; i <= last; i++) {
    EXCURSIONS[i] *= 1 + (EARLIER * (reach - i)) / reach;
    if (EXCURSIONS[i] > EXCURSIONS[best]) best = i;
  }
  return place - reach + best + vertexOf(best, last);
}

/** Reads so many values of a signal of another rate from a place on, which is the number of a sample at `rate`, into VALUES. */
function readValues({ smooth, first, rate: ownRate }: LeadSignal, from: number, count: number, rate: number): void {
  for (let i = 0; i < count; i++) VALUES[i] = smooth[Math.round(((from + i + 0.5) * ownRate) / rate - 0.5) - first];
}

/** Where the parabola through the largest excursion and its neighbours has its vertex: -0.5 to 0.5 of the way to one of them. */
function vertexOf(at: number, last: number): number {
  if (at === 0 || at === last) return 0;
  const bend = EXCURSIONS[at - 1] - 2 * EXCURSIONS[at] + EXCURSIONS[at + 1];
  return bend < 0 ? Math.max(-0.5, Math.min(0.5, (EXCURSIONS[at - 1] - EXCURSIONS[at + 1]) / (2 * bend))) : 0;
}

/** The values about a QRS complex in one lead, and its excursions in all. */
const VALUES = new Float64Array(MOST_VALUES);
const EXCURSIONS = new Float64Array(MOST_VALUES);
