import { newNotAcceptable } from "../formats/format.ts";
import { type JsonLead, streamEcgJson, writeEcgJson } from "../formats/json/writer.ts";
import type { Store } from "../store/db.ts";
import { readBuckets } from "../store/overviews.ts";
import type { EcgRow } from "../store/schema.ts";
import { newHashCheck, type PrefetchedRow, readSpans, type Span } from "../store/signal-reader.ts";
import { MAX_SAMPLES_AT_ONCE, PIECE_CHUNKS } from "./limits.ts";
import { toEcgFields, toLeadFields } from "./summary.ts";

/** Times that an answer asks for rows at the most: D1 answers 1,000 queries a request. */
const MOST_READS = 950;

/** How an ECG is read as JSON. */
type ReadJsonOptions = {
  /** Whether the spans are the whole ECG: then no lead says where its samples start. */
  isWhole: boolean;
  /** The buckets that a lead may have instead of more samples. */
  maxPoints?: number;
  /** Rows that were read along with the ECG. */
  prefetched?: readonly PrefetchedRow[];
};

/**
 * The bytes of an ECG's JSON with the samples of these spans, or with buckets where a span has more than `maxPoints`.
 *
 * @returns the bytes at once, or as they are read if there are many
 * @throws AppError `damaged-signal`; many bytes break off with it, when what is damaged comes late; `not-acceptable` for more than an
 * answer can read
 */
export async function readEcgJson(
  store: Store,
  ecg: EcgRow,
  spans: readonly Span[],
  { isWhole, maxPoints = Number.POSITIVE_INFINITY, prefetched = [] }: ReadJsonOptions,
): Promise<Uint8Array<ArrayBuffer> | AsyncGenerator<Uint8Array>> {
  const isLong = ({ from, to }: Span) => to - from > maxPoints;
  const [long, short] = [spans.filter(isLong), spans.filter((span) => !isLong(span))];
  const buckets = long.length > 0 ? await readBuckets(store, ecg, long, maxPoints, prefetched) : [];
  const about = toEcgFields(ecg);
  const toLeads = <Signal>(signals: readonly Signal[]) =>
    spans.map((span): JsonLead<Signal> => {
      const lead = toLeadFields(ecg.leads[span.lead], about.sampling_rate);
      const fields = isWhole ? lead : { ...lead, start_sample: span.from };
      if (!isLong(span)) return { fields, signal: signals[short.indexOf(span)] };
      const { samplesPerBucket, min, max } = buckets[long.indexOf(span)];
      return { fields: { ...fields, samples_per_bucket: samplesPerBucket }, buckets: { min, max } };
    });
  if (short.reduce((sum, { from, to }) => sum + to - from, 0) > MAX_SAMPLES_AT_ONCE) {
    requireReadable(ecg, short);
    const parts = streamEcgJson(about, toLeads(readChecked(store, ecg, short)));
    // What is wrong from the start is said in the answer: the first samples are there before it begins.
    const first = [await parts.next(), await parts.next()];
    return goOn(
      first.flatMap(({ value }) => value ?? []),
      parts,
    );
  }
  return writeEcgJson(about, toLeads(await readSpans(store, ecg, short, prefetched)));
}

/** @throws AppError `not-acceptable` for spans that take more than MOST_READS, which would break off on the way */
function requireReadable(ecg: EcgRow, spans: readonly Span[]): void {
  const reads = spans.reduce((sum, { lead, from, to }) => {
    const step = PIECE_CHUNKS * ecg.leads[lead].chunkSamples;
    return sum + Math.ceil(to / step) - Math.floor(from / step);
  }, 0);
  if (reads > MOST_READS) {
    throw newNotAcceptable(
      "It is too long for one answer: ask for some leads, or for windows of it with start and end.",
    );
  }
}

/** Reads the samples of spans some chunks at a time, to be taken span after span: behind the last their hash is checked. */
function readChecked(store: Store, ecg: EcgRow, spans: readonly Span[]): AsyncGenerator<Int32Array>[] {
  const check = newHashCheck(ecg, spans);
  return spans.map(async function* (span, i) {
    for await (const samples of readPieces(store, ecg, span)) {
      check.add(samples);
      yield samples;
    }
    if (i === spans.length - 1) check.finish();
  });
}

/** Reads the samples of a span some chunks at a time. */
export async function* readPieces(store: Store, ecg: EcgRow, { lead, from, to }: Span): AsyncGenerator<Int32Array> {
  const step = PIECE_CHUNKS * ecg.leads[lead].chunkSamples;
  for (let start = from; start < to; ) {
    const end = Math.min((Math.floor(start / step) + 1) * step, to);
    const [samples] = await readSpans(store, ecg, [{ lead, from: start, to: end }]);
    yield samples;
    start = end;
  }
}

async function* goOn(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
