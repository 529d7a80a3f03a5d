import { MISSING } from "../../recording/recording.ts";
import { takeQuantile } from "../numbers/quantile.ts";

/** Hum is measured in parts of this length, in seconds: whole periods of 50 and of 60 Hz, and a QRS complex lies in few of them. */
const PART_SECONDS = 0.1;
/** The hum of a part is the median of so many parts to each side: those with QRS complexes are fewer than half, and hum changes little in a second. */
const NEIGHBOURS = 5;

/**
 * Takes the mains' hum off a lead: a sine whose amplitude and phase are the medians of those of the parts about, of 0.1 s each,
 * so that QRS complexes, which hold the same frequencies, neither make any hum nor lose any of their own. The input is untouched, and samples that
 * are missing stay so.
 *
 * @param samples ADC units
 * @param samplingRate Hz, over twice the frequency
 */
export function removeHum(samples: Int32Array, samplingRate: number, frequencyHz: number): Int32Array {
  const size = Math.round(PART_SECONDS * samplingRate);
  const parts = Math.floor(samples.length / size);
  if (parts === 0) return samples;
  const step = (2 * Math.PI * frequencyHz) / samplingRate;
  const ofParts = { cosine: new Float64Array(parts), sine: new Float64Array(parts) };
  for (let p = 0; p < parts; p++) {
    const { cosine, sine } = measureSine(samples, p * size, size, step);
    ofParts.cosine[p] = cosine;
    ofParts.sine[p] = sine;
  }
  const cosines = mediansOf(ofParts.cosine);
  const sines = mediansOf(ofParts.sine);
  return samples.map((sample, i) => {
    if (sample === MISSING) return sample;
    // Between the middles of two parts the hum goes from the one's to the other's.
    const place = Math.min(parts - 1, Math.max(0, (i + 0.5) / size - 0.5));
    const part = Math.min(Math.max(0, parts - 2), Math.floor(place));
    const next = Math.min(parts - 1, part + 1);
    const between = (values: Float64Array) => values[part] + (place - part) * (values[next] - values[part]);
    return Math.round(sample - between(cosines) * Math.cos(step * i) - between(sines) * Math.sin(step * i));
  });
}

/**
 * The cosine and the sine of a frequency in some samples, off a straight line; NaN where one of these is missing.
 *
 * @param step of the frequency's angle, from one sample to the next
 */
function measureSine(samples: Int32Array, from: number, size: number, step: number): { cosine: number; sine: number } {
  const middle = 0.5 * (size - 1);
  let sum = 0;
  let moment = 0;
  let squares = 0;
  for (let k = 0; k < size; k++) {
    const sample = samples[from + k];
    if (sample === MISSING) return { cosine: Number.NaN, sine: Number.NaN };
    sum += sample;
    moment += (k - middle) * sample;
    squares += (k - middle) ** 2;
  }
  const level = sum / size;
  const slope = squares > 0 ? moment / squares : 0;
  let cosine = 0;
  let sine = 0;
  for (let k = 0; k < size; k++) {
    const height = samples[from + k] - level - slope * (k - middle);
    cosine += height * Math.cos(step * (from + k));
    sine += height * Math.sin(step * (from + k));
  }
  return { cosine: (2 * cosine) / size, sine: (2 * sine) / size };
}

/** For each value the median of those about it that are known; 0 where none is. */
function mediansOf(values: Float64Array): Float64Array {
  return values.map((_, i) => {
    const about = values
      .subarray(Math.max(0, i - NEIGHBOURS), i + NEIGHBOURS + 1)
      .filter((value) => !Number.isNaN(value));
    return about.length > 0 ? takeQuantile(about, about.length, 0.5) : 0;
  });
}
