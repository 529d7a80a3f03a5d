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
});
