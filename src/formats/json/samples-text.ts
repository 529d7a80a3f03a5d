import { kernels, type Room, roomFor } from "../../kernels/kernels.ts";

/** How much of a text is copied for the kernels at once. */
const PIECE_BYTES = 2 ** 18;
/** The room that the kernels need behind a piece. */
const BEHIND_BYTES = 4;
/** The most samples of a piece, each of a digit and a comma, and an int32 that readIntegers adds. */
const PIECE_INTS = PIECE_BYTES / 2 + 1;
/** A piece that has fewer bytes left is not read on: the next begins there. More than samples have, even with some white space. */
const LEAST_BYTES = 64;

/** The room that a SamplesText needs. */
export const SAMPLES_TEXT_BYTES = roomFor(PIECE_BYTES + BEHIND_BYTES) + roomFor(4 * PIECE_INTS);

/** A JSON text of which arrays are read as samples by the kernels, to which it is copied piece by piece. */
export class SamplesText {
  private readonly bytes: Uint8Array;
  private readonly piece: Uint8Array;
  private readonly ints: Int32Array;
  /** Where the piece is in the text. */
  private from = 0;
  private to = 0;

  constructor(bytes: Uint8Array, room: Room) {
    this.bytes = bytes;
    this.piece = room.bytes(PIECE_BYTES + BEHIND_BYTES);
    this.ints = room.ints(PIECE_INTS);
  }

  /**
   * How many samples an array has at most, by the commas before the first closing bracket: as many if all its elements are samples.
   *
   * @param position behind the array's opening bracket
   * @returns undefined without a closing bracket
   */
  countElements(position: number): number | undefined {
    let commas = 0;
    for (let at = position; at < this.bytes.length; at = this.to) {
      this.load(at);
      const counted = kernels.countCommas(this.addressOf(at), this.addressOf(this.to));
      // Samples have two bytes at least: of a text of commas no memory is made that is larger than by that.
      if (counted >= 0) return Math.min(commas + counted + 1, this.bytes.length >> 1);
      commas += ~counted;
    }
    return undefined;
  }

  /**
   * Reads elements of an array as samples, as long as they are integers of up to nine digits or null.
   *
   * @param position at an element
   * @returns the samples, which stay until the next call; and where the first element begins that is not read, or what comes behind the
   * array's closing bracket
   */
  read(position: number): { samples: Int32Array; end: number } {
    this.load(position);
    const { ints } = this;
    const count = kernels.readIntegers(this.addressOf(position), this.addressOf(this.to), ints.byteOffset);
    return { samples: ints.subarray(0, count), end: position + ints[count] - this.addressOf(position) };
  }

  /** Makes the piece one that has the text from `position` on, or keeps it if it has that. */
  private load(position: number): void {
    const needed = Math.min(position + LEAST_BYTES, this.bytes.length);
    if (position >= this.from && needed <= this.to) return;
    this.from = position;
    this.to = Math.min(position + PIECE_BYTES, this.bytes.length);
    this.piece.set(this.bytes.subarray(this.from, this.to));
  }

  /** The place in the kernels' memory of a position within the piece. */
  private addressOf(position: number): number {
    return this.piece.byteOffset + position - this.from;
  }
}
