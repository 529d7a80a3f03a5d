import type { JobMessage, Store } from "../store/db.ts";
import { codeOf, logFailure } from "../store/failures.ts";
import { announceJobs, continueJob, postponeJob, settleJob, takeJob } from "../store/jobs.ts";
import { JOBS, type JobBindings } from "./jobs.ts";

/** How a run has ended: `failed` is to be tried again after some time, in ms. */
type Ended = { as: "done" | "more" } | { as: "failed"; tries: number; delayMs: number };

/** How long a failure puts off what is not recorded, in ms. */
const UNRECORDED_DELAY_MS = 60_000;

/**
 * Runs a step of a job, and keeps in the database how that ended. One that is gone, or that another run has, is done.
 *
 * @param isRetry whether the run takes the place of one that has failed or broken off
 */
export async function runJob(
  store: Store,
  bindings: JobBindings,
  message: JobMessage,
  isRetry: boolean,
): Promise<Ended> {
  const { kind, subjectId, unrecorded } = message;
  const job = unrecorded ? undefined : await takeJob(store, message, isRetry);
  if (!job && !unrecorded) return { as: "done" };
  try {
    const hasMore = await JOBS[kind](store, subjectId, bindings);
    if (!job) return { as: "done" };
    if (!hasMore) {
      await settleJob(store, job);
      return { as: "done" };
    }
    await continueJob(store, job);
    await announceJobs(store, [{ kind, subjectId }]);
    return { as: "more" };
  } catch (error) {
    logFailure(`${kind} ${subjectId}`, error);
    const delayMs = job ? await postponeJob(store, job, codeOf(error)) : UNRECORDED_DELAY_MS;
    return { as: "failed", tries: job?.tries ?? 0, delayMs };
  }
}
