import { MISSING } from "../recording/recording.ts";

/** The lowest and the highest sample of each stretch of a signal; MISSING where a stretch has no sample. */
export type Envelope = { min: Int32Array; max: Int32Array };

/** A stretch of a signal, or of its envelope: `min` and `max` are of `step` samples each, from sample `start` on. */
export type EnvelopePart = Envelope & { start: number; step: number };

/** @param blockSamples samples a block; the last one has what is left */
export function findEnvelope(samples: Int32Array, blockSamples: number): Envelope {
  const envelope = newEnvelope(Math.ceil(samples.length / blockSamples));
  foldInto(envelope, 0, blockSamples, { min: samples, max: samples, start: 0, step: 1 });
  return envelope;
}

export function newEnvelope(count: number): Envelope {
  return { min: new Int32Array(count).fill(MISSING), max: new Int32Array(count).fill(MISSING) };
}

/**
 * Widens an envelope by a part of its signal. The parts may come in any order.
 *
 * @param firstBucket the number of the envelope's first bucket: bucket b has the samples from b * bucketSamples on
 */
export function foldInto(envelope: Envelope, firstBucket: number, bucketSamples: number, part: EnvelopePart): void {
  const { min, max, start, step } = part;
  for (let i = 0; i < min.length; ) {
    const bucket = Math.floor((start + i * step) / bucketSamples);
    const end = Math.min(Math.ceil(((bucket + 1) * bucketSamples - start) / step), min.length);
    let low = envelope.min[bucket - firstBucket];
    let high = envelope.max[bucket - firstBucket];
    for (; i < end; i++) {
      // MISSING is below every sample: it never is the highest, and is kept from being the lowest.
      if (max[i] > high) high = max[i];
      if (min[i] !== MISSING && (min[i] < low || low === MISSING)) low = min[i];
    }
    envelope.min[bucket - firstBucket] = low;
    envelope.max[bucket - firstBucket] = high;
  }
}
