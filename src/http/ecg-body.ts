import type { Context } from "hono";
import { type JsonLead, streamEcgJson, writeEcgJson } from "../formats/json/writer.ts";
import type { Store } from "../store/db.ts";
import { readBuckets } from "../store/overviews.ts";
import type { EcgRow } from "../store/schema.ts";
import { readSpans, type Span } from "../store/signals.ts";
import { toEcgFields, toLeadFields } from "./ecg-json.ts";
import { logError } from "./log.ts";
import type { AppEnv } from "./openapi.ts";

/** More than these are read and written piece by piece; fewer are all read, and verified, before the answer begins. */
const MAX_SAMPLES_AT_ONCE = 2 ** 20;
/** A piece is so many chunks long. */
const PIECE_CHUNKS = 32;

/**
 * The JSON of an ECG with the samples of these spans, or with buckets where a span has more than `maxPoints`.
 *
 * @throws AppError `damaged-signal`; of a long answer the stream fails with it, when what is damaged comes late
 */
export async function toEcgBody(
  c: Context<AppEnv>,
  spans: readonly Span[],
  isWhole: boolean,
  maxPoints = Number.POSITIVE_INFINITY,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  const { ecg, store } = c.var;
  const isLong = ({ from, to }: Span) => to - from > maxPoints;
  const [long, short] = [spans.filter(isLong), spans.filter((span) => !isLong(span))];
  const buckets = long.length > 0 ? await readBuckets(store, ecg, long, maxPoints) : [];
  const toLeads = <Signal>(signals: readonly Signal[]) =>
    spans.map((span): JsonLead<Signal> => {
      const lead = toLeadFields(ecg, ecg.leads[span.lead]);
      const fields = isWhole ? lead : { ...lead, start_sample: span.from };
      if (!isLong(span)) return { fields, signal: signals[short.indexOf(span)] };
      const { samplesPerBucket, min, max } = buckets[long.indexOf(span)];
      return { fields: { ...fields, samples_per_bucket: samplesPerBucket }, buckets: { min, max } };
    });
  if (short.reduce((sum, { from, to }) => sum + to - from, 0) > MAX_SAMPLES_AT_ONCE) {
    const parts = streamEcgJson(toEcgFields(ecg), toLeads(short.map((span) => readPieces(store, ecg, span))));
    // What is wrong from the start is said in the answer: the first samples are there before it begins.
    const first = [await parts.next(), await parts.next(), await parts.next()];
    return toStream(
      c,
      first.flatMap(({ value }) => value ?? []),
      parts,
    );
  }
  return writeEcgJson(toEcgFields(ecg), toLeads(await readSpans(store, ecg, short)));
}

async function* readPieces(store: Store, ecg: EcgRow, { lead, from, to }: Span): AsyncGenerator<Int32Array> {
  const step = PIECE_CHUNKS * ecg.leads[lead].chunkSamples;
  for (let start = from; start < to; ) {
    const end = Math.min((Math.floor(start / step) + 1) * step, to);
    const [samples] = await readSpans(store, ecg, [{ lead, from: start, to: end }]);
    yield samples;
    start = end;
  }
}

/** An answer that has begun can only break off: the error is for the log. */
function toStream(
  c: Context<AppEnv>,
  first: Uint8Array[],
  parts: AsyncIterator<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of first) controller.enqueue(part);
    },
    async pull(controller) {
      try {
        const { done, value } = await parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        logError(c, error as Error);
        controller.error(error);
      }
    },
    async cancel() {
      await parts.return?.();
    },
  });
}
