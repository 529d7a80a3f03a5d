import type { Random } from "./random.ts";

/** How often the noise is sampled, Hz: as MIT-BIH. */
const RATE = 360;
/** Drift and the signal of muscles follow on what drives them by these shares a sample. */
const DRIFT = { first: 0.03, second: 0.006, size: 0.007 };
const MUSCLES = { first: 0.5, second: 0.12, size: 0.36, spread: 0.7, seconds: 0.5 };
/** Movements are this many a second at most times; bursts of more and larger ones, and rests, last so many seconds. */
const MOVEMENTS = { each: 2.5, most: 3, spread: 0.9, from: 0.5, to: 4.5 };
/** The size of a movement, and how it is spread, a logarithm. */
const SIZE = { usual: 2.2, spread: 0.8 };
/** How fast a movement rises, falls and comes back, in seconds. */
const RISE = { from: 0.01, to: 0.11 };
const FALL = { from: 0.015, to: 0.365 };
const RETURN = { from: 0.05, to: 0.35 };

/**
 * Makes up noise of two leads whose electrodes move: waves that rise fast and fall slowly, some of them past the baseline, in bursts;
 * drift, and muscles. Each lead has some of every movement. No recording has a part in it.
 */
export function makeUpNoise(random: Random, seconds: number): Float32Array[] {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const length = Math.round(seconds * RATE);
  const leads = [new Float32Array(length), new Float32Array(length)];
  for (const lead of leads) {
    let [drive, drift, fast, slow, strength] = [0, 0, 0, 0, 0];
    for (let i = 0; i < length; i++) {
      if (i % Math.round(MUSCLES.seconds * RATE) === 0) strength = MUSCLES.size * Math.exp(MUSCLES.spread * gauss());
      drive += gauss() - DRIFT.first * drive;
      drift += DRIFT.size * drive - DRIFT.second * drift;
      fast += MUSCLES.first * (gauss() - fast);
      slow += MUSCLES.second * (fast - slow);
      lead[i] = drift + strength * (fast - slow);
    }
  }
  let busy = 1;
  let busyTo = 0;
  for (let at = 0; at < length; ) {
    if (at >= busyTo) {
      busy = Math.min(MOVEMENTS.most, Math.exp(MOVEMENTS.spread * gauss()));
      busyTo = at + RATE * between(MOVEMENTS, random());
    }
    at += Math.ceil((-Math.log(1 - random()) * RATE) / (MOVEMENTS.each * busy));
    const size = SIZE.usual * Math.sqrt(busy) * Math.exp(SIZE.spread * gauss());
    const shares = random() < 0.5 ? [1, 2 * random() - 1] : [2 * random() - 1, 1];
    const sign = random() < 0.5 ? -1 : 1;
    const rise = RATE * between(RISE, random() ** 2);
    const fall = RATE * between(FALL, random() ** 2);
    const overshoot = random() < 0.5 ? 0 : 2 * random();
    const back = RATE * between(RETURN, random());
    const to = Math.min(length, at + 6 * Math.max(fall, back));
    for (let i = Math.max(0, Math.round(at - 4 * rise)); i < to; i++) {
      const since = i - at;
      const past = since > 0 ? overshoot * (Math.exp(-since / back) - Math.exp((-2 * since) / back)) : 0;
      const wave = since < 0 ? Math.exp(-0.5 * (since / rise) ** 2) : Math.exp(-since / fall) - past;
      for (const [l, share] of shares.entries()) leads[l][i] += sign * size * share * wave;
    }
  }
  return leads;
}

function between({ from, to }: { from: number; to: number }, share: number): number {
  return from + (to - from) * share;
}
