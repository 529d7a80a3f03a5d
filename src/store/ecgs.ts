import {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  not,
  notExists,
  type SQL,
  sql,
} from "drizzle-orm";
import { AppError, newInputError } from "../errors.ts";
import type { Annotation } from "../recording/recording.ts";
import { insertAnnotations } from "./annotations.ts";
import { archiveOrLeave, eraseObjects, isToBeArchived, releaseObjects } from "./archive.ts";
import { recordChange, recordRead } from "./audit.ts";
import { type Access, isCurrentOwner, ownerOf, touchKey } from "./callers.ts";
import { CHUNKS_PER_GROUP, isShort } from "./chunk-plan.ts";
import type { NewChunk } from "./chunk-row.ts";
import { insertChunks, replaceChunks } from "./chunk-rows.ts";
import { type AnyStore, isConstraintError, type Store, toFields, withoutActor } from "./db.ts";
import { eraseEcgStep } from "./erasure.ts";
import { idsFrom } from "./ids.ts";
import { announceJobs, forgetJob, jobsOf, recordEcgJob } from "./jobs.ts";
import { asExpected, type ExpectedEcg, nextRevision } from "./revisions.ts";
import { hashSamples } from "./samples-hash.ts";
import { accessKeys, type EcgRow, ecgs, type JobKind, jobs, type LeadRow, signalChunks, users } from "./schema.ts";
import { cutNotes, isSentWith, newSentKey, UNSENT } from "./sent-keys.ts";
import { readTail } from "./signal-reader.ts";
import { newTail, SignalEncoder } from "./signal-writer.ts";

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
export type Sending = {
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

/** The columns of the metadata that can be changed. */
const CHANGEABLE = ["recordedAt", "dateSource", "subject", "device", "note"] as const;
/** The metadata that can be changed. */
export type EcgChanges = Partial<Pick<EcgRow, (typeof CHANGEABLE)[number]>>;
/** A filter of the list: the recording's date is `from` or later and before `to`, in ms since 1970. */
export type EcgFilter = { from?: number; to?: number; subject?: string };
/** A filter of the list by what was measured: bounds that are included, and findings that must all be there. */
export type MeasuredFilter = {
  has?: readonly string[];
  leastHeartRate?: number;
  mostHeartRate?: number;
  leastQtc?: number;
  mostQtc?: number;
};
/** A place in the list, right behind this ECG. */
export type EcgCursor = { recordedAt: number; id: string };
/** A page of the list, and the place where the next one begins; null on the last page. */
export type EcgPage = { rows: EcgRow[]; next: EcgCursor | null };

/** How long an upload that has a key keeps another with that key out, in ms. What is still coming in then must begin anew if another does. */
const SENDING_MS = 15 * 60 * 1000;
/** How many samples of one lead may wait for those of another: 32 MB of memory. */
const MAX_WAITING_SAMPLES = 2 ** 23;
/** How many ECGs are looked at for those of which something was measured, so that a rare one does not take all to be read. */
export const MOST_LOOKED_AT = 1000;

/** The next samples of every lead of an upload, the leads' rows as they are with these, and the annotations that came along. */
export type Stretch = { samples: Int32Array[]; leads: LeadRow[]; annotations: Annotation[] };

/**
 * Stores an ECG with its samples as they come. A long one is stored a group of chunks at a time, and nobody sees it before
 * the last. Samples that come all at once are hashed on the way.
 *
 * @param ecg its leads have no samples yet
 * @param sending the sender's key: nothing is stored when another ECG has it
 * @throws AppError `unauthorized` when the claim is of no user, or does not hold for this, or another ECG has the key; `invalid` for
 * leads that are too far apart in time; what the stretches throw, and then nothing is kept
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
    revision: 1,
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
      // The owner is checked once more: the upload may have taken hours.
      const isAllowed = exists(db.select({ one: sql`1` }).from(users).where(isCurrentOwner(access)));
      const { leads, complete, samplesSha256, sentBody, sentNotes } = row;
      const grow = db
        .update(ecgs)
        .set({ leads, complete, samplesSha256, sentBody, sentNotes })
        .where(and(eq(ecgs.id, ecg.id), isAllowed));
      const [grown] = await db.batch([grow.returning({ id: ecgs.id }), ...record, ...chunks, ...recordJobs]);
      if (grown.length === 0) throw new AppError("unauthorized");
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
  // The leads' counts say whether another append has come between; they are compared as they are stored.
  const asRead = and(
    eq(ecgs.id, ecg.id),
    eq(ecgs.open, true),
    eq(ecgs.complete, true),
    eq(ecgs.leads, ecg.leads),
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
 * What is to be done with an ECG that is stored, and is recorded with it. Measuring a short one is not: that would write a row more, and
 * the ECG's own row says that it is not measured.
 */
function jobsOfStored(store: Store, ecg: Omit<EcgRow, "ownerId">): JobKind[] {
  if (ecg.open) return [];
  return [
    ...(!isShort(ecg) && isMeasuredAhead(store, ecg) ? (["measure"] as const) : []),
    ...(ecg.samplesSha256 === null ? (["hash"] as const) : []),
    ...(isToBeArchived(store, ecg) ? (["archive"] as const) : []),
  ];
}

/** Sends the messages of what is to be done with an ECG that is stored. */
async function announceStored(store: Store, ecg: EcgRow): Promise<void> {
  const isUnrecorded = isShort(ecg) && isMeasuredAhead(store, ecg);
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

/** Whether a row of `ecgs` has more than so many chunks. */
function hasMoreChunks(count: number): SQL {
  return sql`exists (select 1 from json_each(${ecgs.leads}) where value ->> 'sampleCount' > ${count} * (value ->> 'chunkSamples'))`;
}

/** Finds an ECG of any owner, for a job; undefined when it is gone. */
export async function findEcg({ db }: Store, id: string): Promise<EcgRow | undefined> {
  return db.select().from(ecgs).where(isComplete(id)).get();
}

/**
 * Keeps the hash of a closed ECG's samples, or that it will have none.
 *
 * @param samplesSha256 empty for none
 * @returns undefined when the ECG is gone, or another run was faster
 */
export async function saveHash(store: Store, ecg: EcgRow, samplesSha256: string): Promise<EcgRow | undefined> {
  const save = store.db
    .update(ecgs)
    .set({ samplesSha256, ...nextRevision() })
    .where(and(eq(ecgs.id, ecg.id), isUnhashed))
    .returning();
  const [[saved]] = await store.db.batch([save, forgetJob(store, { kind: "hash", subjectId: ecg.id })]);
  return saved;
}

/** Makes the entry of an ECG's being read, for the batch that looks up what an access is about; none when there is no such ECG. */
export function recordEcgRead(store: AnyStore, access: Access) {
  const isRead = isOwn(sql`${users.id}`, access.ecgId ?? "");
  return recordRead(store, {
    userId: sql`${users.id}`,
    source: sql`from ${users} cross join ${ecgs} on ${isRead} where ${isCurrentOwner(access)}`,
  });
}

/** Makes the query of an ECG, for a batch. It finds no other owner's ECG, so that ids cannot be probed. */
export function selectEcg({ db }: Store, owner: string | SQL, id: string) {
  return db.select().from(ecgs).where(isOwn(owner, id));
}

/**
 * Looks the owner's ECG up anew; undefined when there is none.
 *
 * @throws AppError `unauthorized` when the access has ended
 */
export async function findOwnEcg(store: Store, access: Access, id: string): Promise<EcgRow | undefined> {
  const { db } = store;
  const current = db.select({ id: users.id }).from(users).where(isCurrentOwner(access));
  const [[isStill], [ecg]] = await db.batch([current, selectEcg(store, ownerOf(access), id)]);
  if (!isStill) throw new AppError("unauthorized");
  return ecg;
}

/** Lists the complete ECGs of an owner, newest recording first. */
export async function listEcgs(
  store: AnyStore,
  ownerId: string,
  filter: EcgFilter,
  limit: number,
  after?: EcgCursor,
): Promise<EcgRow[]> {
  const select = store.db
    .select()
    .from(ecgs)
    .where(isListed(ownerId, filter, after))
    .orderBy(desc(ecgs.recordedAt), desc(ecgs.id))
    .limit(limit);
  const [rows] = await store.db.batch([select, ...recordRead(store)]);
  return rows;
}

/**
 * Lists those of the ECGs that `listEcgs` does in which something was measured. No index has what is measured: MOST_LOOKED_AT ECGs
 * are looked at, and when too few of them have it, the page has fewer than it could, and the next one goes on behind the last of them.
 */
export async function listMeasuredEcgs(
  store: AnyStore,
  ownerId: string,
  filter: EcgFilter,
  measured: MeasuredFilter,
  limit: number,
  after?: EcgCursor,
): Promise<EcgPage> {
  const { db } = store;
  const place = sql<number>`row_number() over (order by ${ecgs.recordedAt} desc, ${ecgs.id} desc)`.as("place");
  const looked = db
    .select({ ...getTableColumns(ecgs), place })
    .from(ecgs)
    .where(isListed(ownerId, filter, after))
    .orderBy(desc(ecgs.recordedAt), desc(ecgs.id))
    .limit(MOST_LOOKED_AT)
    .as("looked");
  const { has = [], leastHeartRate, mostHeartRate, leastQtc, mostQtc } = measured;
  const isWanted = and(
    sql`${looked.findings} is not null`,
    ...has.map((name) => sql`instr(${looked.findings}, ${JSON.stringify(name)}) > 0`),
    leastHeartRate === undefined ? undefined : gte(looked.heartRate, leastHeartRate),
    mostHeartRate === undefined ? undefined : lte(looked.heartRate, mostHeartRate),
    leastQtc === undefined ? undefined : gte(looked.qtc, leastQtc),
    mostQtc === undefined ? undefined : lte(looked.qtc, mostQtc),
  );
  // The rows come in their order, and reading ends with the page: to be sorted once more, all would have to be read.
  const select = db
    .select({ ...looked._.selectedFields, isWanted: sql<number>`${isWanted}` })
    .from(looked)
    .where(sql`${isWanted} or ${looked.place} = ${MOST_LOOKED_AT}`)
    .limit(limit + 1);
  const [found] = await db.batch([select, ...recordRead(store)]);
  const rows = found.filter((one) => one.isWanted).map(({ isWanted: _, place: __, ...row }) => row);
  if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1] };
  const last = found.at(-1);
  return { rows, next: last?.place === MOST_LOOKED_AT ? last : null };
}

/** Lists ECGs of all owners in the order of their ids, which is that in which they came, from a place up to a time in ms since 1970. */
export async function listEcgsById({ db }: Store, before: number, limit: number, after = ""): Promise<EcgRow[]> {
  return db
    .select()
    .from(ecgs)
    .where(and(gt(ecgs.id, after), lt(ecgs.id, idsFrom(before))))
    .orderBy(asc(ecgs.id))
    .limit(limit)
    .all();
}

/** Whether a row of `ecgs` is in an owner's list, behind a place of it. */
function isListed(ownerId: string, { subject, from, to }: EcgFilter, after: EcgCursor | undefined): SQL | undefined {
  return and(
    eq(ecgs.ownerId, ownerId),
    eq(ecgs.complete, true),
    subject === undefined ? undefined : eq(ecgs.subject, subject),
    from === undefined ? undefined : gte(ecgs.recordedAt, from),
    isBefore(to, after),
  );
}

/**
 * Gives only the lower of two upper bounds, since SQLite begins its search of the index at one alone, perhaps the
 * other.
 */
function isBefore(to: number | undefined, after: EcgCursor | undefined): SQL | undefined {
  if (after && (to === undefined || after.recordedAt < to)) {
    return sql`(${ecgs.recordedAt}, ${ecgs.id}) < (${after.recordedAt}, ${after.id})`;
  }
  return to === undefined ? undefined : lt(ecgs.recordedAt, to);
}

/**
 * Changes the metadata of an ECG. With the same values it has the same revision.
 *
 * @throws AppError `not-found` when the owner has no such ECG; `precondition-failed` when it is not as expected
 */
export async function updateEcg(
  store: AnyStore,
  ownerId: string,
  id: string,
  changes: EcgChanges,
  expected: ExpectedEcg = {},
): Promise<EcgRow> {
  const columns = CHANGEABLE.map((name) => ecgs[name]);
  const values = CHANGEABLE.map((name) => (changes[name] === undefined ? ecgs[name] : changes[name]));
  const toRow = (list: readonly unknown[]) =>
    sql`(${sql.join(
      list.map((one) => sql`${one}`),
      sql`, `,
    )})`;
  const update = store.db
    .update(ecgs)
    .set({ ...changes, ...nextRevision(sql`${toRow(columns)} is not ${toRow(values)}`) })
    .where(and(isOwn(ownerId, id), asExpected(expected)))
    .returning();
  const [[ecg]] = await store.db.batch([update, ...recordChange(store)]);
  if (!ecg) throw await explainRefusal(withoutActor(store), ownerId, id);
  return ecg;
}

/**
 * Erases an ECG and its samples, in the archive too. A long one is hidden at once, and its shares end; its rows are erased by a job, some
 * at a time.
 *
 * @throws AppError `not-found` when the owner has no such ECG; `precondition-failed` when it is not as expected
 */
export async function deleteEcg(
  audited: AnyStore,
  ownerId: string,
  id: string,
  expected: ExpectedEcg = {},
): Promise<void> {
  const store = withoutActor(audited);
  const { db } = store;
  const which = and(isOwn(ownerId, id), asExpected(expected));
  const isThisLong = and(which, hasMoreChunks(CHUNKS_PER_GROUP));
  const isThisShort = and(which, not(hasMoreChunks(CHUNKS_PER_GROUP)));
  const ofShort = inArray(signalChunks.ecgId, db.select({ id: ecgs.id }).from(ecgs).where(isThisShort));
  const isHidden = and(eq(ecgs.id, id), eq(ecgs.ownerId, ownerId), eq(ecgs.complete, false));
  const isGone = notExists(db.select({ one: sql`1` }).from(ecgs).where(isComplete(id)));
  const results: unknown[] = await db.batch([
    db
      .update(ecgs)
      .set({ complete: false, ...UNSENT })
      .where(isThisLong)
      .returning({ id: ecgs.id }),
    ...recordChange(audited),
    recordEcgJob(store, "erase-ecg", and(isHidden, sql`changes() > 0`)),
    db.delete(accessKeys).where(inArray(accessKeys.ecgId, db.select({ id: ecgs.id }).from(ecgs).where(isHidden))),
    releaseObjects(store, ofShort),
    db.delete(ecgs).where(isThisShort).returning({ id: ecgs.id }),
    ...recordChange(audited),
    db.delete(jobs).where(and(eq(jobs.subjectId, id), ne(jobs.kind, "erase-ecg"), isGone)),
  ]);
  const entries = recordChange(audited).length;
  const [hidden, released, erased] = [0, 3 + entries, 4 + entries].map((i) => results[i]) as [
    object[],
    { key: string }[],
    object[],
  ];
  await eraseObjects(store, released);
  if (hidden.length > 0) await announceJobs(store, [{ kind: "erase-ecg", subjectId: id }]);
  if (hidden.length + erased.length === 0) throw await explainRefusal(store, ownerId, id);
}

/** Why an ECG could not be changed: there is none, or it is not as expected. */
async function explainRefusal(store: Store, ownerId: string, id: string): Promise<AppError> {
  return new AppError((await selectEcg(store, ownerId, id).get()) ? "precondition-failed" : "not-found");
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
function insertFor({ db }: Store, access: Access, row: Omit<EcgRow, "ownerId">, key: string | undefined) {
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

/** Whether a row of `ecgs` is to be hashed. */
const isUnhashed = sql`${ecgs.samplesSha256} is null and ${ecgs.complete} and not ${ecgs.open}`;

/** Whether a row of `ecgs` is the complete ECG of this id. */
function isComplete(id: string) {
  return and(eq(ecgs.id, id), eq(ecgs.complete, true));
}

/** Whether a row of `ecgs` is the complete ECG of this owner and id. */
function isOwn(owner: string | SQL, id: string) {
  return and(isComplete(id), eq(ecgs.ownerId, owner));
}
