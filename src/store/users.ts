import { and, asc, desc, eq, gt, inArray, isNull, ne, or, sql } from "drizzle-orm";
import { AppError } from "../errors.ts";
import { recordChange, recordRead } from "./audit.ts";
import { type AnyStore, isConstraintError, type Store, withoutActor } from "./db.ts";
import { newId } from "./ids.ts";
import { announceJobs, recordErasure } from "./jobs.ts";
import { type UserRow, users } from "./schema.ts";

/** Accounts that get their look in one statement. */
const LOOKS_PER_PAGE = 500;
/** So many pages at most are done in one go: a page takes some ms. */
const MOST_LOOK_PAGES = 40;

/** An account to be registered. */
type NewUser = Pick<UserRow, "username" | "email" | "role" | "passwordHash">;
/** What all names have in common that look the same (`src/auth/names.ts`). */
type LookOf = (username: string) => string;
/** The fields of an account that can be changed. */
type UserChanges = Partial<Pick<UserRow, "email" | "role" | "disabled" | "passwordHash">>;

/**
 * Registers a user. Older accounts are given their looks first, so that the new name is held against all of them.
 *
 * @throws AppError `conflict` when the name is taken, or another looks the same; `unavailable` when too many accounts have no look yet
 */
export async function insertUser(audited: AnyStore, user: NewUser, lookOf: LookOf): Promise<UserRow> {
  const store = withoutActor(audited);
  const usernameLook = lookOf(user.username);
  if (!(await completeLooks(store, lookOf))) {
    throw new AppError("unavailable", { detail: "Older names are still being compared: try again in some minutes." });
  }
  try {
    const now = Date.now();
    const row = { ...user, usernameLook, id: newId(now), createdAt: now };
    const [[inserted]] = await store.db.batch([
      store.db.insert(users).values(row).returning(),
      ...recordChange(audited, { accountId: row.id, subjectId: row.id }),
    ]);
    return inserted;
  } catch (error) {
    if (!isConstraintError(error, "UNIQUE")) throw error;
    throw new AppError("conflict", { detail: await explainConflict(store, user.username, usernameLook) });
  }
}

/** Why a name cannot be had. It names the other account: only admins register users. */
async function explainConflict({ db }: Store, username: string, usernameLook: string): Promise<string> {
  const other = await db.select().from(users).where(eq(users.usernameLook, usernameLook)).get();
  if (!other || other.username === username) return "This username is taken.";
  return `This username looks the same as ${JSON.stringify(other.username)}.`;
}

/** Finds the user of this id. */
export async function findUser(store: AnyStore, id: string): Promise<UserRow | undefined> {
  const { db } = store;
  const isThis = isThere(id);
  const [[user]] = await db.batch([
    db.select().from(users).where(isThis),
    ...recordRead(store, { accountId: id, source: sql`from ${users} where ${isThis}` }),
  ]);
  return user;
}

/**
 * Finds the user of this name, or else of its normal form: an older name is stored as it was sent. It is for a log-in, which is recorded
 * when it is known what comes of it.
 *
 * @param normal the name as a new one is stored
 */
export async function findUserByName({ db }: AnyStore, username: string, normal: string): Promise<UserRow | undefined> {
  return db
    .select()
    .from(users)
    .where(and(inArray(users.username, [username, normal]), isNull(users.erasedAt)))
    .orderBy(desc(eq(users.username, username)))
    .get();
}

/**
 * Gives the accounts that were registered before looks were kept the look of their name. Of those that look the same one has the look; the
 * others keep working without one, and are logged by their ids.
 *
 * @returns false when there are more than are done in one go
 */
export async function completeLooks(store: Store, lookOf: LookOf, mostPages = MOST_LOOK_PAGES): Promise<boolean> {
  let given = 0;
  const clashes: Clash[] = [];
  let after = 0;
  let isComplete = false;
  for (let page = 0; page < mostPages && !isComplete; page++) {
    const rows = await selectWithoutLook(store, after);
    if (rows.length > 0) {
      const result = await giveLooks(store, rows, lookOf);
      given += result.given;
      clashes.push(...result.clashes);
      after = rows[rows.length - 1].rowid;
    }
    isComplete = rows.length < LOOKS_PER_PAGE;
  }
  if (given > 0 && clashes.length > 0) console.warn(JSON.stringify({ usernames_that_look_the_same: clashes }));
  return isComplete;
}

/** An account whose name looks the same as another's. */
type Clash = { id: string; like: string };
type WithoutLook = { rowid: number; id: string; username: string };

/** The next accounts without a look. They are read from the index of looks, which has those of null in the order of `rowid`. */
function selectWithoutLook({ db }: Store, after: number): Promise<WithoutLook[]> {
  return db.all(
    sql`select rowid, id, username from users where username_look is null and erased_at is null and rowid > ${after} order by rowid limit ${LOOKS_PER_PAGE}`,
  );
}

async function giveLooks(
  { db }: Store,
  rows: WithoutLook[],
  lookOf: LookOf,
): Promise<{ given: number; clashes: Clash[] }> {
  const looks = JSON.stringify(rows.map(({ rowid, username }) => [rowid, lookOf(username)]));
  const { meta } =
    await db.run(sql`update or ignore users set username_look = given.value ->> 1 from json_each(${looks}) as given
    where users.rowid = given.value ->> 0 and +users.username_look is null`);
  const clashes = await db.all<Clash>(sql`select users.id, other.id as like from json_each(${looks}) as given
    join users on users.rowid = given.value ->> 0 and users.username_look is null
    join users as other on other.username_look = given.value ->> 1`);
  return { given: meta.changes, clashes };
}

/** Lists users in the order of their registration, from behind the user `after` on. */
export async function listUsers(store: AnyStore, limit: number, after?: string): Promise<UserRow[]> {
  const behind = after === undefined ? undefined : gt(users.id, after);
  const select = store.db
    .select()
    .from(users)
    .where(and(isNull(users.erasedAt), behind))
    .orderBy(asc(users.id))
    .limit(limit);
  const [rows] = await store.db.batch([select, ...recordRead(store)]);
  return rows;
}

/**
 * Changes a user; undefined when there is none of this id. A changed role or password, and being disabled, end the
 * user's tokens.
 *
 * @throws AppError `conflict` when no enabled admin would be left
 */
export async function updateUser(store: AnyStore, id: string, changes: UserChanges): Promise<UserRow | undefined> {
  const { role = users.role, disabled = users.disabled, passwordHash = users.passwordHash } = changes;
  const isNewCredential = sql`(${users.role}, ${users.disabled}, ${users.passwordHash}) <> (${role}, ${disabled}, ${passwordHash})`;
  const endsAnAdmin = changes.disabled === true || changes.role === "user";
  const update = store.db
    .update(users)
    .set({ ...changes, credentialsVersion: sql`${users.credentialsVersion} + (${isNewCredential})` })
    .where(and(isThere(id), endsAnAdmin ? isNotLastAdmin(id) : undefined))
    .returning();
  const [[updated]] = await store.db.batch([update, ...recordChange(store, { accountId: id })]);
  if (!updated) await requireAbsent(withoutActor(store), id);
  return updated;
}

/** Gives a user another password. False when the account's credentials are others by now than when the user was read. */
export async function changePassword(
  store: AnyStore,
  { id, credentialsVersion }: UserRow,
  passwordHash: string,
): Promise<boolean> {
  const update = store.db
    .update(users)
    .set({ passwordHash, credentialsVersion: credentialsVersion + 1 })
    .where(and(eq(users.id, id), eq(users.credentialsVersion, credentialsVersion)))
    .returning({ id: users.id });
  const [changed] = await store.db.batch([update, ...recordChange(store)]);
  return changed.length > 0;
}

/**
 * Erases a user: nobody finds the account any more, its name is free, and its tokens, keys and shares open nothing. What is left of it has
 * an id and no name; a job erases that with all the user's ECGs, in the archive too, some at a time. False when there is no user of this id.
 *
 * @throws AppError `conflict` when the user is the last enabled admin
 */
export async function deleteUser(audited: AnyStore, id: string): Promise<boolean> {
  const store = withoutActor(audited);
  const erase = store.db
    .update(users)
    // No name that can be registered begins with a space.
    .set({
      username: sql`' ' || ${users.id}`,
      usernameLook: null,
      email: "",
      passwordHash: "",
      disabled: true,
      credentialsVersion: sql`${users.credentialsVersion} + 1`,
      erasedAt: Date.now(),
    })
    .where(and(isThere(id), isNotLastAdmin(id)))
    .returning({ id: users.id });
  const [erased] = await store.db.batch([erase, ...recordChange(audited, { accountId: id }), recordErasure(store, id)]);
  if (erased.length === 0) {
    await requireAbsent(store, id);
    return false;
  }
  await announceJobs(store, [{ kind: "erase-user", subjectId: id }]);
  return true;
}

/** Whether a row of `users` is the account of this id, and was not erased. */
function isThere(id: string) {
  return and(eq(users.id, id), isNull(users.erasedAt));
}

/**
 * Whether a user is not the last enabled admin. It is part of the statement itself, so that of two admins who disable
 * each other at once one stays.
 */
function isNotLastAdmin(id: string) {
  const another = sql`exists (select 1 from ${users} as other where other.role = 'admin' and not other.disabled and other.id <> ${id})`;
  return or(ne(users.role, "admin"), eq(users.disabled, true), another);
}

/** @throws AppError `conflict` when the user exists: then it was the last enabled admin */
async function requireAbsent(store: Store, id: string): Promise<void> {
  if (await findUser(store, id)) throw new AppError("conflict", { detail: "This is the last enabled admin." });
}
