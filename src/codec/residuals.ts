import { kernels, type Maker } from "../kernels/kernels.ts";
import type { ChunkReader } from "./chunk-reader.ts";
import type { ChunkWriter } from "./chunk-writer.ts";
import { DamagedChunkError } from "./damaged-chunk-error.ts";

/** How many residuals share a class, their scale. */
const BLOCK = 32;
/** The most bytes of a block: each residual has at most 10 bits of a state and 14 low bits, and a step has 10. */
const MAX_BLOCK_BYTES = 98;
/** How far beyond the end a decoder may read, in bytes: more than a block has bits, and the word that is read last. */
const READ_AHEAD_BYTES = 128;

/** The memory in which residuals are coded, in a room of the kernels. */
export type ResidualDesk = {
  /** The stream of bits, from its last byte to its first one. */
  stream: Uint8Array<ArrayBuffer>;
  /** The class of each block. */
  classes: Uint8Array;
  /** The mean magnitude of each block. */
  means: Float64Array;
  /** How many bytes the stream has, and how many escapes there are. */
  found: Int32Array;
};

/** Makes a desk for so many residuals at most. */
export function newResidualDesk(maker: Maker, count: number): ResidualDesk {
  const blocks = Math.ceil(count / BLOCK);
  return {
    // Behind the blocks is the beginning, and what the encoder writes beyond it.
    stream: maker.bytes(MAX_BLOCK_BYTES * blocks + 16),
    classes: maker.bytes(blocks),
    means: maker.doubles(blocks),
    found: maker.ints(2),
  };
}

/**
 * Estimates how many bits encodeResiduals makes; log2(e * mean) is the entropy of two-sided exponential noise, less 1
 * bit.
 *
 * @param residuals are in the desk's room
 */
export function estimateBits(residuals: Int32Array, { means }: ResidualDesk): number {
  kernels.blockMeans(residuals.byteOffset, residuals.length, means.byteOffset);
  let bits = 0;
  for (let start = 0; start < residuals.length; start += BLOCK) {
    const count = Math.min(residuals.length - start, BLOCK);
    bits += count * Math.log2(1 + 2.7 * means[start / BLOCK]);
  }
  return bits;
}

/**
 * Codes small integers that are about symmetric around 0 and whose scale changes slowly: the escapes, then one stream
 * of bits. The first bit that is set marks the start of the stream; two states of the decoder follow, and then for
 * every block the step from the last class to its own, and its residuals.
 *
 * @param residuals are in the desk's room, and are written over
 */
export function encodeResiduals(residuals: Int32Array, out: ChunkWriter, desk: ResidualDesk): void {
  const { stream, classes, found } = desk;
  kernels.encodeResiduals(
    residuals.byteOffset,
    residuals.length,
    classes.byteOffset,
    stream.byteOffset,
    found.byteOffset,
  );
  const [streamBytes, escapeCount] = found;
  out.unsigned(escapeCount);
  for (const residual of residuals.subarray(residuals.length - escapeCount)) out.signed(residual);
  out.bytes(stream.subarray(0, streamBytes).reverse());
}

/** Makes room for the stream of bits in a body of so many bytes, and for what a decoder may read beyond its end. */
export function newStream(maker: Maker, bodyBytes: number): Uint8Array {
  return maker.bytes(READ_AHEAD_BYTES + bodyBytes);
}

/** What the kernel found in a stream that is damaged. */
const DAMAGE = new Map([
  [1, "A lead ends too early"],
  [2, "A lead has an unknown class of residuals"],
]);

/**
 * Undoes encodeResiduals.
 *
 * @param bytes are read to their end
 * @param values an array in a room of the kernels, with `count` elements at least: the first ones get the residuals
 * @param stream that of {@link newStream} in the same room
 * @throws DamagedChunkError when the bytes do not hold `count` residuals
 */
export function decodeResiduals(bytes: ChunkReader, count: number, values: Int32Array, stream: Uint8Array): void {
  const escapeCount = bytes.unsigned(bytes.remaining);
  if (escapeCount > count) throw new DamagedChunkError("A lead has more escapes than residuals");
  // Escapes are kept at the end of the array: as many residuals are still to come, which need them before their places.
  const escapes = values.subarray(values.length - escapeCount);
  for (let i = 0; i < escapeCount; i++) escapes[i] = bytes.signed();
  const bits = bytes.rest();
  const reversed = stream.subarray(READ_AHEAD_BYTES, READ_AHEAD_BYTES + bits.length);
  reversed.set(bits);
  reversed.reverse();
  const found = kernels.decodeResiduals(
    reversed.byteOffset,
    reversed.length,
    values.byteOffset,
    count,
    escapes.byteOffset,
    escapeCount,
  );
  if (found !== 0) throw new DamagedChunkError(DAMAGE.get(found));
}
