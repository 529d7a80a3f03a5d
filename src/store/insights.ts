import { and, asc, eq } from "drizzle-orm";
import { isConstraintError, type Store } from "./db.ts";
import { type EcgRow, insights } from "./schema.ts";

/** Of a row, in characters; D1 refuses 2 MB. */
const PART_LENGTH = 512 * 1024;

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

function countSamples({ leads }: EcgRow): number {
  return leads.reduce((sum, { sampleCount }) => sum + sampleCount, 0);
}
