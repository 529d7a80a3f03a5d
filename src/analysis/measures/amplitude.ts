import { MAX_SAMPLE, MISSING } from "../../recording/recording.ts";
import { newLogHistogram } from "../numbers/log-histogram.ts";
import { newSampleWindows } from "../signal/sample-windows.ts";

/** In mV. */
export type Amplitude = {
  /** The lowest and the highest sample. */
  minimum: number;
  maximum: number;
  /** From the lowest to the highest sample of a window of 2 s, in the middle one of all windows: an artefact makes no range. */
  range: number;
};

/** At 30 beats a minute and above, each has a beat. */
const WINDOW_SECONDS = 2;

/**
 * How high a lead's waves are, from stretches of any length: the result is that of all of them in one piece. Missing
 * samples are passed over.
 *
 * @param samplingRate Hz; null when it is not known: then the range is that of all samples
 * @param gain ADC units per mV; null when it is not known: then there is no amplitude
 * @param baseline the ADC units at 0 mV
 */
export function newAmplitude(samplingRate: number | null, gain: number | null, baseline: number) {
  const ranges = newLogHistogram();
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let isCut = false;
  let cutRange = 0;

  function measure(samples: Int32Array) {
    let low = MAX_SAMPLE;
    // The lowest of all numbers that a sample may be.
    let high = MISSING;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i];
      if (sample < low && sample !== MISSING) low = sample;
      if (sample > high) high = sample;
    }
    if (high === MISSING) return;
    if (low < lowest) lowest = low;
    if (high > highest) highest = high;
    if (isCut) cutRange = high - low;
    else ranges.add(high - low);
  }
  const windows = samplingRate ? newSampleWindows(samplingRate, WINDOW_SECONDS, measure) : undefined;

  return {
    push: windows?.push ?? measure,
    /** Null when no gain is known, or one that leads out of all numbers, or no sample is there. There are no more samples after it. */
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
