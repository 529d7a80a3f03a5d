import { type Address, kernels, type Room, roomFor } from "../../kernels/kernels.ts";
import { MISSING } from "../../recording/recording.ts";
import { newGrowing } from "../numbers/growing.ts";
import { newLogHistogram } from "../numbers/log-histogram.ts";
import { takeQuantile } from "../numbers/quantile.ts";
import type { TimeSpan } from "../numbers/time-spans.ts";
import { type KernelWindow, newKernelWindows } from "../signal/kernel-windows.ts";

/** The faults that make a second of a lead unusable, by their bits: a second may have several. */
export const FAULTS = { missing: 1, flat: 2, clipped: 4, noisy: 8, hum: 16, beyondRange: 32, motion: 64 } as const;

/** How good the signal of a lead is. */
export type Quality = {
  /** The unit of `hum`, `baselineWander` and `noise`: mV, or the lead's own when no gain is known. A value that the gain leads out of all numbers is null. */
  unit: "mV" | "ADC units";
  /** The share of all samples that are missing: 0 to 1. */
  missingShare: number;
  /** The share of all samples that are flat: 0 to 1. */
  flatShare: number;
  /** The share of all samples that are clipped: 0 to 1. */
  clippedShare: number;
  /** The amplitude of the sine at 50 or 60 Hz, whichever is stronger, in the median second. */
  hum: { frequencyHz: 50 | 60; amplitude: number } | null;
  /** The range of the levels of seconds within 4 s, in the median second. */
  baselineWander: number | null;
  /** The root mean square above about 35 Hz between the beats, without the hum, in the median second; null below 70 Hz. */
  noise: number | null;
  /** The share of all seconds that are usable: 0 to 1; null without samples. */
  usableShare: number | null;
  /** The sum of each second's FAULTS: 0 when it is usable. The last may be a part of a second. */
  faults: Uint8Array;
};

/** A lead is judged in windows of this length. */
const WINDOW_SECONDS = 1;
/** A second has this many parts: each holds whole periods of 50 and of 60 Hz, and a QRS complex lies in one or two of them. */
const PARTS = 5;
/** A second has this many parts, of 40 ms, in which noise is measured. */
const NOISE_PARTS = 25;
/** The noise of a second is this quantile of its parts': one between the beats, and not in a T wave. */
const NOISE_QUANTILE = 0.35;
/** The second difference over this time lets frequencies pass that are above some 35 Hz, 100 Hz the most. */
const NOISE_STEP_SECONDS = 0.005;
/** A lead of a lower rate holds nothing of these frequencies. */
const LEAST_NOISE_RATE_HZ = 70;
/** Noise and hum are judged by the range of this many seconds, as a slow heart has no beat in each. */
const RANGE_SECONDS = 4;

/** Samples that stay the same this long are flat: no rest between two beats is that still but where nothing is connected. */
const FLAT_SECONDS = 0.2;
/** Clipped samples stay this long at the second's highest or lowest value, and ... */
const CLIPPED_SECONDS = 0.008;
/** ... are at least this many, and ... */
const MIN_CLIPPED = 3;
/** ... come there or leave by a step of this share of the second's range: a natural peak is round. */
const CLIPPED_STEP = 0.04;

/** A second with a larger share of missing samples is unusable. */
const MAX_MISSING = 0.25;
/** A second with a larger share of flat samples is unusable. */
const MAX_FLAT = 0.9;
/** A second with a larger share of clipped samples is unusable. */
const MAX_CLIPPED = 0.05;
/** A usable second ranges over this many deviations of its noise, with the hum or without it: white noise alone ranges over some 7 in 4 s. */
const LEAST_RANGE_BY_NOISE = 8;
/**
 * A usable second ranges over this many amplitudes of its hum, a QRS complex as high as the hum's amplitude with it: a sine alone ranges over 2. Beats are found in it
 * as without it, and it is taken off before waves are measured.
 */
const LEAST_RANGE_BY_HUM = 3;
/** Hum whose amplitude is at least this share of the range moves waves, and hides P waves. */
const STRONG_HUM = 0.1;
/** No heart's signal ranges over this much within a second. */
const MAX_RANGE_MV = 20;
/** The frequencies of the mains. */
const MAINS_HZ = [50, 60] as const;
/** A frequency is told from others up to this share of the sampling rate. */
const MAX_TONE_SHARE = 0.45;

/**
 * Measures how good a lead's signal is, second by second. Its samples come in stretches of any length, and the result is the
 * same. It keeps a second of samples and a byte a second in memory.
 *
 * @param samplingRate Hz
 * @param gain ADC units per mV; null when it is not known
 */
export function newQuality(samplingRate: number, gain: number | null) {
  const perUnit = gain ? Math.abs(gain) : 1;
  const faults = newGrowing((length) => new Uint8Array(length));
  const strongHums = newGrowing((length) => new Uint8Array(length));
  const wanders = newLogHistogram();
  const noises = newLogHistogram();
  const noiseStep = Math.max(1, Math.round(NOISE_STEP_SECONDS * samplingRate));
  const tones = newTones(samplingRate);
  const hums = MAINS_HZ.map((frequencyHz) => ({
    frequencyHz,
    isTold: frequencyHz <= MAX_TONE_SHARE * samplingRate,
    /** How much of the frequency is left in the second difference by which noise is measured. */
    response: 1 - Math.cos((2 * Math.PI * frequencyHz * noiseStep) / samplingRate),
    amplitudes: newLogHistogram(),
  }));
  const lastLevels = newLast();
  const lastLows = newLast();
  const lastHighs = newLast();
  let count = 0;
  let missing = 0;
  let flat = 0;
  let clipped = 0;
  /** The frequency of the hum of the second that is measured, where it is strong. */
  let strongHum = 0;

  function measure({ samples, count: length, index, beside }: KernelWindow<Beside>) {
    // A rate below one a second leaves seconds without samples.
    while (faults.length() < index) {
      faults.push(FAULTS.missing);
      strongHums.push(0);
    }
    let there = length;
    let levels = measureLevels(samples, there, beside);
    if (levels.low === MISSING) {
      // What is missing is left out: what is there is taken together.
      there = leaveOutMissing(samples, length);
      levels = measureLevels(samples, there, beside);
    }
    const found = measureRuns(samples, there, beside, levels, samplingRate);
    count += length;
    missing += length - there;
    flat += found.flat;
    clipped += found.clipped;
    strongHum = 0;
    let fault = 0;
    if (length - there > MAX_MISSING * length) fault |= FAULTS.missing;
    if (found.flat > MAX_FLAT * there) fault |= FAULTS.flat;
    if (found.clipped > MAX_CLIPPED * there) fault |= FAULTS.clipped;
    if (there > 0) fault |= measureNoises(samples, there, beside, levels);
    faults.push(fault);
    strongHums.push(strongHum);
  }

  function measureNoises(samples: Int32Array, length: number, beside: Beside, { low, high, level }: Levels): number {
    lastLows.keep(low);
    lastHighs.keep(high);
    lastLevels.keep(level);
    wanders.add(lastLevels.highest() - lastLevels.lowest());
    const range = lastHighs.highest() - lastLows.lowest();
    let fault = gain && high - low > MAX_RANGE_MV * perUnit ? FAULTS.beyondRange : 0;
    let humPower = 0;
    let humAmplitude = 0;
    const { tones, ofParts, otherOfParts } = beside;
    const at = samples.byteOffset;
    const [to, otherTo] = [ofParts.byteOffset, otherOfParts.byteOffset];
    const parts = kernels.measureTones(at, length, PARTS, level, tones, to, otherTo);
    for (let i = 0; i < hums.length; i++) {
      const { frequencyHz, isTold, amplitudes, response } = hums[i];
      // What comes and goes, as a QRS complex does, is no hum.
      const amplitude = isTold ? takeQuantile(i === 0 ? ofParts : otherOfParts, parts, 0.5) : 0;
      amplitudes.add(amplitude);
      if (amplitude > 0 && range < LEAST_RANGE_BY_HUM * amplitude) fault |= FAULTS.hum;
      humPower = Math.max(humPower, 0.5 * (amplitude * response) ** 2);
      if (amplitude > humAmplitude && amplitude >= STRONG_HUM * range) strongHum = frequencyHz;
      humAmplitude = Math.max(humAmplitude, amplitude);
    }
    if (samplingRate < LEAST_NOISE_RATE_HZ) return fault;
    const noiseParts = kernels.measureNoiseOfParts(at, length, NOISE_PARTS, noiseStep, to);
    const power = takeQuantile(ofParts, noiseParts, NOISE_QUANTILE);
    const noise = Math.sqrt(Math.max(0, power - humPower));
    noises.add(noise);
    // What is noise with the hum and without it.
    const isNoisy = (of: number, deviation: number) => of < LEAST_RANGE_BY_NOISE * deviation;
    if (isNoisy(range, Math.sqrt(power)) && isNoisy(range - 2 * humAmplitude, noise)) fault |= FAULTS.noisy;
    return fault;
  }

  const besideBytes = bytesBeside(tones);
  const windows = newKernelWindows(samplingRate, WINDOW_SECONDS, besideBytes, (room) => prepare(room, tones), measure);
  return {
    push: windows.push,
    /** The frequency in Hz of each second's hum, where it is strong; else 0. It is known after the end. */
    strongHums: (): Uint8Array => strongHums.values().slice(),
    /** The quality of the lead, after the last samples. */
    finish(): Quality {
      windows.finish();
      const seconds = faults.values().slice();
      const [strongest] = hums
        .filter(({ isTold }) => isTold)
        .map(({ frequencyHz, amplitudes }) => ({ frequencyHz, amplitude: amplitudes.quantile(0.5) }))
        .sort((a, b) => (b.amplitude ?? 0) - (a.amplitude ?? 0));
      const inUnit = (value: number | null) =>
        value === null || !Number.isFinite(value / perUnit) ? null : value / perUnit;
      const humAmplitude = inUnit(strongest?.amplitude ?? null);
      const share = (part: number) => (count > 0 ? part / count : 0);
      return {
        unit: gain ? "mV" : "ADC units",
        missingShare: share(missing),
        flatShare: share(flat),
        clippedShare: share(clipped),
        hum: humAmplitude === null ? null : { frequencyHz: strongest.frequencyHz, amplitude: humAmplitude },
        baselineWander: inUnit(wanders.quantile(0.5)),
        noise: inUnit(noises.quantile(0.5)),
        usableShare: usableShareOf(seconds),
        faults: seconds,
      };
    },
  };
}

/** The share of some seconds that are usable, by their faults: null where there are none. */
export function usableShareOf(faults: Uint8Array): number | null {
  let usable = 0;
  for (let second = 0; second < faults.length; second++) if (faults[second] === 0) usable++;
  return faults.length > 0 ? usable / faults.length : null;
}

/** The quality of a lead in which electrodes move in some seconds: beats cannot be told from other waves there. */
export function withMotion(quality: Quality, moving: readonly TimeSpan[]): Quality {
  const faults = quality.faults.slice();
  for (const { from, to } of moving) {
    for (let second = from; second < Math.min(to, faults.length); second++) faults[second] |= FAULTS.motion;
  }
  return { ...quality, faults, usableShare: usableShareOf(faults) };
}

/**
 * The faults of the seconds of some leads: none of a lead that is not judged by its seconds.
 *
 * @param chosen the leads' numbers among all
 * @param leads what was measured of all leads
 */
export function faultsOf(
  chosen: readonly { number: number }[],
  leads: readonly { quality: Quality | null }[],
): Uint8Array[] {
  return chosen.map(({ number }) => leads[number].quality?.faults ?? new Uint8Array(0));
}

/**
 * Finds the times in which none of some leads is usable.
 *
 * @param faults those of each lead's seconds; a lead is not usable after its end
 * @param start the time of the first second
 * @param end where the last second ends, if it is not whole
 */
export function findUnusable(faults: readonly Uint8Array[], start: number, end: number): TimeSpan[] {
  const count = Math.max(0, ...faults.map(({ length }) => length));
  const unusable: TimeSpan[] = [];
  for (let second = 0, from = -1; second <= count; second++) {
    const isUsable = second === count || faults.some((seconds) => seconds[second] === 0);
    if (!isUsable && from < 0) from = second;
    if (!isUsable || from < 0) continue;
    unusable.push({ from: start + from, to: Math.min(start + second, end) });
    from = -1;
  }
  return unusable;
}

/** Keeps a number of each of the last RANGE_SECONDS seconds. */
function newLast() {
  const values = new Float64Array(RANGE_SECONDS);
  let count = 0;
  return {
    keep(value: number): void {
      if (count === 0) values.fill(value);
      values[count++ % RANGE_SECONDS] = value;
    },
    lowest(): number {
      let lowest = values[0];
      for (let i = 1; i < RANGE_SECONDS; i++) if (values[i] < lowest) lowest = values[i];
      return lowest;
    },
    highest(): number {
      let highest = values[0];
      for (let i = 1; i < RANGE_SECONDS; i++) if (values[i] > highest) highest = values[i];
      return highest;
    },
  };
}

/** What is in the kernels' memory beside a second. */
type Beside = {
  /** The lowest and the highest sample. */
  range: Int32Array;
  /** The number of flat samples, and of those that are clipped. */
  runs: Int32Array;
  /** One number of each part of a second, on their way to a quantile. */
  ofParts: Float64Array;
  /** A second number of each part. */
  otherOfParts: Float64Array;
  /** Where the tones are. */
  tones: Address;
};

function bytesBeside({ waves }: Tones): number {
  return 2 * roomFor(8) + 2 * roomFor(Float64Array.BYTES_PER_ELEMENT * NOISE_PARTS) + roomFor(waves.byteLength);
}

function prepare(room: Room, { waves }: Tones): Beside {
  const tones = room.doubles(waves.length);
  tones.set(waves);
  return {
    range: room.ints(2),
    runs: room.ints(2),
    ofParts: room.doubles(NOISE_PARTS),
    otherOfParts: room.doubles(NOISE_PARTS),
    tones: tones.byteOffset,
  };
}

/** The lowest and the highest sample of a second, and its level. */
type Levels = { low: number; high: number; level: number };

/** Measures the levels of a second. The level is the median of its parts' means, as most parts have no QRS complex. */
function measureLevels(samples: Int32Array, length: number, { range, ofParts }: Beside): Levels {
  const parts = kernels.measureParts(samples.byteOffset, length, PARTS, range.byteOffset, ofParts.byteOffset);
  return { low: range[0], high: range[1], level: takeQuantile(ofParts, parts, 0.5) };
}

/** Puts the samples that are there before those that are missing, and gives their number. */
function leaveOutMissing(samples: Int32Array, length: number): number {
  let count = 0;
  for (let i = 0; i < length; i++) if (samples[i] !== MISSING) samples[count++] = samples[i];
  return count;
}

/** Counts the samples that are flat, and those that are clipped. */
function measureRuns(
  samples: Int32Array,
  length: number,
  { runs }: Beside,
  { low, high }: Levels,
  samplingRate: number,
): { flat: number; clipped: number } {
  if (high <= low) return { flat: length, clipped: 0 };
  const leastFlat = Math.ceil(Math.max(2, FLAT_SECONDS * samplingRate));
  const leastClipped = Math.ceil(Math.max(MIN_CLIPPED, CLIPPED_SECONDS * samplingRate));
  const leastRun = Math.min(leastFlat, leastClipped);
  const leastStep = CLIPPED_STEP * (high - low);
  const [at, to] = [samples.byteOffset, runs.byteOffset];
  kernels.measureRuns(at, length, low, high, leastFlat, leastClipped, leastRun, leastStep, to);
  return { flat: runs[0], clipped: runs[1] };
}

/** The sines and cosines of the mains' frequencies over a part of a second: those of a sample follow one another. */
type Tones = { samplingRate: number; waves: Float64Array };

/** The last tones made: most leads of an ECG have one sampling rate. */
let lastTones: Tones | undefined;

function newTones(samplingRate: number): Tones {
  if (lastTones?.samplingRate === samplingRate) return lastTones;
  const length = Math.ceil((samplingRate * WINDOW_SECONDS) / PARTS) + 1;
  const waves = new Float64Array(length * 2 * MAINS_HZ.length);
  for (let i = 0, at = 0; i < length; i++) {
    for (const frequencyHz of MAINS_HZ) {
      const angle = (2 * Math.PI * frequencyHz * i) / samplingRate;
      waves[at++] = Math.sin(angle);
      waves[at++] = Math.cos(angle);
    }
  }
  lastTones = { samplingRate, waves };
  return lastTones;
}
