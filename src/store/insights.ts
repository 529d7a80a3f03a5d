import { and, asc, eq, exists, getTableColumns, type SQL, sql } from "drizzle-orm";
import { type Store, toFields } from "./db.ts";
import { isOwn } from "./ecgs.ts";
import { areLeads, countSamples } from "./lead-rows.ts";
import { type EcgRow, ecgs, insights, MAX_ROW_LENGTH } from "./schema.ts";
import { newStatement } from "./statement.ts";

/** A part of an ECG's insights, and how many samples were measured. */
export type InsightsPart = { sampleCount: number | null; data: string | null };

/**
 * Finds the insights measured by this version of the method in all samples that the ECG has now; undefined if there are
 * none.
 *
 * @param prefetched what was read along with the ECG, which needs no trip to the database of its own
 */
export async function findInsights(
  store: Store,
  ecg: EcgRow,
  version: number,
  prefetched?: readonly InsightsPart[],
): Promise<string | undefined> {
  const parts = prefetched ?? (await selectEcgWithInsights(store, ecg.ownerId, ecg.id, version));
  const count = countSamples(ecg.leads);
  return parts.length > 0 && parts.every(({ sampleCount }) => sampleCount === count)
    ? parts.map(({ data }) => data).join("")
    : undefined;
}

const selectParts = newStatement((db, { owner, id, version }: { owner: string | SQL; id: string; version: number }) =>
  db
    .select({ ...getTableColumns(ecgs), sampleCount: insights.sampleCount, data: insights.data })
    .from(ecgs)
    .leftJoin(insights, and(eq(insights.ecgId, ecgs.id), eq(insights.version, version)))
    .where(isOwn(owner, id))
    .orderBy(asc(insights.part)),
);

/**
 * Makes the query of an owner's ECG, like `selectEcg`, with the parts beside it of the insights that this version of the method has measured
 * in it, each of which has the ECG again; without insights the ECG stands alone, beside a part of nulls.
 */
export function selectEcgWithInsights(store: Store, owner: string | SQL, id: string, version: number) {
  return selectParts(store, { owner, id, version });
}

/** What of the insights stands in an ECG's own row, for the list. */
export type SummedUp = Pick<EcgRow, "heartRate" | "qtc" | "findings">;

/**
 * Keeps an ECG's insights, in the place of earlier ones, and what the list is to know of them. Nothing is kept for an ECG that has more
 * samples by now, which others may have measured meanwhile, or was erased.
 */
export async function saveInsights(
  { db }: Store,
  ecg: EcgRow,
  version: number,
  json: string,
  summedUp: SummedUp,
): Promise<void> {
  const text = toAscii(json);
  // The leads' counts say what was measured.
  const isSame = and(eq(ecgs.id, ecg.id), eq(ecgs.complete, true), areLeads(ecgs.leads, ecg.leads));
  const isKept = exists(db.select({ one: sql`1` }).from(ecgs).where(isSame));
  const parts = Array.from({ length: Math.ceil(text.length / MAX_ROW_LENGTH) }, (_, part) => {
    const data = text.slice(part * MAX_ROW_LENGTH, (part + 1) * MAX_ROW_LENGTH);
    const row = { ecgId: ecg.id, part, version, sampleCount: countSamples(ecg.leads), data };
    return db.insert(insights).select(db.select(toFields(insights, row)).from(ecgs).where(isSame));
  });
  await db.batch([
    db.delete(insights).where(and(eq(insights.ecgId, ecg.id), isKept)),
    ...parts,
    db.update(ecgs).set(summedUp).where(isSame),
  ]);
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
