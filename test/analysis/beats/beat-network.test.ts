import { expect, it } from "vitest";
import { BeatNetwork, STEPS, WINDOW_SLOPES } from "../../../src/analysis/beats/beat-network.ts";
import { BEAT_WEIGHTS } from "../../../src/analysis/beats/beat-weights.ts";
import { newWeights } from "../../../src/analysis/numbers/weights.ts";
import { newRandom } from "../../../src/analysis/training/random.ts";

const CHANNELS = 24;
const TAPS = 5;
const DILATIONS = [1, 1, 2, 4, 8, 16, 32];

/** By how much logarithms of odds in integers may be others than in doubles. */
const OF_INTEGERS = 0.03;

/** The network as it is written down, in doubles. */
function scoreSlowly(slopes: Float32Array): number[] {
  const take = newWeights(BEAT_WEIGHTS);
  const steepest = Array.from({ length: 8 }, (_, part) =>
    Math.max(...slopes.slice(128 * part, 128 * (part + 1)).map(Math.abs)),
  )
    .filter((value) => value > 0)
    .sort((a, b) => a - b);
  const usual = 0.5 * (steepest[(steepest.length - 1) >> 1] + steepest[steepest.length >> 1]);
  let signals = Array.from({ length: STEPS }, (_, step) =>
    [0, 1].map((i) => Math.asinh((4 * slopes[2 * step + i]) / usual)),
  );
  for (const [layer, dilation] of DILATIONS.entries()) {
    const inputs = signals[0].length;
    const weights = take(CHANNELS * inputs * TAPS);
    const bias = take(CHANNELS);
    signals = signals.map((own, step) =>
      Array.from({ length: CHANNELS }, (_, output) => {
        let sum = bias[output];
        for (let tap = 0; tap < TAPS; tap++) {
          const from = signals[step + (tap - 2) * dilation];
          for (let i = 0; from && i < inputs; i++) sum += weights[(output * inputs + i) * TAPS + tap] * from[i];
        }
        return Math.max(0, sum) + (layer > 0 ? own[output] : 0);
      }),
    );
  }
  const out = take(CHANNELS);
  const [bias] = take(1);
  return signals.map((own) => own.reduce((sum, value, i) => sum + value * out[i], bias));
}

/** Narrow waves every 0.8 s in noise, of so many slopes: zeros after them. */
function newSlopes(seed: number, length: number): Float32Array {
  const random = newRandom(seed);
  return Float32Array.from({ length: WINDOW_SLOPES }, (_, i) => {
    const at = ((i + 20) % 80) - 40;
    return i < length ? 100 * at * Math.exp(-0.5 * (at / 2) ** 2) + 40 * (random() - 0.5) : 0;
  });
}

it.each([WINDOW_SLOPES, 700, 128])(
  "scores each step as seven layers do that are written down, of %i slopes",
  (length) => {
    const network = new BeatNetwork(BEAT_WEIGHTS);
    const slopes = newSlopes(length, length);
    const found = network.score(slopes);
    const wanted = scoreSlowly(slopes);
    expect(found.length).toBe(STEPS);
    expect(Math.max(...wanted.map((value, i) => Math.abs(value - found[i])))).toBeLessThan(OF_INTEGERS);
    // What it was given before does not matter, nor does the unit.
    network.score(newSlopes(9, WINDOW_SLOPES));
    expect(network.score(slopes)).toEqual(found);
    const inOtherUnits = network.score(slopes.map((slope) => 1024 * slope));
    expect(Math.max(...inOtherUnits.map((value, i) => Math.abs(value - found[i])))).toBeLessThan(1e-3);
  },
);

it.each([
  { first: 0, end: 4 },
  { first: 3, end: 40 },
  { first: 200, end: 231 },
  { first: 90, end: 470 },
  { first: 490, end: STEPS },
])("scores the steps from $first to $end as all of a window, whatever it was given before", ({ first, end }) => {
  const network = new BeatNetwork(BEAT_WEIGHTS);
  const slopes = newSlopes(3, WINDOW_SLOPES);
  const all = new BeatNetwork(BEAT_WEIGHTS).score(slopes);
  network.score(newSlopes(9, WINDOW_SLOPES).map((slope) => -3 * slope));
  const found = network.score(slopes, first, end);
  expect(found).toEqual(all.map((score, step) => (step >= first && step < end ? score : 0)));
});

it("tells beats from the noise between them, and gives odds of silence", () => {
  const network = new BeatNetwork(BEAT_WEIGHTS);
  const scores = network.score(newSlopes(1, WINDOW_SLOPES));
  // The R peak is where slopes change their sign.
  const isBeat = (step: number) => Math.abs(((2 * step + 20) % 80) - 40) <= 2;
  const isBetween = (step: number) => Math.abs(((2 * step + 20) % 80) - 40) > 14;
  const inside = [...scores.keys()].filter((step) => step > 64 && step < STEPS - 64);
  expect(Math.min(...inside.filter(isBeat).map((step) => scores[step]))).toBeGreaterThan(1);
  expect(Math.max(...inside.filter(isBetween).map((step) => scores[step]))).toBeLessThan(-1);
  expect([...network.score(new Float32Array(WINDOW_SLOPES))].every(Number.isFinite)).toBe(true);
});
