import { openStore, type Store } from "../store/db.ts";
import { logFailure } from "../store/failures.ts";
import { findPosition, forgetPosition, savePosition } from "../store/job-positions.ts";
import { failJob, isDue, listJobs, MOST_TRIES, recordSweeps, sendJobs } from "../store/jobs.ts";
import type { Job, JobRow } from "../store/schema.ts";
import { type JobBindings, SWEEPS } from "./jobs.ts";
import { runJob } from "./run-job.ts";

/** The trigger's name among the positions. */
const POSITION = "trigger";
/** Jobs that a run looks at. */
const MOST_LOOKED_AT = 1000;
/** A run begins no other step after this time, in ms. */
const RUN_MS = 60_000;
/** A run begins no other step after so many queries: D1 answers 1,000. The sweeps take some 470 at the most, and nearly all steps fewer than 450. */
const MOST_QUERIES = 550;

/** Has the sweeps done, and the jobs that nobody took: by the queue, or here and now where none is bound. */
export async function runTrigger(bindings: JobBindings): Promise<void> {
  const { database, count } = countQueries(bindings.DB);
  const store = openStore({ ...bindings, DB: database });
  const names = Object.keys(SWEEPS);
  await recordSweeps(store, names).catch((error) => logFailure("recording the sweeps", error));
  const sweeps = names.map((subjectId): Job => ({ kind: "sweep", subjectId }));
  const due = await listDue(store).catch((error) => {
    logFailure("finding the jobs that wait", error);
    return [];
  });
  const others = due.filter(({ kind }) => kind !== "sweep");
  if (store.queue) await sendJobs(store, [...sweeps, ...others.map(({ kind, subjectId }) => ({ kind, subjectId }))]);
  else await doJobs(store, bindings, [...sweeps, ...others], count);
}

/** A database, and how many queries it has been asked. */
function countQueries(database: D1Database): { database: D1Database; count: () => number } {
  let queries = 0;
  const prepare = (sql: string) => {
    queries++;
    return database.prepare(sql);
  };
  const batch: D1Database["batch"] = (statements) => database.batch(statements);
  return { database: { prepare, batch } as D1Database, count: () => queries };
}

/** Lists the jobs that may be begun now, of the next MOST_LOOKED_AT. */
async function listDue(store: Store): Promise<JobRow[]> {
  const stopped = await findPosition(store, POSITION);
  const [subjectId, kind] = stopped?.split(" ") ?? [];
  const rows = await listJobs(store, MOST_LOOKED_AT, stopped === undefined ? undefined : { subjectId, kind });
  const last = rows[MOST_LOOKED_AT - 1];
  if (last) await savePosition(store, POSITION, `${last.subjectId} ${last.kind}`);
  else if (stopped !== undefined) await forgetPosition(store, POSITION);
  return rows.filter((job) => isDue(job));
}

/** Does jobs one after the other, each to its end, while there is time. One that fails ends none of the others. */
async function doJobs(
  store: Store,
  bindings: JobBindings,
  jobs: (Job | JobRow)[],
  countQueries: () => number,
): Promise<void> {
  const end = Date.now() + RUN_MS;
  const left = [...jobs];
  while (countQueries() < MOST_QUERIES && Date.now() < end) {
    const job = left.shift();
    if (!job) return;
    try {
      // A run that is ended from outside, as for its CPU, cannot say so: the row alone tells how often that was.
      if ("tries" in job && job.tries >= MOST_TRIES && job.failedAt === null) {
        await failJob(store, job);
        continue;
      }
      const ended = await runJob(store, bindings, job, false);
      // Others have their turn before the next step.
      if (ended.as === "more") left.push({ kind: job.kind, subjectId: job.subjectId });
      if (ended.as === "failed" && ended.tries >= MOST_TRIES) await failJob(store, job);
    } catch (error) {
      logFailure(`${job.kind} ${job.subjectId}`, error);
    }
  }
}
