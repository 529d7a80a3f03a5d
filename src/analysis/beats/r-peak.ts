import { kernels, type Maker } from "../../kernels/kernels.ts";
import { type LeadBlocks, MOST_PEAKS } from "../signal/lead-blocks.ts";
import type { LeadSignal } from "../signal/lead-signal.ts";
import type { Shares } from "./shares.ts";

/** The R peak is within this time of the steepest place. */
const REACH_SECONDS = 0.07;
/** The baseline of a QRS complex is a line from this long before its steepest place to this long after it. */
const BASELINE_SECONDS = 0.12;
/** The first lead counts this much more than others, which may have their R peaks elsewhere. */
const FIRST_LEAD = 2;
/** No QRS complex and its baseline have more values than this: beats are looked for at less than 240 Hz. */
const MOST_VALUES = 64;

/** The signal of a lead of another rate about the places, and where it begins for each of them. */
type Arrays = { signalHere: Float64Array; starts: Int32Array };

export function makeRPeakArrays(maker: Maker): Arrays {
  return { signalHere: maker.doubles(MOST_VALUES * MOST_PEAKS), starts: maker.ints(MOST_PEAKS) };
}

/**
 * Finds the R peaks of the QRS complexes of a block: the largest excursion of each from the baseline, in all leads together. All
 * arrays are the kernels'.
 *
 * @param places the steepest place of each complex, as the number of a sample of the first lead
 * @param count the first so many are looked at
 * @param peaks what is found: places between samples
 */
export function findRPeaks(
  leads: readonly LeadBlocks[],
  { weights, levels }: Shares,
  places: Int32Array,
  count: number,
  { signalHere, starts }: Arrays,
  peaks: Float64Array,
): void {
  const { rate } = leads[0].signal;
  const reach = Math.max(1, Math.round(REACH_SECONDS * rate));
  const far = Math.max(reach, Math.round(BASELINE_SECONDS * rate));
  for (let l = 0; l < leads.length; l++) {
    const factor = ((l === 0 ? FIRST_LEAD : 1) * weights[l]) / levels[l];
    if (factor === 0) continue;
    const { signal } = leads[l];
    if (signal.rate === rate) {
      kernels.addExcursions(signal.smoothAt(-far), count, places.byteOffset, factor, far, reach);
      continue;
    }
    for (let k = 0; k < count; k++) {
      starts[k] = k * (2 * far + 1);
      readValues(signal, places[k] - far, 2 * far + 1, rate, signalHere, starts[k]);
    }
    kernels.addExcursions(signalHere.byteOffset, count, starts.byteOffset, factor, far, reach);
  }
  kernels.pickPeaks(count, reach, places.byteOffset, peaks.byteOffset);
}

/** Reads so many values of a signal of another rate from a place on, which is the number of a sample at `rate`. */
function readValues(
  { smooth, first, rate: ownRate }: LeadSignal,
  from: number,
  count: number,
  rate: number,
  values: Float64Array,
  to: number,
): void {
  for (let i = 0; i < count; i++) {
    values[to + i] = smooth[Math.round(((from + i + 0.5) * ownRate) / rate - 0.5) - first];
  }
}
