import { openStore, type Store } from "../store/db.ts";
import { logFailure } from "../store/failures.ts";
import { findPosition, forgetPosition, savePosition } from "../store/job-positions.ts";
import { failJob, isDue, listJobs, recordSweeps, sendJobs } from "../store/jobs.ts";
import type { Job } from "../store/schema.ts";
import { type JobBindings, SWEEPS } from "./jobs.ts";
import { runJob } from "./run-job.ts";

/** The trigger's name among the positions. */
const POSITION = "trigger";
/** Jobs that a run looks at. */
const MOST_LOOKED_AT = 1000;
/** Steps that a run does itself: D1 answers 1,000 queries a run, of which most take some five, and measuring a day 90. */
const MOST_DONE = 50;
/** A run begins no other job after this time, in ms. */
const RUN_MS = 60_000;
/** How often a run without a queue tries a job before it has failed for good. */
const MOST_TRIES = 6;

/** Has the sweeps done, and the jobs that nobody took: by the queue, or here and now where none is bound. */
export async function runTrigger(bindings: JobBindings): Promise<void> {
  const store = openStore(bindings);
  const names = Object.keys(SWEEPS);
  await recordSweeps(store, names).catch((error) => logFailure("recording the sweeps", error));
  const sweeps = names.map((subjectId): Job => ({ kind: "sweep", subjectId }));
  const due = await listDue(store).catch((error) => {
    logFailure("finding the jobs that wait", error);
    return [];
  });
  const jobs = [...sweeps, ...due.filter(({ kind }) => kind !== "sweep")];
  if (store.queue) await sendJobs(store, jobs);
  else await doJobs(store, bindings, jobs);
}

/** Lists the jobs that may be begun now, of the next MOST_LOOKED_AT. */
async function listDue(store: Store): Promise<Job[]> {
  const stopped = await findPosition(store, POSITION);
  const [subjectId, kind] = stopped?.split(" ") ?? [];
  const rows = await listJobs(store, MOST_LOOKED_AT, stopped === undefined ? undefined : { subjectId, kind });
  const last = rows[MOST_LOOKED_AT - 1];
  if (last) await savePosition(store, POSITION, `${last.subjectId} ${last.kind}`);
  else if (stopped !== undefined) await forgetPosition(store, POSITION);
  return rows.filter((job) => isDue(job));
}

/** Does jobs one after the other, each to its end, while there is time. One that fails ends none of the others. */
async function doJobs(store: Store, bindings: JobBindings, jobs: Job[]): Promise<void> {
  const end = Date.now() + RUN_MS;
  const left = [...jobs];
  for (let count = 0; count < MOST_DONE && Date.now() < end; count++) {
    const job = left.shift();
    if (!job) return;
    try {
      const ended = await runJob(store, bindings, job, false);
      // Others have their turn before the next step.
      if (ended.as === "more") left.push(job);
      if (ended.as === "failed" && ended.tries >= MOST_TRIES) await failJob(store, job);
    } catch (error) {
      logFailure(`${job.kind} ${job.subjectId}`, error);
    }
  }
}
