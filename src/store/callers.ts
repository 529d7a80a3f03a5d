import { and, eq, getTableColumns, gt, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { recordRead } from "./audit.ts";
import { type AnyStore, type Store, withoutActor } from "./db.ts";
import { accessKeys, type Scope, type UserRow, users } from "./schema.ts";
import { newStatement } from "./statement.ts";

/**
 * What a caller brings: a token says whose it is, and for which version of the account's credentials it was issued; a key says only
 * which key it is.
 */
export type Credential = { userId: string; credentialsVersion: number } | { keyId: string; keyHash: string };

/** What a credential must be good for: a scope, which tokens of users have all; or `session`, which no key has. */
export type Need = Scope | "session";

/** What a request is about to do, and by which credential. Nobody need have looked yet whether that holds. */
export type Access = {
  credential: Credential;
  need: Need;
  /** The one ECG that it is about; null for what is about all of the owner's, for which a share is not enough. */
  ecgId: string | null;
};

/** The account of a credential, and what a key is for: `scopes` is null of a token, `ecgId` of all but shares. */
export type Caller = { user: UserRow; scopes: Scope[] | null; ecgId: string | null };

/** Never true of a row of `access_keys`, and of no row that is read to find that out. */
const isNoKey = sql`${accessKeys.id} = null`;
/** How often a key's last use is written at most, in ms. */
const USE_MS = 60_000;

/**
 * Makes the query of the caller, for the batch of what the caller asks for. It finds no one for a key that is unknown, revoked or has
 * expired; of a token it finds the user, who may be disabled or have other credentials by now.
 */
export function selectCaller(store: Store, { credential }: Access) {
  if ("userId" in credential) return selectUser(store, { id: credential.userId });
  const isKey = isValidKey(credential);
  return selectUser(store, { id: ownerOfKey(isKey), isKey });
}

const selectUser = newStatement((db, { id, isKey = isNoKey }: { id: string | SQL; isKey?: SQL }) =>
  db
    .select({ user: getTableColumns(users), scopes: accessKeys.scopes, ecgId: accessKeys.ecgId })
    .from(users)
    .leftJoin(accessKeys, isKey)
    .where(eq(users.id, id)),
);

/** Finds the caller, and notes the use of a key. An audited store records that the caller's account is read, by a token. */
export async function findCaller(store: AnyStore, access: Access): Promise<Caller | undefined> {
  const plain = withoutActor(store);
  const [[caller]] = await store.db.batch([
    selectCaller(plain, access),
    ...recordRead(store, { userId: sql`${users.id}`, source: sql`from ${users} where ${isCurrent(access)}` }),
    ...touchKey(plain, access),
  ]);
  return caller;
}

/** The id of the caller, whatever the credential is good for: of a key by a subquery, which is NULL when the key does not hold. */
export function callerOf({ credential }: Access): string | SQL {
  return "userId" in credential ? credential.userId : ownerOfKey(isValidKey(credential));
}

/**
 * The id of the owner whose ECGs an access reaches, for the statements of the batch that looks the caller up: of a token as it
 * says, of a key by a subquery, which is NULL and finds nothing when the key does not hold, or not for this.
 */
export function ownerOf({ credential, need, ecgId }: Access): string | SQL {
  if ("userId" in credential) return credential.userId;
  const isForAll = isNull(accessKeys.ecgId);
  const isForIt = ecgId === null ? isForAll : or(isForAll, eq(accessKeys.ecgId, ecgId));
  const hasScope = sql`instr(${accessKeys.scopes}, ${JSON.stringify(need)}) > 0`;
  return ownerOfKey(and(isValidKey(credential), hasScope, isForIt));
}

/** Whether a row of `users` is the owner whom an access reaches, who is allowed to have ECGs still. */
export function isCurrentOwner(access: Access): SQL | undefined {
  return and(isCurrent(access), eq(users.role, "user"));
}

/** Whether a row of `users` is the account that an access reaches, and the access still holds. */
function isCurrent(access: Access): SQL | undefined {
  const { id, disabled, credentialsVersion } = users;
  const { credential } = access;
  const isSameVersion = "userId" in credential ? eq(credentialsVersion, credential.credentialsVersion) : undefined;
  return and(eq(id, ownerOf(access)), isSameVersion, eq(disabled, false));
}

/**
 * Makes the statement that notes the use of a key, for the batch that looks it up; none for a token. It writes once a minute at the
 * most.
 */
export function touchKey({ db }: Store, { credential }: Access, now = Date.now()) {
  if ("userId" in credential) return [];
  const { lastUsedAt } = accessKeys;
  const minute = now - (now % USE_MS);
  const isNew = or(isNull(lastUsedAt), lt(lastUsedAt, minute));
  return [
    db
      .update(accessKeys)
      .set({ lastUsedAt: minute })
      .where(and(isValidKey(credential), isNew)),
  ];
}

/**
 * Whether a row of `access_keys` is this key, and has not expired. Comparing hashes takes no care of the time it takes: who measures it
 * learns of the hash of a guess, from which no guess of 256 random bits gets any better.
 */
function isValidKey(credential: Credential): SQL | undefined {
  if ("userId" in credential) return isNoKey;
  const { id, keyHash, expiresAt } = accessKeys;
  const isUnexpired = or(isNull(expiresAt), gt(expiresAt, Date.now()));
  return and(eq(id, credential.keyId), eq(keyHash, credential.keyHash), isUnexpired);
}

function ownerOfKey(which: SQL | undefined): SQL {
  return sql`(select ${accessKeys.ownerId} from ${accessKeys} where ${which})`;
}
