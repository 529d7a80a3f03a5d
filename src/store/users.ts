import { and, asc, eq, gt, inArray, ne, or, sql } from "drizzle-orm";
import { AppError } from "../errors.ts";
import { eraseObjects, releaseObjects } from "./archive.ts";
import { isConstraintError, type Store } from "./db.ts";
import { newId } from "./ids.ts";
import { ecgs, signalChunks, type UserRow, users } from "./schema.ts";

/** An account to be registered. */
export type NewUser = Pick<UserRow, "username" | "email" | "role" | "passwordHash">;
/** The fields of an account that can be changed. */
export type UserChanges = Partial<Pick<UserRow, "email" | "role" | "disabled" | "passwordHash">>;

/**
 * Registers a user.
 *
 * @throws AppError `conflict` when the name is taken
 */
export async function insertUser({ db }: Store, user: NewUser): Promise<UserRow> {
  try {
    const now = Date.now();
    return await db
      .insert(users)
      .values({ ...user, id: newId(now), createdAt: now })
      .returning()
      .get();
  } catch (error) {
    if (!isConstraintError(error, "UNIQUE")) throw error;
    throw new AppError("conflict", { detail: "This username is taken." });
  }
}

/** Finds the user of this id. */
export async function findUser(store: Store, id: string): Promise<UserRow | undefined> {
  return selectUser(store, id).get();
}

/** Makes the query of a user, for a batch. */
export function selectUser({ db }: Store, id: string) {
  return db.select().from(users).where(eq(users.id, id));
}

/** Finds the user of this name. */
export async function findUserByName({ db }: Store, username: string): Promise<UserRow | undefined> {
  return db.select().from(users).where(eq(users.username, username)).get();
}

/** Lists users in the order of their registration, from behind the user `after` on. */
export async function listUsers({ db }: Store, limit: number, after?: string): Promise<UserRow[]> {
  const behind = after === undefined ? undefined : gt(users.id, after);
  return db.select().from(users).where(behind).orderBy(asc(users.id)).limit(limit).all();
}

/**
 * Changes a user; undefined when there is none of this id. A changed role or password, and being disabled, end the
 * user's tokens.
 *
 * @throws AppError `conflict` when no enabled admin would be left
 */
export async function updateUser(store: Store, id: string, changes: UserChanges): Promise<UserRow | undefined> {
  const { role = users.role, disabled = users.disabled, passwordHash = users.passwordHash } = changes;
  const isNewCredential = sql`(${users.role}, ${users.disabled}, ${users.passwordHash}) <> (${role}, ${disabled}, ${passwordHash})`;
  const endsAnAdmin = changes.disabled === true || changes.role === "user";
  const updated = await store.db
    .update(users)
    .set({ ...changes, credentialsVersion: sql`${users.credentialsVersion} + (${isNewCredential})` })
    .where(and(eq(users.id, id), endsAnAdmin ? isNotLastAdmin(id) : undefined))
    .returning()
    .get();
  if (!updated) await requireAbsent(store, id);
  return updated;
}

/**
 * Erases a user and all the user's ECGs, in the archive too. False when there is no user of this id.
 *
 * @throws AppError `conflict` when the user is the last enabled admin
 */
export async function deleteUser(store: Store, id: string): Promise<boolean> {
  const { db } = store;
  const which = and(eq(users.id, id), isNotLastAdmin(id));
  const owned = db.select({ id: ecgs.id }).from(ecgs).innerJoin(users, eq(users.id, ecgs.ownerId)).where(which);
  const remove = db.delete(users).where(which).returning({ id: users.id });
  const [released, deleted] = await db.batch([releaseObjects(store, inArray(signalChunks.ecgId, owned)), remove]);
  if (deleted.length === 0) await requireAbsent(store, id);
  await eraseObjects(store, released);
  return deleted.length > 0;
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
