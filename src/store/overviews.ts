import { type Envelope, type EnvelopePart, foldInto, newEnvelope, sliceEnvelope } from "../codec/envelope.ts";
import { blockSamplesOf, blocksPerGroup, countChunks } from "./chunk-plan.ts";
import type { Store } from "./db.ts";
import type { ChunkRow, EcgRow } from "./schema.ts";
import { readOverviews, readSpans, type Span } from "./signal-reader.ts";

/** The envelope of a span: bucket i has its samples from `(floor(from / samplesPerBucket) + i) * samplesPerBucket` on. */
export type Buckets = Envelope & { samplesPerBucket: number };

const MAX_SAMPLES_TO_FOLD = 2 ** 21;

type Plan = Buckets & { span: Span; blocks: { first: number; end: number } };

/**
 * Of each span, in at most `most` buckets, the lowest and highest samples. Where the buckets are long they come from the
 * stored extremes, and only the blocks that a span's ends cut are read themselves.
 *
 * @param prefetched rows that were read along with the ECG
 * @throws AppError `damaged-signal` when something is not what was stored
 */
export async function readBuckets(
  store: Store,
  ecg: EcgRow,
  spans: readonly Span[],
  most: number,
  prefetched: readonly ChunkRow[] = [],
): Promise<Buckets[]> {
  const samplesInAll = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const plans = spans.map((span) => planBuckets(ecg, span, most, samplesInAll));
  const parts = plans.flatMap((plan) => partsToRead(ecg, plan).map((span) => ({ span, plan })));
  const blocks = plans.filter((plan) => plan.blocks.end > plan.blocks.first);
  const groupOf = ({ span }: Plan, block: number) => Math.floor(block / blocksPerGroup(ecg.leads[span.lead]));
  const firstGroup = Math.min(...blocks.map((plan) => groupOf(plan, plan.blocks.first)));
  const lastGroup = Math.max(...blocks.map((plan) => groupOf(plan, plan.blocks.end - 1)));
  const [samples, groups] = await Promise.all([
    readSpans(
      store,
      ecg,
      parts.map(({ span }) => span),
      prefetched,
    ),
    blocks.length > 0 ? readOverviews(store, ecg, firstGroup, lastGroup, prefetched) : [],
  ]);
  for (const [i, { span, plan }] of parts.entries()) {
    fold(plan, { min: samples[i], max: samples[i], start: span.from, step: 1 });
  }
  for (const [i, envelopes] of groups.entries()) {
    for (const plan of blocks) {
      const { lead } = plan.span;
      const base = (firstGroup + i) * blocksPerGroup(ecg.leads[lead]);
      const first = Math.max(plan.blocks.first, base);
      const end = Math.max(plan.blocks.end, first);
      const step = blockSamplesOf(ecg.leads[lead]);
      fold(plan, { ...sliceEnvelope(envelopes[lead], first - base, end - base), start: first * step, step });
    }
  }
  return plans;
}

function planBuckets(ecg: EcgRow, span: Span, most: number, samplesInAll: number): Plan {
  const lead = ecg.leads[span.lead];
  const block = blockSamplesOf(lead);
  // One chunk has no overview, and a bucket shorter than a block has no use for one: but rather longer buckets than wanted
  // than to read more samples than an isolate can hold.
  const isLong = (span.to - span.from) / most >= block || samplesInAll > MAX_SAMPLES_TO_FOLD;
  const isCoarse = countChunks(ecg.leads) > 1 && isLong;
  const samplesPerBucket = findBucketSamples(span, most, isCoarse ? block : 1);
  const count = countBuckets(span, samplesPerBucket);
  const first = Math.ceil(span.from / block);
  // The last block of a lead may be short: it is whole where the span goes to the end, unless an append is adding to it.
  const isEnd = span.to === lead.sampleCount && !ecg.open;
  const end = isEnd ? Math.ceil(span.to / block) : Math.floor(span.to / block);
  return {
    ...newEnvelope(count),
    span,
    samplesPerBucket,
    blocks: isCoarse ? { first, end: Math.max(end, first) } : { first: 0, end: 0 },
  };
}

/** The parts of a span that no whole block covers. */
function partsToRead(ecg: EcgRow, { span, blocks }: Plan): Span[] {
  if (blocks.end === blocks.first) return [span];
  const block = blockSamplesOf(ecg.leads[span.lead]);
  const parts = [
    { ...span, to: blocks.first * block },
    { ...span, from: blocks.end * block },
  ];
  return parts.filter(({ from, to }) => from < to);
}

function fold({ min, max, samplesPerBucket, span }: Plan, part: EnvelopePart): void {
  foldInto({ min, max }, Math.floor(span.from / samplesPerBucket), samplesPerBucket, part);
}

/** The smallest multiple of `unit` that makes at most `most` buckets of a span. */
function findBucketSamples(span: Span, most: number, unit: number): number {
  let samples = Math.ceil((span.to - span.from) / most / unit) * unit;
  while (countBuckets(span, samples) > most) samples += unit;
  return samples;
}

/** Buckets begin at multiples of their length, so that windows beside one another have buckets that fit together. */
function countBuckets({ from, to }: Span, bucketSamples: number): number {
  return Math.ceil(to / bucketSamples) - Math.floor(from / bucketSamples);
}
