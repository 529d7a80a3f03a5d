import { and, eq, exists, isNotNull, sql } from "drizzle-orm";
import { AppError, newInputError } from "../errors.ts";
import type { Annotation } from "../recording/recording.ts";
import { archiveOrLeave } from "./archive.ts";
import { recordChange, recordRead } from "./audit.ts";
import { type Access, isCurrentOwner, touchKey } from "./callers.ts";
import type { NewChunk } from "./chunk-row.ts";
import { replaceChunks } from "./chunk-rows.ts";
import { type AnyStore, isConstraintError, type Store, withoutActor } from "./db.ts";
import { EcgWriter, type NewEcg, UNMEASURED } from "./ecg-writer.ts";
import { explainRefusal, isOwn } from "./ecgs.ts";
import { eraseEcgStep } from "./erasure.ts";
import { announceJobs, recordEcgJob } from "./jobs.ts";
import { announceClosed, announceStored, recordJobsOfClosed } from "./jobs-of-ecgs.ts";
import { areLeads, type LeadRow } from "./lead-rows.ts";
import { asExpected, type ExpectedEcg, nextRevision } from "./revisions.ts";
import { hashSamples } from "./samples-hash.ts";
import { type EcgRow, ecgs, jobs, users } from "./schema.ts";
import { cutNotes, isSentWith, UNSENT } from "./sent-keys.ts";
import { readTail } from "./signal-reader.ts";
import { newTail, SignalEncoder } from "./signal-writer.ts";
import { runBatch } from "./statement.ts";

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
  const writer = new EcgWriter(audited, claim[ACCESS], ecg, sending?.key);
  try {
    const { leads, annotations, whole } = await encodeStretches(ecg, stretches, (rows) => writer.add(rows));
    const samplesSha256 = whole && !ecg.open ? hashSamples(whole) : null;
    const sent = await sending?.finish();
    const answered = sent && { sentBody: sent.body, sentNotes: cutNotes(sent.notes) };
    const row = await writer.finish({ leads, samplesSha256, ...answered }, annotations);
    await archiveOrLeave(store, row);
    await announceStored(store, row);
    return row;
  } catch (error) {
    // What cannot be erased now is swept away later.
    if (writer.hasBegun) await eraseBrokenOff(store, ecg.id).catch(() => {});
    // The ECG of a chunk was not inserted, or was erased with its owner.
    if (isConstraintError(error, "FOREIGN KEY")) throw new AppError("unauthorized", { cause: error });
    throw error;
  }
}

/**
 * Makes rows of an ECG's samples as they come in.
 *
 * @param add takes the rows of a group of chunks
 * @returns the leads with all samples counted, all annotations, and all samples if they came in one stretch
 */
async function encodeStretches(
  ecg: NewEcg,
  stretches: AsyncIterable<Stretch> | Iterable<Stretch>,
  add: (rows: NewChunk[]) => Promise<void>,
): Promise<{ leads: LeadRow[]; annotations: Annotation[]; whole: Int32Array[] | undefined }> {
  const encoder = new SignalEncoder(ecg.id, ecg.leads, newTail(ecg.leads), ecg.open);
  let { leads } = ecg;
  const annotations: Annotation[] = [];
  let isFirst = true;
  let whole: Int32Array[] | undefined = [];
  for await (const stretch of stretches) {
    leads = stretch.leads;
    whole = isFirst ? stretch.samples : undefined;
    for (const annotation of stretch.annotations) annotations.push(annotation);
    for (const rows of encoder.push(stretch.samples)) await add(rows);
    if (!isFirst && encoder.waitingCount > MAX_WAITING_SAMPLES) {
      throw newInputError([{ path: "leads", message: "are too far apart in time" }]);
    }
    isFirst = false;
  }
  for (const rows of encoder.finish()) await add(rows);
  return { leads, annotations, whole };
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
  const resultOf = await runBatch(store, [first, ...others, grow, ...record]);
  const [updated] = resultOf(grow);
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
  const [[ecg]] = await store.db.batch([
    end,
    ...recordChange(audited),
    ...recordJobsOfClosed(store, and(isOwn(ownerId, id), eq(ecgs.open, false))),
  ]);
  if (!ecg) throw await explainRefusal(store, ownerId, id);
  await archiveOrLeave(store, ecg);
  await announceClosed(store, ecg);
  return ecg;
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
