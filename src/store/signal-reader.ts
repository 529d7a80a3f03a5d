import { and, asc, between, desc, eq, getTableColumns, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import { DamagedChunkError } from "../codec/chunk.ts";
import { type Envelope, newEnvelope, sliceEnvelope } from "../codec/envelope.ts";
import { AppError } from "../errors.ts";
import {
  blockSamplesOf,
  blocksPerChunk,
  blocksPerGroup,
  CHUNKS_PER_GROUP,
  countSamplesIn,
  overviewRowOf,
} from "./chunk-plan.ts";
import { decodeRow, fromBase64, toEnvelopes } from "./chunk-row.ts";
import { wholeChunkColumns } from "./chunk-rows.ts";
import type { Db, Store } from "./db.ts";
import { isOwn } from "./ecgs.ts";
import { valueOfFirstLead } from "./lead-rows.ts";
import { readSteadily } from "./outages.ts";
import { SamplesHash } from "./samples-hash.ts";
import { type ChunkRow, type EcgRow, ecgs, signalChunks } from "./schema.ts";
import type { Tail } from "./signal-writer.ts";
import { newStatement } from "./statement.ts";

/** Samples of a lead in a row: `from` up to, not including, `to`. */
export type Span = { lead: number; from: number; to: number };
/** A row that was read along with its ECG: nothing but nulls where the ECG stands alone. */
export type PrefetchedRow = { [Key in keyof ChunkRow]: ChunkRow[Key] | null };
/** The window that a request asks for, in seconds, as far as the request alone says it. */
export type LikelyWindow = { start?: number; end?: number; isOverview: boolean };

/** How many chunks are prefetched at most: a window of seconds touches two. */
const LIKELY_CHUNKS = 4;
/** How many overview rows are prefetched at most: more than a day has. */
const LIKELY_OVERVIEWS = 64;
/** How many rows are read at a time, some megabytes of text at the most. */
const ROWS_A_READ = 32;

/** Reads the samples from `chunk` on, and the blocks before it in its group, so that more samples can follow them. */
export async function readTail(store: Store, ecg: EcgRow, chunk: number): Promise<Tail> {
  const spans = ecg.leads.map((lead, i) => ({
    lead: i,
    from: Math.min(chunk * lead.chunkSamples, lead.sampleCount),
    to: lead.sampleCount,
  }));
  const group = Math.floor(chunk / CHUNKS_PER_GROUP);
  const before = chunk % CHUNKS_PER_GROUP;
  const [stored] = before === 0 ? [ecg.leads.map(() => newEnvelope(0))] : await readOverviews(store, ecg, group, group);
  return {
    chunk,
    samples: await readSpans(store, ecg, spans),
    blocks: stored.map((blocks, i) => sliceEnvelope(blocks, 0, before * blocksPerChunk(ecg.leads[i]))),
  };
}

/**
 * Reads the samples of each span. Only the chunks that a span touches are read, and only its lead is decoded.
 *
 * @param prefetched rows that were read along with the ECG, which need no trip to the database of their own
 * @throws AppError `damaged-signal` when a chunk is not what was stored, or all samples together are not; `unavailable` when
 * they are in an archive, and none is bound
 */
export async function readSpans(
  store: Store,
  ecg: EcgRow,
  spans: readonly Span[],
  prefetched: readonly PrefetchedRow[] = [],
): Promise<Int32Array[]> {
  const signals: Int32Array[] = [];
  const touched = new Set<number>();
  for (const { lead, from, to } of spans) {
    const { chunkSamples } = ecg.leads[lead];
    if (from === to) continue;
    for (let chunk = Math.floor(from / chunkSamples); chunk * chunkSamples < to; chunk++) touched.add(chunk);
  }
  for await (const { chunk, bytes } of readChunks(
    store,
    ecg,
    [...touched].sort((a, b) => a - b),
    prefetched,
  )) {
    const needed = spans.flatMap(({ lead, from, to }, i) => {
      const start = chunk * ecg.leads[lead].chunkSamples;
      const end = start + countSamplesIn(ecg.leads[lead], chunk);
      return from < end && to > start ? [{ i, lead, start, from: Math.max(from, start), to: Math.min(to, end) }] : [];
    });
    const decoded = decodeStored(
      ecg,
      chunk,
      bytes,
      needed.map(({ lead }) => lead),
    );
    for (const [at, { i, start, from, to }] of needed.entries()) {
      const part = decoded[at].subarray(from - start, to - start);
      const length = spans[i].to - spans[i].from;
      // What is in one chunk is not copied.
      if (part.length === length) signals[i] = part;
      else {
        signals[i] ??= new Int32Array(length);
        signals[i].set(part, from - spans[i].from);
      }
    }
  }
  const check = newHashCheck(ecg, spans);
  const read = spans.map((_, i) => signals[i] ?? new Int32Array(0));
  for (const samples of read) check.add(samples);
  check.finish();
  return read;
}

/**
 * Makes a check of an ECG's samples, which are given to `add` lead after lead, in any number of parts: `finish` compares them with
 * their hash. Of an ECG without one, and of spans that are not all of it, nothing is checked.
 *
 * @throws AppError `damaged-signal`, from `finish`
 */
export function newHashCheck(ecg: EcgRow, spans: readonly Span[]) {
  const isWhole =
    spans.length === ecg.leads.length &&
    spans.every(({ lead, from, to }, i) => lead === i && from === 0 && to === ecg.leads[i].sampleCount);
  const hash = isWhole && ecg.samplesSha256 ? new SamplesHash() : undefined;
  return {
    add: (samples: Int32Array) => hash?.add(samples),
    finish() {
      if (hash && hash.finish() !== ecg.samplesSha256) throw newDamage(ecg, "its samples have another hash");
    },
  };
}

/**
 * Makes a reader of spans that go through an ECG from its beginning to its end. It reads a group of chunks at a time,
 * so that neighbouring spans take one trip to the database together.
 *
 * @param bounds the samples of each lead that spans are of; all if left out. Of a group no more is read
 */
export function newSpanReader(
  store: Store,
  ecg: EcgRow,
  bounds: readonly Omit<Span, "lead">[] = ecg.leads.map(({ sampleCount }) => ({ from: 0, to: sampleCount })),
): (spans: readonly Span[]) => Promise<Int32Array[]> {
  let groups = new Map<number, Int32Array[]>();
  const groupSamples = ecg.leads.map(({ chunkSamples }) => CHUNKS_PER_GROUP * chunkSamples);
  const readGroup = (group: number) =>
    readSpans(
      store,
      ecg,
      bounds.map(({ from, to }, lead) => {
        const clip = (sample: number) => Math.min(Math.max(sample, from), to);
        return { lead, from: clip(group * groupSamples[lead]), to: clip((group + 1) * groupSamples[lead]) };
      }),
    );
  return async (spans) => {
    const needed = new Set<number>();
    for (const { lead, from, to } of spans) {
      const size = groupSamples[lead];
      for (let group = Math.floor(from / size); group * size < to; group++) needed.add(group);
    }
    const held = groups;
    groups = new Map();
    for (const group of needed) groups.set(group, held.get(group) ?? (await readGroup(group)));
    return spans.map(({ lead, from, to }) => {
      const samples = new Int32Array(to - from);
      const size = groupSamples[lead];
      for (const [group, signals] of groups) {
        const start = Math.max(group * size, bounds[lead].from);
        // A lead or its window may end before a group that another lead needs.
        if (start >= to) continue;
        const part = signals[lead].subarray(Math.max(0, from - start), Math.max(0, to - start));
        samples.set(part, Math.max(0, start - from));
      }
      return samples;
    });
  };
}

/** Reads the overviews of the groups `first` to `last`: for each group the envelope of each lead, whose buckets are blocks. */
export async function readOverviews(
  store: Store,
  ecg: EcgRow,
  first: number,
  last: number,
  prefetched: readonly PrefetchedRow[] = [],
): Promise<Envelope[][]> {
  const rows = await readRows(store, ecg, overviewRowOf(last), overviewRowOf(first), prefetched);
  if (rows.length !== last - first + 1) throw newDamage(ecg, `${rows.length} of overviews ${first} to ${last}`);
  return rows.reverse().map(({ chunkIndex, data }, i) => {
    const expected = ecg.leads.flatMap((lead) => {
      const blocks = Math.ceil(lead.sampleCount / blockSamplesOf(lead)) - (first + i) * blocksPerGroup(lead);
      return Array(2).fill(Math.min(Math.max(blocks, 0), blocksPerGroup(lead)));
    });
    return toEnvelopes(decodeChecked(ecg, chunkIndex, fromBase64(data ?? ""), expected));
  });
}

/** Reads the bytes of these chunks, which are in ascending order. */
async function* readChunks(store: Store, ecg: EcgRow, chunks: readonly number[], prefetched: readonly PrefetchedRow[]) {
  for (let at = 0; at < chunks.length; ) {
    // Rows are read together as far as their indices follow one another.
    let end = at + 1;
    while (end < chunks.length && end - at < ROWS_A_READ && chunks[end] - chunks[end - 1] === 1) end++;
    const wanted = chunks.slice(at, end);
    const rows = await readRows(store, ecg, wanted[0], wanted[wanted.length - 1], prefetched);
    const archived = await readArchived(store, ecg, rows);
    for (const [i, chunk] of wanted.entries()) {
      const row = rows[i];
      if (row?.chunkIndex !== chunk) throw newDamage(ecg, `chunk ${chunk} is missing`);
      yield { chunk, bytes: row.data === null ? archived(row) : fromBase64(row.data) };
    }
    at = end;
  }
}

/**
 * Makes the query of an owner's ECG, like `selectEcg`, with the rows beside it that its answer will most likely need, each of which has the
 * ECG again; without such rows the ECG stands alone. They are a guess by the first lead's times, made before anything is known of the ECG,
 * and only spare a second trip to the database.
 *
 * @param window seconds; of a whole ECG nothing
 */
export function selectEcgWithRows(store: Store, owner: string | SQL, id: string, window: LikelyWindow) {
  const { start = 0, end, isOverview } = window;
  if (isOverview) return selectLikelyOverviews(store, { owner, id });
  return selectLikelyChunks(store, { owner, id, start: start > 0 ? start : undefined, end });
}

type OwnEcg = { owner: string | SQL; id: string };

const selectLikelyOverviews = newStatement((db, { owner, id }: OwnEcg) =>
  newEcgQuery(db, owner, id, lt(signalChunks.chunkIndex, 0))
    .orderBy(desc(signalChunks.chunkIndex))
    .limit(LIKELY_OVERVIEWS),
);

const selectLikelyChunks = newStatement((db, { owner, id, start, end }: OwnEcg & { start?: number; end?: number }) => {
  const { chunkIndex } = signalChunks;
  const chunkAt = (seconds: number) =>
    sql`cast(${seconds} * ${valueOfFirstLead(ecgs.leads, "samplingRate")} / ${valueOfFirstLead(ecgs.leads, "chunkSamples")} as integer)`;
  // One lower bound alone: SQLite starts its search of the index at one, and might take the lower of two.
  const isFrom = gte(chunkIndex, start === undefined ? 0 : chunkAt(start));
  const inWindow = and(isFrom, end === undefined ? undefined : lte(chunkIndex, chunkAt(end)));
  return newEcgQuery(db, owner, id, inWindow).orderBy(asc(chunkIndex)).limit(LIKELY_CHUNKS);
});

/** Builds the query of an owner's ECG with those of its rows beside it for which `which` holds. */
function newEcgQuery(db: Db, owner: string | SQL, id: string, which: SQL | undefined) {
  return db
    .select({ ...getTableColumns(ecgs), ...wholeChunkColumns })
    .from(ecgs)
    .leftJoin(signalChunks, and(eq(signalChunks.ecgId, ecgs.id), which))
    .where(isOwn(owner, id));
}

async function readRows(
  { db }: Store,
  ecg: EcgRow,
  first: number,
  last: number,
  prefetched: readonly PrefetchedRow[],
): Promise<ChunkRow[]> {
  const here = prefetched.filter(
    (row): row is ChunkRow =>
      row.ecgId === ecg.id && row.chunkIndex !== null && row.chunkIndex >= first && row.chunkIndex <= last,
  );
  if (here.length === last - first + 1) return here.sort((a, b) => a.chunkIndex - b.chunkIndex);
  return db
    .select(wholeChunkColumns)
    .from(signalChunks)
    .where(and(eq(signalChunks.ecgId, ecg.id), between(signalChunks.chunkIndex, first, last)))
    .orderBy(asc(signalChunks.chunkIndex))
    .all();
}

/** Reads what the rows have in the archive, one range an object, and gives the bytes of a row. */
async function readArchived({ archive }: Store, ecg: EcgRow, rows: readonly ChunkRow[]) {
  const ranges = new Map<string, { offset: number; end: number; bytes: Uint8Array }>();
  for (const { object, byteOffset, byteLength } of rows) {
    if (object === null || byteOffset === null || byteLength === null) continue;
    const range = ranges.get(object) ?? { offset: byteOffset, end: 0, bytes: new Uint8Array(0) };
    ranges.set(object, { ...range, end: byteOffset + byteLength });
  }
  for (const [object, range] of ranges) {
    if (!archive) {
      const cause = new Error(`ECG ${ecg.id}: its samples are in an archive, and no ARCHIVE is bound`);
      throw new AppError("unavailable", { cause });
    }
    const part = { range: { offset: range.offset, length: range.end - range.offset } };
    const found = await readSteadily(async () => (await archive.get(object, part))?.arrayBuffer());
    if (!found) throw newDamage(ecg, `the object ${object} is missing`);
    range.bytes = new Uint8Array(found);
  }
  return ({ object, byteOffset, byteLength }: ChunkRow): Uint8Array => {
    const range = ranges.get(object ?? "");
    if (!range || byteOffset === null || byteLength === null) throw newDamage(ecg, "a chunk without data");
    return range.bytes.subarray(byteOffset - range.offset, byteOffset - range.offset + byteLength);
  };
}

/** Decodes the wanted leads of a chunk. */
function decodeStored(ecg: EcgRow, chunk: number, bytes: Uint8Array, wanted: readonly number[]): Int32Array[] {
  const expected = wanted.map((lead) => countSamplesIn(ecg.leads[lead], chunk));
  return decodeChecked(ecg, chunk, bytes, expected, wanted);
}

/** Decodes a row, each lead of which has the expected number of samples. */
function decodeChecked(
  ecg: EcgRow,
  chunkIndex: number,
  bytes: Uint8Array,
  expected: readonly number[],
  wanted: readonly number[] = [...expected.keys()],
): Int32Array[] {
  try {
    const decoded = decodeRow(ecg.id, chunkIndex, bytes, wanted);
    // An append may have written to the last rows of an open ECG since the ECG was read: later samples are cut off.
    const isAsRead = (length: number, i: number) =>
      ecg.open ? decoded[i].length >= length : decoded[i].length === length;
    if (!expected.every(isAsRead)) throw new DamagedChunkError("of another length");
    return decoded.map((samples, i) => samples.subarray(0, expected[i]));
  } catch (error) {
    if (error instanceof DamagedChunkError) throw newDamage(ecg, `row ${chunkIndex}: ${error.message}`, error);
    throw error;
  }
}

function newDamage(ecg: EcgRow, what: string, cause?: unknown): AppError {
  return new AppError("damaged-signal", { cause: new Error(`ECG ${ecg.id}, ${what}`, { cause }) });
}
