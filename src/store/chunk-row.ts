import { decodeChunk, encodeChunk } from "../codec/chunk.ts";
import type { Envelope } from "../codec/envelope.ts";

/** A row of `signal_chunks`, ready to be written, with all of its base64. */
export type NewChunk = { chunkIndex: number; data: string };

/** Makes the row of a chunk. */
export function encodeRow(ecgId: string, chunkIndex: number, samples: readonly Int32Array[]): NewChunk {
  const bytes = encodeChunk(samples, placeOf(ecgId, chunkIndex));
  return { chunkIndex, data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64") };
}

/** The bytes of a chunk that is in the database. */
export function fromBase64(data: string): Uint8Array {
  return Buffer.from(data, "base64");
}

/**
 * Decodes the wanted leads of the chunk in a row.
 *
 * @throws DamagedChunkError when the bytes are not what encodeRow made for this row
 */
export function decodeRow(ecgId: string, chunkIndex: number, bytes: Uint8Array, wanted: readonly number[]) {
  return decodeChunk(bytes, wanted, placeOf(ecgId, chunkIndex));
}

/** The signals of an overview row, which is a chunk as well: each lead's lowest samples, then its highest. */
export function toSignals(envelopes: readonly Envelope[]): Int32Array[] {
  return envelopes.flatMap(({ min, max }) => [min, max]);
}

/** Undoes toSignals. */
export function toEnvelopes(signals: readonly Int32Array[]): Envelope[] {
  return Array.from({ length: signals.length / 2 }, (_, lead) => ({
    min: signals[2 * lead],
    max: signals[2 * lead + 1],
  }));
}

/** The place that a row's checksum covers, so that no row is taken for another. */
function placeOf(ecgId: string, chunkIndex: number): string {
  return `${ecgId}/${chunkIndex}`;
}
