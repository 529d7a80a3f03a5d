import fc from "fast-check";
import { expect, it } from "vitest";
import { findEnvelope, foldInto, joinEnvelopes, newEnvelope, sliceEnvelope } from "../../src/codec/envelope.ts";
import { MISSING } from "../../src/recording/recording.ts";
import { runs } from "../support/runs.ts";

it.each([
  { samples: [], block: 4, min: [], max: [] },
  { samples: [5], block: 4, min: [5], max: [5] },
  { samples: [1, -2, 3, 4, -5, 6], block: 4, min: [-2, -5], max: [4, 6] },
  { samples: [MISSING, 2, MISSING, MISSING], block: 2, min: [2, MISSING], max: [2, MISSING] },
  { samples: [-7, MISSING, -9], block: 3, min: [-9], max: [-7] },
  { samples: [2147483647, -2147483647], block: 2, min: [-2147483647], max: [2147483647] },
])("finds the extremes of $samples in blocks of $block", ({ samples, block, min, max }) => {
  const envelope = findEnvelope(Int32Array.from(samples), block);
  expect([[...envelope.min], [...envelope.max]]).toEqual([min, max]);
});

it("folds blocks and samples, in any order, into the same as all samples at once", () => {
  const sample = fc.oneof(fc.integer({ min: -99, max: 99 }), fc.constant(MISSING));
  fc.assert(
    fc.property(
      fc.array(sample, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(9),
      (values, block, blocks, offset) => {
        const bucket = block * blocks;
        const signal = Int32Array.from(values);
        const start = offset * block;
        const firstBucket = Math.floor(start / bucket);
        const count = Math.ceil((start + signal.length) / bucket) - firstBucket;
        const expected = newEnvelope(Math.max(count, 0));
        for (const [i, value] of values.entries()) {
          if (value === MISSING) continue;
          const at = Math.floor((start + i) / bucket) - firstBucket;
          if (expected.min[at] === MISSING || value < expected.min[at]) expected.min[at] = value;
          if (value > expected.max[at]) expected.max[at] = value;
        }
        const direct = newEnvelope(Math.max(count, 0));
        foldInto(direct, firstBucket, bucket, { min: signal, max: signal, start, step: 1 });
        const byBlocks = newEnvelope(Math.max(count, 0));
        const cut = Math.floor(signal.length / 2 / block) * block;
        const late = signal.subarray(cut);
        foldInto(byBlocks, firstBucket, bucket, { min: late, max: late, start: start + cut, step: 1 });
        foldInto(byBlocks, firstBucket, bucket, {
          ...findEnvelope(signal.subarray(0, cut), block),
          start,
          step: block,
        });
        expect([direct, byBlocks]).toEqual([expected, expected]);
      },
    ),
    { numRuns: runs(1000) },
  );
});

it("is joined, and cut again, at any bucket", () => {
  const samples = Int32Array.of(1, -2, 3, MISSING, 5, 6, MISSING, MISSING, -9);
  const whole = findEnvelope(samples, 2);
  for (const bucket of [0, 1, 2, 3, 4, 5]) {
    const first = findEnvelope(samples.subarray(0, 2 * bucket), 2);
    const second = findEnvelope(samples.subarray(2 * bucket), 2);
    expect(joinEnvelopes(first, second)).toEqual(whole);
    expect(sliceEnvelope(whole, 0, bucket)).toEqual(first);
    expect(sliceEnvelope(whole, bucket, 99)).toEqual(second);
  }
});
