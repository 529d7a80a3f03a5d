import { and, eq, inArray, isNotNull, lt, notExists, type SQL, sql } from "drizzle-orm";
import { eraseObjects, releaseObjects } from "./archive.ts";
import type { Store } from "./db.ts";
import { ERASED_REVISION } from "./revisions.ts";
import { accessKeys, annotations, ecgs, insights, jobs, signalChunks, users } from "./schema.ts";

/** How long an upload may take, in ms: an ECG that is incomplete after it has broken off, or does now. */
const UPLOAD_MS = 6 * 3600 * 1000;
/** ECGs that a step erases at the most. */
const ECGS_A_STEP = 100;
/** Rows of each table that belongs to ECGs which a step erases at the most; a chunk of 32-bit noise has nine, of 90 kB. */
const ROWS_A_STEP = 100;

/**
 * Erases some of what is left of an erased account, and at last the account's own row, with its keys and log-ins, which are few.
 *
 * @returns whether there may be more
 */
export async function eraseUserStep(store: Store, userId: string): Promise<boolean> {
  if (await eraseStep(store, eq(ecgs.ownerId, userId))) return true;
  await store.db.delete(users).where(and(eq(users.id, userId), isNotNull(users.erasedAt)));
  return false;
}

/** Erases some of what is left of an ECG that nobody sees any more. Gives whether there may be more. */
export async function eraseEcgStep(store: Store, ecgId: string): Promise<boolean> {
  return eraseStep(store, and(eq(ecgs.id, ecgId), sql`not ${ecgs.complete}`));
}

/** Erases some of the incomplete ECGs of uploads that broke off. Gives whether there may be more. */
export async function sweepUploads(store: Store, now = Date.now()): Promise<boolean> {
  return eraseStep(store, and(sql`not ${ecgs.complete}`, lt(ecgs.createdAt, now - UPLOAD_MS)));
}

/**
 * Erases up to a bound of rows, and of objects, of the ECGs that a condition holds for. An ECG's own row goes last, so that what a step
 * leaves is found by the next one.
 *
 * @returns whether there were any
 */
async function eraseStep(store: Store, which: SQL | undefined): Promise<boolean> {
  const { db } = store;
  const some = db.select({ id: ecgs.id }).from(ecgs).where(which).limit(ECGS_A_STEP);
  // An upload that is still coming in finds its row another one, and does not make an ECG visible that has lost chunks.
  const found = await db
    .update(ecgs)
    .set({ revision: ERASED_REVISION })
    .where(inArray(ecgs.id, some))
    .returning({ id: ecgs.id });
  if (found.length === 0) return false;
  const ids = sql`(select value from json_each(${JSON.stringify(found.map(({ id }) => id))}))`;
  const chunks = await db
    .select({ ecgId: signalChunks.ecgId, chunkIndex: signalChunks.chunkIndex })
    .from(signalChunks)
    .where(inArray(signalChunks.ecgId, ids))
    .limit(ROWS_A_STEP);
  const places = JSON.stringify(chunks.map(({ ecgId, chunkIndex }) => [ecgId, chunkIndex]));
  const someChunks = sql`(ecg_id, chunk_index) in (select value ->> 0, value ->> 1 from json_each(${places}))`;
  const { ecgId } = annotations;
  const someAnnotations = sql`select ${ecgId}, ${annotations.annotator}, ${annotations.part} from ${annotations} where ${inArray(ecgId, ids)} limit ${ROWS_A_STEP}`;
  const someInsights = sql`select ${insights.ecgId}, ${insights.part} from ${insights} where ${inArray(insights.ecgId, ids)} limit ${ROWS_A_STEP}`;
  const isEmpty = [signalChunks, annotations, insights].map((table) =>
    notExists(db.select({ one: sql`1` }).from(table).where(eq(table.ecgId, ecgs.id))),
  );
  const [released] = await db.batch([
    // In the batch: chunks may have been moved to the archive since they were read.
    releaseObjects(store, someChunks),
    db.delete(signalChunks).where(someChunks),
    db.delete(annotations).where(sql`(ecg_id, annotator, part) in (${someAnnotations})`),
    db.delete(insights).where(sql`(ecg_id, part) in (${someInsights})`),
    db.delete(accessKeys).where(inArray(accessKeys.ecgId, ids)),
    db.delete(jobs).where(and(inArray(jobs.subjectId, ids), sql`${jobs.kind} <> 'erase-ecg'`)),
    db.delete(ecgs).where(and(inArray(ecgs.id, ids), ...isEmpty)),
  ]);
  await eraseObjects(store, released);
  return true;
}
