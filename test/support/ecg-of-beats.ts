import type { Lead } from "../../src/recording/recording.ts";
import { newNoise } from "./signals.ts";

/** A Gaussian wave: its peak in seconds from its beat's R peak, its standard deviation in seconds, its height in mV. */
type Wave = { at: number; width: number; height: number };
/** The waves of a beat in each of two leads. */
export type BeatWaves = readonly [readonly Wave[], readonly Wave[]];

/** The P wave of two leads, as long before the R peak, `height` mV in the first. */
export function pWave(height = 0.12, before = 0.16): BeatWaves {
  const wave = { at: -before, width: 0.02 };
  return [[{ ...wave, height }], [{ ...wave, height: 0.5 * height }]];
}

/** A beat of the sinus node as in II and V1, at an RR interval in seconds, without its P wave. `wider` is 2 in a bundle branch block. */
export function qrsAndT(rr: number, wider = 1): BeatWaves {
  const share = Math.sqrt(Math.max(0.3, Math.min(1.5, rr)));
  const waves = (q: number, r: number, s: number, t: number) => [
    { at: -0.028 * wider, width: 0.009 * wider, height: q },
    { at: 0, width: 0.0105 * wider, height: r },
    { at: 0.028 * wider, width: 0.01 * wider, height: s },
    { at: 0.01 + 0.27 * share, width: 0.045 * share, height: t },
  ];
  return [waves(-0.1, 1, -0.2, 0.3), waves(0, 0.2, -0.8, -0.05)];
}

/** A beat of the sinus node with its P wave. */
export function sinusBeat(rr: number): BeatWaves {
  return together(pWave(), qrsAndT(rr));
}

/** A beat of a ventricle, at an RR interval in seconds. */
export function ventricularBeat(rr: number): BeatWaves {
  const share = Math.sqrt(Math.max(0.3, Math.min(1.2, rr)));
  const waves = (height: number) => [
    { at: -0.02, width: 0.03, height: 0.6 * height },
    { at: 0.02, width: 0.028, height },
    { at: 0.09, width: 0.03, height: -0.25 * height },
    { at: 0.03 + 0.3 * share, width: 0.06 * share, height: -0.45 * height },
  ];
  return [waves(1.6), waves(-1.2)];
}

/** The waves of one beat and those of another. */
export function together(a: BeatWaves, b: BeatWaves): BeatWaves {
  return [
    [...a[0], ...b[0]],
    [...a[1], ...b[1]],
  ];
}

/** A beat lower or higher than it is. */
export function scaled([first, second]: BeatWaves, factor: number): BeatWaves {
  const scale = (waves: readonly Wave[]) => waves.map((wave) => ({ ...wave, height: factor * wave.height }));
  return [scale(first), scale(second)];
}

/**
 * Two leads with beats at times that are given, in seconds, on a baseline that wanders a little, with a little noise.
 *
 * @param extra mV more of a lead at a time
 */
export function ecgOfBeats(
  beats: readonly { time: number; waves: BeatWaves }[],
  seconds: number,
  { samplingRate = 250, extra = (_lead: number, _time: number): number => 0 } = {},
): Lead[] {
  const gain = 500;
  const count = seconds * samplingRate;
  const noises = newNoise(2 * count);
  return ["II", "V1"].map((name, lead) => {
    const samples = new Int32Array(count);
    const millivolts = Float64Array.from(samples, (_, i) => {
      const time = i / samplingRate;
      return 0.1 * Math.sin(1.4 * time + lead) + extra(lead, time) + (0.015 * noises[lead * count + i]) / 2 ** 15;
    });
    for (const { time, waves } of beats) {
      for (const { at, width, height } of waves[lead]) {
        const first = Math.max(0, Math.ceil((time + at - 5 * width) * samplingRate));
        const last = Math.min(count - 1, Math.floor((time + at + 5 * width) * samplingRate));
        for (let i = first; i <= last; i++) {
          millivolts[i] += height * Math.exp(-0.5 * ((i / samplingRate - time - at) / width) ** 2);
        }
      }
    }
    for (let i = 0; i < count; i++) samples[i] = Math.round(gain * millivolts[i]);
    return { name, samplingRate, samples, gain, baseline: 0 };
  });
}
