import { kernels, roomFor, withRoom } from "./kernels/kernels.ts";

/** How many bytes are summed at a time: so many are copied for the kernel. */
const PIECE_BYTES = 65_536;

/** CRC-32 (ISO 3309, as in PNG and gzip) of the bytes from `from` on, continuing from `crc`, the sum of those before. */
export function crc32(bytes: Uint8Array, from = 0, crc = 0): number {
  const pieceBytes = Math.min(PIECE_BYTES, bytes.length - from);
  return withRoom(roomFor(pieceBytes), (room) => {
    const piece = room.bytes(pieceBytes);
    let sum = crc;
    for (let at = from; at < bytes.length; at += PIECE_BYTES) {
      const part = bytes.subarray(at, at + PIECE_BYTES);
      piece.set(part);
      sum = kernels.crc32(piece.byteOffset, part.length, sum);
    }
    return sum >>> 0;
  });
}
