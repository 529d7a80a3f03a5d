import { AppError } from "../errors.ts";
import { joinBytes } from "./join-bytes.ts";

/**
 * Asks whether there is memory for so many bytes of a file at once, and waits for it; it throws when there is none.
 *
 * @param isUnpacked whether they come out of an archive, which has fewer bytes than its files
 */
export type AskForRoom = (bytes: number, isUnpacked?: boolean) => Promise<void>;

/** Bytes of a line for which nobody is asked. */
const FREE_LINE_BYTES = 1024 * 1024;

/** A cursor over bytes that are still coming in. It holds no more of them than the caller asks for at once. */
export class ByteStream {
  private readonly source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** Bytes that came in and were not read yet. */
  private parts: Uint8Array[] = [];
  private available = 0;
  private isEnded = false;
  /** The number of bytes that were read. */
  position = 0;
  /** Is asked before much of the file is held at once. */
  readonly askForRoom: AskForRoom | undefined;

  constructor(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, askForRoom?: AskForRoom) {
    this.askForRoom = askForRoom;
    this.source = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** The next `count` bytes, fewer at the end, without moving the cursor. */
  async peek(count: number): Promise<Uint8Array> {
    await this.fill(count);
    if (this.parts.length > 1) this.parts = [joinBytes(this.parts)];
    return (this.parts[0] ?? new Uint8Array(0)).subarray(0, count);
  }

  /** The next `count` bytes, fewer at the end. The caller must not write to them. */
  async read(count: number): Promise<Uint8Array> {
    await this.fill(count);
    const wanted = Math.min(count, this.available);
    const taken: Uint8Array[] = [];
    let missing = wanted;
    // Parts are removed at once: each shift() of a long array moves all the others.
    let used = 0;
    while (missing > 0) {
      const part = this.parts[used];
      if (part.length > missing) {
        taken.push(part.subarray(0, missing));
        this.parts[used] = part.subarray(missing);
        missing = 0;
      } else {
        taken.push(part);
        used++;
        missing -= part.length;
      }
    }
    this.parts.splice(0, used);
    this.available -= wanted;
    this.position += wanted;
    return taken.length === 1 ? taken[0] : joinBytes(taken);
  }

  /**
   * The bytes before the next line feed, over which the cursor moves; undefined at the end.
   *
   * @throws AppError `too-large` for a line of more than `maxBytes`
   */
  async readLine(maxBytes: number): Promise<Uint8Array | undefined> {
    let scanned = 0;
    for (let i = 0; ; i++) {
      if (i === this.parts.length) await this.fill(this.available + 1);
      const part = this.parts[i];
      const end = part?.indexOf(0x0a) ?? -1;
      const length = scanned + (end >= 0 ? end : (part?.length ?? 0));
      if (length > maxBytes) throw newTooLarge("A line", maxBytes);
      if (!part) return length > 0 ? this.read(length) : undefined;
      scanned = length;
      if (length > FREE_LINE_BYTES) await this.askForRoom?.(2 ** Math.ceil(Math.log2(length)));
      if (end < 0) continue;
      const line = await this.read(length);
      await this.read(1);
      return line;
    }
  }

  /**
   * Reads all that comes.
   *
   * @throws AppError `too-large` as soon as there are more bytes than `maxBytes`
   */
  async readAll(maxBytes: number): Promise<Uint8Array> {
    await this.askForRoom?.(maxBytes);
    const bytes = await this.read(maxBytes);
    if ((await this.peek(1)).length > 0) {
      throw newTooLarge("A file of this kind", maxBytes);
    }
    return bytes;
  }

  private async fill(count: number): Promise<void> {
    while (this.available < count && !this.isEnded) {
      const { done, value } = await this.source.next();
      if (done) this.isEnded = true;
      else if (value.length > 0) {
        this.parts.push(value);
        this.available += value.length;
      }
    }
  }
}

function newTooLarge(what: string, maxBytes: number): AppError {
  return new AppError("too-large", { detail: `${what} may have up to ${maxBytes / 1024 / 1024} MiB.` });
}
