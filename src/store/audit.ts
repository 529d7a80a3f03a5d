import { desc, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { AnyStore, AuditedStore, Db, Store } from "./db.ts";
import { idsFrom, newId } from "./ids.ts";
import { findPosition, forgetPosition, savePosition } from "./job-positions.ts";
import { type AuditRow, audit, type Outcome } from "./schema.ts";
import { newStatement } from "./statement.ts";

/** What an entry says beside its actor. */
type Deed = {
  /** The user who did it, where the actor is not known before: the one who has logged in. */
  userId?: string | SQL;
  /** The account that the entry is about; that of the user who did it if left out. */
  accountId?: string | SQL;
  /** The id of what it was done to; what the path names if left out. */
  subjectId?: string;
  /** `done` if left out. */
  outcome?: Outcome;
  /** The rest of the select that gives the entry, from `from` or `where` on: of one row, or of none when there is to be no entry. */
  source?: SQL;
};

/** A filter of the trail: an entry of this action, made at `from` or later and before `to`, in ms since 1970. */
export type AuditFilter = { from?: number; to?: number; action?: string };
/** A page of the trail, and the id behind which the next one begins; null on the last page. */
export type AuditPage = { rows: AuditRow[]; next: string | null };

/** How many entries are looked at for those of one action, so that a rare one does not take the whole trail to be read. */
const MOST_SEARCHED = 1000;
/** Refused log-ins that are kept of an account, and of nobody known, within REFUSED_MS: from one address, and from all. */
export const MOST_REFUSED_OF_ADDRESS = 20;
export const MOST_REFUSED = 100;
const REFUSED_MS = 3600 * 1000;
/** Entries that are looked at for those refusals: what else is done with the account may stand between them. */
const REFUSED_LOOKED_AT = 2 * MOST_REFUSED;
/** How many accounts a sweep goes over, and how many entries it removes: a run takes less than a second. */
const ACCOUNTS_A_SWEEP = 100;
const ENTRIES_A_SWEEP = 1000;
/** A year, in ms. */
const YEAR_MS = 365.25 * 24 * 3600 * 1000;
/** The sweep's name among the jobs' positions. */
const SWEEP = "sweep-audit";

/** How long entries are kept, in ms, as the Worker's variables say it. */
export function keptMsOf({ AUDIT_YEARS }: { AUDIT_YEARS: string }): number {
  return Number(AUDIT_YEARS) * YEAR_MS;
}

/** Makes the statement of a read's entry, for the read's batch; none when no request asks. */
export function recordRead(store: AnyStore, deed?: Deed) {
  return store.actor ? [insertEntry(store, deed)] : [];
}

/**
 * Makes the statement of a change's entry, for the change's batch: it belongs right behind the statement that changes something, and
 * writes nothing when that has changed nothing. None when no request asks.
 */
export function recordChange(store: AnyStore, deed?: Deed) {
  return store.actor ? [insertIfChanged(store, toEntry(store, deed))] : [];
}

/** Records what was refused, or was not found. */
export async function recordRefusal(
  store: AuditedStore,
  outcome: Exclude<Outcome, "done">,
  deed?: Deed,
): Promise<void> {
  await insertEntry(store, { ...deed, outcome });
}

/**
 * Records a log-in that was refused, unless there are enough of them: anybody can cause one, and entries are kept for years.
 *
 * @param accountId the account that was tried; of nobody known if left out
 */
export async function recordRefusedLogin(store: AuditedStore, accountId = "", now = Date.now()): Promise<void> {
  const { action, address } = store.actor;
  const latest = sql`select * from ${audit} where ${audit.accountId} = ${accountId} and ${within({ from: now - REFUSED_MS })}
    order by ${audit.id} desc limit ${REFUSED_LOOKED_AT}`;
  const isAmongFew = sql`(select count(*) < ${MOST_REFUSED} and count(iif(address is ${address}, 1, null)) < ${MOST_REFUSED_OF_ADDRESS}
    from (${latest}) where action = ${action} and outcome = 'refused')`;
  await recordRefusal(store, "refused", { accountId, source: sql`where ${isAmongFew}` });
}

/** Makes the statement that adds an entry to the trail. */
export function insertEntry(store: AuditedStore, deed: Deed = {}) {
  const entry = toEntry(store, deed);
  return deed.source === undefined ? insertPlain(store, entry) : newInsert(store.db, entry, deed.source);
}

/** An entry's values in the order of the table's columns, some of which may be SQL. */
export type Entry = { [Key in keyof AuditRow]: AuditRow[Key] | SQL };

/** The entry of a deed that is done now. */
export function toEntry({ actor }: AuditedStore, deed: Deed = {}): Entry {
  const { userId = actor.userId, accountId = userId ?? "", subjectId = actor.subjectId, outcome = "done" } = deed;
  const { keyId, action, requestId, address } = actor;
  const at = Date.now();
  const id = newId(at);
  const keptUntil = at + actor.keptMs;
  return { accountId, id, at, userId, keyId, action, subjectId, outcome, requestId, address, keptUntil };
}

const insertPlain = newStatement((db, entry: Entry) => newInsert(db, entry, sql``));
const insertIfChanged = newStatement((db, entry: Entry) => newInsert(db, entry, sql`where changes() > 0`));

/** Builds the insert of an entry from a select, which ends with `source`. */
export function newInsert(db: Db, entry: Entry, source: SQL) {
  // An insert from a select needs every column, in the table's order.
  const list = sql.join(
    Object.keys(getTableColumns(audit)).map((name) => sql`${entry[name as keyof Entry]}`),
    sql`, `,
  );
  return db.insert(audit).select(sql`select ${list} ${source}`);
}

/**
 * Lists the entries about an account, newest first.
 *
 * @param before the id that the page before ended with
 */
export async function listAuditOf(
  store: AnyStore,
  accountId: string,
  filter: AuditFilter,
  limit: number,
  before?: string,
): Promise<AuditPage> {
  const looked = sql`select * from ${audit} where ${audit.accountId} = ${accountId} and ${within(filter, before)}
    order by ${audit.id} desc`;
  return readAudit(store, sql`looked as (${looked} limit ${countToLookAt(filter, limit)})`, filter, limit);
}

/**
 * Finds where so many entries about an account end, which are read newest first: the id of the last of them, if others follow it.
 *
 * @param before the id that what was read before ended with
 */
export async function findAuditEnd(
  store: AnyStore,
  accountId: string,
  count: number,
  before?: string,
): Promise<string | undefined> {
  const select = store.db
    .select({ id: audit.id })
    .from(audit)
    .where(sql`${audit.accountId} = ${accountId} and ${within({}, before)}`)
    .orderBy(desc(audit.id))
    .limit(2)
    .offset(count - 1);
  const [[last, next]] = await store.db.batch([select, ...recordRead(store)]);
  return next && last.id;
}

/**
 * Lists the entries about all accounts, newest first. No index has them in the order of their times: of each account the newest entry
 * is taken, and for each of those that is listed the next one of its account, from a queue that SQLite keeps in order. So the rows that a
 * page reads grow with the number of accounts, and not with the trail.
 */
export async function listAudit(
  store: AnyStore,
  filter: AuditFilter,
  limit: number,
  before?: string,
): Promise<AuditPage> {
  const newestOf = (account: SQL, bounds: SQL) =>
    sql`(select max(id) from ${audit} where ${audit.accountId} = ${account} and ${bounds})`;
  const next = sql`${audit.id} < newest.id and ${within({ from: filter.from })}`;
  const looked = sql`
    accounts (id) as (${selectAccounts()}),
    newest (account, id) as (
      select id, ${newestOf(sql`accounts.id`, within(filter, before))} from accounts where id is not null
      union all
      select account, ${newestOf(sql`newest.account`, next)} from newest where id is not null
      order by 2 desc limit ${countToLookAt(filter, limit)}
    ),
    looked as (select ${audit}.* from newest cross join ${audit} on account_id = account and ${audit.id} = newest.id)`;
  return readAudit(store, looked, filter, limit);
}

/** Selects the accounts that the trail has entries about, in the order of their ids, each by one seek; then a null. */
function selectAccounts(behind?: string): SQL {
  const first = behind === undefined ? sql`true` : sql`${audit.accountId} > ${behind}`;
  return sql`select min(account_id) from ${audit} where ${first}
    union all
    select (select min(account_id) from ${audit} where ${audit.accountId} > accounts.id) from accounts where id is not null`;
}

/** Bounds of the ids of entries. Of two upper ones only the lower: SQLite begins its search at one alone, perhaps the other. */
function within({ from, to }: AuditFilter, before?: string): SQL {
  const end = to === undefined ? undefined : idsFrom(to);
  const upper = before !== undefined && (end === undefined || before < end) ? before : end;
  const bounds = [
    ...(from === undefined ? [] : [sql`${audit.id} >= ${idsFrom(from)}`]),
    ...(upper === undefined ? [] : [sql`${audit.id} < ${upper}`]),
  ];
  return bounds.length > 0 ? sql.join(bounds, sql` and `) : sql`true`;
}

/** One more than a page holds, which tells whether another follows. */
function countToLookAt({ action }: AuditFilter, limit: number): number {
  return action === undefined ? limit + 1 : Math.max(MOST_SEARCHED, limit + 1);
}

/**
 * Reads a page of the entries that are looked at. When too few of those are of the action, the page has fewer than it could, and the
 * next one goes on behind the last that was looked at.
 *
 * @param looked a common table expression of that name
 */
async function readAudit(store: AnyStore, looked: SQL, filter: AuditFilter, limit: number): Promise<AuditPage> {
  const { action } = filter;
  const isWanted = action === undefined ? sql`true` : sql`(action = ${action} or id = (select min(id) from looked))`;
  const found = store.db
    .$with("found", { ...getTableColumns(audit), count: sql<number>`count`.as("count") })
    .as(sql`with recursive ${looked} select *, (select count(*) from looked) as count from looked where ${isWanted}`);
  const select = store.db
    .with(found)
    .select()
    .from(found)
    .orderBy(desc(found.id))
    .limit(limit + 1);
  const [listed] = await store.db.batch([select, ...recordRead(store)]);
  const entries = listed.map(({ count: _, ...row }) => row);
  const rows = entries.filter((row) => action === undefined || row.action === action);
  if (rows.length > limit) return { rows: rows.slice(0, limit), next: rows[limit - 1].id };
  const isEnd = entries.length === 0 || listed[0].count < countToLookAt(filter, limit);
  return { rows, next: isEnd ? null : entries[entries.length - 1].id };
}

/**
 * Removes entries whose time is over. A run goes over some accounts, from where the last has stopped; of each it reads the oldest entries
 * alone. A run that has removed as many as it may leaves the rest of its accounts to the next.
 *
 * @param keptMs how long entries are kept, in ms; those stay that were to be kept longer when they were made
 * @returns whether it has removed as many as it may
 */
export async function sweepAudit(store: Store, keptMs: number, now = Date.now()): Promise<boolean> {
  const { db } = store;
  const stopped = await findPosition(store, SWEEP);
  const accounts = sql`with recursive accounts (id) as (${selectAccounts(stopped)} limit ${ACCOUNTS_A_SWEEP})`;
  // The time as the trigger has it, which refuses the whole of a removal for one entry that is kept for a moment more.
  const due = sql`select account_id, ${audit.id} from accounts cross join ${audit}
    on account_id = accounts.id and ${audit.id} < ${idsFrom(now - keptMs)} and kept_until <= unixepoch() * 1000
    limit ${ENTRIES_A_SWEEP}`;
  const [gone, visited] = await db.batch([
    db.delete(audit).where(sql`(account_id, id) in (${accounts} ${due})`).returning({ id: audit.id }),
    db.select({ id: sql<string>`id` }).from(sql`(${accounts} select id from accounts where id is not null)`),
  ]);
  if (gone.length === ENTRIES_A_SWEEP) return true;
  if (visited.length === ACCOUNTS_A_SWEEP) await savePosition(store, SWEEP, visited[visited.length - 1].id);
  else if (stopped !== undefined) await forgetPosition(store, SWEEP);
  return false;
}
