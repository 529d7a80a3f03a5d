import { type Envelope, type EnvelopePart, foldInto, newEnvelope, sliceEnvelope } from "../codec/envelope.ts";
import { blockSamplesOf, blocksPerGroup, countChunks } from "./chunk-plan.ts";
import type { Store } from "./db.ts";
import type { EcgRow } from "./schema.ts";
import { type PrefetchedRow, readOverviews, readSpans, type Span } from "./signal-reader.ts";

/**
 * The envelope of a span. Bucket i begins at sample `(floor(from / samplesPerBucket) + i) * samplesPerBucket` of the
 * lead.
 */
type Buckets = Envelope & { samplesPerBucket: number };

/** How many samples are read for buckets shorter than a block: 8 MB of an isolate's memory. */
const MAX_SAMPLES_TO_FOLD = 2 ** 21;

/**
 * How the buckets of a span are filled: from the blocks `first` up to, not including, `end`, and beside them from
 * samples.
 */
type Plan = Buckets & { span: Span; blocks: { first: number; end: number } };

/**
 * Reads the lowest and highest samples of each span, in at most `most` buckets. Long buckets are filled from the stored
 * overviews, and only at a span's ends, which may cut a block, are samples read.
 *
 * @param prefetched rows that were read along with the ECG
 * @throws AppError `damaged-signal` when something is not what was stored
 */
export async function readBuckets(
  store: Store,
  ecg: EcgRow,
  spans: readonly Span[],
  most: number,
  prefetched: readonly PrefetchedRow[] = [],
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

/** Plans the buckets of a span, as long as `most` of them need be. */
function planBuckets(ecg: EcgRow, span: Span, most: number, samplesInAll: number): Plan {
  const lead = ecg.leads[span.lead];
  const block = blockSamplesOf(lead);
  // A single chunk has no overview, and buckets shorter than a block cannot be filled from one. Rather than that more
  // samples are read than an isolate can hold, buckets become longer than asked for.
  const isLong = (span.to - span.from) / most >= block || samplesInAll > MAX_SAMPLES_TO_FOLD;
  const isCoarse = countChunks(ecg.leads) > 1 && isLong;
  const samplesPerBucket = findBucketSamples(span, most, isCoarse ? block : 1);
  const count = countBuckets(span, samplesPerBucket);
  const first = Math.ceil(span.from / block);
  // The last block of a lead may be short: it counts as whole when the span goes to the end of a closed ECG.
  const isEnd = span.to === lead.sampleCount && !ecg.open;
  const end = isEnd ? Math.ceil(span.to / block) : Math.floor(span.to / block);
  return {
    ...newEnvelope(count),
    span,
    samplesPerBucket,
    blocks: isCoarse ? { first, end: Math.max(end, first) } : { first: 0, end: 0 },
  };
}

/** The parts of a span that are not covered by whole blocks. */
function partsToRead(ecg: EcgRow, { span, blocks }: Plan): Span[] {
  if (blocks.end === blocks.first) return [span];
  const block = blockSamplesOf(ecg.leads[span.lead]);
  const parts = [
    { ...span, to: blocks.first * block },
    { ...span, from: blocks.end * block },
  ];
  return parts.filter(({ from, to }) => from < to);
}

/** Widens the buckets by a part of their lead. */
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
