import { and, eq, exists, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { AppError, newInputError } from "../errors.ts";
import type { Annotation } from "../recording/recording.ts";
import { insertAnnotations } from "./annotations.ts";
import { archiveOrLeave, isToBeArchived } from "./archive.ts";
import { recordChange, recordRead } from "./audit.ts";
import { type Access, isCurrentOwner, touchKey } from "./callers.ts";
import { CHUNKS_PER_GROUP, isShort } from "./chunk-plan.ts";
import type { NewChunk } from "./chunk-row.ts";
import { insertChunks, replaceChunks } from "./chunk-rows.ts";
import { type AnyStore, type Db, isConstraintError, type Store, toFields, withoutActor } from "./db.ts";
import { explainRefusal, hasMoreChunks, isComplete, isOwn, isUnhashed, type TokenValues } from "./ecgs.ts";
import { eraseEcgStep } from "./erasure.ts";
import { announceJobs, jobsOf, recordEcgJob } from "./jobs.ts";
import { areLeads, type LeadRow } from "./lead-rows.ts";
import { asExpected, type ExpectedEcg, FIRST_REVISION, nextRevision } from "./revisions.ts";
import { hashSamples } from "./samples-hash.ts";
import { type EcgRow, ecgs, type JobKind, jobs, users } from "./schema.ts";
import { cutNotes, isSentWith, newSentKey, UNSENT } from "./sent-keys.ts";
import { readTail } from "./signal-reader.ts";
import { newTail, SignalEncoder } from "./signal-writer.ts";
import { newStatement } from "./statement.ts";

/** The columns of an ECG before it is measured. */
const UNMEASURED = { heartRate: null, qtc: null, findings: null };
/** An ECG to be stored; the store adds its owner and its own columns. */
export type NewEcg = Omit<
  EcgRow,
  | "revision"
  | "modifiedAt"
  | "complete"
  | "archivedChunks"
  | "samplesSha256"
  | "ownerId"
  | keyof typeof UNMEASURED
  | keyof typeof UNSENT
>;
/** A key that the sender has given an upload, so that sending it again stores nothing twice. */
type Sending = {
  key: string;
  /** Gives what tells the body from others and the notes on it, when all of it was read. */
  finish: () => Promise<{ body: string; notes: readonly string[] }>;
};

const ACCESS = Symbol("access");
/**
 * The access by which an ECG is to be stored. Nobody has looked the user up: only `insertEcg` can read a claim, whose statement makes
 * sure of the user as it stores the ECG.
 */
export type Claim = { readonly [ACCESS]: Access };

/** A claim to store an ECG for the user of a token or a key. */
export function newClaim(access: Access): Claim {
  return { [ACCESS]: access };
}

/** How long an upload that has a key keeps another with that key out, in ms. What is still coming in then must begin anew if another does. */
const SENDING_MS = 15 * 60 * 1000;
/** An upload that has taken this long, in ms, came too late for whoever goes over the new ECGs a minute after their ids were made. */
const LATE_MS = 30_000;
/** Why an upload is not taken that was under way. */
const ENDED =
  "The account or the key has ended while this came in, or it took more than six hours: nothing of it is kept.";
/** How many samples of one lead may wait for those of another: 32 MB of memory. */
const MAX_WAITING_SAMPLES = 2 ** 23;

/** The next samples of every lead of an upload, the leads' rows as they are with these, and the annotations that came along. */
export type Stretch = { samples: Int32Array[]; leads: LeadRow[]; annotations: Annotation[] };

/**
 * Stores an ECG with its samples as they come. A long one is stored a group of chunks at a time, and nobody sees it before
 * the last. Samples that come all at once are hashed on the way.
 *
 * @param ecg its leads have no samples yet
 * @param sending the sender's key: nothing is stored when another ECG has it
 * @throws AppError `unauthorized` when the claim is of no user, or does not hold for this, another ECG has the key, or the upload took so
 * long that it is being erased; `invalid` for leads that are too far apart in time; what the stretches throw, and then nothing is kept
 */
export async function insertEcg(
  audited: AnyStore,
  claim: Claim,
  ecg: NewEcg,
  stretches: AsyncIterable<Stretch> | Iterable<Stretch>,
  sending?: Sending,
): Promise<EcgRow> {
  const store = withoutActor(audited);
  const { db } = store;
  const access = claim[ACCESS];
  const begun: Omit<EcgRow, "ownerId"> = {
    ...ecg,
    revision: FIRST_REVISION,
    modifiedAt: null,
    complete: false,
    archivedChunks: 0,
    samplesSha256: null,
    ...UNMEASURED,
    ...UNSENT,
    ...(sending && newSentKey(access, sending.key, ecg.createdAt)),
  };
  let ownerId: string | undefined;
  const write = async (row: Omit<EcgRow, "ownerId">, rows: readonly NewChunk[], annotations: readonly Annotation[]) => {
    const chunks = [...insertChunks(store, ecg.id, rows), ...insertAnnotations(store, ecg.id, annotations)];
    // Right behind the statement that makes the ECG visible; only then there are jobs.
    const record = row.complete ? recordChange(audited, { subjectId: ecg.id }) : [];
    const jobs = row.complete ? jobsOfStored(store, row) : [];
    const recordJobs = jobs.map((kind) => recordEcgJob(store, kind, isComplete(ecg.id)));
    if (ownerId === undefined) {
      const insert = insertFor(store, access, row, sending?.key);
      const [[inserted]] = await db.batch([insert, ...record, ...chunks, ...recordJobs, ...touchKey(store, access)]);
      if (!inserted) throw new AppError("unauthorized");
      ownerId = inserted.ownerId;
    } else {
      // The owner is checked once more: the upload may have taken hours. It may also have been taken for broken off.
      const isAllowed = exists(db.select({ one: sql`1` }).from(users).where(isCurrentOwner(access)));
      const { leads, complete, samplesSha256, sentBody, sentNotes } = row;
      const grow = db
        .update(ecgs)
        .set({ leads, complete, samplesSha256, sentBody, sentNotes })
        .where(and(eq(ecgs.id, ecg.id), eq(ecgs.revision, FIRST_REVISION), isAllowed));
      const [grown] = await db.batch([grow.returning({ id: ecgs.id }), ...record, ...chunks, ...recordJobs]);
      if (grown.length === 0) throw new AppError("unauthorized", { detail: ENDED });
    }
    return { ...row, ownerId };
  };
  try {
    const encoder = new SignalEncoder(ecg.id, ecg.leads, newTail(ecg.leads), ecg.open);
    let { leads } = ecg;
    const annotations: Annotation[] = [];
    // The last rows wait, to be written in the batch that makes the ECG visible.
    let held: NewChunk[] | undefined;
    let isFirst = true;
    // All samples, while they are those of one stretch.
    let whole: Int32Array[] | undefined = [];
    for await (const stretch of stretches) {
      leads = stretch.leads;
      whole = isFirst ? stretch.samples : undefined;
      for (const annotation of stretch.annotations) annotations.push(annotation);
      for (const rows of encoder.push(stretch.samples)) {
        if (held) await write(begun, held, []);
        held = rows;
      }
      if (!isFirst && encoder.waitingCount > MAX_WAITING_SAMPLES) {
        throw newInputError([{ path: "leads", message: "are too far apart in time" }]);
      }
      isFirst = false;
    }
    for (const rows of encoder.finish()) {
      if (held) await write(begun, held, []);
      held = rows;
    }
    const samplesSha256 = whole && !ecg.open ? hashSamples(whole) : null;
    const sent = await sending?.finish();
    const answered = sent && { sentBody: sent.body, sentNotes: cutNotes(sent.notes) };
    const row = await write({ ...begun, leads, complete: true, samplesSha256, ...answered }, held ?? [], annotations);
    await archiveOrLeave(store, row);
    await announceStored(store, row);
    return row;
  } catch (error) {
    // What cannot be erased now is swept away later.
    if (ownerId !== undefined) await eraseBrokenOff(store, ecg.id).catch(() => {});
    // The ECG of a chunk was not inserted, or was erased with its owner.
    if (isConstraintError(error, "FOREIGN KEY")) throw new AppError("unauthorized", { cause: error });
    throw error;
  }
}

/** Finds what was sent before with the same key, or is being sent: an ECG that is not complete. Undefined also when the claim does not hold. */
export async function findSentEcg(audited: AnyStore, claim: Claim, key: string): Promise<EcgRow | undefined> {
  const store = withoutActor(audited);
  const access = claim[ACCESS];
  const isAllowed = exists(store.db.select({ one: sql`1` }).from(users).where(isCurrentOwner(access)));
  const found = await store.db
    .select()
    .from(ecgs)
    .where(and(isSentWith(access, key), isAllowed))
    .get();
  if (!found || found.complete || found.createdAt > Date.now() - SENDING_MS) return found;
  await eraseBrokenOff(store, found.id);
  return undefined;
}

/** Records that an ECG is the answer to the same upload once more, and gives it as it was received: before anything is measured. */
export async function answerAgain(audited: AnyStore, claim: Claim, ecg: EcgRow): Promise<EcgRow> {
  const store = withoutActor(audited);
  const access = claim[ACCESS];
  const deed = {
    userId: sql`${users.id}`,
    subjectId: ecg.id,
    source: sql`from ${users} where ${isCurrentOwner(access)}`,
  };
  const current = store.db.select({ id: users.id }).from(users).where(isCurrentOwner(access));
  const [[owner]] = await store.db.batch([current, ...recordRead(audited, deed), ...touchKey(store, access)]);
  if (!owner) throw new AppError("unauthorized");
  return { ...ecg, ...UNMEASURED };
}

/**
 * Appends each lead's next samples to an open ECG: all of them or none.
 *
 * @param leads the rows of the leads with these samples counted
 * @returns undefined when the ECG, or what the access is by, have changed since they were read, or it is not as expected
 */
export async function appendSamples(
  audited: AnyStore,
  access: Access,
  ecg: EcgRow,
  leads: LeadRow[],
  samples: Int32Array[],
  expected: ExpectedEcg = {},
): Promise<EcgRow | undefined> {
  const store = withoutActor(audited);
  const { db } = store;
  const grown = ecg.leads.filter((_, i) => samples[i].length > 0);
  if (grown.length === 0) {
    for (const entry of recordRead(audited, { subjectId: ecg.id })) await entry;
    return ecg;
  }
  const firstChunk = Math.min(...grown.map((lead) => Math.floor(lead.sampleCount / lead.chunkSamples)));
  const tail = await readTail(store, ecg, firstChunk);
  const encoder = new SignalEncoder(ecg.id, leads, tail, true);
  const rows = [...encoder.push(samples), ...encoder.finish()].flat();
  // The leads' counts say whether another append has come between.
  const asRead = and(
    eq(ecgs.id, ecg.id),
    eq(ecgs.open, true),
    eq(ecgs.complete, true),
    areLeads(ecgs.leads, ecg.leads),
    asExpected(expected),
    exists(db.select({ one: sql`1` }).from(users).where(isCurrentOwner(access))),
  );
  const grow = db
    .update(ecgs)
    .set({ leads, ...nextRevision(), ...UNMEASURED })
    .where(asRead)
    .returning();
  const [first, ...others] = replaceChunks(store, ecg.id, rows, asRead);
  const record = recordChange(audited, { subjectId: ecg.id });
  // The types of a batch do not tell a result in the middle from the others.
  const results: unknown[] = await db.batch([first, ...others, grow, ...record]);
  const [updated] = results[others.length + 1] as EcgRow[];
  if (updated) await archiveOrLeave(store, updated);
  return updated;
}

/**
 * Closes an ECG, or leaves it closed.
 *
 * @throws AppError `not-found` when the owner has no such ECG; `precondition-failed` when it is not as expected
 */
export async function closeEcg(
  audited: AnyStore,
  ownerId: string,
  id: string,
  expected: ExpectedEcg = {},
): Promise<EcgRow> {
  const store = withoutActor(audited);
  const which = and(isOwn(ownerId, id), asExpected(expected));
  const change = { open: false, ...nextRevision(sql`${ecgs.open}`) };
  const end = store.db.update(ecgs).set(change).where(which).returning();
  const results: unknown[] = await store.db.batch([
    end,
    ...recordChange(audited),
    ...recordJobsOfClosed(store, and(isOwn(ownerId, id), eq(ecgs.open, false))),
  ]);
  const [ecg] = results[0] as EcgRow[];
  if (!ecg) throw await explainRefusal(store, ownerId, id);
  await archiveOrLeave(store, ecg);
  const kinds: JobKind[] = [
    ...(isMeasuredAhead(store, ecg) ? (["measure"] as const) : []),
    ...(ecg.samplesSha256 === null && !isShort(ecg) ? (["hash"] as const) : []),
  ];
  await announceJobs(store, jobsOf(ecg, ...kinds));
  return ecg;
}

/** Makes the statements that record what is to be done with ECGs that are closed, for the batch that closes them. */
function recordJobsOfClosed(store: Store, which: SQL | undefined) {
  const { measuredAhead, archive } = store;
  const unmeasured = and(
    which,
    isNull(ecgs.findings),
    measuredAhead === "long" ? hasMoreChunks(CHUNKS_PER_GROUP) : undefined,
  );
  return [
    ...(measuredAhead === "off" ? [] : [recordEcgJob(store, "measure", unmeasured)]),
    recordEcgJob(store, "hash", and(which, isUnhashed)),
    ...(archive ? [recordEcgJob(store, "archive", and(which, hasMoreChunks(1)))] : []),
  ];
}

/**
 * What is to be done with an ECG that is stored, and is recorded with it. Measuring a short one that came at once is not: that would write
 * a row more, and the ECG's own row says that it is not measured.
 */
function jobsOfStored(store: Store, ecg: Omit<EcgRow, "ownerId">): JobKind[] {
  if (ecg.open) return [];
  return [
    ...(isMeasuredAhead(store, ecg) && isMeasuringRecorded(ecg) ? (["measure"] as const) : []),
    ...(ecg.samplesSha256 === null ? (["hash"] as const) : []),
    ...(isToBeArchived(store, ecg) ? (["archive"] as const) : []),
  ];
}

/** Sends the messages of what is to be done with an ECG that is stored. */
async function announceStored(store: Store, ecg: EcgRow): Promise<void> {
  const isUnrecorded = isMeasuredAhead(store, ecg) && !isMeasuringRecorded(ecg);
  // Moving to the archive has been tried.
  const recorded = jobsOf(ecg, ...jobsOfStored(store, ecg).filter((kind) => kind !== "archive"));
  await announceJobs(
    store,
    isUnrecorded ? [...recorded, { kind: "measure", subjectId: ecg.id, unrecorded: true }] : recorded,
  );
}

/** Whether a closed ECG is to be measured before anybody asks. */
function isMeasuredAhead({ measuredAhead }: Store, ecg: Omit<EcgRow, "ownerId">): boolean {
  if (ecg.open || ecg.findings !== null) return false;
  return measuredAhead === "all" || (measuredAhead === "long" && !isShort(ecg));
}

function isMeasuringRecorded(ecg: Omit<EcgRow, "ownerId">): boolean {
  return !isShort(ecg) || ecg.createdAt < Date.now() - LATE_MS;
}

/** Erases what an upload that has broken off has left: a first step at once, and what is more by a job. It is not found by its key any more. */
async function eraseBrokenOff(store: Store, id: string): Promise<void> {
  const isLeft = and(eq(ecgs.id, id), eq(ecgs.complete, false));
  await store.db
    .update(ecgs)
    .set(UNSENT)
    .where(and(isLeft, isNotNull(ecgs.sentKey)));
  if (!(await eraseEcgStep(store, id))) return;
  const [left] = await recordEcgJob(store, "erase-ecg", isLeft).returning({ id: jobs.subjectId });
  if (left) await announceJobs(store, [{ kind: "erase-ecg", subjectId: id }]);
}

/** Makes the statement that inserts the row for the owner whom an access reaches, if it still holds and no other ECG has the key. */
function insertFor(store: Store, access: Access, row: Omit<EcgRow, "ownerId">, key: string | undefined) {
  const { credential } = access;
  if (key !== undefined || !("userId" in credential)) return newEcgInsert(store.db, access, row, key);
  return insertOwn(store, { ...row, ...credential });
}

const insertOwn = newStatement((db, { userId, credentialsVersion, ...row }: TokenValues & Omit<EcgRow, "ownerId">) =>
  newEcgInsert(db, { credential: { userId, credentialsVersion }, need: "ecg:write", ecgId: null }, row),
);

function newEcgInsert(db: Db, access: Access, row: Omit<EcgRow, "ownerId">, key?: string) {
  const fields = toFields(ecgs, { ...row, ownerId: sql`${users.id}` });
  const isNew =
    key === undefined
      ? undefined
      : sql`not exists (select 1 from ${ecgs} where ${isSentWith(access, key, sql`${users.id}`)})`;
  const values = db
    .select(fields)
    .from(users)
    .where(and(isCurrentOwner(access), isNew));
  return db.insert(ecgs).select(values).returning({ ownerId: ecgs.ownerId });
}
