import type { Lead } from "../../src/recording/recording.ts";
import { type LudbRecord, type Marks, toBeats } from "./ludb.ts";

/** A P wave of a rhythm, and when its QRS complex comes if PR is the record's own, in seconds. */
type PWave = { wave: "sinus P" | "other P"; at: number };
/**
 * A QRS complex with its T wave, when it comes, the interval before it, whether it is supraventricular, whether a wide one is conducted, and how many times
 * as high it is as usual, or upside down.
 */
type Ventricles = {
  wave: "QRS" | "pre-excited" | "ventricular";
  at: number;
  rr: number;
  isEarly?: boolean;
  isConducted?: boolean;
  size?: number;
};
/** A pacemaker's spike and when it comes, in seconds. */
type Spike = { wave: "spike"; at: number };
export type RhythmWave = PWave | Ventricles | Spike;

/** A lead's waves in ADC units about its level, and the rest of its signal, which may be repeated for ever. */
type LeadWaves = { lead: Lead; p: Wave; qrs: Wave; t: Wave; rest: Float64Array };
/** Samples, the first of them so many after the R peak. */
type Wave = { from: number; samples: Float64Array };
/** A record's usual beat in each lead: its waves, and its interval in seconds. */
export type UsualBeat = { leads: LeadWaves[]; samplingRate: number; rr: number };

/** In sinus rhythm intervals are within this share of their mean. */
const STEADY = 0.1;
/** A wave fades in before its onset and out behind its end in this time, in seconds. */
const FADE_SECONDS = 0.03;
/** A beat's R peak is within this of the middle of those that are marked in its leads, in seconds. */
const MOST_SHIFT_SECONDS = 0.04;
/** A ventricular beat's waves are this many times as long as those of the QRS complex, upside down, and of the T wave that they are made of: it is discordant. */
const [WIDER_QRS, WIDER_T] = [2.4, 1.2];
/** A delta wave begins so long before the R peak, in seconds, ... */
const DELTA_SECONDS = 0.09;
/** ... and rises to this share of it. */
const DELTA_SHARE = 0.45;
/** A pacemaker's spike in mV, in one sample. */
const SPIKE_MV = 2;
/** Another P wave is upside down, and this share of the sinus node's. */
const OTHER_P = -0.8;
/** A T wave is over the sooner the faster the rhythm is, by the square root of the interval within these shares of the record's. */
const [LEAST_RR_SHARE, MOST_RR_SHARE] = [0.4, 1.3];

/** Takes the usual beat of a record; undefined where it is not in a steady sinus rhythm with P and T waves that are marked. */
export function takeUsualBeat({ leads, marks }: LudbRecord): UsualBeat | undefined {
  const beats = toBeats(marks);
  const intervals = beats.slice(1).map((time, i) => time - beats[i]);
  const rr = intervals.reduce((sum, interval) => sum + interval, 0) / intervals.length;
  if (beats.length < 5 || intervals.some((interval) => Math.abs(interval / rr - 1) > STEADY)) return undefined;
  const bounds = {
    pOnset: usualOffset(marks, "pOnset", beats, -0.35, -0.06),
    pEnd: usualOffset(marks, "pEnd", beats, -0.25, -0.02),
    qrsOnset: usualOffset(marks, "qrsOnset", beats, -0.12, 0),
    qrsEnd: usualOffset(marks, "qrsEnd", beats, 0, 0.15),
    tEnd: usualOffset(marks, "tEnd", beats, 0.15, 0.6),
  };
  if (Object.values(bounds).some(Number.isNaN)) return undefined;
  const samplingRate = leads[0].samplingRate ?? 0;
  const peaks = alignBeats(leads, beats, bounds, samplingRate);
  return { leads: leads.map((lead) => takeWaves(lead, peaks, bounds, samplingRate)), samplingRate, rr };
}

/** The samples of the beats' R peaks, moved to where their QRS complexes in all leads are most like those of the first: what is marked jumps from peak to peak. */
function alignBeats(leads: readonly Lead[], beats: readonly number[], bounds: Bounds, samplingRate: number): number[] {
  const [from, to, most] = [bounds.qrsOnset, bounds.qrsEnd, MOST_SHIFT_SECONDS].map((time) =>
    Math.round(time * samplingRate),
  );
  const [first, ...others] = beats.map((time) => Math.round(time * samplingRate));
  const productAt = (peak: number) =>
    leads.reduce((sum, { samples }) => {
      for (let i = from + 1; i < to; i++) {
        sum += (samples[first + i] - samples[first + i - 1]) * (samples[peak + i] - samples[peak + i - 1] || 0);
      }
      return sum;
    }, 0);
  return [
    first,
    ...others.map((peak) => {
      const places = Array.from({ length: 2 * most + 1 }, (_, k) => peak - most + k);
      const products = places.map(productAt);
      return places[products.indexOf(Math.max(...products))];
    }),
  ];
}

/** The middle of the times between a fiducial point of all leads and the beats' R peaks, in seconds; NaN where it is marked of less than half of the beats. */
function usualOffset(marks: readonly Marks[], name: keyof Marks, beats: readonly number[], from: number, to: number) {
  const offsets = marks.flatMap((lead) =>
    beats.flatMap((beat) => lead[name].map((time) => time - beat).filter((offset) => offset >= from && offset <= to)),
  );
  if (offsets.length < (marks.length * beats.length) / 2) return Number.NaN;
  return offsets.sort((a, b) => a - b)[offsets.length >> 1];
}

type Bounds = Record<"pOnset" | "pEnd" | "qrsOnset" | "qrsEnd" | "tEnd", number>;

function takeWaves(lead: Lead, peaks: readonly number[], bounds: Bounds, samplingRate: number): LeadWaves {
  const { samples } = lead;
  const first = Math.round((bounds.pOnset - FADE_SECONDS) * samplingRate);
  const end = Math.round((bounds.tEnd + FADE_SECONDS) * samplingRate);
  const whole = peaks.filter((peak) => peak + first >= 0 && peak + end <= samples.length);
  const average = new Float64Array(end - first);
  for (const peak of whole) {
    const level = samples[peak + Math.round(bounds.qrsOnset * samplingRate)];
    for (let i = 0; i < average.length; i++) average[i] += (samples[peak + first + i] - level) / whole.length;
  }
  const cut = (from: number, to: number): Wave => fade(average, first, from, to, samplingRate);
  const { pOnset, qrsOnset, qrsEnd, tEnd } = bounds;
  const waves = { p: cut(pOnset, qrsOnset), qrs: cut(qrsOnset, qrsEnd), t: cut(qrsEnd, tEnd) };
  const signal = Float64Array.from(samples);
  for (const peak of peaks) {
    for (const wave of Object.values(waves)) add(signal, wave, peak, -1);
    bridge(signal, peak + waves.qrs.from, peak + waves.qrs.from + waves.qrs.samples.length);
  }
  // The beats before the first that is marked and behind the last are still there.
  return { lead, ...waves, rest: signal.subarray(whole[0] + first, whole[whole.length - 1] + end) };
}

/** Cuts a wave out of an average beat whose first sample is `first` after the R peak. What fades out of one fades into the next. */
function fade(average: Float64Array, first: number, from: number, to: number, samplingRate: number): Wave {
  const half = FADE_SECONDS / 2;
  const start = Math.max(first, Math.round((from - half) * samplingRate));
  const end = Math.min(first + average.length, Math.round((to + half) * samplingRate));
  const samples = Float64Array.from({ length: end - start }, (_, i) => {
    const time = (start + i) / samplingRate;
    const share = Math.min((time - from + half) / FADE_SECONDS, (to + half - time) / FADE_SECONDS, 1);
    return Math.max(0, share) * average[start + i - first];
  });
  return { from: start, samples };
}

/** Puts a line in place of what is left of a QRS complex without its average: it would pass for a beat in a pause. */
function bridge(signal: Float64Array, from: number, to: number): void {
  const [before, after] = [signal[Math.max(0, from)], signal[Math.min(signal.length, to) - 1]];
  for (let i = Math.max(0, from); i < Math.min(signal.length, to); i++) {
    signal[i] = before + ((after - before) * (i - from)) / (to - from);
  }
}

/** Adds a wave to a signal at an R peak. */
function add(signal: Float64Array, { from, samples }: Wave, peak: number, factor = 1): void {
  for (let i = 0; i < samples.length; i++) {
    const at = peak + from + i;
    if (at >= 0 && at < signal.length) signal[at] += factor * samples[i];
  }
}

/** A wave that takes `factor` times as long, from the R peak on. */
function stretch({ from, samples }: Wave, factor: number): Wave {
  const start = Math.round(from * factor);
  return {
    from: start,
    samples: Float64Array.from({ length: Math.round(samples.length * factor) }, (_, i) => {
      const place = Math.min(samples.length - 1, i / factor);
      const before = Math.floor(place);
      const after = Math.min(samples.length - 1, before + 1);
      return samples[before] + (place - before) * (samples[after] - samples[before]);
    }),
  };
}

/** The wave that makes a QRS complex begin sooner, and slowly: a ramp up to its R peak's side, which goes back to nothing at the R peak. */
function deltaOf({ from, samples }: Wave, samplingRate: number): Wave {
  const peak = samples[-from] ?? 0;
  const count = Math.round(DELTA_SECONDS * samplingRate);
  return {
    from: -count,
    samples: Float64Array.from(
      { length: count },
      (_, i) => DELTA_SHARE * peak * Math.sin((Math.PI * i) / count) * (i / count),
    ),
  };
}

/**
 * The leads of a rhythm that is made of a record's waves, over the rest of its signal.
 *
 * @param extra mV more at a time in seconds, alike in all leads
 */
export function makeRhythm(
  { leads, samplingRate, rr }: UsualBeat,
  waves: readonly RhythmWave[],
  seconds: number,
  extra: (time: number) => number = () => 0,
): Lead[] {
  const count = Math.round(seconds * samplingRate);
  return leads.map(({ lead, p, qrs, t, rest }) => {
    const gain = lead.gain ?? 1;
    // There and back, so that it does not jump.
    const turn = 2 * rest.length;
    const signal = Float64Array.from({ length: count }, (_, i) => {
      const place = i % turn;
      return rest[place < rest.length ? place : turn - 1 - place] + gain * extra(i / samplingRate);
    });
    for (const wave of waves) {
      const peak = Math.round(wave.at * samplingRate);
      if (wave.wave === "spike") add(signal, { from: 0, samples: Float64Array.of(gain * SPIKE_MV) }, peak);
      else if (!("rr" in wave)) add(signal, p, peak, wave.wave === "other P" ? OTHER_P : 1);
      else {
        const share = Math.sqrt(Math.min(MOST_RR_SHARE, Math.max(LEAST_RR_SHARE, wave.rr / rr)));
        const isWide = wave.wave === "ventricular";
        const size = wave.size ?? 1;
        add(signal, isWide ? stretch(qrs, WIDER_QRS) : qrs, peak, isWide ? -size : size);
        if (wave.wave === "pre-excited") add(signal, deltaOf(qrs, samplingRate), peak, size);
        add(signal, stretch(t, isWide ? WIDER_T * share : share), peak, size);
      }
    }
    return { ...lead, samples: Int32Array.from(signal, Math.round) };
  });
}
