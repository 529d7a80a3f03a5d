import { kernels, roomFor, withRoom } from "../../kernels/kernels.ts";
import { SHAPE_POINTS } from "./beat-shapes.ts";

/** Candidates grouped by their shapes and heights, whatever they are: QRS complexes, T waves, noise. */
type CandidateKinds = {
  /** The number of kinds. */
  count: number;
  /** The kind of each candidate. */
  kindOf: Int32Array;
  /** The likeness of each candidate to the kind that it is most alike, 0 to 1. */
  fits: Float32Array;
  /** The likeness of each candidate to the kind of beats that it is most alike, at whatever height, 0 to 1. */
  likes: Float32Array;
  /** The same of their slopes, on which a wandering baseline leaves little. */
  slopeLikes: Float32Array;
  /** How far the height of each is from that of the kind of beats whose slopes it is most alike, a logarithm. */
  offHeights: Float32Array;
};

/** So many of the first waves are gone through twice: kinds are known from the beginning. */
const WARM_UP = 400;
/** So many waves are grouped in one go. */
const TOGETHER = 1000;

/**
 * Groups candidates into kinds by their shapes and heights, in one pass: each goes to the kind that it is most alike, or
 * begins one. A candidate that is surely of a kind shares what was found of it.
 *
 * @param shapes SHAPE_POINTS for each lead of the first candidate, then for each lead of the second, and so on
 * @param logs the height of each candidate, a logarithm
 * @param isBeat 1 for each candidate that is taken for a beat so far
 */
export function groupCandidates(
  shapes: Int8Array,
  leadCount: number,
  logs: Float64Array,
  isBeat: Uint8Array,
): CandidateKinds {
  const total = logs.length;
  const found = {
    kindOf: new Int32Array(total),
    fits: new Float32Array(total),
    likes: new Float32Array(total),
    slopeLikes: new Float32Array(total),
    offHeights: new Float32Array(total),
  };
  const length = leadCount * SHAPE_POINTS;
  const bytes = new Uint8Array(shapes.buffer, shapes.byteOffset, shapes.byteLength);
  const size = kernels.candidateKindsSize(leadCount);
  const most = Math.min(total, TOGETHER);
  const room = roomFor(size) + roomFor(most * length) + roomFor(8 * most) + roomFor(most) + 5 * roomFor(4 * most);
  const count = withRoom(room, (room) => {
    const kinds = room.bytes(size).fill(0);
    const shapesHere = room.bytes(most * length);
    const logsHere = room.doubles(most);
    const isBeatHere = room.bytes(most);
    const kindOf = room.ints(most);
    const [fits, likes, slopeLikes, offHeights] = [1, 2, 3, 4].map(() => room.floats(most));
    const group = (from: number, to: number) => {
      shapesHere.set(bytes.subarray(from * length, to * length));
      logsHere.set(logs.subarray(from, to));
      isBeatHere.set(isBeat.subarray(from, to));
      return kernels.groupCandidates(
        kinds.byteOffset,
        leadCount,
        from,
        to - from,
        shapesHere.byteOffset,
        logsHere.byteOffset,
        isBeatHere.byteOffset,
        kindOf.byteOffset,
        fits.byteOffset,
        likes.byteOffset,
        slopeLikes.byteOffset,
        offHeights.byteOffset,
      );
    };
    let begun = group(0, Math.min(total, WARM_UP));
    for (let from = 0; from < total; from += TOGETHER) {
      const to = Math.min(total, from + TOGETHER);
      begun = group(from, to);
      found.kindOf.set(kindOf.subarray(0, to - from), from);
      found.fits.set(fits.subarray(0, to - from), from);
      found.likes.set(likes.subarray(0, to - from), from);
      found.slopeLikes.set(slopeLikes.subarray(0, to - from), from);
      found.offHeights.set(offHeights.subarray(0, to - from), from);
    }
    return begun;
  });
  return { count, ...found };
}
