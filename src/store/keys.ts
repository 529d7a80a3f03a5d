import { and, asc, eq, exists, gt, lt, type SQL, sql } from "drizzle-orm";
import { AppError } from "../errors.ts";
import { recordChange, recordRead } from "./audit.ts";
import { type AnyStore, toFields } from "./db.ts";
import { isOwn } from "./ecgs.ts";
import { type AccessKeyRow, accessKeys, ecgs, type UserRow, users } from "./schema.ts";

/** A key or a share to be stored. */
export type NewKey = Omit<AccessKeyRow, "ownerId" | "createdAt" | "lastUsedAt">;
/** The account that a key is to open, as it was when the request for the key was let in. */
type KeyOwner = Pick<UserRow, "id" | "credentialsVersion">;

/** How many keys and shares an account may have. Those that have expired do not count: they go when another is made. */
export const MAX_KEYS = 1000;

/**
 * Stores a key or a share. Nobody gets one by a request that was let in before the account's credentials changed, and has its body sent
 * after: a key outlasts them.
 *
 * @throws AppError `conflict` when the account has MAX_KEYS; `not-found` when the ECG was erased meanwhile; `unauthorized` when the
 * owner's credentials have ended meanwhile
 */
export async function insertKey(store: AnyStore, owner: KeyOwner, key: NewKey): Promise<AccessKeyRow> {
  const { db } = store;
  const row = { ...key, ownerId: owner.id, createdAt: Date.now(), lastUsedAt: null };
  const isOfOwner = eq(accessKeys.ownerId, owner.id);
  const isCurrent = and(eq(users.id, owner.id), eq(users.credentialsVersion, owner.credentialsVersion));
  const isRoom = lt(sql`(select count(*) from ${accessKeys} where ${isOfOwner})`, MAX_KEYS);
  const shared =
    key.ecgId === null ? undefined : db.select({ id: ecgs.id }).from(ecgs).where(isOwn(owner.id, key.ecgId));
  const values = db
    .select(toFields(accessKeys, row))
    .from(users)
    .where(and(isCurrent, isRoom, shared && exists(shared)));
  const [, [inserted]] = await db.batch([
    db.delete(accessKeys).where(and(isOfOwner, lt(accessKeys.expiresAt, row.createdAt))),
    db.insert(accessKeys).select(values).returning(),
    ...recordChange(store, { subjectId: key.id }),
  ]);
  if (inserted) return inserted;
  if ((await db.select({ id: users.id }).from(users).where(isCurrent)).length === 0) throw new AppError("unauthorized");
  if (shared && (await shared).length === 0) throw new AppError("not-found");
  throw new AppError("conflict", { detail: `This account has ${MAX_KEYS} keys and shares: revoke some first.` });
}

/** Lists the keys and shares of an account in the order in which they were made, from behind the key `after` on. */
export function listKeys(store: AnyStore, ownerId: string, limit: number, after?: string): Promise<AccessKeyRow[]> {
  return listThose(store, eq(accessKeys.ownerId, ownerId), limit, after);
}

/** Lists the shares of an ECG in the order in which they were made, from behind the share `after` on. */
export function listShares(store: AnyStore, ecgId: string, limit: number, after?: string): Promise<AccessKeyRow[]> {
  return listThose(store, eq(accessKeys.ecgId, ecgId), limit, after);
}

async function listThose(store: AnyStore, which: SQL, limit: number, after?: string): Promise<AccessKeyRow[]> {
  const select = store.db
    .select()
    .from(accessKeys)
    .where(and(which, after === undefined ? undefined : gt(accessKeys.id, after)))
    .orderBy(asc(accessKeys.id))
    .limit(limit);
  const [rows] = await store.db.batch([select, ...recordRead(store)]);
  return rows;
}

/**
 * Revokes a key or a share at once. False when the account has none of this id.
 *
 * @param ecgId the ECG that a share must be of; none if left out
 */
export async function deleteKey(store: AnyStore, ownerId: string, id: string, ecgId?: string): Promise<boolean> {
  const isOfEcg = ecgId === undefined ? undefined : eq(accessKeys.ecgId, ecgId);
  const remove = store.db
    .delete(accessKeys)
    .where(and(eq(accessKeys.id, id), eq(accessKeys.ownerId, ownerId), isOfEcg))
    .returning({ id: accessKeys.id });
  const [deleted] = await store.db.batch([remove, ...recordChange(store)]);
  return deleted.length > 0;
}
