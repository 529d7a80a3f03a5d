import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import type { Db } from "./db.ts";
import { type EcgRow, ecgs, signalChunks } from "./schema.ts";

export type NewEcg = Omit<EcgRow, "revision">;
export type EcgChanges = Partial<Pick<EcgRow, "recordedAt" | "subject" | "device" | "note">>;
/** `from` and `to` bound the recording's date, in ms since 1970, half open. */
export type EcgFilter = { from?: number; to?: number; subject?: string };
/** A place in the list: behind this ECG. */
export type EcgCursor = { recordedAt: number; id: string };

/** How many chunks go into one statement: few statements are few queries to bill, and none gets too long. */
const CHUNKS_A_STATEMENT = 16;

/** Stores an ECG and its chunks, all or nothing. */
export async function insertEcg(db: Db, ecg: NewEcg, chunks: readonly string[]): Promise<EcgRow> {
  const rows = chunks.map((data, chunkIndex) => ({ ecgId: ecg.id, chunkIndex, data }));
  const statements = [];
  for (let i = 0; i < rows.length; i += CHUNKS_A_STATEMENT) {
    statements.push(db.insert(signalChunks).values(rows.slice(i, i + CHUNKS_A_STATEMENT)));
  }
  await db.batch([db.insert(ecgs).values(ecg), ...statements]);
  return { ...ecg, revision: 1 };
}

/** Undefined also when the ECG is another owner's, so that ids cannot be probed. */
export async function findEcg(db: Db, ownerId: string, id: string): Promise<EcgRow | undefined> {
  return db.select().from(ecgs).where(isOwn(ownerId, id)).get();
}

/** Newest recording first. */
export async function listEcgs(
  db: Db,
  ownerId: string,
  filter: EcgFilter,
  limit: number,
  after?: EcgCursor,
): Promise<EcgRow[]> {
  return db
    .select()
    .from(ecgs)
    .where(
      and(
        eq(ecgs.ownerId, ownerId),
        filter.subject === undefined ? undefined : eq(ecgs.subject, filter.subject),
        filter.from === undefined ? undefined : gte(ecgs.recordedAt, filter.from),
        filter.to === undefined ? undefined : lt(ecgs.recordedAt, filter.to),
        after && sql`(${ecgs.recordedAt}, ${ecgs.id}) < (${after.recordedAt}, ${after.id})`,
      ),
    )
    .orderBy(desc(ecgs.recordedAt), desc(ecgs.id))
    .limit(limit)
    .all();
}

/** Undefined when there is no such ECG of this owner. */
export async function updateEcg(db: Db, ownerId: string, id: string, changes: EcgChanges): Promise<EcgRow | undefined> {
  return db
    .update(ecgs)
    .set({ ...changes, revision: sql`${ecgs.revision} + 1` })
    .where(isOwn(ownerId, id))
    .returning()
    .get();
}

/** Erases the ECG and its samples; false when there is no such ECG of this owner. */
export async function deleteEcg(db: Db, ownerId: string, id: string): Promise<boolean> {
  return (await db.delete(ecgs).where(isOwn(ownerId, id)).returning({ id: ecgs.id }).get()) !== undefined;
}

function isOwn(ownerId: string, id: string) {
  return and(eq(ecgs.id, id), eq(ecgs.ownerId, ownerId));
}
