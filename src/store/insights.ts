import { and, asc, eq } from "drizzle-orm";
import { isConstraintError, type Store } from "./db.ts";
import { type EcgRow, ecgs, insights, MAX_ROW_LENGTH } from "./schema.ts";

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

/** Takes away an ECG's insights, but for what its own row has of them. */
export async function dropInsights({ db }: Store, ecgId: string): Promise<void> {
  await db.delete(insights).where(eq(insights.ecgId, ecgId));
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
