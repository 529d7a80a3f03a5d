import { and, asc, eq, exists, gt, gte, inArray, isNotNull, lt, type SQL, sql } from "drizzle-orm";
import { countChunks, countFullChunks } from "./chunk-plan.ts";
import { fromBase64 } from "./chunk-row.ts";
import { bytesInDatabase, wholeChunkColumns } from "./chunk-rows.ts";
import type { Store } from "./db.ts";
import { logFailure } from "./failures.ts";
import { newId } from "./ids.ts";
import { findPosition, forgetPosition, savePosition } from "./job-positions.ts";
import { announceJobs, forgetJob, jobsOf, recordEcgJob } from "./jobs.ts";
import { type EcgRow, ecgs, looseObjects, signalChunkRests, signalChunks } from "./schema.ts";

/** The least size of an object in the archive, in bytes: chunks wait in the database until they come to it, or until they are old. */
const OBJECT_BYTES = 1024 * 1024;
/** The size of an object of a very long ECG, in bytes: twice that is in memory while it is moved. */
const MOST_OBJECT_BYTES = 8 * OBJECT_BYTES;
/** Objects that a call makes: each takes seven statements of the 1,000 that D1 answers a request, and storing an ECG up to 750. */
const OBJECTS_A_CALL = 32;
/** No ECG is old before this time, in ms: what has just come is asked for. */
const LEAST_AGE_MS = 60_000;
/** An object that no chunk has referred to for an hour never will be: whatever wrote it has broken off. In ms. */
const LOOSE_MS = 3600 * 1000;
/** R2 erases at most so many objects a call. */
const OBJECTS_AN_ERASURE = 1000;
/** Times that R2 is asked to erase some objects, where it refuses to erase all of them together. */
const MOST_ERASURES = 200;
/** The sweep's name among the jobs' positions. */
const SWEEP = "sweep-objects";

/** Whether there is an archive, and an ECG has chunks that may be moved there. */
export function isToBeArchived({ archive }: Store, ecg: Pick<EcgRow, "leads" | "open" | "archivedChunks">): boolean {
  return archive !== undefined && endOfMovable(ecg) - ecg.archivedChunks >= 2;
}

/** The time, in ms since 1970, before which an ECG must have come for all of its samples to be moved. */
export function agedBefore({ archiveAfterMs }: Store, now: number): number {
  return now - Math.max(archiveAfterMs, LEAST_AGE_MS);
}

function isAged(store: Store, { open, createdAt }: EcgRow): boolean {
  return !open && createdAt < agedBefore(store, Date.now());
}

/** Moves an ECG's chunks like `moveToArchive`; what is left of them, and what cannot be moved now, is moved by a job. */
export async function archiveOrLeave(store: Store, ecg: EcgRow): Promise<void> {
  if (!isToBeArchived(store, ecg) && !isAged(store, ecg)) return;
  const [job] = jobsOf(ecg, "archive");
  let isLeft = true;
  try {
    isLeft = await moveToArchive(store, ecg);
    // That of a closed ECG was recorded as it was closed.
    if (!isLeft && !ecg.open) await forgetJob(store, job);
  } catch (error) {
    logFailure(`archiving ECG ${ecg.id}`, error);
  }
  if (isLeft) {
    await recordEcgJob(store, "archive", eq(ecgs.id, ecg.id)).catch((cause) => logFailure("recording a job", cause));
    await announceJobs(store, [job]);
  }
}

/**
 * Moves an ECG's chunks from the database to the archive, if there is one, whenever they come to OBJECT_BYTES; of one that is old all of
 * them. They can be read at every moment: an object is written before rows refer to it.
 *
 * @returns whether there are more to be moved, by another call
 * @throws whatever the archive or the database throw: then chunks stay in the database
 */
export async function moveToArchive(store: Store, ecg: EcgRow): Promise<boolean> {
  const { db, archive } = store;
  const isWhole = isAged(store, ecg);
  if (!archive || (!isWhole && !isToBeArchived(store, ecg)) || endOfMovable(ecg) === ecg.archivedChunks) return false;
  const sizes = await db
    .select({ chunk: signalChunks.chunkIndex, bytes: bytesInDatabase })
    .from(signalChunks)
    .where(inDatabase(ecg.id, ecg.archivedChunks, endOfMovable(ecg)))
    .orderBy(asc(signalChunks.chunkIndex))
    .all();
  const all = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const objectBytes = Math.min(Math.max(all / OBJECTS_A_CALL, OBJECT_BYTES), MOST_OBJECT_BYTES);
  let first = ecg.archivedChunks;
  let total = 0;
  let objects = 0;
  for (const [i, { chunk, bytes }] of sizes.entries()) {
    total += bytes;
    const isLast = i === sizes.length - 1;
    if (total < objectBytes && !(isLast && (isWhole || total >= OBJECT_BYTES))) continue;
    await moveChunks({ ...store, archive }, ecg.id, first, chunk + 1);
    first = chunk + 1;
    total = 0;
    objects++;
    if (objects === OBJECTS_A_CALL && !isLast) return true;
  }
  return false;
}

/** How many times moving an ECG's chunks asks the database at the most: once, and six times for each object, which has two chunks or more. */
export function countMoveQueries(ecg: Pick<EcgRow, "leads" | "open" | "archivedChunks">): number {
  const chunks = endOfMovable(ecg) - ecg.archivedChunks;
  return 1 + 6 * Math.min(Math.ceil(chunks / 2), OBJECTS_A_CALL);
}

/** The chunk up to which those of an ECG may be moved: one that an open ECG has not filled is still written to. */
function endOfMovable({ open, leads }: Pick<EcgRow, "leads" | "open">): number {
  return open ? countFullChunks(leads) : countChunks(leads);
}

/** Moves the chunks `first` up to, not including, `end` into one object. */
async function moveChunks(
  { db, archive }: Store & { archive: R2Bucket },
  ecgId: string,
  first: number,
  end: number,
): Promise<void> {
  const rows = await db
    .select({ chunk: signalChunks.chunkIndex, data: wholeChunkColumns.data })
    .from(signalChunks)
    .where(inDatabase(ecgId, first, end))
    .orderBy(asc(signalChunks.chunkIndex))
    .all();
  const parts = rows.map(({ data }) => fromBase64(data ?? ""));
  let offset = 0;
  const places = rows.map(({ chunk }, i) => {
    offset += parts[i].length;
    return [chunk, offset - parts[i].length, parts[i].length];
  });

  const key = `${ecgId}/${newId()}`;
  await db.insert(looseObjects).values({ key, since: Date.now() });
  await archive.put(key, Buffer.concat(parts));
  const placeOf = (field: number) =>
    sql<number>`(select value ->> ${sql.raw(String(field))} from json_each(${JSON.stringify(places)}) where value ->> 0 = ${signalChunks.chunkIndex})`;
  const refer = db
    .update(signalChunks)
    .set({ data: null, object: key, byteOffset: placeOf(1), byteLength: placeOf(2) })
    .where(inDatabase(ecgId, first, end));
  const isReferred = exists(
    db
      .select({ one: sql`1` })
      .from(signalChunks)
      .where(and(eq(signalChunks.ecgId, ecgId), eq(signalChunks.object, key))),
  );
  const settle = db.delete(looseObjects).where(and(eq(looseObjects.key, key), isReferred));
  const count = db
    .update(ecgs)
    .set({ archivedChunks: end })
    .where(and(eq(ecgs.id, ecgId), isReferred));
  const { ecgId: id, chunkIndex } = signalChunkRests;
  const drop = db
    .delete(signalChunkRests)
    .where(and(eq(id, ecgId), gte(chunkIndex, first), lt(chunkIndex, end), isReferred));
  await db.batch([refer, settle, count, drop]);
}

/**
 * Makes the statement that records the objects of these chunks as loose and returns their keys, for the batch that
 * erases the chunks.
 */
export function releaseObjects({ db }: Store, chunks: SQL) {
  const objects = db
    .selectDistinct({
      key: sql<string>`${signalChunks.object}`.as("key"),
      since: sql<number>`${Date.now()}`.as("since"),
    })
    .from(signalChunks)
    .where(and(chunks, isNotNull(signalChunks.object)));
  // One that other chunks have released already is returned once more.
  const again = { target: looseObjects.key, set: { since: sql`${looseObjects.since}` } };
  return db.insert(looseObjects).select(objects).onConflictDoUpdate(again).returning({ key: looseObjects.key });
}

/**
 * Erases released objects, and then forgets them. What cannot be erased is left to sweepObjects; an object that R2 refuses to erase, as a
 * bucket lock has it do, keeps none of the others.
 *
 * @returns false when the archive or the database does not answer
 */
export async function eraseObjects({ db, archive }: Store, objects: readonly { key: string }[]): Promise<boolean> {
  for (let i = 0; archive && i < objects.length; i += OBJECTS_AN_ERASURE) {
    const keys = objects.slice(i, i + OBJECTS_AN_ERASURE).map(({ key }) => key);
    try {
      const erased = await eraseMost(archive, keys);
      await db
        .delete(looseObjects)
        .where(inArray(looseObjects.key, sql`(select value from json_each(${JSON.stringify(erased)}))`));
    } catch (error) {
      logFailure("erasing archived objects", error);
      return false;
    }
  }
  return true;
}

/**
 * Erases objects at once, and where R2 refuses that, each half of them by itself, down to the objects that it refuses. In no order: where
 * those are many, it comes to other ones each time.
 *
 * @returns what is erased
 * @throws what the archive throws when it does not answer at all
 */
async function eraseMost(archive: R2Bucket, keys: readonly string[]): Promise<string[]> {
  const erased: string[] = [];
  const parts = [shuffle(keys)];
  for (let i = 0; i < MOST_ERASURES; i++) {
    const part = parts.pop();
    if (!part) break;
    try {
      await archive.delete(part);
      erased.push(...part);
    } catch (error) {
      const half = Math.ceil(part.length / 2);
      if (part.length > 1) parts.push(part.slice(half), part.slice(0, half));
      else {
        // While R2 is away this throws, too.
        await archive.head(part[0]);
        logFailure(`erasing the archived object ${part[0]}`, error);
      }
    }
  }
  return erased;
}

function shuffle(keys: readonly string[]): string[] {
  const places = new Map(keys.map((key) => [key, Math.random()]));
  return [...keys].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

/**
 * Erases the objects that were left by an upload or an erasure which broke off. A run looks at OBJECTS_AN_ERASURE of those that are loose,
 * from where the last has stopped.
 *
 * @returns whether there are more to be looked at
 */
export async function sweepObjects(store: Store, now = Date.now()): Promise<boolean> {
  if (!store.archive) return false;
  const stopped = await findPosition(store, SWEEP);
  const loose = await store.db
    .select()
    .from(looseObjects)
    .where(stopped === undefined ? undefined : gt(looseObjects.key, stopped))
    .orderBy(asc(looseObjects.key))
    .limit(OBJECTS_AN_ERASURE)
    .all();
  const due = loose.filter(({ since }) => since < now - LOOSE_MS);
  if (!(await eraseObjects(store, due))) return false;
  const last = loose[OBJECTS_AN_ERASURE - 1];
  if (last) await savePosition(store, SWEEP, last.key);
  else if (stopped !== undefined) await forgetPosition(store, SWEEP);
  return last !== undefined;
}

/** Selects the chunks `first` up to, not including, `end` whose data is in the database. */
function inDatabase(ecgId: string, first: number, end: number) {
  const { chunkIndex, data } = signalChunks;
  return and(eq(signalChunks.ecgId, ecgId), gte(chunkIndex, first), lt(chunkIndex, end), isNotNull(data));
}
