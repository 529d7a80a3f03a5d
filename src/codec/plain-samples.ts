import type { ChunkReader } from "./chunk-reader.ts";
import type { ChunkWriter } from "./chunk-writer.ts";
import { DamagedChunkError } from "./damaged-chunk-error.ts";

/**
 * Writes samples as they are, each in as many bits as the widest one needs. This is for noise, which nothing predicts.
 */
export function writePlainSamples(out: ChunkWriter, samples: Int32Array): void {
  const { least, width } = findRange(samples);
  out.signed(least);
  out.byte(width);
  // At most 7 + 32 bits are pending, which a double holds exactly.
  let pending = 0;
  let pendingBits = 0;
  for (const sample of samples) {
    pending = pending * 2 ** width + (sample - least);
    pendingBits += width;
    while (pendingBits >= 8) {
      pendingBits -= 8;
      const byte = Math.floor(pending / 2 ** pendingBits);
      out.byte(byte);
      pending -= byte * 2 ** pendingBits;
    }
  }
  if (pendingBits > 0) out.byte(pending * 2 ** (8 - pendingBits));
}

/**
 * Reads as many samples of writePlainSamples as the array has.
 *
 * @throws DamagedChunkError when there are fewer
 */
export function readPlainSamples(bytes: ChunkReader, samples: Int32Array): void {
  const least = bytes.signed();
  const width = bytes.byte();
  if (width > 32 || Math.ceil((samples.length * width) / 8) > bytes.remaining)
    throw new DamagedChunkError("A lead ends too early");
  let pending = 0;
  let pendingBits = 0;
  for (let i = 0; i < samples.length; i++) {
    while (pendingBits < width) {
      pending = pending * 256 + bytes.byte();
      pendingBits += 8;
    }
    pendingBits -= width;
    const offset = Math.floor(pending / 2 ** pendingBits);
    pending -= offset * 2 ** pendingBits;
    samples[i] = least + offset;
  }
}

/** Whether writePlainSamples needs at most `bytes` bytes, without the few of its header. */
export function arePlainSamplesSmaller(samples: Int32Array, bytes: number): boolean {
  const mostWidth = (8 * bytes) / samples.length;
  // A signal that is coded well shows within its first samples that it needs more bits than this.
  for (let end = 64; end < samples.length; end *= 4)
    if (findRange(samples.subarray(0, end)).width > mostWidth) return false;
  return findRange(samples).width <= mostWidth;
}

/** The lowest sample, and the bits that the highest one has above it. */
function findRange(samples: Int32Array): { least: number; width: number } {
  let least = samples[0] ?? 0;
  let most = least;
  for (let i = 1; i < samples.length; i++) {
    const sample = samples[i];
    if (sample < least) least = sample;
    else if (sample > most) most = sample;
  }
  return { least, width: 32 - Math.clz32(most - least) };
}
