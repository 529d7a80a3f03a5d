import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, withRoom } from "../../src/kernels/kernels.ts";
import { runs } from "../support/runs.ts";

/** A signal that is at rest for the most part, with steps and spikes. */
const signals = fc
  .array(fc.record({ length: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: -40, max: 40 }) }), {
    minLength: 4,
    maxLength: 20,
  })
  .chain((parts) =>
    fc
      .array(fc.constantFrom(0, 0, 0, 0, 1), { minLength: 240, maxLength: 240 })
      .map((noise) =>
        parts.flatMap(({ length, height }) => new Array(length).fill(height)).map((v, i) => v + noise[i]),
      ),
  )
  .filter((values) => values.length > 20);

/** Calls a kernel with a signal, which it changes; what is behind it stays as it is. */
function inKernels<Result>(values: number[], work: (address: number) => Result): { values: number[]; result: Result } {
  return withRoom(4096, (room) => {
    const here = room.doubles(values.length + 4).fill(77);
    here.set(values);
    const result = work(here.byteOffset);
    expect([...here.subarray(values.length)]).toEqual([77, 77, 77, 77]);
    return { values: [...here.subarray(0, values.length)], result };
  });
}

describe("takeSteps", () => {
  it("takes out each step with rest before and after it, and gives the sum of them", () => {
    const reach = 5;
    fc.assert(
      fc.property(signals, (signal) => {
        const [from, to] = [reach, signal.length - reach];
        const values = [...signal];
        let sum = 0;
        for (let i = from; i < to; i++) {
          const [before, after] = [values[i - 1], values[i + 1]];
          const least = Math.abs(after - before) * 0.2;
          const isStep = Array.from({ length: reach - 1 }, (_, k) => k + 2).every(
            (k) => Math.abs(values[i - k] - before) < least && Math.abs(values[i + k] - after) < least,
          );
          if (!isStep) continue;
          sum += after - before;
          values[i] = before;
          for (let k = i + 1; k < values.length; k++) values[k] -= after - before;
        }
        const found = inKernels(signal, (at) => kernels.takeSteps(at, from, to, signal.length, reach));
        expect(found).toEqual({ values, result: sum });
      }),
      { numRuns: runs(500) },
    );
  });
});

describe("takeSpikes", () => {
  it("takes out each value that is far from those beside it, and says where the next may be", () => {
    fc.assert(
      fc.property(signals, fc.integer({ min: 1, max: 9 }), (signal, least) => {
        const values = [...signal];
        let i = 3;
        const to = signal.length - 3;
        while (i < to) {
          const [before, after] = [values[i - 1], values[i + 1]];
          const height = Math.abs(values[i] - (before + after) / 2);
          const rises = [after - before, values[i - 2] - before, values[i - 3] - before, values[i + 2] - after];
          const isSpike =
            height >= least && [...rises, values[i + 3] - after].every((rise) => Math.abs(rise) < height / 8);
          if (isSpike) values[i] = (before + after) / 2;
          i += isSpike ? 2 : 1;
        }
        const found = inKernels(signal, (at) => kernels.takeSpikes(at, 3, to, least));
        expect(found).toEqual({ values, result: i });
      }),
      { numRuns: runs(500) },
    );
  });
});

describe("measureEnergy", () => {
  it("is the standard deviation of the slopes about each value, and the largest", () => {
    fc.assert(
      fc.property(
        signals,
        fc.integer({ min: 1, max: 3 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (signal, whole, part) => {
          const side = 2;
          const count = signal.length - 2 * side - whole - 1;
          const slopes = Array.from({ length: count + 2 * side }, (_, i) => {
            const here = signal[i + whole];
            return here - signal[i] + part * (signal[i + whole + 1] - here);
          });
          const energies = Array.from({ length: count }, (_, i) => {
            const near = slopes.slice(i, i + 2 * side + 1);
            const mean = near.reduce((sum, slope) => sum + slope, 0) / near.length;
            return Math.sqrt(near.reduce((sum, slope) => sum + (slope - mean) ** 2, 0) / near.length);
          });
          withRoom(8192, (room) => {
            const here = room.doubles(signal.length + 2);
            here.set(signal);
            const energy = room.doubles(count + 1);
            const largest = kernels.measureEnergy(here.byteOffset, count, whole, part, side, energy.byteOffset);
            expect(largest).toBe(Math.max(...energy.subarray(0, count)));
            for (const [i, value] of energies.entries()) expect(energy[i]).toBeCloseTo(value, 4);
          });
        },
      ),
      { numRuns: runs(200) },
    );
  });
});
