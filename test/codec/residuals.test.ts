import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkReader } from "../../src/codec/chunk-reader.ts";
import { ChunkWriter } from "../../src/codec/chunk-writer.ts";
import { DamagedChunkError } from "../../src/codec/damaged-chunk-error.ts";
import { decodeResiduals, encodeResiduals, newResidualDesk, newStream } from "../../src/codec/residuals.ts";
import { withRoom } from "../../src/kernels/kernels.ts";
import { runs } from "../support/runs.ts";

/** More than any residuals here need. */
const ROOM_BYTES = 1_000_000;

function encode(residuals: Int32Array): Uint8Array {
  return withRoom(ROOM_BYTES, (room) => {
    const inRoom = room.ints(residuals.length);
    inRoom.set(residuals);
    const out = new ChunkWriter();
    encodeResiduals(inRoom, out, newResidualDesk(room, residuals.length));
    return out.toBytes();
  });
}

function decode(bytes: Uint8Array, count: number): Int32Array {
  return withRoom(ROOM_BYTES, (room) => {
    const residuals = room.ints(count);
    decodeResiduals(new ChunkReader(bytes), count, residuals, newStream(room, bytes.length));
    return residuals.slice();
  });
}

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
      { numRuns: runs(500) },
    );
  });

  it("are refused where there are more escapes than residuals", () => {
    const bytes = Uint8Array.of(3, 0, 0, 0, 1);
    expect(() => decode(bytes, 2)).toThrow(new DamagedChunkError("A lead has more escapes than residuals"));
  });

  it.each(Array.from({ length: 32 }, (_, bits) => bits))("come back at the ends of %d bits", (bits) => {
    const most = 2 ** bits - 1;
    const residuals = Int32Array.from({ length: 200 }, (_, i) => [0, most, -most - 1, most >> 1, -(most >> 1)][i % 5]);
    expect(decode(encode(residuals), residuals.length)).toEqual(residuals);
  });

  it("are coded to these bytes in every class, with escapes, and read from them", () => {
    // The mean magnitude of each block of 32; the last one is of 9.
    const scales = [0.53, 0.58, 0.65, 0.85, 1.1, 1.3, 1.6, 1.8, 2.3, 3, 4, 6, 8.5, 12, 17, 2 ** 14, 0, 0, 24, 1, 1];
    let state = 7;
    const residuals = Int32Array.from({ length: 32 * (scales.length - 1) + 9 }, (_, i) => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return Math.trunc(((state >> 24) * scales[i >> 5]) / 64);
    });
    residuals[70] = 20;
    residuals[101] = -25;
    residuals.set([0x7fffffff, -0x80000000], 622);
    const bytes = `
      042831feffffff0fffffffff0f3c2295c4158432add908605e855ab19cd142013756fe2199802687eb31cc63be6330320cf72ebc
      dbd3c89659e9208f6f3f64f3e029647c32f1678f08a52a6bb9cb4b6d81dbe9bc420d6068b6b956baca7d7425457c3638d47b1e0a
      15fa4835bc34a69f67929d80918b9973d605193e5009808332209774d665bf4c32771c9955e0f7e30ea9c7b363c930eb00a9268d
      0538a2a0b183eacffc1755307ec9e2c212e1fa02a49168691325ca9c50d799182e99c44ad415b8b2bac3f28c716d704db16b9bfe
      c2a569480db367ba3d1c007700700017002d0004c03c001900220007c025401d8002700a18067601480095006a00c10093000b00
      3a006e007a0072807240020049c00c8019c019c00d201ec1548da532386051fea08f7c9c35d527cbcfd24fcb5572038a4a256596
      185046e40000bfff1fffd00057fff40010000d0002ffff4001800040004000000000f7fff8b8000a0001fffe80008001a0001000
      1ffff4000f00010001c0004000600020000c00080001271870`;
    expect(Buffer.from(encode(residuals)).toString("hex")).toBe(bytes.replaceAll(/\s/g, ""));
    expect(decode(Buffer.from(bytes.replaceAll(/\s/g, ""), "hex"), residuals.length)).toEqual(residuals);
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

  it("are written nowhere but in their places, whatever the bytes", () => {
    const guard = new Uint8Array(160).fill(0xa5);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.nat(300),
        fc.nat(20),
        fc.boolean(),
        (bytes, count, more, isWithoutEscapes) => {
          if (isWithoutEscapes) bytes.fill(0, 0, 1);
          withRoom(ROOM_BYTES, (room) => {
            const stream = newStream(room, bytes.length);
            const before = room.bytes(guard.length);
            const residuals = room.ints(count + more);
            const behind = room.bytes(guard.length);
            for (const place of [before, behind]) place.set(guard);
            residuals.fill(77);
            let isWhole = true;
            try {
              decodeResiduals(new ChunkReader(bytes), count, residuals, stream);
            } catch (error) {
              expect(error).toBeInstanceOf(DamagedChunkError);
              isWhole = false;
            }
            for (const place of [before, behind]) expect(Buffer.compare(place, guard)).toBe(0);
            // Zeros go up to a multiple of four.
            const rest = residuals.subarray(4 * Math.ceil(count / 4));
            if (isWhole) expect(rest.every((sample) => sample === 77)).toBe(true);
          });
        },
      ),
      { numRuns: runs(3000) },
    );
  });
});
