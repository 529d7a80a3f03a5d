import { and, desc, eq, gt, inArray, isNull, lte, not, sql } from "drizzle-orm";
import { recordChange, recordRead } from "./audit.ts";
import { type AnyStore, type Store, toFields } from "./db.ts";
import { type SessionRow, sessions, type UserRow, users } from "./schema.ts";

/** A token that was used may be used again within this time: a client that lost the answer tries once more. */
const REUSE_GRACE_SECONDS = 10;
/** The most sessions of a user: a script that logs in for every call does not fill the database. */
const MAX_SESSIONS = 500;
/** How many sessions a statement removes. */
const MOST_REMOVED = 1000;

/** A log-in whose session is to begin, with the hash of the first token. */
export type NewSession = Pick<SessionRow, "id" | "userId" | "credentialsVersion" | "tokenHash" | "expiresAt">;

/** When a session began, was last refreshed, and ends, ms since 1970. */
export type SessionTimes = Pick<SessionRow, "createdAt" | "rotatedAt" | "expiresAt">;

/** The use of a token: its hash, the hash of its successor, and the salt that the successor was made with. */
type Rotation = { id: string; tokenHash: string; nextHash: string; salt: string };

/** A session that goes on: its user, until when, and the salt that makes the successor of the token that was used. */
type Rotated = { user: UserRow; expiresAt: number; salt: string };

/**
 * Begins a session. Of a user's many sessions those end that were used the longest ago.
 *
 * @returns false when the user was erased meanwhile
 */
export async function startSession(store: AnyStore, session: NewSession, now = Date.now()): Promise<boolean> {
  const { db } = store;
  const ofUser = eq(sessions.userId, session.userId);
  const surplus = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(ofUser)
    .orderBy(desc(sessions.rotatedAt), desc(sessions.id))
    .limit(MOST_REMOVED)
    .offset(MAX_SESSIONS - 1);
  const row = { previousHash: null, rotationSalt: null, ...session, rotatedAt: now, createdAt: now };
  const isThere = and(eq(users.id, session.userId), isNull(users.erasedAt));
  const values = db.select(toFields(sessions, row)).from(users).where(isThere);
  const [, begun] = await db.batch([
    db.delete(sessions).where(inArray(sessions.id, surplus)),
    db.insert(sessions).select(values).returning({ id: sessions.id }),
    ...recordChange(store, { userId: session.userId }),
  ]);
  return begun.length > 0;
}

/**
 * Uses a session's token, which makes its successor the one to be used next. The same token once more within REUSE_GRACE_SECONDS
 * changes nothing, and is answered alike. Any other token means that one of two who have the session stole it: the session ends, as
 * it does when it has expired or the user's credentials have changed.
 */
export async function rotateSession(
  store: AnyStore,
  { id, tokenHash, nextHash, salt }: Rotation,
  now = Date.now(),
): Promise<Rotated | undefined> {
  const { db } = store;
  const userId = sql`${sessions.userId}`;
  const isCurrent = sql`exists (select 1 from ${users} where ${users.id} = ${sessions.userId}
    and ${users.credentialsVersion} = ${sessions.credentialsVersion} and not ${users.disabled})`;
  const isValid = and(eq(sessions.id, id), gt(sessions.expiresAt, now), isCurrent);
  const isUsed = sql`${sessions.previousHash} is ${tokenHash} and ${sessions.rotatedAt} > ${now - REUSE_GRACE_SECONDS * 1000}`;
  const goesOn = sql`${isValid} and ${isUsed}`;
  const isOver = and(eq(sessions.id, id), not(sql`(${goesOn})`));
  // The statements of a batch run one after the other, with nobody's between them: of two uses at once the second is a retry.
  const [, [rotated]] = await db.batch([
    db
      .update(sessions)
      .set({ tokenHash: nextHash, previousHash: tokenHash, rotationSalt: salt, rotatedAt: now })
      .where(and(isValid, eq(sessions.tokenHash, tokenHash))),
    db
      .select({ user: users, expiresAt: sessions.expiresAt, salt: sql<string>`${sessions.rotationSalt}` })
      .from(sessions)
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(goesOn),
    ...recordRead(store, { userId, source: sql`from ${sessions} where ${goesOn}` }),
    ...recordRead(store, { accountId: userId, outcome: "refused", source: sql`from ${sessions} where ${isOver}` }),
    db.delete(sessions).where(isOver),
  ]);
  return rotated;
}

/** Lists a user's sessions, in the order of their log-ins: without their ids, as who has one can end the session. */
export async function listSessions({ db }: Store, userId: string): Promise<SessionTimes[]> {
  const { id, createdAt, rotatedAt, expiresAt } = sessions;
  return db.select({ createdAt, rotatedAt, expiresAt }).from(sessions).where(eq(sessions.userId, userId)).orderBy(id);
}

/** Ends a session, if there is one of this id. Whoever has an older token ends it too, as the use of that would. */
export async function endSession(store: AnyStore, id: string): Promise<void> {
  const isThis = eq(sessions.id, id);
  const [entry] = recordRead(store, { userId: sql`${sessions.userId}`, source: sql`from ${sessions} where ${isThis}` });
  const remove = store.db.delete(sessions).where(isThis);
  await (entry ? store.db.batch([entry, remove]) : remove);
}

/** Removes sessions that have expired, the oldest first. Gives whether there may be more. */
export async function sweepSessions({ db }: Store, now = Date.now()): Promise<boolean> {
  const expired = db
    .select({ id: sessions.id })
    .from(sessions)
    .where(lte(sessions.expiresAt, now))
    .orderBy(sessions.expiresAt)
    .limit(MOST_REMOVED);
  const { meta } = await db.delete(sessions).where(inArray(sessions.id, expired)).run();
  return meta.changes === MOST_REMOVED;
}
