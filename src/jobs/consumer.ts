import { type JobMessage, openStore, type Store } from "../store/db.ts";
import { logFailure } from "../store/failures.ts";
import { failJob } from "../store/jobs.ts";
import type { JobBindings } from "./jobs.ts";
import { runJob } from "./run-job.ts";

/** How the name of the queue ends that gets the messages of jobs which have failed as often as they may. */
const DEAD = "-dead";
/** How long a message waits while the database is away, in ms; each further time for twice as long. */
const OUTAGE_DELAY_MS = 60_000;

/** Does the jobs of the queue's messages, and marks those of the dead-letter queue as failed for good. */
export async function consumeJobs(batch: MessageBatch, bindings: JobBindings): Promise<void> {
  const store = openStore(bindings);
  for (const message of batch.messages) {
    // Nobody else sends messages to these queues.
    const job = message.body as JobMessage;
    if (batch.queue.endsWith(DEAD)) {
      await failJob(store, job);
      continue;
    }
    const delayMs = await tryJob(store, bindings, job, message.attempts);
    if (delayMs !== undefined) message.retry({ delaySeconds: Math.round(delayMs / 1000) });
  }
}

/** Runs a step of a job, and gives in how many ms it is to be tried again; undefined when it need not be. */
async function tryJob(
  store: Store,
  bindings: JobBindings,
  job: JobMessage,
  attempts: number,
): Promise<number | undefined> {
  try {
    const ended = await runJob(store, bindings, job, attempts > 1);
    return ended.as === "failed" ? ended.delayMs : undefined;
  } catch (error) {
    // The database is away: it can be neither asked for the job nor told how that has ended.
    logFailure(`${job.kind} ${job.subjectId}`, error);
    return OUTAGE_DELAY_MS * 2 ** (attempts - 1);
  }
}
