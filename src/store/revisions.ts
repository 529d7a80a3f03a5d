import { and, inArray, lt, type SQL, sql } from "drizzle-orm";
import { type EcgRow, ecgs } from "./schema.ts";

/** What a request expects of an ECG that it is to change, so that it changes nothing that another has changed meanwhile. */
export type ExpectedEcg = {
  /** The revisions that it may have; any if left out. */
  revisions?: readonly number[];
  /** It has not been changed since the second that begins then, in ms since 1970. */
  unmodifiedSince?: number;
};

/** The revision of an ECG that is received. */
export const FIRST_REVISION = 1;
/** The revision of an ECG whose rows are being erased. */
export const ERASED_REVISION = 0;
/** A time in HTTP has no parts of a second, in ms. */
const SECOND_MS = 1000;

/** When an ECG was changed last, or received, in ms since 1970. */
export function modifiedAtOf({ modifiedAt, createdAt }: EcgRow): number {
  return modifiedAt ?? createdAt;
}

/** Whether an ECG is as a request expects it. */
export function isAsExpected(ecg: EcgRow, { revisions, unmodifiedSince }: ExpectedEcg): boolean {
  const isRevision = revisions?.includes(ecg.revision) ?? true;
  return isRevision && (unmodifiedSince === undefined || modifiedAtOf(ecg) < unmodifiedSince + SECOND_MS);
}

/** Whether a row of `ecgs` is as a request expects it. */
export function asExpected({ revisions, unmodifiedSince }: ExpectedEcg): SQL | undefined {
  const list = sql`(select value from json_each(${JSON.stringify(revisions)}))`;
  const modifiedAt = sql`coalesce(${ecgs.modifiedAt}, ${ecgs.createdAt})`;
  return and(
    revisions && inArray(ecgs.revision, list),
    unmodifiedSince === undefined ? undefined : lt(modifiedAt, unmodifiedSince + SECOND_MS),
  );
}

/**
 * The columns of an ECG that say that it is another one now.
 *
 * @param isChanged whether it is, for a row that may stay as it was
 */
export function nextRevision(isChanged: SQL = sql`true`) {
  return {
    revision: sql`${ecgs.revision} + (${isChanged})`,
    modifiedAt: sql`iif(${isChanged}, ${Date.now()}, ${ecgs.modifiedAt})`,
  };
}
