import { crc32 } from "./crc32.ts";

/**
 * A chunk: 1 byte version, 4 bytes CRC-32 (little endian) of all that follows, then unsigned LEB128 numbers: the number
 * of leads, the length of each, and of each lead its samples as zigzag coded differences.
 */
const VERSION = 1;
const HEADER_BYTES = 5;
/** Of all leads together: bounds what a chunk can make a reader allocate. */
const MAX_CHUNK_SAMPLES = 1 << 22;

/** The bytes are not a whole chunk as it was written. */
export class DamagedChunkError extends Error {
  override name = "DamagedChunkError";
}

/** Codes the samples of all leads of one stretch of a recording; any int32 samples, lengths may differ. */
export function encodeChunk(leads: readonly Int32Array[]): Uint8Array<ArrayBuffer> {
  const count = leads.reduce((sum, lead) => sum + lead.length, 0);
  const out = new Uint8Array(HEADER_BYTES + 5 * (1 + leads.length + count));
  let position = HEADER_BYTES;
  const put = (value: number) => {
    let rest = value >>> 0;
    for (; rest >= 0x80; rest >>>= 7) out[position++] = (rest & 0x7f) | 0x80;
    out[position++] = rest;
  };
  put(leads.length);
  for (const lead of leads) put(lead.length);
  for (const lead of leads) {
    let last = 0;
    for (const sample of lead) {
      const difference = (sample - last) | 0; // Wraps, and wraps back.
      put((difference << 1) ^ (difference >> 31));
      last = sample;
    }
  }
  out[0] = VERSION;
  new DataView(out.buffer).setUint32(1, crc32(out.subarray(HEADER_BYTES, position)), true);
  return out.slice(0, position);
}

/**
 * The samples of each lead of a chunk.
 *
 * @throws DamagedChunkError when the checksum, or anything else about the bytes, is not right
 */
export function decodeChunk(bytes: Uint8Array, wanted?: readonly number[]): Int32Array[] {
  if (bytes.length < HEADER_BYTES || bytes[0] !== VERSION) throw new DamagedChunkError("of an unknown version");
  const checksum = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  if (checksum !== crc32(bytes.subarray(HEADER_BYTES))) throw new DamagedChunkError("checksum mismatch");
  let position = HEADER_BYTES;
  const take = () => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (position === bytes.length) break;
      const byte = bytes[position++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new DamagedChunkError("cut off");
  };
  const leadCount = take();
  if (leadCount > bytes.length) throw new DamagedChunkError("too many leads");
  const lengths = Array.from({ length: leadCount }, take);
  if (lengths.reduce((sum, length) => sum + length, 0) > MAX_CHUNK_SAMPLES) throw new DamagedChunkError("too long");
  const decoded = lengths.map((length) => {
    const samples = new Int32Array(length);
    let last = 0;
    for (let i = 0; i < length; i++) {
      const zigzag = take();
      last = (last + ((zigzag >>> 1) ^ -(zigzag & 1))) | 0;
      samples[i] = last;
    }
    return samples;
  });
  return wanted ? wanted.map((lead) => decoded[lead]) : decoded;
}
