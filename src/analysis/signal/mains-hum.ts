import { MISSING } from "../../recording/recording.ts";
import { takeQuantile } from "../numbers/quantile.ts";

/** Hum is measured in parts of this length, in seconds: whole periods of 50 and of 60 Hz, and a QRS complex lies in few of them. */
const PART_SECONDS = 0.1;
/** The hum of a part is the median of so many parts to each side: those with QRS complexes are fewer than half, and hum changes little in a second. */
const NEIGHBOURS = 5;

/** A wave of one frequency: its cosine and its sine. */
type Wave = { cosine: number; sine: number };
/** A cosine and a sine at each sample of a part that begins with angle 0. */
type Turn = { cosines: Float64Array; sines: Float64Array };

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
  const turn: Turn = {
    cosines: Float64Array.from({ length: size }, (_, k) => Math.cos(step * k)),
    sines: Float64Array.from({ length: size }, (_, k) => Math.sin(step * k)),
  };
  // By the angle of the whole lead, as parts are compared with those about them.
  const waves = Array.from({ length: parts }, (_, p) =>
    rotate(measureWave(samples.subarray(p * size, (p + 1) * size), turn), step * p * size),
  );
  const cosines = mediansOf(Float64Array.from(waves, ({ cosine }) => cosine));
  const sines = mediansOf(Float64Array.from(waves, ({ sine }) => sine));
  const without = samples.slice();
  for (let p = 0; p * size < samples.length; p++) {
    const waveOf = (part: number) => {
      const known = Math.max(0, Math.min(parts - 1, part));
      return rotate({ cosine: cosines[known], sine: sines[known] }, -step * p * size);
    };
    takeOff(without.subarray(p * size, (p + 1) * size), turn, [waveOf(p - 1), waveOf(p), waveOf(p + 1)]);
  }
  return without;
}

/** The same wave by angles that are so much larger. */
function rotate({ cosine, sine }: Wave, angle: number): Wave {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return { cosine: c * cosine - s * sine, sine: s * cosine + c * sine };
}

/** Measures the wave in a part, off a straight line; NaN where a sample is missing. */
function measureWave(samples: Int32Array, { cosines, sines }: Turn): Wave {
  const middle = 0.5 * (samples.length - 1);
  let sum = 0;
  let moment = 0;
  let squares = 0;
  for (let k = 0; k < samples.length; k++) {
    if (samples[k] === MISSING) return { cosine: Number.NaN, sine: Number.NaN };
    sum += samples[k];
    moment += (k - middle) * samples[k];
    squares += (k - middle) ** 2;
  }
  const level = sum / samples.length;
  const slope = squares > 0 ? moment / squares : 0;
  let cosine = 0;
  let sine = 0;
  for (let k = 0; k < samples.length; k++) {
    const height = samples[k] - level - slope * (k - middle);
    cosine += height * cosines[k];
    sine += height * sines[k];
  }
  return { cosine: (2 * cosine) / samples.length, sine: (2 * sine) / samples.length };
}

/** Takes the wave off a part in place: from the middle of one part to that of the next it goes from the one's to the other's. */
function takeOff(samples: Int32Array, { cosines, sines }: Turn, [before, own, after]: [Wave, Wave, Wave]): void {
  for (let k = 0; k < samples.length; k++) {
    if (samples[k] === MISSING) continue;
    const place = (k + 0.5) / cosines.length - 0.5;
    const other = place < 0 ? before : after;
    const share = Math.abs(place);
    const cosine = own.cosine + share * (other.cosine - own.cosine);
    const sine = own.sine + share * (other.sine - own.sine);
    samples[k] = Math.round(samples[k] - cosine * cosines[k] - sine * sines[k]);
  }
}

/** For each value the median of those about it that are known; 0 where none is. */
function mediansOf(values: Float64Array): Float64Array {
  const about = new Float64Array(2 * NEIGHBOURS + 1);
  return values.map((_, i) => {
    let count = 0;
    const last = Math.min(values.length - 1, i + NEIGHBOURS);
    for (let j = Math.max(0, i - NEIGHBOURS); j <= last; j++) if (!Number.isNaN(values[j])) about[count++] = values[j];
    return takeQuantile(about, count, 0.5);
  });
}
