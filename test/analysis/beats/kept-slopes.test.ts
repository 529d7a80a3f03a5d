import { expect, it } from "vitest";
import { BLOCK_SLOPES, KeptSlopes } from "../../../src/analysis/beats/kept-slopes.ts";
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
  const { values, leadCount, blocks } = keep([wave, other], [0, 0, 0]);
  expect([leadCount, blocks.length, values.length]).toEqual([2, 3, 3 * 2 * BLOCK_SLOPES]);
  for (let block = 1; block < 3; block++) {
    for (let i = 0; i < BLOCK_SLOPES; i++) {
      const seconds = BLOCK_SECONDS * block + i / 100;
      const at = 2 * block * BLOCK_SLOPES + i;
      // Two samples of the first lead are a sum.
      expect(Math.abs(values[at] - 2 * (wave.at(seconds + 0.01) - wave.at(seconds)))).toBeLessThan(6);
      const rise = other.at(seconds + 0.01) - other.at(seconds);
      expect(Math.abs(values[at + BLOCK_SLOPES] - rise)).toBeLessThan(6);
    }
  }
});

it("keeps no more than so many, of however much noise", () => {
  const { values, blocks } = keep([wave], Array(11_000).fill(0.5));
  expect(values.length).toBe(blocks.length * BLOCK_SLOPES);
  expect(values.length).toBeLessThanOrEqual(2 ** 21);
  expect(values.length).toBeGreaterThan(2 ** 21 - 5 * BLOCK_SLOPES);
});
