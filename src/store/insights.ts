import { and, asc, eq, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import { CHUNKS_PER_GROUP } from "./chunk-plan.ts";
import { type Db, isConstraintError, type Store } from "./db.ts";
import { type EcgRow, ecgs, insights, unmeasured } from "./schema.ts";

/** Of a row, in characters; D1 refuses 2 MB. */
const PART_LENGTH = 512 * 1024;
/** An ECG that was begun and not measured in so long never will be by that run, which takes five minutes at the most. */
const RETRY_MS = 15 * 60 * 1000;
const MOST_TRIES = 3;

/** What was measured in all the samples that the ECG has, by that version of the method; undefined if it was not. */
export async function findInsights({ db }: Store, ecg: EcgRow, version: number): Promise<string | undefined> {
  const rows = await db
    .select({ data: insights.data })
    .from(insights)
    .where(and(eq(insights.ecgId, ecg.id), eq(insights.version, version), eq(insights.sampleCount, countSamples(ecg))))
    .orderBy(asc(insights.part))
    .all();
  return rows.length > 0 ? rows.map(({ data }) => data).join("") : undefined;
}

/** In the place of what was measured before. Of an ECG that was erased meanwhile nothing is kept. */
export async function saveInsights({ db }: Store, ecg: EcgRow, version: number, text: string): Promise<void> {
  const parts = Array.from({ length: Math.ceil(text.length / PART_LENGTH) }, (_, part) =>
    db.insert(insights).values({
      ecgId: ecg.id,
      part,
      version,
      sampleCount: countSamples(ecg),
      data: text.slice(part * PART_LENGTH, (part + 1) * PART_LENGTH),
    }),
  );
  try {
    await db.batch([db.delete(insights).where(eq(insights.ecgId, ecg.id)), ...parts]);
  } catch (error) {
    if (!isConstraintError(error, "FOREIGN KEY")) throw error;
  }
}

/** For the batch that stores the last sample, or before the statement that closes the ECG: a long one is to be measured ahead. */
export function markUnmeasured(db: Db, which: SQL | undefined) {
  const isLong = sql`exists (select 1 from json_each(${ecgs.leads}) where value ->> 'sampleCount' > ${CHUNKS_PER_GROUP} * (value ->> 'chunkSamples'))`;
  const ids = db.select({ ecgId: ecgs.id, tries: sql`0`.as("tries"), dueAt: sql`0`.as("due_at") }).from(ecgs);
  return db.insert(unmeasured).select(ids.where(and(which, isLong)));
}

/** An ECG that is to be measured ahead, which nobody else is given for a while; undefined when there is none. */
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

/** The ECG is measured. */
export async function settleUnmeasured({ db }: Store, ecgId: string): Promise<void> {
  await db.delete(unmeasured).where(eq(unmeasured.ecgId, ecgId));
}

function countSamples({ leads }: EcgRow): number {
  return leads.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
}
