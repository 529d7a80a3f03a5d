import { and, asc, eq, gte, isNull, lt, lte, type SQL, sql } from "drizzle-orm";
import { CHUNKS_PER_GROUP } from "./chunk-plan.ts";
import { isConstraintError, type Store } from "./db.ts";
import { type EcgRow, ecgs, insights, MAX_ROW_LENGTH, unmeasured } from "./schema.ts";

/**
 * When an ECG that was begun is given out again, in ms: a run takes five minutes at the most, so the first has failed.
 */
const RETRY_MS = 15 * 60 * 1000;
/** How often an ECG is begun before it is given up. */
const MOST_TRIES = 3;

/**
 * Finds the insights measured by this version of the method in all samples that the ECG has now; undefined if there are
 * none.
 */
export async function findInsights({ db }: Store, ecg: EcgRow, version: number): Promise<string | undefined> {
  const rows = await db
    .select({ data: insights.data })
    .from(insights)
    .where(and(eq(insights.ecgId, ecg.id), eq(insights.version, version), eq(insights.sampleCount, countSamples(ecg))))
    .orderBy(asc(insights.part))
    .all();
  return rows.length > 0 ? rows.map(({ data }) => data).join("") : undefined;
}

/** What of the insights stands in an ECG's own row, for the list. */
export type SummedUp = Pick<EcgRow, "heartRate" | "qtc" | "findings">;

/**
 * Keeps an ECG's insights, in the place of earlier ones, and what the list is to know of them unless the ECG has more samples by now.
 * Nothing is kept for an ECG that was erased meanwhile.
 */
export async function saveInsights(
  { db }: Store,
  ecg: EcgRow,
  version: number,
  json: string,
  summedUp: SummedUp,
): Promise<void> {
  const text = toAscii(json);
  const parts = Array.from({ length: Math.ceil(text.length / MAX_ROW_LENGTH) }, (_, part) =>
    db.insert(insights).values({
      ecgId: ecg.id,
      part,
      version,
      sampleCount: countSamples(ecg),
      data: text.slice(part * MAX_ROW_LENGTH, (part + 1) * MAX_ROW_LENGTH),
    }),
  );
  // The leads' counts say what was measured; they are compared as they are stored.
  const isSame = and(eq(ecgs.id, ecg.id), eq(ecgs.leads, ecg.leads));
  const sumUp = db.update(ecgs).set(summedUp).where(isSame);
  try {
    await db.batch([db.delete(insights).where(eq(insights.ecgId, ecg.id)), ...parts, sumUp]);
  } catch (error) {
    if (!isConstraintError(error, "FOREIGN KEY")) throw error;
  }
}

/** Whether an ECG is long: it has more than a group of chunks. */
const isLong = sql`exists (select 1 from json_each(${ecgs.leads}) where value ->> 'sampleCount' > ${CHUNKS_PER_GROUP} * (value ->> 'chunkSamples'))`;

/**
 * Makes the statement that marks an ECG, if it is long, to be measured ahead. It belongs in the batch that stores the last sample,
 * behind the statement that makes the ECG complete.
 */
export function markIfLong(store: Store, ecgId: string) {
  return markUnmeasured(store, and(eq(ecgs.id, ecgId), eq(ecgs.complete, true), isLong));
}

/**
 * Makes the statement that marks ECGs to be measured ahead unless they are measured. It belongs in the batch that closes an ECG, before
 * the statement that does.
 */
export function markUnmeasured({ db }: Store, which: SQL | undefined) {
  const ids = db.select({ ecgId: ecgs.id, tries: sql`0`.as("tries"), dueAt: sql`0`.as("due_at") }).from(ecgs);
  return db
    .insert(unmeasured)
    .select(ids.where(and(which, isNull(ecgs.findings))))
    .onConflictDoNothing();
}

/** Marks a long ECG to be measured ahead, if it is not marked already. */
export async function markLong(store: Store, ecgId: string): Promise<void> {
  await markIfLong(store, ecgId);
}

/** Takes an ECG that is to be measured ahead; nobody else gets it for RETRY_MS. Undefined when there is none. */
export async function takeUnmeasured({ db }: Store, now = Date.now()): Promise<EcgRow | undefined> {
  const isDue = lte(unmeasured.dueAt, now);
  const next = db
    .select({ ecgId: unmeasured.ecgId })
    .from(unmeasured)
    .where(and(isDue, lt(unmeasured.tries, MOST_TRIES)))
    .orderBy(asc(unmeasured.dueAt))
    .limit(1);
  const take = db
    .update(unmeasured)
    .set({ tries: sql`${unmeasured.tries} + 1`, dueAt: now + RETRY_MS })
    .where(eq(unmeasured.ecgId, next))
    .returning({ ecgId: unmeasured.ecgId });
  const giveUp = db.delete(unmeasured).where(and(isDue, gte(unmeasured.tries, MOST_TRIES)));
  const [, taken] = await db.batch([giveUp, take]);
  return taken.length > 0 ? db.select().from(ecgs).where(eq(ecgs.id, taken[0].ecgId)).get() : undefined;
}

/** Forgets that the ECG is to be measured ahead. */
export async function settleUnmeasured({ db }: Store, ecgId: string): Promise<void> {
  await db.delete(unmeasured).where(eq(unmeasured.ecgId, ecgId));
}

/** Escapes what is not ASCII in a JSON text, so that its length is that of its bytes, wherever it is cut. */
function toAscii(json: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none of them.
  return json.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Counts the samples of all leads. */
function countSamples({ leads }: EcgRow): number {
  return leads.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
}
