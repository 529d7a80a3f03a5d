import { and, asc, desc, eq, gt, gte, inArray, lt, lte, not, notExists, type SQL, sql } from "drizzle-orm";
import { AppError } from "../errors.ts";
import { eraseObjects, releaseObjects } from "./archive.ts";
import { type Entry, newInsert, recordChange, recordRead, toEntry } from "./audit.ts";
import { type Access, isCurrentOwner, ownerOf } from "./callers.ts";
import { CHUNKS_PER_GROUP } from "./chunk-plan.ts";
import { type AnyStore, type AuditedStore, type Db, type Store, withoutActor } from "./db.ts";
import { idsFrom } from "./ids.ts";
import { announceJobs, forgetJob, recordEcgJob } from "./jobs.ts";
import { asExpected, type ExpectedEcg, nextRevision } from "./revisions.ts";
import { accessKeys, type EcgRow, ecgs, type JobKind, jobs, signalChunks, users } from "./schema.ts";
import { UNSENT } from "./sent-keys.ts";
import { newStatement, runBatch } from "./statement.ts";

/** The values of a statement about what an access by a token reaches. */
export type TokenValues = { userId: string; credentialsVersion: number };

/** The columns of the metadata that can be changed. */
const CHANGEABLE = ["recordedAt", "dateSource", "subject", "device", "note"] as const;
/** The metadata that can be changed. */
type EcgChanges = Partial<Pick<EcgRow, (typeof CHANGEABLE)[number]>>;
/** A filter of the list: the recording's date is `from` or later and before `to`, in ms since 1970. */
type EcgFilter = { from?: number; to?: number; subject?: string };
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
type EcgPage = { rows: ListedEcg[]; next: EcgCursor | null };

/** The columns that the list has of an ECG. */
const LISTED = {
  id: ecgs.id,
  recordedAt: ecgs.recordedAt,
  dateSource: ecgs.dateSource,
  createdAt: ecgs.createdAt,
  subject: ecgs.subject,
  device: ecgs.device,
  note: ecgs.note,
  leads: ecgs.leads,
  open: ecgs.open,
  samplesSha256: ecgs.samplesSha256,
  heartRate: ecgs.heartRate,
  qtc: ecgs.qtc,
  findings: ecgs.findings,
};
/** An ECG as the list has it. */
export type ListedEcg = Pick<EcgRow, keyof typeof LISTED>;

/** The jobs that end with their ECG. Whatever else has an id like that of an ECG, an account or a sweep, has jobs of other kinds. */
const JOBS_OF_ECGS: JobKind[] = ["measure", "hash", "archive"];

/** How many ECGs are looked at for those of which something was measured, so that a rare one does not take all to be read. */
export const MOST_LOOKED_AT = 1000;

/** Finds an ECG of any owner, for a job; undefined when it is gone. */
export async function findEcg({ db }: Store, id: string): Promise<EcgRow | undefined> {
  return db.select().from(ecgs).where(isComplete(id)).get();
}

/**
 * Keeps the hash of a closed ECG's samples, or that it will have none. The ECG has no other revision by it: its samples are the same.
 *
 * @param samplesSha256 empty for none
 * @returns undefined when the ECG is gone, or another run was faster
 */
export async function saveHash(store: Store, ecg: EcgRow, samplesSha256: string): Promise<EcgRow | undefined> {
  const save = store.db
    .update(ecgs)
    .set({ samplesSha256 })
    .where(and(eq(ecgs.id, ecg.id), isUnhashed))
    .returning();
  const [[saved]] = await store.db.batch([save, forgetJob(store, { kind: "hash", subjectId: ecg.id })]);
  return saved;
}

/** Makes the entry of an ECG's being read, for the batch that looks up what an access is about; none when there is no such ECG. */
export function recordEcgRead(store: AuditedStore, { credential, ...access }: Access) {
  const { userId: _, accountId: __, ...entry } = toEntry(store);
  const ecgId = access.ecgId ?? "";
  if (!("userId" in credential)) return newReadEntry(store.db, { credential, ...access }, entry);
  return insertReadEntry(store, { ...entry, ...credential, ecgId });
}

type ReadEntry = Omit<Entry, "userId" | "accountId">;
type ReadValues = TokenValues & ReadEntry & { ecgId: string };

const insertReadEntry = newStatement((db, { userId, credentialsVersion, ecgId, ...entry }: ReadValues) =>
  newReadEntry(db, { credential: { userId, credentialsVersion }, need: "ecg:read", ecgId }, entry),
);

function newReadEntry(db: Db, access: Access, entry: ReadEntry) {
  const isRead = isOwn(sql`${users.id}`, access.ecgId ?? "");
  const source = sql`from ${users} cross join ${ecgs} on ${isRead} where ${isCurrentOwner(access)}`;
  return newInsert(db, { ...entry, userId: sql`${users.id}`, accountId: sql`${users.id}` }, source);
}

const selectOwn = newStatement((db, { owner, id }: { owner: string | SQL; id: string }) =>
  db.select().from(ecgs).where(isOwn(owner, id)),
);

/** Makes the query of an ECG, for a batch. It finds no other owner's ECG, so that ids cannot be probed. */
export function selectEcg(store: Store, owner: string | SQL, id: string) {
  return selectOwn(store, { owner, id });
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

/** Makes the query of the first ECGs of an owner's list, for the batch that looks the owner up. */
export function selectFirstEcgs(store: Store, owner: string | SQL, limit: number) {
  return selectListed(store, { ownerId: owner, limit });
}

/** Makes the entry of the list's being read, for the batch that looks its owner up; none when the access does not hold. */
export function recordListRead(store: AnyStore, access: Access) {
  return recordRead(store, { userId: sql`${users.id}`, source: sql`from ${users} where ${isCurrentOwner(access)}` });
}

/** Lists the complete ECGs of an owner, newest recording first. */
export async function listEcgs(
  store: AnyStore,
  ownerId: string,
  filter: EcgFilter,
  limit: number,
  after?: EcgCursor,
): Promise<ListedEcg[]> {
  const [rows] = await store.db.batch([
    selectListed(store, { ownerId, limit, ...toBounds(filter, after) }),
    ...recordRead(store),
  ]);
  return rows;
}

/** Lists all complete ECGs of an owner like `listEcgs`, with all their columns. */
export async function listWholeEcgs(
  store: AnyStore,
  ownerId: string,
  limit: number,
  after?: EcgCursor,
): Promise<EcgRow[]> {
  const [rows] = await store.db.batch([
    selectWhole(store, { ownerId, limit, ...toBounds({}, after) }),
    ...recordRead(store),
  ]);
  return rows;
}

/** A part of an owner's list, for statements. */
type Part = Bounds & { ownerId: string | SQL; limit: number };

const NEWEST_FIRST = [desc(ecgs.recordedAt), desc(ecgs.id)];

const selectListed = newStatement((db, { ownerId, limit, ...bounds }: Part) =>
  db
    .select(LISTED)
    .from(ecgs)
    .where(isListed(ownerId, bounds))
    .orderBy(...NEWEST_FIRST)
    .limit(limit),
);

const selectWhole = newStatement((db, { ownerId, limit, ...bounds }: Part) =>
  db
    .select()
    .from(ecgs)
    .where(isListed(ownerId, bounds))
    .orderBy(...NEWEST_FIRST)
    .limit(limit),
);

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
    .select({ ...LISTED, place })
    .from(ecgs)
    .where(isListed(ownerId, toBounds(filter, after)))
    .orderBy(...NEWEST_FIRST)
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

/** What bounds a part of an owner's list: a filter, and the place of an ECG that it comes behind. */
type Bounds = EcgFilter & { afterTime?: number; afterId?: string };

/**
 * Gives only the lower of two upper bounds, since SQLite begins its search of the index at one alone, perhaps the
 * other.
 */
function toBounds({ to, ...filter }: EcgFilter, after: EcgCursor | undefined): Bounds {
  return after && (to === undefined || after.recordedAt < to)
    ? { ...filter, afterTime: after.recordedAt, afterId: after.id }
    : { ...filter, to };
}

/** Whether a row of `ecgs` is in an owner's list, within these bounds. */
function isListed(ownerId: string | SQL, { subject, from, to, afterTime, afterId }: Bounds): SQL | undefined {
  return and(
    eq(ecgs.ownerId, ownerId),
    eq(ecgs.complete, true),
    subject === undefined ? undefined : eq(ecgs.subject, subject),
    from === undefined ? undefined : gte(ecgs.recordedAt, from),
    to === undefined ? undefined : lt(ecgs.recordedAt, to),
    afterTime === undefined ? undefined : sql`(${ecgs.recordedAt}, ${ecgs.id}) < (${afterTime}, ${afterId})`,
  );
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
  const hide = db
    .update(ecgs)
    .set({ complete: false, ...UNSENT })
    .where(isThisLong)
    .returning({ id: ecgs.id });
  const release = releaseObjects(store, ofShort);
  const erase = db.delete(ecgs).where(isThisShort).returning({ id: ecgs.id });
  const resultOf = await runBatch(store, [
    hide,
    ...recordChange(audited),
    recordEcgJob(store, "erase-ecg", and(isHidden, sql`changes() > 0`)),
    db.delete(accessKeys).where(inArray(accessKeys.ecgId, db.select({ id: ecgs.id }).from(ecgs).where(isHidden))),
    release,
    erase,
    ...recordChange(audited),
    db.delete(jobs).where(and(eq(jobs.subjectId, id), inArray(jobs.kind, JOBS_OF_ECGS), isGone)),
  ]);
  await eraseObjects(store, resultOf(release));
  const isHiddenNow = resultOf(hide).length > 0;
  if (isHiddenNow) await announceJobs(store, [{ kind: "erase-ecg", subjectId: id }]);
  if (!isHiddenNow && resultOf(erase).length === 0) throw await explainRefusal(store, ownerId, id);
}

/** Why an ECG could not be changed: there is none, or it is not as expected. */
export async function explainRefusal(store: Store, ownerId: string, id: string): Promise<AppError> {
  return new AppError((await selectEcg(store, ownerId, id)).length > 0 ? "precondition-failed" : "not-found");
}

/** Whether a row of `ecgs` is to be hashed. */
export const isUnhashed = sql`${ecgs.samplesSha256} is null and ${ecgs.complete} and not ${ecgs.open}`;

/** Whether a row of `ecgs` is the complete ECG of this id. */
export function isComplete(id: string) {
  return and(eq(ecgs.id, id), eq(ecgs.complete, true));
}

/** Whether a row of `ecgs` is the complete ECG of this owner and id. */
export function isOwn(owner: string | SQL, id: string) {
  return and(isComplete(id), eq(ecgs.ownerId, owner));
}

/** Whether a row of `ecgs` has more than so many chunks. */
export function hasMoreChunks(count: number): SQL {
  return sql`exists (select 1 from ${signalChunks} where ${signalChunks.ecgId} = ${ecgs.id} and ${signalChunks.chunkIndex} >= ${count})`;
}
