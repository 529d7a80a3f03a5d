import { expect, it } from "vitest";
import { STEPS } from "../../../src/analysis/beats/beat-network.ts";
import { SHAPE_POINTS } from "../../../src/analysis/beats/beat-shapes.ts";
import { findBeats } from "../../../src/analysis/beats/beats.ts";
import { EVIDENCE } from "../../../src/analysis/beats/candidate-evidence.ts";
import { BLOCK_SLOPES, KeptSlopes, SlopeReader } from "../../../src/analysis/beats/kept-slopes.ts";
import { LeadBlocks } from "../../../src/analysis/signal/lead-blocks.ts";
import { LastingRoom } from "../../../src/kernels/kernels.ts";

const BLOCK_SECONDS = 2;

/** What is kept of leads, of samples by the time, whose blocks have a noise each. */
function keep(leads: readonly { samplingRate: number; at: (seconds: number) => number }[], noises: readonly number[]) {
  const blocks = leads.map(({ samplingRate }) => new LeadBlocks(samplingRate, false));
  const room = new LastingRoom((maker) => {
    for (const lead of blocks) lead.makeArrays(maker);
    return { piece: maker.ints(10 * 1000), slopes: maker.floats(BLOCK_SLOPES) };
  });
  const kept = new KeptSlopes(blocks);
  room.use(({ piece, slopes }) => {
    let measured = 0;
    for (const [block, noise] of noises.entries()) {
      // A block has what comes after it, as the detector gives it.
      while (measured < block + 5) {
        for (const [l, { samplingRate, at }] of leads.entries()) {
          const samples = Int32Array.from({ length: BLOCK_SECONDS * samplingRate }, (_, i) =>
            Math.round(at(measured * BLOCK_SECONDS + i / samplingRate)),
          );
          blocks[l].signal.push(samples, piece);
          if (measured > 0) blocks[l].measure(measured - 1);
        }
        measured++;
      }
      kept.add(block, noise, slopes);
    }
  });
  room.clear();
  return kept.kept();
}

const wave = { samplingRate: 250, at: (seconds: number) => 1000 * Math.sin(2 * Math.PI * 2 * seconds) };

it("keeps the slopes of noisy blocks, three before them and three after them, and of the first half minute", () => {
  const noises = Array.from({ length: 50 }, (_, block) => (block === 30 || block === 44 ? 0.2 : 0.01));
  const first = Array.from({ length: 15 }, (_, block) => block);
  expect(keep([wave], noises).blocks).toEqual([...first, 27, 28, 29, 30, 31, 32, 33, 41, 42, 43, 44, 45, 46, 47]);
  expect(keep([wave], Array(20).fill(0.01)).blocks).toEqual(first);
});

it("measures by how much each lead rises in a hundredth of a second, at whatever rate", () => {
  const other = { samplingRate: 200, at: (seconds: number) => 500 * Math.cos(2 * Math.PI * 3 * seconds) };
  // More than one part has.
  const noises = Array(20).fill(0.1);
  const slopes = new SlopeReader(keep([wave, other], noises));
  const count = noises.length * BLOCK_SLOPES;
  const [ofFirst, ofOther] = [0, 1].map((lead) => slopes.read(lead, 0, count));
  for (let i = BLOCK_SLOPES; i < count; i++) {
    const seconds = i / 100;
    // Two samples of the first lead are a sum.
    expect(Math.abs(ofFirst[i] - 2 * (wave.at(seconds + 0.01) - wave.at(seconds)))).toBeLessThan(6);
    expect(Math.abs(ofOther[i] - (other.at(seconds + 0.01) - other.at(seconds)))).toBeLessThan(6);
  }
});

it("says where the slopes a second before and after a time are kept, as far as the ECG goes", () => {
  const noises = Array.from({ length: 50 }, (_, block) => (block === 30 || block === 49 ? 0.2 : 0.01));
  // The first half minute, 54 to 68 s and 92 to 100 s.
  const slopes = new SlopeReader(keep([wave], noises));
  const isKept = (...times: number[]) => times.map((time) => slopes.isKeptAbout(time));
  expect(isKept(0, 28.99, 55.01, 66.99, 93.01, 99.99)).toEqual(Array(6).fill(true));
  expect(isKept(29.01, 40, 54.99, 67.01, 92.99)).toEqual(Array(5).fill(false));
  expect(new SlopeReader({ ...keep([wave], []), blockCount: 0 }).isKeptAbout(0)).toBe(false);
});

it("keeps no more than so many, of however much noise", () => {
  const { parts, blocks } = keep([wave], Array(11_000).fill(0.5));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  expect(Math.abs(length / BLOCK_SLOPES - blocks.length)).toBeLessThan(32);
  expect(blocks.length * BLOCK_SLOPES).toBeLessThanOrEqual(2 ** 21);
  expect(blocks.length * BLOCK_SLOPES).toBeGreaterThan(2 ** 21 - 5 * BLOCK_SLOPES);
});

it("gives beats that are moved the shape of the signal where they are", () => {
  const samplingRate = 250;
  // A high wave each second, and a low one 0.15 s after it, which is no candidate.
  const at = (seconds: number) => {
    const time = seconds % 1;
    return 1000 * Math.exp(-0.5 * ((time - 0.5) / 0.02) ** 2) - 60 * Math.exp(-0.5 * ((time - 0.65) / 0.03) ** 2);
  };
  const samples = Int32Array.from({ length: 20 * samplingRate }, (_, i) => Math.round(at(i / samplingRate)));
  // The first window begins 1.28 s before the first sample.
  const isLow = (step: number) => Math.abs(((0.02 * (step + 0.5) - 1.28 + 2) % 1) - 0.65) < 0.03;
  const network = { score: () => Float32Array.from({ length: STEPS }, (_, step) => (isLow(step) ? 4 : -4)) };
  const unsure = { bias: 0, direct: Array<number>(EVIDENCE.length).fill(0), hidden: [] };
  const models = { first: unsure, inDoubt: unsure, bySlopes: network };
  const { times, shapes, shapeScales } = findBeats([{ samples, samplingRate }], models);
  const moved = Array.from(times.keys()).filter((i) => times[i] > 1 && times[i] < 7);
  expect(moved.length).toBe(6);
  for (const i of moved) {
    expect(times[i] % 1).toBeCloseTo(0.65, 1);
    const signal = Array.from({ length: SHAPE_POINTS }, (_, point) => at(times[i] + (point - 13) / 100));
    const mean = signal.reduce((sum, value) => sum + value) / SHAPE_POINTS;
    expect(Math.abs(shapeScales[i] / Math.max(...signal.map((value) => Math.abs(value - mean))) - 1)).toBeLessThan(
      0.03,
    );
    for (const [point, value] of signal.entries()) {
      expect(Math.abs((shapes[i * SHAPE_POINTS + point] * shapeScales[i]) / 127 + mean - value)).toBeLessThan(40);
    }
  }
});
