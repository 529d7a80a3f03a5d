import { FormatError } from "./format.ts";

/** A cursor over the bytes of a file, or of a part of one, that only moves forward and never leaves them. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly isLittleEndian: boolean;
  /** The place of the first byte in the file, for errors. */
  private readonly start: number;
  private offset = 0;

  constructor(bytes: Uint8Array, { isLittleEndian = true, start = 0 } = {}) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.isLittleEndian = isLittleEndian;
    this.start = start;
  }

  /** The place of the cursor in the file. */
  get position(): number {
    return this.start + this.offset;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /**
   * Moves over `count` bytes.
   *
   * @param what the name of what should be here, for the error
   */
  skip(count: number, what = "a field"): void {
    this.take(count, what);
  }

  u8(what?: string): number {
    return this.view.getUint8(this.take(1, what));
  }

  i8(what?: string): number {
    return this.view.getInt8(this.take(1, what));
  }

  u16(what?: string): number {
    return this.view.getUint16(this.take(2, what), this.isLittleEndian);
  }

  i16(what?: string): number {
    return this.view.getInt16(this.take(2, what), this.isLittleEndian);
  }

  u32(what?: string): number {
    return this.view.getUint32(this.take(4, what), this.isLittleEndian);
  }

  i32(what?: string): number {
    return this.view.getInt32(this.take(4, what), this.isLittleEndian);
  }

  /** The next `count` bytes, as a view and not a copy. */
  take8(count: number, what?: string): Uint8Array {
    const offset = this.take(count, what);
    return this.bytes.subarray(offset, offset + count);
  }

  /** The next `count` bytes as ISO 8859-1, of which ASCII is a subset. */
  latin1(count: number, what?: string): string {
    const bytes = this.take8(count, what);
    let text = "";
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }

  /** A reader of the next `count` bytes alone. This reader goes on behind them. */
  part(count: number, what?: string): ByteReader {
    const start = this.position;
    return new ByteReader(this.take8(count, what), { isLittleEndian: this.isLittleEndian, start });
  }

  /**
   * Throws with the place of the cursor.
   *
   * @throws FormatError
   */
  fail(message: string): never {
    throw new FormatError(`byte ${this.position}`, message);
  }

  /** Moves the cursor over `count` bytes and gives their offset. */
  private take(count: number, what = "a field"): number {
    if (!(count >= 0) || count > this.remaining)
      this.fail(`${what} of ${count} bytes does not fit into the ${this.remaining} that are left`);
    this.offset += count;
    return this.offset - count;
  }
}
