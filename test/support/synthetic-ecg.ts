import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import type { Lead, Recording } from "../../src/recording/recording.ts";
import { UNDESCRIBED } from "./new-recording.ts";

export type SyntheticEcgOptions = {
  /** The same seed gives the same samples. */
  seed?: number;
  seconds?: number;
  /** Hz */
  samplingRate?: number;
  /** Mean, in beats per minute. */
  heartRate?: number;
  /** ADC units per mV */
  gain?: number;
  /** Standard deviation, in mV. */
  noise?: number;
};

/** P, Q, R, S, T: where each is in the beat (radians from the R peak) and how wide (radians, one standard deviation). */
const WAVES = [
  { angle: -Math.PI / 3, width: 0.25 },
  { angle: -Math.PI / 12, width: 0.1 },
  { angle: 0, width: 0.1 },
  { angle: Math.PI / 12, width: 0.1 },
  { angle: Math.PI / 2, width: 0.4 },
];
/** In standard deviations: beyond it a wave is below a hundred-thousandth of its height. */
const WAVE_REACH = 5;

/** The heights of P, Q, R, S, T in each independent lead, in mV: an adult's normal ECG. */
const AMPLITUDES_MV = {
  I: [0.08, -0.05, 0.7, -0.1, 0.2],
  II: [0.15, -0.1, 1.2, -0.2, 0.3],
  V1: [0.05, 0, 0.25, -1, -0.05],
  V2: [0.07, 0, 0.5, -1.5, 0.4],
  V3: [0.08, -0.02, 0.9, -1, 0.45],
  V4: [0.09, -0.05, 1.5, -0.6, 0.4],
  V5: [0.09, -0.08, 1.4, -0.3, 0.35],
  V6: [0.09, -0.08, 1.1, -0.12, 0.3],
};
const INDEPENDENT_LEADS = Object.values(AMPLITUDES_MV);

/** Two bands vary the heart rate: Mayer waves, and breathing with twice their power. */
const RHYTHMS = [
  { frequencyHz: 0.1, power: 1 / 3 },
  { frequencyHz: 0.25, power: 2 / 3 },
];
const RHYTHM_WIDTH_HZ = 0.01;
const OSCILLATORS_PER_RHYTHM = 8;
const HEART_RATE_DEVIATION_BPM = 2;
const BREATHING_HZ = 0.25;
/** Of the baseline, at the most. */
const WANDER_MV = 0.15;

/**
 * A 12-lead ECG by the dynamical model of McSharry, Clifford, Tarassenko and Smith ("A dynamical model for generating
 * synthetic electrocardiogram signals", IEEE TBME 50(3):289-294, 2003): a phase goes round once a beat, past five
 * Gaussian events. These are added up as they are, without the model's slow relaxation to the baseline, so that the
 * amplitudes are those of the table. Eight leads are drawn; the four others follow from the samples of I and II.
 */
export function syntheticEcg(options: SyntheticEcgOptions = {}): Recording {
  const { seed = 1, seconds = 10, samplingRate = 500, heartRate = 60, gain = 1000, noise = 0.005 } = options;
  const random = newRandom(seed);
  const readRrInterval = newRhythm(random, heartRate);
  const waves = scaleWaves(heartRate);
  const wanders = INDEPENDENT_LEADS.map(() => WANDER_MV * (0.2 + 0.8 * toUniform(random())));
  const breath = 2 * Math.PI * toUniform(random());

  const count = Math.round(seconds * samplingRate);
  const independent = INDEPENDENT_LEADS.map(() => new Int32Array(count));
  const heights = new Float64Array(waves.length);
  let phase = -Math.PI;
  let step = (2 * Math.PI) / (readRrInterval(0) * samplingRate);
  for (let i = 0; i < count; i++) {
    for (let w = 0; w < waves.length; w++) heights[w] = heightOf(waves[w], phase);
    const wander = Math.sin((2 * Math.PI * BREATHING_HZ * i) / samplingRate + breath);
    for (let lead = 0; lead < independent.length; lead++) {
      const amplitudes = INDEPENDENT_LEADS[lead];
      let millivolts = wanders[lead] * wander + noise * toNormal(random());
      for (let w = 0; w < heights.length; w++) millivolts += amplitudes[w] * heights[w];
      independent[lead][i] = Math.round(millivolts * gain);
    }
    phase += step;
    if (phase >= Math.PI) {
      phase -= 2 * Math.PI;
      step = (2 * Math.PI) / (readRrInterval(i / samplingRate) * samplingRate);
    }
  }

  const [i, ii, ...chest] = independent;
  const signals = {
    I: i,
    II: ii,
    III: i.map((sample, at) => ii[at] - sample),
    aVR: i.map((sample, at) => Math.round(-(sample + ii[at]) / 2)),
    aVL: i.map((sample, at) => Math.round(sample - ii[at] / 2)),
    aVF: i.map((sample, at) => Math.round(ii[at] - sample / 2)),
    ...Object.fromEntries(chest.map((samples, at) => [`V${at + 1}`, samples])),
  };
  return {
    ...UNDESCRIBED,
    leads: Object.entries(signals).map(([name, samples]): Lead => ({ name, samplingRate, samples, gain, baseline: 0 })),
  };
}

type EcgJson = Record<string, unknown> & { leads: { signal: (number | null)[] }[] };

/** What to send to `POST /ecg`. */
export function toEcgJson(recording: Recording): EcgJson {
  return JSON.parse(new TextDecoder().decode(ecgJson.write(recording)));
}

type Wave = (typeof WAVES)[number];

/** At a faster rate each wave takes more of the beat, and P and T draw away from R, as in the authors' ECGSYN. */
function scaleWaves(heartRate: number): Wave[] {
  const factor = Math.sqrt(heartRate / 60);
  return WAVES.map(({ angle, width }, i) => {
    const isOuter = i === 0 || i === WAVES.length - 1;
    return { angle: angle * (isOuter ? Math.sqrt(factor) : factor), width: width * factor };
  });
}

/** Of a wave that is 1 high, at a phase from -pi to pi. */
function heightOf({ angle, width }: Wave, phase: number): number {
  let distance = phase - angle;
  if (distance > Math.PI) distance -= 2 * Math.PI;
  else if (distance < -Math.PI) distance += 2 * Math.PI;
  const deviations = distance / width;
  return Math.abs(deviations) > WAVE_REACH ? 0 : Math.exp(-0.5 * deviations * deviations);
}

/** Gives the RR interval (seconds) at a time (seconds): oscillators about the two bands of the model's spectrum. */
function newRhythm(random: () => number, heartRate: number): (time: number) => number {
  const mean = 60 / heartRate;
  const deviation = (mean * HEART_RATE_DEVIATION_BPM) / heartRate;
  const oscillators = RHYTHMS.flatMap(({ frequencyHz, power }) =>
    Array.from({ length: OSCILLATORS_PER_RHYTHM }, () => ({
      // A sine's mean square is a half.
      amplitude: deviation * Math.sqrt((2 * power) / OSCILLATORS_PER_RHYTHM),
      angularFrequency: 2 * Math.PI * (frequencyHz + RHYTHM_WIDTH_HZ * toNormal(random())),
      phase: 2 * Math.PI * toUniform(random()),
    })),
  );
  return (time) =>
    oscillators.reduce((sum, o) => sum + o.amplitude * Math.sin(o.angularFrequency * time + o.phase), mean);
}

/** Mulberry32: 32 random bits at a time. */
function newRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}

/** From 0 up to, not including, 1. */
function toUniform(bits: number): number {
  return bits / 2 ** 32;
}

/** About normal, of mean 0 and deviation 1: the sum of four bytes, each of mean 127.5 and variance (256^2 - 1) / 12. */
function toNormal(bits: number): number {
  const sum = (bits & 0xff) + ((bits >>> 8) & 0xff) + ((bits >>> 16) & 0xff) + (bits >>> 24);
  return (sum - 510) / Math.sqrt((256 ** 2 - 1) / 3);
}
