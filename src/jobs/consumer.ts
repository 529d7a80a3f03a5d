import { type JobMessage, openStore } from "../store/db.ts";
import { failJob } from "../store/jobs.ts";
import type { JobBindings } from "./jobs.ts";
import { runJob } from "./run-job.ts";

/** How the name of the queue ends that gets the messages of jobs which have failed as often as they may. */
const DEAD = "-dead";

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
    const ended = await runJob(store, bindings, job, message.attempts > 1);
    if (ended.as === "failed") message.retry({ delaySeconds: Math.round(ended.delayMs / 1000) });
  }
}
