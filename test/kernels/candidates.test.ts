import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, withRoom } from "../../src/kernels/kernels.ts";
import { runs } from "../support/runs.ts";

const POINTS = 32;
const GUARD = 77;

/** Reads the shapes of three waves that begin at these places among 50 values, in a room full of guards. */
function readShapes(firsts: readonly number[], step: number) {
  return withRoom(4096, (room) => {
    const all = room.bytes(4096).fill(GUARD);
    const values = new Float64Array(all.buffer, all.byteOffset + 512, 50).map((_, i) => 10 * i);
    new Float64Array(all.buffer, all.byteOffset + 512, 50).set(values);
    new Float64Array(all.buffer, all.byteOffset + 1024, firsts.length).set(firsts);
    const before = all.slice();
    const at = all.byteOffset;
    kernels.readShapes(at + 512, 50, firsts.length, at + 1024, step, at + 2048, 2 * POINTS, at + 3072);
    const shapes = firsts.map((_, k) => [...new Int8Array(all.buffer, at + 2048 + 2 * POINTS * k, POINTS)]);
    const heights = [...new Float64Array(all.buffer, at + 3072, firsts.length)];
    for (const k of firsts.keys()) before.set(all.subarray(2048 + 64 * k, 2048 + 64 * k + POINTS), 2048 + 64 * k);
    before.set(all.subarray(3072, 3072 + 8 * firsts.length), 3072);
    expect(all).toEqual(before);
    return { shapes, heights };
  });
}

describe("readShapes", () => {
  it("reads a line as a line, in the room of its own lead", () => {
    const { shapes, heights } = readShapes([0, 10.5], 1);
    expect(heights).toEqual([155, 155]);
    for (const shape of shapes) {
      expect([shape[0], shape[31]]).toEqual([-127, 127]);
      expect(shape).toEqual(Array.from({ length: POINTS }, (_, i) => Math.round((127 * (i - 15.5)) / 15.5)));
    }
  });

  it("reads no values but those that are there, wherever a shape is said to be", () => {
    for (const first of [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1e300, 1e300]) {
      readShapes([first, -1e9, 1e9], 1);
    }
    // Of places behind the last value the line goes on.
    expect(readShapes([40], 1)).toEqual(readShapes([10], 1));
    expect(readShapes([-20], 1)).toEqual(readShapes([10], 1));
  });
});

describe("findPeaks", () => {
  /** The places that are higher than all within reach, the first of equal ones. */
  const peaksOf = (values: readonly number[], reach: number, least: number) =>
    [...values.keys()].filter((at) => {
      const before = values.slice(Math.max(0, at - reach), at);
      const behind = values.slice(at + 1, at + 1 + reach);
      return values[at] >= least && before.every((v) => v < values[at]) && behind.every((v) => v <= values[at]);
    });

  it("finds the highest of those nearby, as many as there is room for", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 90 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 5 }),
        (values, reach, least, most) => {
          const found = withRoom(2048, (room) => {
            const sum = room.doubles(values.length + 2 * reach + 2).fill(0);
            sum.set(values, reach);
            const places = room.ints(20).fill(-1);
            const [from, to] = [reach, reach + values.length];
            const count = kernels.findPeaks(sum.byteOffset, from, to, reach, least, places.byteOffset, most);
            expect([...places.subarray(count)].every((place) => place === -1)).toBe(true);
            return [...places.subarray(0, count)].map((place) => place - reach);
          });
          expect(found).toEqual(peaksOf(values, reach, least).slice(0, most));
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

describe("noiseOfBlock", () => {
  it("is a quantile of every fourth value, of equal ones too", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 200 }), (values) => {
        const chosen = values.filter((_, i) => i % 4 === 0).sort((a, b) => a - b);
        const noise = withRoom(4096, (room) => {
          const energy = room.doubles(values.length);
          energy.set(values);
          return kernels.noiseOfBlock(energy.byteOffset, values.length);
        });
        expect(noise).toBe(chosen[Math.min(chosen.length - 1, Math.floor(0.4 * chosen.length))]);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe("groupCandidates", () => {
  it("knows a bounded number of kinds, of whatever shapes and heights, and begins as many as it says", () => {
    const leadCount = 2;
    const count = 700;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
        let state = seed;
        const random = () => {
          state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
          return state / 2 ** 32;
        };
        const size = kernels.candidateKindsSize(leadCount);
        withRoom(size + count * (64 + 8 + 1 + 20) + 1024, (room) => {
          const kinds = room.bytes(size).fill(0);
          const guard = room.bytes(16).fill(GUARD);
          const shapes = room.bytes(count * leadCount * POINTS).map(() => 256 * random());
          const logs = room.doubles(count);
          for (const k of logs.keys())
            logs[k] = [Number.NaN, Number.POSITIVE_INFINITY, 10 * random()][Math.floor(3 * random())];
          const isBeat = room.bytes(count).fill(1);
          const kindOf = room.ints(count);
          const rest = [1, 2, 3, 4].map(() => room.floats(count).byteOffset) as [number, number, number, number];
          new Uint8Array(kinds.buffer, guard.byteOffset + 16, shapes.length).set(shapes);
          const begun = kernels.groupCandidates(
            kinds.byteOffset,
            leadCount,
            0,
            count,
            guard.byteOffset + 16,
            logs.byteOffset,
            isBeat.byteOffset,
            kindOf.byteOffset,
            ...rest,
          );
          expect([...guard]).toEqual(new Array(16).fill(GUARD));
          expect(begun).toBeGreaterThan(48);
          expect(Math.max(...kindOf)).toBe(begun - 1);
          expect(Math.min(...kindOf)).toBe(0);
        });
      }),
      { numRuns: runs(10) },
    );
  });
});
