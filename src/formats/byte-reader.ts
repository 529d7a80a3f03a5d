import { FormatError } from "./format.ts";

/** A cursor over a file's bytes, or a part of them, that only moves forward and never leaves them. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly isLittleEndian: boolean;
  /** Of the first byte in the file, for what is said of errors. */
  private readonly start: number;
  private offset = 0;

  constructor(bytes: Uint8Array, { isLittleEndian = true, start = 0 } = {}) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.isLittleEndian = isLittleEndian;
    this.start = start;
  }

  /** In the file. */
  get position(): number {
    return this.start + this.offset;
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** @param what for the error: what should be here */
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

  /** A view of the next bytes, not a copy. */
  take8(count: number, what?: string): Uint8Array {
    const offset = this.take(count, what);
    return this.bytes.subarray(offset, offset + count);
  }

  /** So many bytes as ISO 8859-1, of which ASCII is a part. */
  latin1(count: number, what?: string): string {
    const bytes = this.take8(count, what);
    let text = "";
    for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }

  /** A reader of the next bytes alone, behind which this one goes on. */
  part(count: number, what?: string): ByteReader {
    const start = this.position;
    return new ByteReader(this.take8(count, what), { isLittleEndian: this.isLittleEndian, start });
  }

  /** @throws FormatError with the place of the cursor */
  fail(message: string): never {
    throw new FormatError(`byte ${this.position}`, message);
  }

  /** The offset of the next bytes, which are passed. */
  private take(count: number, what = "a field"): number {
    if (!(count >= 0) || count > this.remaining)
      this.fail(`${what} of ${count} bytes does not fit into the ${this.remaining} that are left`);
    this.offset += count;
    return this.offset - count;
  }
}
