import { createHash } from "node:crypto";

/**
 * The SHA-256 of an ECG's samples, which are given one lead after the other: each an int32, little endian, and a missing one
 * the lowest int32.
 */
export class SamplesHash {
  private readonly hash = createHash("sha256");

  /** Takes the next samples of a lead, in any number of parts. */
  add(samples: Int32Array): void {
    this.hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  }

  /** The hash of all samples in hexadecimal digits; none can be added after it. */
  finish(): string {
    return this.hash.digest("hex");
  }
}

/** The hash of samples that are in memory together, a lead each. */
export function hashSamples(signals: readonly Int32Array[]): string {
  const hash = new SamplesHash();
  for (const samples of signals) hash.add(samples);
  return hash.finish();
}
