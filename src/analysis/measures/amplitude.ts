import { kernels, roomFor } from "../../kernels/kernels.ts";
import { MISSING } from "../../recording/recording.ts";
import { newLogHistogram } from "../numbers/log-histogram.ts";
import { giveInKernels, type KernelWindow, newKernelWindows } from "../signal/kernel-windows.ts";

/** How high a lead's waves are, in mV. */
export type Amplitude = {
  /** The lowest sample. */
  minimum: number;
  /** The highest sample. */
  maximum: number;
  /** The range of the samples in the median window of 2 s: an artefact makes no range. */
  range: number;
};

/** The length of a window: at 30 beats a minute and above, each has a beat. */
const WINDOW_SECONDS = 2;
/** The bytes of the lowest and the highest sample of a window. */
const RANGE_BYTES = roomFor(2 * Int32Array.BYTES_PER_ELEMENT);

/**
 * Measures how high a lead's waves are. Its samples come in stretches of any length, and the result is the same. Missing
 * samples are passed over.
 *
 * @param samplingRate Hz; null when it is not known: the range is then that of all samples
 * @param gain ADC units per mV; null when it is not known: there is no amplitude then
 * @param baseline the ADC units at 0 mV
 */
export function newAmplitude(samplingRate: number | null, gain: number | null, baseline: number) {
  const ranges = newLogHistogram();
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let isCut = false;
  let cutRange = 0;

  function measure({ samples, count, beside: range }: KernelWindow<Int32Array>) {
    kernels.rangeOf(samples.byteOffset, count, range.byteOffset);
    const [low, high] = range;
    if (high === MISSING) return;
    if (low < lowest) lowest = low;
    if (high > highest) highest = high;
    if (isCut) cutRange = high - low;
    else ranges.add(high - low);
  }
  const windows = samplingRate
    ? newKernelWindows(samplingRate, WINDOW_SECONDS, RANGE_BYTES, (room) => room.ints(2), measure)
    : undefined;

  return {
    push(samples: Int32Array): void {
      if (windows) windows.push(samples);
      else giveInKernels(samples, RANGE_BYTES, (room) => room.ints(2), measure);
    },
    /** The amplitude, after the last samples. It is null when no sample is there, when no gain is known, or when the gain leads out of all numbers. */
    finish(): Amplitude | null {
      isCut = true;
      windows?.finish();
      if (!gain || lowest > highest) return null;
      const ends = [(lowest - baseline) / gain, (highest - baseline) / gain];
      // The part of a window that is left at the end may have no beat: it counts only where there is no other. Without a
      // rate there are no windows.
      const range = (samplingRate ? (ranges.quantile(0.5) ?? cutRange) : highest - lowest) / Math.abs(gain);
      if (![...ends, range].every(Number.isFinite)) return null;
      return { minimum: Math.min(...ends), maximum: Math.max(...ends), range };
    },
  };
}
