import { and, isNull, type SQL } from "drizzle-orm";
import { isToBeArchived } from "./archive.ts";
import { CHUNKS_PER_GROUP, isShort } from "./chunk-plan.ts";
import type { Store } from "./db.ts";
import { hasMoreChunks, isUnhashed } from "./ecgs.ts";
import { announceJobs, jobsOf, recordEcgJob } from "./jobs.ts";
import { type EcgRow, ecgs, type JobKind } from "./schema.ts";

/** An upload that has taken this long, in ms, came too late for whoever goes over the new ECGs a minute after their ids were made. */
const LATE_MS = 30_000;

/**
 * What is to be done with an ECG that is stored, and is recorded with it. Measuring a short one that came at once is not: that would write
 * a row more, and the ECG's own row says that it is not measured.
 */
export function jobsOfStored(store: Store, ecg: Omit<EcgRow, "ownerId">): JobKind[] {
  if (ecg.open) return [];
  return [
    ...(isMeasuredAhead(store, ecg) && isMeasuringRecorded(ecg) ? (["measure"] as const) : []),
    ...(ecg.samplesSha256 === null ? (["hash"] as const) : []),
    ...(isToBeArchived(store, ecg) ? (["archive"] as const) : []),
  ];
}

/** Sends the messages of what is to be done with an ECG that is stored. */
export async function announceStored(store: Store, ecg: EcgRow): Promise<void> {
  const isUnrecorded = isMeasuredAhead(store, ecg) && !isMeasuringRecorded(ecg);
  // Moving to the archive has been tried.
  const recorded = jobsOf(ecg, ...jobsOfStored(store, ecg).filter((kind) => kind !== "archive"));
  await announceJobs(
    store,
    isUnrecorded ? [...recorded, { kind: "measure", subjectId: ecg.id, unrecorded: true }] : recorded,
  );
}

/** Makes the statements that record what is to be done with ECGs that are closed, for the batch that closes them. */
export function recordJobsOfClosed(store: Store, which: SQL | undefined) {
  const { measuredAhead, archive } = store;
  const unmeasured = and(
    which,
    isNull(ecgs.findings),
    measuredAhead === "long" ? hasMoreChunks(CHUNKS_PER_GROUP) : undefined,
  );
  return [
    ...(measuredAhead === "off" ? [] : [recordEcgJob(store, "measure", unmeasured)]),
    recordEcgJob(store, "hash", and(which, isUnhashed)),
    ...(archive ? [recordEcgJob(store, "archive", and(which, hasMoreChunks(1)))] : []),
  ];
}

/** Sends the messages of what is to be done with an ECG that is closed. */
export async function announceClosed(store: Store, ecg: EcgRow): Promise<void> {
  const kinds: JobKind[] = [
    ...(isMeasuredAhead(store, ecg) ? (["measure"] as const) : []),
    ...(ecg.samplesSha256 === null && !isShort(ecg) ? (["hash"] as const) : []),
  ];
  await announceJobs(store, jobsOf(ecg, ...kinds));
}

/** Whether a closed ECG is to be measured before anybody asks. */
function isMeasuredAhead({ measuredAhead }: Store, ecg: Omit<EcgRow, "ownerId">): boolean {
  if (ecg.open || ecg.findings !== null) return false;
  return measuredAhead === "all" || (measuredAhead === "long" && !isShort(ecg));
}

function isMeasuringRecorded(ecg: Omit<EcgRow, "ownerId">): boolean {
  return !isShort(ecg) || ecg.createdAt < Date.now() - LATE_MS;
}
