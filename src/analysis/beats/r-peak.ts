import { kernels, newRoom } from "../../kernels/kernels.ts";
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

const MOST_BASELINES = MOST_VALUES * MOST_PEAKS;

const withArrays = newRoom(8 * (2 * MOST_BASELINES + 2 + MOST_PEAKS) + 4 * MOST_PEAKS + 16, (room) => ({
  signalHere: room.doubles(MOST_BASELINES),
  excursions: room.doubles(MOST_BASELINES + 2),
  starts: room.ints(MOST_PEAKS),
  found: room.doubles(MOST_PEAKS),
}));

/**
 * Finds the R peaks of the QRS complexes of a block: the largest excursion of each from the baseline, in all leads together.
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
  peaks: Float64Array,
): void {
  if (count === 0) return;
  const { rate } = leads[0].signal;
  const reach = Math.max(1, Math.round(REACH_SECONDS * rate));
  const far = Math.max(reach, Math.round(BASELINE_SECONDS * rate));
  withArrays(({ signalHere, excursions, starts, found }) => {
    excursions.fill(0, 0, count * (2 * reach + 1));
    for (let l = 0; l < leads.length; l++) {
      const factor = ((l === 0 ? FIRST_LEAD : 1) * weights[l]) / levels[l];
      if (factor === 0) continue;
      const { signal } = leads[l];
      if (signal.rate === rate) {
        const from = places[0] - far;
        signalHere.set(signal.smooth.subarray(from - signal.first, places[count - 1] + far + 1 - signal.first));
        for (let k = 0; k < count; k++) starts[k] = places[k] - far - from;
      } else {
        for (let k = 0; k < count; k++) {
          starts[k] = k * (2 * far + 1);
          readValues(signal, places[k] - far, 2 * far + 1, rate, signalHere, starts[k]);
        }
      }
      kernels.addExcursions(signalHere.byteOffset, count, starts.byteOffset, factor, far, reach, excursions.byteOffset);
    }
    for (let k = 0; k < count; k++) starts[k] = places[k] - reach;
    kernels.pickPeaks(excursions.byteOffset, count, reach, starts.byteOffset, found.byteOffset);
    for (let k = 0; k < count; k++) peaks[k] = found[k];
  });
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
