import { DamagedChunkError } from "./damaged-chunk-error.ts";

/** A cursor over the bytes that a {@link ChunkWriter} made. A read past their end is a DamagedChunkError. */
export class ChunkReader {
  private readonly source: Uint8Array;
  private offset = 0;

  constructor(source: Uint8Array) {
    this.source = source;
  }

  get remaining(): number {
    return this.source.length - this.offset;
  }

  byte(): number {
    if (this.offset >= this.source.length) throw new DamagedChunkError("The chunk ends too early");
    return this.source[this.offset++];
  }

  /**
   * Reads a LEB128 integer of up to 32 bits.
   *
   * @param most the highest value that makes sense here
   * @throws DamagedChunkError for a higher one
   */
  unsigned(most = 0xffffffff): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) {
        if (value > most) throw new DamagedChunkError(`A count of ${value} where at most ${most} makes sense`);
        return value;
      }
    }
    throw new DamagedChunkError("An integer of more than 32 bits");
  }

  /** Reads a LEB128 integer as the zigzag of a signed one: 0, -1, 1, -2 ... */
  signed(): number {
    const value = this.unsigned();
    return (value >>> 1) ^ -(value & 1);
  }

  bytes(count: number): Uint8Array {
    if (count > this.remaining) throw new DamagedChunkError("The chunk ends too early");
    this.offset += count;
    return this.source.subarray(this.offset - count, this.offset);
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }
}
