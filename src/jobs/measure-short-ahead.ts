import { isShort, measureAndKeep } from "../ecg/measure.ts";
import type { Store } from "../store/db.ts";
import { listEcgsById } from "../store/ecgs.ts";
import { logFailure } from "../store/failures.ts";
import { markLong } from "../store/insights.ts";
import { findPosition, savePosition } from "../store/job-positions.ts";

/** The job's name among the positions. */
const JOB = "measure-short-ahead";
/** ECGs that a run looks at. */
const MOST_LOOKED_AT = 200;
/** ECGs that a run measures: each takes some five queries, of the 1,000 that D1 answers a run. */
const MOST_ECGS = 50;
/** A run begins no other ECG after this time, in ms. */
const AHEAD_MS = 20_000;
/** An ECG has its id before it is stored; it is looked at when its upload should be over, in ms. */
const UPLOAD_MS = 60_000;

/**
 * Measures the short ECGs that nobody has asked for, so that the list knows them. It goes once over all ECGs, in the order in which they
 * came; of those that are still open closing makes a mark. One that cannot be measured is left to whoever asks for it. Long ones
 * that were measured before there was a list of findings are marked to be measured once more.
 */
export async function measureShortAhead(store: Store, now = Date.now()): Promise<void> {
  const position = await findPosition(store, JOB);
  const ecgs = await listEcgsById(store, now - UPLOAD_MS, MOST_LOOKED_AT, position);
  let last = position;
  let count = 0;
  for (const ecg of ecgs) {
    if (count === MOST_ECGS || Date.now() > now + AHEAD_MS) break;
    last = ecg.id;
    if (!ecg.complete || ecg.open || ecg.findings !== null) continue;
    count++;
    const measured = isShort(ecg) ? measureAndKeep(store, ecg) : markLong(store, ecg.id);
    await measured.catch((error) => logFailure(`measuring ECG ${ecg.id}`, error));
  }
  if (last !== undefined && last !== position) await savePosition(store, JOB, last);
}
