import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, withRoom } from "../../src/kernels/kernels.ts";

describe("kernels of networks", () => {
  it("compress as the inverse hyperbolic sine does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, min: -(2 ** 50), max: 2 ** 50 }), { minLength: 1, maxLength: 9 }),
        (given) => {
          const count = 4 * Math.ceil(given.length / 4);
          const found = withRoom(1000, (room) => {
            const values = room.floats(count + 1).fill(0);
            values.set(given);
            values[count] = 9;
            kernels.compressLarge(values.byteOffset, count);
            return values.slice();
          });
          given.forEach((value, i) => {
            expect(Math.abs(found[i] - Math.asinh(value))).toBeLessThan(4e-7 * Math.max(1, Math.abs(found[i])));
          });
          expect(found[count]).toBe(9);
        },
      ),
    );
  });

  it("point at the mean of the times, each weighted by the exponential of its score", () => {
    const scores = fc.oneof(fc.float({ min: -50, max: 50, noNaN: true }), fc.constant(Number.NEGATIVE_INFINITY));
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 40 })
          .chain((steps) =>
            fc.tuple(
              fc.constant(steps),
              fc.array(scores, { minLength: 8 * steps, maxLength: 8 * steps }),
              fc.integer({ min: 0, max: steps - 1 }),
            ),
          ),
        ([steps, given, certain]) => {
          // Each column has a score that is finite.
          given.splice(8 * certain, 8, 1, 2, 3, 4, 5, 6, 7, 8);
          const found = withRoom(4000, (room) => {
            const values = room.floats(8 * steps);
            values.set(given);
            const result = room.floats(16);
            kernels.pointByScores(values.byteOffset, steps, -30, 2, result.byteOffset);
            return result.slice();
          });
          for (let column = 0; column < 8; column++) {
            const own = Array.from({ length: steps }, (_, step) => given[8 * step + column]);
            const weights = own.map((score) => Math.exp(score - Math.max(...own)));
            const sum = weights.reduce((a, b) => a + b);
            const mean = weights.reduce((all, weight, step) => all + weight * (2 * step - 30), 0) / sum;
            const squares = weights.reduce((all, weight, step) => all + weight * (2 * step - 30 - mean) ** 2, 0) / sum;
            expect(Math.abs(found[column] - mean)).toBeLessThan(1e-4);
            expect(Math.abs(found[8 + column] - Math.sqrt(squares))).toBeLessThan(1e-3);
          }
        },
      ),
    );
  });

  it("round floats to the nearest integers of 16 bits that there are", () => {
    const given = [0, 0.24, 0.26, -0.26, 0.75, 1.25, 16383.6, 16384, 1e30, -16384, -16385, -1e30, 5, -5, 7.1, -7.1];
    const found = withRoom(1000, (room) => {
      const values = room.floats(given.length);
      values.set(given);
      const bytes = room.bytes(2 * (given.length + 1));
      const integers = new Int16Array(bytes.buffer, bytes.byteOffset, given.length + 1).fill(9);
      kernels.toIntegers(values.byteOffset, given.length, 2, integers.byteOffset);
      return [...integers];
    });
    // Halves go to the even one.
    const wanted = [0, 0, 1, -1, 2, 2, 32767, 32767, 32767, -32768, -32768, -32768, 10, -10, 14, -14];
    expect(found).toEqual([...wanted, 9]);
  });

  it("rectify values to integers of 16 bits, to which others are added", () => {
    const given = [-1e30, -0.6, 0.4, 0.5, 1.5, 2.4, 32766.6, 1e30];
    const rectify = (added: number[] | undefined) =>
      withRoom(1000, (room) => {
        const values = room.floats(8);
        values.set(given);
        const bytes = room.bytes(2 * 9);
        const integers = new Int16Array(bytes.buffer, bytes.byteOffset, 9).fill(9);
        if (added) integers.set(added);
        kernels.rectify(values.byteOffset, 8, added ? integers.byteOffset : 0, integers.byteOffset);
        return [...integers];
      });
    expect(rectify(undefined)).toEqual([0, 0, 0, 1, 2, 2, 32767, 32767, 9]);
    expect(rectify([0, 1, 2, 3, 4, 32767, 1, 5])).toEqual([0, 1, 2, 4, 6, 32767, 32767, 32767, 9]);
  });

  it("take the mean of arrays of integers, rounded", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 15 }).chain((arrays) =>
          fc.array(fc.array(fc.integer({ min: 0, max: 32767 }), { minLength: 16, maxLength: 16 }), {
            minLength: arrays,
            maxLength: arrays,
          }),
        ),
        (arrays) => {
          const found = withRoom(2000, (room) => {
            const bytes = room.bytes(2 * 20 * arrays.length);
            for (const [i, values] of arrays.entries()) {
              new Int16Array(bytes.buffer, bytes.byteOffset + 40 * i, 16).set(values);
            }
            const mean = room.bytes(2 * 17);
            const result = new Int16Array(mean.buffer, mean.byteOffset, 17).fill(9);
            kernels.meanOf(bytes.byteOffset, 40, arrays.length, 16, result.byteOffset);
            return [...result];
          });
          const share = Math.fround(1 / arrays.length);
          const wanted = arrays[0].map((_, i) => {
            const sum = arrays.reduce((total, values) => total + values[i], 0);
            return Math.trunc(Math.fround(Math.fround(sum * share) + 0.5));
          });
          expect(found).toEqual([...wanted, 9]);
        },
      ),
    );
  });
});
