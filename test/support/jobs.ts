import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { consumeJobs } from "../../src/jobs/consumer.ts";
import type { JobBindings } from "../../src/jobs/jobs.ts";
import { runTrigger } from "../../src/jobs/trigger.ts";
import { type JobMessage, openStore } from "../../src/store/db.ts";
import { failJob } from "../../src/store/jobs.ts";
import type { Job, JobRow } from "../../src/store/schema.ts";

/** What the trigger does where no queue is bound: the sweeps and the jobs that wait, with other bindings if some are named. */
export async function doJobs(bindings: Partial<JobBindings> = {}): Promise<void> {
  await runTrigger({ ...env, JOBS: undefined, ...bindings });
}

/** A queue that keeps what is sent to it. */
export function watchQueue() {
  const sent: JobMessage[] = [];
  const sendBatch = async (messages: Iterable<MessageSendRequest<JobMessage>>) => {
    for (const { body } of messages) sent.push(body);
  };
  return { queue: { sendBatch } as unknown as Queue<JobMessage>, sent };
}

const fail = () => Promise.reject(new Error("the queue is away"));

/** A queue that nothing can be sent to. */
export const brokenQueue = { sendBatch: fail, metrics: fail } as unknown as Queue<JobMessage>;

/**
 * Has the consumer take a message.
 *
 * @param attempts how often the message was taken, this time included
 * @returns in how many seconds it is to be taken again; undefined when it is done with
 */
export async function takeMessage(
  body: JobMessage,
  {
    attempts = 1,
    queue = "ecg-api-jobs",
    ...bindings
  }: { attempts?: number; queue?: string } & Partial<JobBindings> = {},
): Promise<number | undefined> {
  const batch = createMessageBatch(queue, [{ id: "message", timestamp: 0, attempts, body }]);
  let delay: number | undefined;
  for (const message of batch.messages) message.retry = ({ delaySeconds } = {}) => (delay = delaySeconds ?? 0);
  await consumeJobs(batch, { ...env, JOBS: undefined, ...bindings });
  return delay;
}

/** Records a job that has failed for good. */
export async function plantFailed({ kind, subjectId }: Job, now = Date.now()): Promise<void> {
  await env.DB.prepare("insert into jobs (kind, subject_id, created_at) values (?, ?, ?)")
    .bind(kind, subjectId, now)
    .run();
  await failJob(openStore(env), { kind, subjectId }, now);
}

/** The jobs of a subject that are recorded, in the order of their kinds. */
export async function listJobsOf(subjectId: string): Promise<Partial<JobRow>[]> {
  const select = env.DB.prepare(
    `select kind, not_before as notBefore, tries, failed_at as failedAt, error from jobs where subject_id = ? order by kind`,
  );
  return (await select.bind(subjectId).all<Partial<JobRow>>()).results;
}
