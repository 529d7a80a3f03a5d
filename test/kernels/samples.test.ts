import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, roomFor, withRoom } from "../../src/kernels/kernels.ts";
import { MAX_SAMPLE, MISSING } from "../../src/recording/recording.ts";

/** Samples of any size, the largest and what is missing among them. */
const samplesOf = fc
  .array(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constantFrom(MISSING, MISSING + 1, MAX_SAMPLE), fc.integer()), {
    maxLength: 70,
  })
  .map((samples) => Int32Array.from(samples));

/** Calls a kernel with samples in a room, and with room for ints and for doubles, of which it gives what is in them afterwards. */
function callWith(
  samples: Int32Array,
  call: (at: number, ints: number, doubles: number) => number | undefined,
): { result: number | undefined; ints: Int32Array; doubles: Float64Array } {
  return withRoom(roomFor(samples.byteLength) + roomFor(8) + 64 * 8, (room) => {
    const copy = room.ints(samples.length);
    copy.set(samples);
    const ints = room.ints(2);
    const doubles = room.doubles(64).fill(-1);
    const result = call(copy.byteOffset, ints.byteOffset, doubles.byteOffset);
    return { result, ints: ints.slice(), doubles: doubles.slice() };
  });
}

/** Where each of some parts begins and ends. */
function partsOf(length: number, parts: number): [from: number, to: number][] {
  return Array.from({ length: parts }, (_, part) => [
    Math.floor((part * length) / parts),
    Math.floor(((part + 1) * length) / parts),
  ]);
}

describe("kernels of samples", () => {
  it("find the range of those that are there", () => {
    fc.assert(
      fc.property(samplesOf, (samples) => {
        const there = samples.filter((sample) => sample !== MISSING);
        const { ints } = callWith(samples, (at, range) => void kernels.rangeOf(at, samples.length, range));
        expect([...ints]).toEqual([Math.min(MAX_SAMPLE, ...there), Math.max(MISSING, ...there)]);
      }),
    );
  });

  it("find the means of parts, and the range of all", () => {
    fc.assert(
      fc.property(samplesOf, (samples) => {
        const { length } = samples;
        const { result, ints, doubles } = callWith(samples, (at, range, means) =>
          kernels.measureParts(at, length, 5, range, means),
        );
        const means = partsOf(length, 5)
          .filter(([from, to]) => to > from)
          .map(([from, to]) => samples.slice(from, to).reduce((sum, sample) => sum + sample, 0) / (to - from));
        expect(result).toBe(means.length);
        expect([...doubles]).toEqual([...means, ...new Array(64 - means.length).fill(-1)]);
        expect([...ints]).toEqual([Math.min(MAX_SAMPLE, ...samples), Math.max(MISSING, ...samples)]);
      }),
    );
  });

  it("find the noise between second differences", () => {
    fc.assert(
      fc.property(samplesOf, fc.integer({ min: 1, max: 4 }), (samples, step) => {
        const { length } = samples;
        const { result, doubles } = callWith(samples, (at, _, powers) =>
          kernels.measureNoiseOfParts(at, length, 7, step, powers),
        );
        let end = 0;
        const wanted = partsOf(length, 7).flatMap(([, to]) => {
          const from = Math.max(step, end);
          end = to;
          const powers: number[] = [];
          for (let i = from; i < Math.min(length - step, to); i += 2) {
            powers.push((samples[i] - 0.5 * (samples[i - step] + samples[i + step])) ** 2);
          }
          return powers.length > 0 ? [powers.reduce((sum, power) => sum + power) / powers.length] : [];
        });
        expect(result).toBe(wanted.length);
        wanted.forEach((power, i) => {
          expect(Math.abs(doubles[i] - power)).toBeLessThanOrEqual(1e-12 * power);
        });
        expect(doubles[wanted.length]).toBe(-1);
      }),
    );
  });

  it("find the first change that is large enough", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 3, 7, MISSING, MAX_SAMPLE)).map((samples) => Int32Array.from(samples)),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(3, 4, 5, 7, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1),
        (samples, from, least) => {
          const to = Math.max(from, samples.length - 3);
          const { result } = callWith(samples, (at) => kernels.findChange(at, from, to, least));
          const found = samples.findIndex(
            (sample, i) => i >= from && i < to && Math.abs(sample - samples[i - 1]) >= least,
          );
          expect(result).toBe(found < 0 ? to : found);
        },
      ),
    );
  });
});
