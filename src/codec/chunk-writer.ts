/** A growing buffer of bytes and variable-length integers (LEB128: seven bits a byte, the lowest first). */
export class ChunkWriter {
  private buffer = new Uint8Array(64);
  length = 0;

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** Writes a LEB128 integer of up to 32 bits. */
  unsigned(value: number): void {
    let rest = value >>> 0;
    for (; rest > 127; rest >>>= 7) this.byte((rest & 127) | 128);
    this.byte(rest);
  }

  /** Writes the value's zigzag (0, -1, 1, -2 ... as 0, 1, 2, 3 ...), so that small values of either sign are short. */
  signed(value: number): void {
    this.unsigned((value << 1) ^ (value >> 31));
  }

  bytes(values: Uint8Array): void {
    this.reserve(values.length);
    this.buffer.set(values, this.length);
    this.length += values.length;
  }

  /** Takes back what has been written behind `length`. */
  rewind(length: number): void {
    this.length = length;
  }

  /** What has been written up to now, to be read before more is. */
  get written(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.buffer.length, this.length + count));
    grown.set(this.buffer);
    this.buffer = grown;
  }
}
