import { agedBefore, archiveOrLeave, countMoveQueries } from "../store/archive.ts";
import { isShort } from "../store/chunk-plan.ts";
import type { Store } from "../store/db.ts";
import { listEcgsById } from "../store/ecgs.ts";
import { dropInsights } from "../store/insights.ts";
import { findPosition, savePosition } from "../store/job-positions.ts";

/** The sweep's name among the positions. */
const POSITION = "archive-aged";
/** ECGs that a run looks at. */
const MOST_LOOKED_AT = 100;
/** Queries that a run makes, of the 1,000 that D1 answers, unless a single ECG takes more: one of a chunk takes nine. */
const MOST_QUERIES = 900;
/** Queries that it makes where no queue is bound: the run of the trigger does other jobs as well. */
const MOST_WITHOUT_QUEUE = 180;

/**
 * Moves the samples of closed ECGs to the archive that have become old, whatever their size. It goes once over all ECGs, in the order in
 * which they came; one that is still open then is moved when it is closed, and one that cannot be moved gets a job. The insights of short
 * ones go: they take as much room as all else, and are measured anew in some milliseconds. What the list knows of them stays.
 *
 * @returns whether there may be more for this run of the trigger
 */
export async function archiveAged(store: Store, now = Date.now()): Promise<boolean> {
  if (!store.archive) return false;
  const position = await findPosition(store, POSITION);
  const most = store.queue ? MOST_QUERIES : MOST_WITHOUT_QUEUE;
  const ecgs = await listEcgsById(store, agedBefore(store, now), MOST_LOOKED_AT, position);
  let queries = 0;
  let done = 0;
  for (const ecg of ecgs) {
    if (ecg.complete && !ecg.open) {
      // Its job and its insights take one each.
      queries += countMoveQueries(ecg) + 2;
      if (queries > most && done > 0) break;
      await archiveOrLeave(store, ecg);
      if (isShort(ecg)) await dropInsights(store, ecg.id);
    }
    done++;
  }
  if (done > 0) await savePosition(store, POSITION, ecgs[done - 1].id);
  return done < ecgs.length || ecgs.length === MOST_LOOKED_AT;
}
