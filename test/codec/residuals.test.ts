import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader } from "../../src/codec/byte-reader.ts";
import { ByteWriter } from "../../src/codec/byte-writer.ts";
import { DamagedChunkError } from "../../src/codec/damaged-chunk-error.ts";
import { decodeResiduals, encodeResiduals } from "../../src/codec/residuals.ts";

function encode(residuals: Int32Array): Uint8Array {
  const out = new ByteWriter();
  encodeResiduals(residuals, out);
  return out.toBytes();
}

const decode = (bytes: Uint8Array, count: number): Int32Array => decodeResiduals(new ByteReader(bytes), count);

describe("residuals", () => {
  it("come back, whatever their scale and number", () => {
    const block = fc.record({
      scale: fc.integer({ min: 0, max: 31 }),
      values: fc.array(fc.integer({ min: -0x80000000, max: 0x7fffffff }), { maxLength: 70 }),
    });
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (blocks) => {
        const residuals = Int32Array.from(blocks.flatMap(({ scale, values }) => values.map((value) => value >> scale)));
        expect(decode(encode(residuals), residuals.length)).toEqual(residuals);
      }),
      { numRuns: 500 },
    );
  });

  it.each(Array.from({ length: 32 }, (_, bits) => bits))("come back at the ends of %d bits", (bits) => {
    const most = 2 ** bits - 1;
    const residuals = Int32Array.from({ length: 200 }, (_, i) => [0, most, -most - 1, most >> 1, -(most >> 1)][i % 5]);
    expect(decode(encode(residuals), residuals.length)).toEqual(residuals);
  });

  it("take almost nothing when they are zero", () => {
    expect(encode(new Int32Array(5000)).length).toBeLessThan(40);
  });

  it("stay near the entropy of Gaussian noise", () => {
    // Sums of twelve uniform numbers less six have a standard deviation of 1; its entropy at 8 units is 5.05 bits.
    let state = 7;
    const uniform = (): number => {
      state = (Math.imul(state, 48271) >>> 0) % 0x7fffffff;
      return state / 0x7fffffff;
    };
    const residuals = Int32Array.from({ length: 50_000 }, () =>
      Math.round(8 * Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6)),
    );
    expect((8 * encode(residuals).length) / residuals.length).toBeLessThan(5.05 + 0.15);
  });

  it("are refused at every truncation", () => {
    const residuals = Int32Array.from({ length: 100 }, (_, i) => (i * 7919) % 23);
    const bytes = encode(residuals);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(bytes.subarray(0, length), residuals.length)).toThrow(DamagedChunkError);
    }
  });
});
