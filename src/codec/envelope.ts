import { MISSING } from "../recording/recording.ts";

/** The lowest and the highest sample of each bucket, which is so many samples in a row; MISSING if they are all missing. */
export type Envelope = { min: Int32Array; max: Int32Array };

/**
 * A part of a signal, or of its envelope, that begins at sample `start`: each element of `min` and `max` stands for
 * `step` samples.
 */
export type EnvelopePart = Envelope & { start: number; step: number };

/**
 * Finds the envelope of a signal.
 *
 * @param blockSamples samples a bucket; the last one has the rest
 */
export function findEnvelope(samples: Int32Array, blockSamples: number): Envelope {
  const envelope = newEnvelope(Math.ceil(samples.length / blockSamples));
  foldInto(envelope, 0, blockSamples, { min: samples, max: samples, start: 0, step: 1 });
  return envelope;
}

/** Makes an envelope of so many buckets, without samples yet. */
export function newEnvelope(count: number): Envelope {
  return { min: new Int32Array(count).fill(MISSING), max: new Int32Array(count).fill(MISSING) };
}

/**
 * Widens an envelope by a part of its signal. The parts may come in any order.
 *
 * @param firstBucket the number of the envelope's first bucket; bucket b begins at sample b * bucketSamples
 */
export function foldInto(envelope: Envelope, firstBucket: number, bucketSamples: number, part: EnvelopePart): void {
  const { min, max, start, step } = part;
  for (let i = 0; i < min.length; ) {
    const bucket = Math.floor((start + i * step) / bucketSamples);
    const end = Math.min(Math.ceil(((bucket + 1) * bucketSamples - start) / step), min.length);
    let low = envelope.min[bucket - firstBucket];
    let high = envelope.max[bucket - firstBucket];
    for (; i < end; i++) {
      // MISSING is below every sample, so it cannot become the highest; it must be kept from becoming the lowest.
      if (max[i] > high) high = max[i];
      if (min[i] !== MISSING && (min[i] < low || low === MISSING)) low = min[i];
    }
    envelope.min[bucket - firstBucket] = low;
    envelope.max[bucket - firstBucket] = high;
  }
}

/** Puts the buckets of `second` behind those of `first`. */
export function joinEnvelopes(first: Envelope, second: Envelope): Envelope {
  return { min: join(first.min, second.min), max: join(first.max, second.max) };
}

function join(first: Int32Array, second: Int32Array): Int32Array {
  const both = new Int32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** A view of the buckets `from` up to, not including, `to`; fewer where the envelope ends. */
export function sliceEnvelope({ min, max }: Envelope, from: number, to: number): Envelope {
  return { min: min.subarray(from, to), max: max.subarray(from, to) };
}
