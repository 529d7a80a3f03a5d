import { and, asc, desc, eq, inArray, isNotNull, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import type { ErrorCode } from "../errors.ts";
import { recordChange, recordRead } from "./audit.ts";
import type { AnyStore, JobMessage, Store } from "./db.ts";
import { logFailure } from "./failures.ts";
import { type EcgRow, ecgs, type Job, type JobKind, type JobRow, jobs, users } from "./schema.ts";

/** A place in the list of the failed jobs, right behind this one. */
type FailedJobCursor = { failedAt: number; subjectId: string; kind: string };
/** How many jobs wait, and how many have failed for good. */
type JobCounts = { waiting: number; failed: number };

/** When a job that was begun is given to another run, in ms: a run ends after 15 minutes, so the first has broken off. */
const RUN_MS = 15 * 60 * 1000;
/** How long its first failure puts a job off, in ms; each further one does for twice as long. */
const FIRST_DELAY_MS = 30_000;
/** How long a failure puts a job off at the most, in ms. */
const LONGEST_DELAY_MS = 3600 * 1000;
/** When the trigger has a job run again that has failed for good, in ms: not before the next hour. */
const FAILED_DELAY_MS = 30 * 60 * 1000;
/** How often a job is tried before it has failed for good: `max_retries` of wrangler.toml, and the first time. */
export const MOST_TRIES = 6;
/** Messages that one call sends at the most. */
const MESSAGES_A_CALL = 100;
/** Jobs that wait, and jobs that have failed, that are counted at the most: counting reads a row each, and anybody may ask. */
export const MOST_COUNTED = 1000;
/** What must be done at some time: the trigger has it run again, also when it has failed for good. */
const NEVER_GIVEN_UP: readonly JobKind[] = ["archive", "erase-ecg", "erase-user", "sweep"];

/** The code of a failure that is not the job's: the storage was away. Such a job, too, is run again. */
const OUTAGE: ErrorCode = "unavailable";

/** A job that is to be run as if it had just been caused. */
const AS_NEW = { notBefore: 0, tries: 0, failedAt: null, error: null };

/** Makes the statement that records a job for each of the ECGs that a condition holds for, for the batch of what causes it. */
export function recordEcgJob(store: Store, kind: JobKind, which: SQL | undefined) {
  return record(store, kind, sql`select ${ecgs.id}`, sql`from ${ecgs} where ${which}`);
}

/** Makes the statement that records that these ECGs are to be measured. */
export function recordMeasuring(store: Store, ecgIds: readonly string[]) {
  return recordEcgJob(
    store,
    "measure",
    inArray(ecgs.id, sql`(select value from json_each(${JSON.stringify(ecgIds)}))`),
  );
}

/** Makes the statement that records that an erased account's ECGs are to be erased, for the batch that erases the account. */
export function recordErasure(store: Store, userId: string) {
  const isErased = and(eq(users.id, userId), isNotNull(users.erasedAt));
  return record(store, "erase-user", sql`select ${users.id}`, sql`from ${users} where ${isErased}`);
}

/** Records the sweeps that are not recorded already: one that has failed still says so. */
export async function recordSweeps({ db }: Store, names: readonly string[]): Promise<void> {
  const rows = names.map((subjectId) => ({ kind: "sweep" as const, subjectId, createdAt: Date.now() }));
  await db.insert(jobs).values(rows).onConflictDoNothing();
}

function record({ db }: Store, kind: JobKind, subject: SQL, source: SQL) {
  // An insert from a select needs every column, in the table's order.
  const rows = sql`${subject}, ${kind}, ${Date.now()}, 0, 0, null, null ${source}`;
  // A run that is under way does not settle a job that is caused anew, also by a Worker whose clock is behind.
  const set = { ...AS_NEW, createdAt: sql`max(excluded.created_at, ${jobs.createdAt} + 1)` };
  return db
    .insert(jobs)
    .select(rows)
    .onConflictDoUpdate({ target: [jobs.subjectId, jobs.kind], set });
}

/**
 * Sends the messages that jobs are there, for what has its jobs in the database: a message that cannot be sent is logged, and sent by the
 * trigger later. Where no queue is bound there is nothing to send.
 */
export async function announceJobs(store: Store, messages: readonly JobMessage[]): Promise<void> {
  const sent = sendJobs(store, messages).catch((error) => logFailure("sending jobs to the queue", error));
  if (store.later) store.later(sent);
  else await sent;
}

/** Sends messages like `announceJobs`, and throws when they cannot be sent. */
export async function sendJobs({ queue }: Store, messages: readonly JobMessage[]): Promise<void> {
  for (let i = 0; queue && i < messages.length; i += MESSAGES_A_CALL) {
    await queue.sendBatch(messages.slice(i, i + MESSAGES_A_CALL).map((body) => ({ body })));
  }
}

/** The jobs of an ECG, as messages. */
export function jobsOf({ id }: Pick<EcgRow, "id">, ...kinds: JobKind[]): JobMessage[] {
  return kinds.map((kind) => ({ kind, subjectId: id }));
}

/**
 * Takes a job for a run. Nobody else gets it for RUN_MS.
 *
 * @param isRetry whether the run takes the place of one that has failed or broken off, and whose time need not be waited for
 * @returns undefined when there is no such job any more, it has failed for good, or another run has it
 */
export async function takeJob(
  { db }: Store,
  job: Job,
  isRetry: boolean,
  now = Date.now(),
): Promise<JobRow | undefined> {
  return db
    .update(jobs)
    .set({ tries: sql`${jobs.tries} + 1`, notBefore: now + RUN_MS })
    .where(and(isThis(job), isToBeDone, isRetry ? undefined : lte(jobs.notBefore, now)))
    .returning()
    .get();
}

/** Makes the statement that takes away the job of a run that has done it, unless it was caused anew meanwhile. */
export function settleJob({ db }: Store, job: JobRow) {
  return db.delete(jobs).where(isThisCause(job));
}

/** Makes the statement that takes away a job, whatever has caused it, for the batch that does it. */
export function forgetJob({ db }: Store, job: Job) {
  return db.delete(jobs).where(isThis(job));
}

/** Says of a job that it goes on with another run. */
export async function continueJob({ db }: Store, job: JobRow): Promise<void> {
  await db.update(jobs).set(AS_NEW).where(isThisCause(job));
}

/**
 * Puts a job off whose run has failed.
 *
 * @param error the code of the failure
 * @returns for how long, in ms
 */
export async function postponeJob({ db }: Store, job: JobRow, error: string, now = Date.now()): Promise<number> {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (job.tries - 1), LONGEST_DELAY_MS);
  await db
    .update(jobs)
    .set({ notBefore: now + delay, error })
    .where(isThisCause(job));
  return delay;
}

/**
 * Says of a job that it has failed for good; one that was not recorded is recorded for it. A job that another run has done meanwhile is
 * not there any more. Of runs that could not even say how they ended, or begin, the storage was away.
 */
export async function failJob(store: Store, message: JobMessage, now = Date.now()): Promise<void> {
  const { db } = store;
  const isUnmeasured = and(eq(ecgs.id, message.subjectId), eq(ecgs.complete, true), isNull(ecgs.findings));
  const fail = db
    .update(jobs)
    .set({
      failedAt: now,
      notBefore: now + FAILED_DELAY_MS,
      error: sql`coalesce(${jobs.error}, iif(${jobs.tries} < ${MOST_TRIES}, ${OUTAGE}, null))`,
    })
    .where(isThis(message));
  if (message.unrecorded) await db.batch([recordEcgJob(store, message.kind, isUnmeasured), fail]);
  else await fail;
}

/** Lists jobs in the order of their subjects, from behind a place on. */
export async function listJobs(
  { db }: Store,
  limit: number,
  after?: { subjectId: string; kind: string },
): Promise<JobRow[]> {
  const { subjectId, kind } = jobs;
  const isBehind = after && sql`(${subjectId}, ${kind}) > (${after.subjectId}, ${after.kind})`;
  return db.select().from(jobs).where(isBehind).orderBy(asc(subjectId), asc(kind)).limit(limit).all();
}

/** Whether a job may be begun now. */
export function isDue({ kind, failedAt, notBefore, error }: JobRow, now = Date.now()): boolean {
  return notBefore <= now && (failedAt === null || NEVER_GIVEN_UP.includes(kind) || error === OUTAGE);
}

/** Lists the jobs that have failed for good, those that failed last first. */
export async function listFailedJobs(store: AnyStore, limit: number, after?: FailedJobCursor): Promise<JobRow[]> {
  const { failedAt, subjectId, kind } = jobs;
  const isBehind =
    after && sql`(${failedAt}, ${subjectId}, ${kind}) < (${after.failedAt}, ${after.subjectId}, ${after.kind})`;
  const select = store.db
    .select()
    .from(jobs)
    .where(and(isNotNull(failedAt), isBehind))
    .orderBy(desc(failedAt), desc(subjectId), desc(kind))
    .limit(limit);
  const [rows] = await store.db.batch([select, ...recordRead(store)]);
  return rows;
}

/** Has a job that has failed for good done once more; undefined when there is none. */
export async function retryJob(store: AnyStore, job: Job): Promise<JobRow | undefined> {
  const again = store.db
    .update(jobs)
    .set(AS_NEW)
    .where(and(isThis(job), isNotNull(jobs.failedAt)))
    .returning();
  const [[retried]] = await store.db.batch([again, ...recordChange(store)]);
  return retried;
}

/** Counts the jobs, MOST_COUNTED of those that wait and of those that have failed at the most. */
export async function countJobs({ db }: AnyStore): Promise<JobCounts> {
  const { all, failed } = await db.get<{ all: number; failed: number }>(sql`select
    (select count(*) from (select 1 from ${jobs} limit ${2 * MOST_COUNTED})) as "all",
    (select count(*) from (select 1 from ${jobs} where ${isNotNull(jobs.failedAt)} limit ${MOST_COUNTED})) as failed`);
  return { waiting: Math.min(all - failed, MOST_COUNTED), failed };
}

/** Whether a job is to be done at some time; `isDue` says the same of a row that was read. */
const isToBeDone = or(isNull(jobs.failedAt), inArray(jobs.kind, [...NEVER_GIVEN_UP]), eq(jobs.error, OUTAGE));

function isThis({ kind, subjectId }: Job): SQL | undefined {
  return and(eq(jobs.subjectId, subjectId), eq(jobs.kind, kind));
}

/** Whether a row is this job, and has not been caused anew since. */
function isThisCause(job: JobRow): SQL | undefined {
  return and(isThis(job), eq(jobs.createdAt, job.createdAt));
}
