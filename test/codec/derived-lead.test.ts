import { expect, it } from "vitest";
import { ChunkReader } from "../../src/codec/chunk-reader.ts";
import { DamagedChunkError } from "../../src/codec/damaged-chunk-error.ts";
import { derivationCode, readDerivation, undoDerivation } from "../../src/codec/derived-lead.ts";
import { withRoom } from "../../src/kernels/kernels.ts";

const read = (code: number) => readDerivation(new ChunkReader(Uint8Array.of(code)));

it.each(Array.from({ length: 36 }, (_, code) => code))("stores a derivation as its code %d", (code) => {
  const derivation = {
    whole: Math.floor(code / 12) - 1,
    half1: (Math.floor(code / 4) % 3) - 1,
    half2: [-2, -1, 1, 2][code % 4],
  };
  expect(read(code)).toEqual(derivation);
  expect(derivationCode(read(code))).toBe(code);
});

it("knows no other derivation", () => {
  expect(() => read(36)).toThrow(new DamagedChunkError("A lead is derived in an unknown way"));
});

it("rounds halves towards zero", () => {
  withRoom(1000, (room) => {
    const copy = (...values: number[]) => {
      const copied = room.ints(values.length);
      copied.set(values);
      return copied;
    };
    const undone = copy(0, 0, 0, 0, 7);
    const derivation = { whole: 1, half1: 0, half2: -1 };
    undoDerivation(derivation, undone, copy(10, 10, 10, 10, 10), copy(3, -3, 4, -4, 3));
    expect(undone).toEqual(Int32Array.of(9, 11, 8, 12, 16));
  });
});
