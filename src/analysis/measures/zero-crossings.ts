import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";

/** How many samples are copied for the kernels at once. */
const MAX_PIECE_SAMPLES = 2 ** 14;

/** The sign changes of a signal so far, and its last sign: 0 while no sample had one. */
type ZeroCrossings = { count: number; lastSign: number };

/**
 * Counts how often the signal changes sign. Zeros and missing samples carry no sign: a touch of the baseline is no crossing.
 *
 * @param samples ADC units; MISSING marks a gap
 * @param before the count of the samples before these, to go on from there
 */
export function countZeroCrossings(
  samples: Int32Array,
  before: ZeroCrossings = { count: 0, lastSign: 0 },
): ZeroCrossings {
  const pieceLength = Math.min(samples.length, MAX_PIECE_SAMPLES);
  return withRoom(roomFor(4 * pieceLength) + roomFor(4), (room) => {
    const piece = room.ints(pieceLength);
    const last = room.ints(1);
    let count = before.count;
    last[0] = before.lastSign;
    for (let from = 0; from < samples.length; from += pieceLength) {
      const next = samples.subarray(from, from + pieceLength);
      piece.set(next);
      count += kernels.countSignChanges(piece.byteOffset, next.length, last.byteOffset);
    }
    return { count, lastSign: Math.sign(last[0]) };
  });
}
