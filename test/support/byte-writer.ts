/** Bytes that a test writes a file from: lists of bytes, texts, and numbers of a size. */
export class ByteWriter {
  private readonly bytes: number[] = [];
  private readonly isLittleEndian: boolean;

  constructor({ isLittleEndian = true } = {}) {
    this.isLittleEndian = isLittleEndian;
  }

  get length(): number {
    return this.bytes.length;
  }

  /** Writes bytes, or the characters of a text as ISO 8859-1, and zeros up to a length. */
  put(part: Iterable<number> | string, length = 0): this {
    const bytes = typeof part === "string" ? [...part].map((character) => character.charCodeAt(0)) : [...part];
    for (const byte of bytes) this.bytes.push(byte);
    for (let i = bytes.length; i < length; i++) this.bytes.push(0);
    return this;
  }

  /** Writes whole numbers of 1, 2 or 4 bytes each; those below 0 in two's complement. */
  int(size: 1 | 2 | 4, ...values: number[]): this {
    for (const value of values) {
      for (let i = 0; i < size; i++) this.bytes.push((value >> (8 * (this.isLittleEndian ? i : size - 1 - i))) & 0xff);
    }
    return this;
  }

  /** Writes numbers as IEEE 754 has them, in 4 or 8 bytes each. */
  float(size: 4 | 8, ...values: number[]): this {
    for (const value of values) {
      const view = new DataView(new ArrayBuffer(size));
      if (size === 4) view.setFloat32(0, value, this.isLittleEndian);
      else view.setFloat64(0, value, this.isLittleEndian);
      this.put(new Uint8Array(view.buffer));
    }
    return this;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.bytes);
  }
}
