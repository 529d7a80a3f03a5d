import { measureAndKeep } from "../ecg/measure.ts";
import { isShort } from "../store/chunk-plan.ts";
import type { JobMessage, Store } from "../store/db.ts";
import { listEcgsById } from "../store/ecgs.ts";
import { logFailure } from "../store/failures.ts";
import { findPosition, savePosition } from "../store/job-positions.ts";
import { recordMeasuring, sendJobs } from "../store/jobs.ts";
import type { EcgRow } from "../store/schema.ts";

/** The sweep's name among the positions. */
const POSITION = "measure-short-ahead";
/** ECGs that a run looks at. */
const MOST_LOOKED_AT = 200;
/** ECGs that a run measures itself: each takes some five queries, of the 1,000 that D1 answers a run. */
const MOST_MEASURED = 50;
/** A run begins to measure no other ECG after this time, in ms. */
const MEASURE_MS = 20_000;
/** An ECG has its id before it is stored; it is looked at when its upload should be over, in ms. */
const UPLOAD_MS = 60_000;

/**
 * Finds the ECGs that nobody has measured: short ones whose message was not sent, and those that were stored before there were messages.
 * It goes once over all ECGs, in the order in which they came; those that are still open get a job when they are closed. With a queue it
 * sends the messages of short ones, without one it measures them itself; long ones get a job.
 *
 * @returns whether there may be more for this run of the trigger; without a queue the next one goes on
 */
export async function findUnmeasured(store: Store, now = Date.now()): Promise<boolean> {
  if (store.measuredAhead === "off") return false;
  const position = await findPosition(store, POSITION);
  const ecgs = await listEcgsById(store, now - UPLOAD_MS, MOST_LOOKED_AT, position);
  const short: EcgRow[] = [];
  const long: EcgRow[] = [];
  let last = position;
  for (const ecg of ecgs) {
    if (!store.queue && (short.length === MOST_MEASURED || Date.now() > now + MEASURE_MS)) break;
    last = ecg.id;
    if (!ecg.complete || ecg.open || ecg.findings !== null) continue;
    if (!isShort(ecg)) long.push(ecg);
    else if (store.measuredAhead === "all") {
      short.push(ecg);
      if (!store.queue) await measureNow(store, ecg);
    }
  }
  const ids = long.map(({ id }) => id);
  if (ids.length > 0) await recordMeasuring(store, ids);
  const recorded = long.map(({ id }): JobMessage => ({ kind: "measure", subjectId: id }));
  const unrecorded = short.map(({ id }): JobMessage => ({ kind: "measure", subjectId: id, unrecorded: true }));
  await sendJobs(store, [...recorded, ...unrecorded]);
  if (last === undefined || last === position) return false;
  await savePosition(store, POSITION, last);
  return store.queue !== undefined && ecgs.length === MOST_LOOKED_AT;
}

/** Measures a short ECG. One that cannot be measured now gets a job: nobody goes over it again. */
async function measureNow(store: Store, ecg: EcgRow): Promise<void> {
  try {
    await measureAndKeep(store, ecg);
  } catch (error) {
    logFailure(`measuring ECG ${ecg.id}`, error);
    await recordMeasuring(store, [ecg.id]);
  }
}
