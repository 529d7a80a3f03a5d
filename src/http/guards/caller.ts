import { isKeyLike, parseKey } from "../../auth/keys.ts";
import { secretsOf, verifyToken } from "../../auth/tokens.ts";
import { AppError } from "../../errors.ts";
import type { Access, Caller, Credential, Need } from "../../store/callers.ts";
import type { AuditedStore } from "../../store/db.ts";
import type { Role, UserRow } from "../../store/schema.ts";
import { findBearerToken } from "../bearer-token.ts";
import type { AnyContext } from "../openapi.ts";
import { openAuditedStore, refuse } from "./actor.ts";
import { brake, brakeUser, brakeWrongKeys } from "./brake.ts";

/**
 * The access that a request's token or key is to give, as far as that alone says it.
 *
 * @param need what the key must be good for
 * @param ecgId the one ECG that the request is about; null for all
 * @throws AppError `unauthorized` without a valid token or what may be a key; `too-many-requests` for a key, or tokens of a user, that are
 * used too often
 */
export async function readAccess(c: AnyContext, need: Need, ecgId: string | null = null): Promise<Access> {
  const { credential, isKey } = await findCredential(c);
  if (!credential) {
    if (isKey) return refuseKey(c);
    throw new AppError("unauthorized");
  }
  if ("userId" in credential) await brakeUser(c.env, c.req.method, credential.userId);
  // By its hash: who knows the id of a key alone does not use up its share.
  else await brake(c.env.KEY_RATE, credential.keyHash);
  return { credential, need, ecgId };
}

/**
 * The credential that a request brings, as far as that alone says it, and whether it is meant to be a key. Undefined for none, an expired
 * or forged token, and what is no key: the database is not asked.
 */
export async function findCredential(c: AnyContext): Promise<{ credential: Credential | undefined; isKey: boolean }> {
  const bearer = findBearerToken(c.req.header("authorization"));
  if (bearer === undefined) return { credential: undefined, isKey: false };
  if (isKeyLike(bearer)) return { credential: parseKey(bearer), isKey: true };
  return { credential: await verifyToken(secretsOf(c.env), bearer), isKey: false };
}

/**
 * The user whom an access is for, and the store for what that user asks for.
 *
 * @param caller what `selectCaller` has found
 * @param role the role that the user must have; any if left out
 * @throws AppError `unauthorized` when the user is gone or disabled, a token is of other credentials, or a key does not hold or is not of
 * a user any more; `forbidden` when the key or the role is not good for this, which is recorded; `too-many-requests` after too many wrong
 * keys from one address
 */
export async function admit(
  c: AnyContext,
  access: Access,
  caller: Caller | undefined,
  role?: Role,
): Promise<{ user: UserRow; store: AuditedStore }> {
  const user = await requireValid(c, access, caller);
  const store = openAuditedStore(c, user.id, access.credential);
  const { need, ecgId } = access;
  const isForThis = caller?.ecgId === null || ecgId !== null;
  const isKey = "keyId" in access.credential;
  if (isKey && (need === "session" || !caller?.scopes?.includes(need) || !isForThis)) {
    await refuse(store, newScopeRefusal(need));
  }
  if (role !== undefined && user.role !== role) await refuse(store, new AppError("forbidden"));
  return { user, store };
}

/** The user of an access that holds, whatever it is good for. */
async function requireValid(c: AnyContext, { credential }: Access, caller: Caller | undefined): Promise<UserRow> {
  if ("userId" in credential) {
    if (!caller || caller.user.disabled || caller.user.credentialsVersion !== credential.credentialsVersion) {
      throw new AppError("unauthorized");
    }
    return caller.user;
  }
  if (!caller || caller.user.disabled || caller.user.role !== "user") return refuseKey(c);
  return caller.user;
}

/** Refuses a key that does not hold, and brakes whoever tries many from one address. */
async function refuseKey(c: AnyContext): Promise<never> {
  await brakeWrongKeys(c.env, c.req.raw);
  throw new AppError("unauthorized");
}

/** The refusal of a key that is not good for a request (RFC 6750, section 3.1); of a share, all that is not its ECG. */
function newScopeRefusal(need: Need): AppError {
  const scope = need === "session" ? "" : `, scope="${need}"`;
  return new AppError("forbidden", {
    detail: need === "session" ? "No key opens this: log in." : `This takes an access key with the scope ${need}.`,
    headers: { "WWW-Authenticate": `Bearer error="insufficient_scope"${scope}` },
  });
}
