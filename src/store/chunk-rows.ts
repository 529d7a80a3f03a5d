import { and, eq, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import type { NewChunk } from "./chunk-row.ts";
import type { Store } from "./db.ts";
import { ecgs, MAX_ROW_LENGTH, signalChunkRests, signalChunks } from "./schema.ts";
import { newStatement } from "./statement.ts";

/** How many chunks a statement inserts, a group and its overview: D1 binds at most 100 values, two of which a chunk has. */
const CHUNKS_A_STATEMENT = 33;
/** How many rests of chunks a statement inserts, each of which has three values. */
const RESTS_A_STATEMENT = 24;

/**
 * The columns of a chunk with all of its base64, also where that takes more than its row. The names are written out: Drizzle leaves the
 * tables' out where a query selects from one alone.
 */
export const wholeChunkColumns = {
  ...getTableColumns(signalChunks),
  data: sql<
    string | null
  >`case when signal_chunks.data is null or signal_chunks.byte_length is null then signal_chunks.data
    else signal_chunks.data || (select group_concat(rest.data, '' order by rest.part) from signal_chunk_rests rest
      where rest.ecg_id = signal_chunks.ecg_id and rest.chunk_index = signal_chunks.chunk_index) end`.as("data"),
};

/** How many bytes a chunk in the database has. */
export const bytesInDatabase = sql<number>`coalesce(${signalChunks.byteLength}, octet_length(${signalChunks.data}) * 3 / 4)`;

/** Makes the statements that insert chunks, for a batch. */
export function insertChunks(store: Store, ecgId: string, chunks: readonly NewChunk[]) {
  const [only] = chunks;
  if (chunks.length === 1 && only.data.length <= MAX_ROW_LENGTH) return [insertOnly(store, { ecgId, ...only })];
  return [...putChunks(store, ecgId, chunks, sql`true`), ...putRests(store, ecgId, chunks, sql`true`)];
}

/**
 * Makes the statements that put chunks in the place of those of the same numbers, where there are any, for a batch.
 *
 * @param guard a condition on `ecgs`: nothing is written unless an ECG fulfils it
 */
export function replaceChunks(store: Store, ecgId: string, chunks: readonly NewChunk[], guard: SQL | undefined) {
  const isAllowed = sql`exists (select 1 from ${ecgs} where ${guard})`;
  const indices = JSON.stringify(chunks.map(({ chunkIndex }) => chunkIndex));
  const isReplaced = inArray(signalChunkRests.chunkIndex, sql`(select value from json_each(${indices}))`);
  const remove = store.db.delete(signalChunkRests).where(and(eq(signalChunkRests.ecgId, ecgId), isReplaced, isAllowed));
  return [...putChunks(store, ecgId, chunks, isAllowed), remove, ...putRests(store, ecgId, chunks, isAllowed)];
}

const insertOnly = newStatement((db, { ecgId, ...chunk }: NewChunk & { ecgId: string }) =>
  db.insert(signalChunks).values({ ecgId, ...chunk }),
);

function putChunks({ db }: Store, ecgId: string, chunks: readonly NewChunk[], isAllowed: SQL) {
  return cutIntoParts(chunks, CHUNKS_A_STATEMENT).map((some) => {
    const values = some.map(({ chunkIndex, data }) => {
      const byteLength = data.length > MAX_ROW_LENGTH ? String(Buffer.byteLength(data, "base64")) : "null";
      return sql`(${chunkIndex}, ${data.slice(0, MAX_ROW_LENGTH)}, ${sql.raw(byteLength)})`;
    });
    // An insert from a select needs every column, in the table's order.
    const rows = sql`select ${ecgId}, column1, column2, null, null, column3 from (values ${sql.join(values, sql`, `)}) where ${isAllowed}`;
    const replace = {
      target: [signalChunks.ecgId, signalChunks.chunkIndex],
      set: { data: sql`excluded.data`, byteLength: sql`excluded.byte_length` },
    };
    return db.insert(signalChunks).select(rows).onConflictDoUpdate(replace);
  });
}

/** Makes the statements that insert what of the chunks does not fit into their rows. */
function putRests({ db }: Store, ecgId: string, chunks: readonly NewChunk[], isAllowed: SQL) {
  const rests = chunks.flatMap(({ chunkIndex, data }) =>
    cutIntoParts(data, MAX_ROW_LENGTH)
      .slice(1)
      .map((part, i) => sql`(${chunkIndex}, ${i + 1}, ${part})`),
  );
  return cutIntoParts(rests, RESTS_A_STATEMENT).map((some) =>
    db
      .insert(signalChunkRests)
      .select(
        sql`select ${ecgId}, column1, column2, column3 from (values ${sql.join(some, sql`, `)}) where ${isAllowed}`,
      ),
  );
}

/** Cuts a list, or a text, into parts of `length`, the last of which may be shorter. */
function cutIntoParts<Whole extends { length: number; slice(start: number, end: number): Whole }>(
  whole: Whole,
  length: number,
): Whole[] {
  const count = Math.ceil(whole.length / length);
  return Array.from({ length: count }, (_, i) => whole.slice(i * length, (i + 1) * length));
}
