import { MISSING } from "../../recording/recording.ts";

/**
 * A filter of the second order: `y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]`. It runs over the samples forwards and
 * backwards, which squares its response and takes its phase away.
 */
export type Section = { b0: number; b1: number; b2: number; a1: number; a2: number };

/** Forwards and backwards a Butterworth filter is 3 dB down where one way is 1.5 dB down: at this ratio to its own corner. */
const BOTH_WAYS = (Math.SQRT2 - 1) ** 0.25;
/** Where a notch, forwards and backwards, is 3 dB down: at this ratio to the edge of one way. */
const NOTCH_EDGE = Math.sqrt(1 / (Math.SQRT2 - 1));
/** A short stretch goes on for so many times its length at the most: thousands of them would take seconds. */
const MOST_MIRRORS = 10;

/** Takes off what is above a corner: -3 dB there, forwards and backwards, and -18 dB at twice the corner. */
export function newLowPass(cornerHz: number, rate: number): Section {
  const { k, a1, a2, a0 } = butterworth(Math.tan((Math.PI * cornerHz) / rate) / BOTH_WAYS);
  return { b0: (k * k) / a0, b1: (2 * k * k) / a0, b2: (k * k) / a0, a1, a2 };
}

/** Takes off what is below a corner: -3 dB there, forwards and backwards, and -18 dB at half the corner. */
export function newHighPass(cornerHz: number, rate: number): Section {
  const { a1, a2, a0 } = butterworth(Math.tan((Math.PI * cornerHz) / rate) * BOTH_WAYS);
  return { b0: 1 / a0, b1: -2 / a0, b2: 1 / a0, a1, a2 };
}

/** Takes off one frequency, and leaves what is farther from it than half the width: -3 dB there, forwards and backwards. */
export function newNotch(hz: number, widthHz: number, rate: number): Section {
  const width = Math.tan((Math.PI * widthHz) / rate) / NOTCH_EDGE;
  const b0 = 1 / (1 + width);
  const b1 = -2 * Math.cos((2 * Math.PI * hz) / rate) * b0;
  return { b0, b1, b2: b0, a1: b1, a2: (1 - width) * b0 };
}

/** @param k the tangent of the half angle of its corner */
function butterworth(k: number) {
  const a0 = 1 + Math.SQRT2 * k + k * k;
  return { k, a0, a1: (2 * (k * k - 1)) / a0, a2: (1 - Math.SQRT2 * k + k * k) / a0 };
}

/**
 * The samples, filtered without a shift in time. Each stretch between gaps is filtered alone: beyond its ends it is thought to go on as
 * its mirror image. Missing samples stay missing.
 *
 * @param margin how many samples a stretch is mirrored for
 */
export function filterBothWays(
  samples: Int32Array | Float64Array,
  sections: readonly Section[],
  margin: number,
): Float64Array {
  const filtered = new Float64Array(samples.length).fill(MISSING);
  for (let from = 0; from < samples.length; ) {
    if (samples[from] === MISSING) {
      from++;
      continue;
    }
    let to = from + 1;
    while (to < samples.length && samples[to] !== MISSING) to++;
    const beyond = Math.min(margin, MOST_MIRRORS * (to - from));
    const padded = mirror(samples.subarray(from, to), beyond);
    for (const section of sections) {
      runForwards(padded, section);
      padded.reverse();
      runForwards(padded, section);
      padded.reverse();
    }
    filtered.set(padded.subarray(beyond, beyond + to - from), from);
    from = to;
  }
  return filtered;
}

/** A stretch between two mirror images of it, which go to and fro where the margin is longer. */
function mirror(stretch: Int32Array | Float64Array, margin: number): Float64Array {
  const { length } = stretch;
  const padded = new Float64Array(length + 2 * margin);
  padded.set(stretch, margin);
  const period = Math.max(1, 2 * (length - 1));
  for (let i = 1; i <= margin; i++) {
    const phase = i % period;
    const away = Math.min(phase, period - phase);
    padded[margin - i] = stretch[away];
    padded[margin + length - 1 + i] = stretch[length - 1 - away];
  }
  return padded;
}

/** Runs a filter that has seen the first sample for ever. */
function runForwards(samples: Float64Array, { b0, b1, b2, a1, a2 }: Section): void {
  const rest = (samples[0] * (b0 + b1 + b2)) / (1 + a1 + a2);
  let second = b2 * samples[0] - a2 * rest;
  let first = rest - b0 * samples[0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i];
    const y = b0 * x + first;
    first = b1 * x - a1 * y + second;
    second = b2 * x - a2 * y;
    samples[i] = y;
  }
}
