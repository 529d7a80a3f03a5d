import { kernels, type Room, roomFor, withRoom } from "../../kernels/kernels.ts";
import { joinBytes } from "../join-bytes.ts";

/** How many ints the kernels write at once. */
const PIECE_INTS = 2 ** 13;
/** The most bytes of an int's text: a pair of them has `[-2147483647,-2147483647],`. */
const MAX_INT_BYTES = 13;
/** The room for texts. The JSON of an ECG of 10 s has a half of it. */
const TEXT_BYTES = 2 ** 19;
/** The most bytes of UTF-8 that a character of a string takes. */
const MAX_CHARACTER_BYTES = 3;

type Bytes = Uint8Array<ArrayBuffer>;
type Buckets = { min: Int32Array; max: Int32Array };

/** Writes a text in UTF-8 where the kernels write numbers, and copies it out when it is done. */
export function writeText(write: (text: TextWriter) => void): Bytes {
  return withRoom(roomFor(TEXT_BYTES) + roomFor(4 * PIECE_INTS), (room) => {
    const text = new TextWriter(room);
    write(text);
    return text.finish();
  });
}

class TextWriter {
  private readonly text: Bytes;
  private readonly ints: Int32Array;
  /** How much of the room has text. */
  private length = 0;
  /** What was copied out, for there was no more room. */
  private readonly parts: Bytes[] = [];

  constructor(room: Room) {
    this.text = room.bytes(TEXT_BYTES);
    this.ints = room.ints(PIECE_INTS);
  }

  add(text: string): void {
    if (MAX_CHARACTER_BYTES * text.length > TEXT_BYTES) {
      this.copyOut();
      this.parts.push(new TextEncoder().encode(text) as Bytes);
    } else {
      this.makeRoom(MAX_CHARACTER_BYTES * text.length);
      this.length += new TextEncoder().encodeInto(text, this.text.subarray(this.length)).written;
    }
  }

  /** Adds a signal or buckets with commas between them. */
  addValues(values: Int32Array | Buckets): void {
    const isSignal = values instanceof Int32Array;
    const all = isSignal ? values : toPairs(values);
    for (let from = 0; from < all.length; from += PIECE_INTS) {
      const piece = all.subarray(from, from + PIECE_INTS);
      this.makeRoom(MAX_INT_BYTES * piece.length);
      this.ints.set(piece);
      const to = this.text.byteOffset + this.length;
      this.length += isSignal
        ? kernels.writeIntegers(this.ints.byteOffset, piece.length, to)
        : kernels.writePairs(this.ints.byteOffset, piece.length / 2, to);
    }
    // Without the comma behind the last.
    if (all.length > 0) this.length--;
  }

  finish(): Bytes {
    if (this.parts.length === 0) return this.text.slice(0, this.length);
    this.copyOut();
    return joinBytes(this.parts);
  }

  private makeRoom(bytes: number): void {
    if (this.length + bytes > TEXT_BYTES) this.copyOut();
  }

  private copyOut(): void {
    this.parts.push(this.text.slice(0, this.length));
    this.length = 0;
  }
}

/** The lowest and the highest samples of buckets by turns. */
function toPairs({ min, max }: Buckets): Int32Array {
  const pairs = new Int32Array(2 * min.length);
  for (let i = 0; i < min.length; i++) {
    pairs[2 * i] = min[i];
    pairs[2 * i + 1] = max[i];
  }
  return pairs;
}
