import type { Context } from "hono";
import { foldName, normalizeName } from "../auth/names.ts";
import { NOBODYS_HASH, verifyPassword } from "../auth/passwords.ts";
import {
  hashRefreshToken,
  newRefreshToken,
  newRotationSalt,
  nextToken,
  parseRefreshToken,
  type RefreshToken,
} from "../auth/refresh-tokens.ts";
import { AppError, type InputError, newInputError } from "../errors.ts";
import { recordRefusedLogin } from "../store/audit.ts";
import { newId } from "../store/ids.ts";
import type { UserRow } from "../store/schema.ts";
import { rotateSession, startSession } from "../store/sessions.ts";
import { findUserByName } from "../store/users.ts";
import { brakeName } from "./guards/brake.ts";
import type { Guarded } from "./guards/guarded-by.ts";
import { findRefreshCookie, requireKnownOrigin } from "./refresh-cookie.ts";

const DAY_MS = 24 * 3600 * 1000;

/** What the form of a log-in or a refresh says. */
type Form = {
  grant_type?: string;
  username?: string;
  password?: string;
  refresh_token?: string;
  refresh_cookie?: boolean;
};
/** Who is logged in, the token that keeps it so, until when, and whether the token goes into the cookie. */
type Login = { user: UserRow; refreshToken: RefreshToken; expiresAt: number; inCookie: boolean };

/**
 * Logs in by a password or goes on by a refresh token, as the form asks (RFC 6749, sections 4.3 and 6).
 *
 * @throws AppError when the grant is none, or what it wants is missing or wrong
 */
export function grant(c: Context<Guarded>, form: Form): Promise<Login> {
  // RFC 6749, section 3.2: a parameter without a value is as if it were left out.
  const type = form.grant_type || "password";
  if (type === "password") return logIn(c, form);
  if (type === "refresh_token") return refresh(c, form);
  throw newUnknownGrant();
}

async function logIn(
  c: Context<Guarded>,
  { username, password, refresh_cookie: inCookie = false }: Form,
): Promise<Login> {
  if (!username || !password) throw newMissing({ username, password });
  if (inCookie) requireKnownOrigin(c);
  await brakeName(c.env, c.req.raw, foldName(username));
  const user = await findUserByName(c.var.store, username, normalizeName(username));
  const isRight = await verifyPassword(password, user?.passwordHash ?? NOBODYS_HASH);
  if (!user || user.disabled || !isRight) {
    // Of an unknown user the name is not kept: it may be a password in the wrong field.
    await recordRefusedLogin(c.var.store, user?.id);
    throw newLoginRefusal();
  }
  const refreshToken = newRefreshToken(newId());
  const expiresAt = Date.now() + Number(c.env.REFRESH_DAYS) * DAY_MS;
  const isStarted = await startSession(c.var.store, {
    id: refreshToken.sessionId,
    userId: user.id,
    credentialsVersion: user.credentialsVersion,
    tokenHash: hashRefreshToken(refreshToken),
    expiresAt,
  });
  if (!isStarted) throw newLoginRefusal();
  return { user, refreshToken, expiresAt, inCookie };
}

async function refresh(c: Context<Guarded>, { refresh_token, refresh_cookie = false }: Form): Promise<Login> {
  const { sent, isCookie } = findSentToken(c, refresh_token);
  if (!sent) throw newMissing({ refresh_token });
  // What came in the cookie never leaves it, or a script could have it.
  const inCookie = isCookie || refresh_cookie;
  if (inCookie) requireKnownOrigin(c);
  const token = parseRefreshToken(sent);
  if (!token) throw newRefreshRefusal();
  const salt = newRotationSalt();
  const rotated = await rotateSession(c.var.store, {
    id: token.sessionId,
    tokenHash: hashRefreshToken(token),
    nextHash: hashRefreshToken(nextToken(token, salt)),
    salt,
  });
  if (!rotated) throw newRefreshRefusal();
  const { user, expiresAt } = rotated;
  return { user, refreshToken: nextToken(token, rotated.salt), expiresAt, inCookie };
}

/** The refresh token that a request brings: that of its field, or else that of its cookie. */
export function findSentToken(c: Context<Guarded>, field: string | undefined) {
  const sent = field || findRefreshCookie(c);
  return { sent, isCookie: !field && sent !== undefined };
}

/** The refusal of a log-in, alike for a wrong password, an unknown and a disabled user. OAuth's clients read its extensions. */
export function newLoginRefusal(): AppError {
  return newGrantRefusal("Wrong username or password.");
}

/** The refusal of a refresh, alike for a token that is none, was used before, or whose log-in has ended. */
function newRefreshRefusal(): AppError {
  return newGrantRefusal("The refresh token is not valid, or no longer: log in again.");
}

function newGrantRefusal(detail: string): AppError {
  return new AppError("unauthorized", {
    detail,
    headers: { "WWW-Authenticate": "Bearer" },
    extensions: { error: "invalid_grant", error_description: detail },
  });
}

/** The refusal of a `grant_type` that is none of this API's, in OAuth's words too. */
export function newUnknownGrant(): AppError {
  const detail = "The grant_type is password or refresh_token.";
  return new AppError("malformed", {
    detail,
    extensions: { error: "unsupported_grant_type", error_description: detail },
  });
}

/** The refusal of a form with fields that are not what they should be, in OAuth's words too. */
export function newFormRefusal(errors: InputError[]): AppError {
  return newInputError(errors, { error: "invalid_request", error_description: "The form is not valid: see errors." });
}

function newMissing(fields: Record<string, string | undefined>): AppError {
  const missing = Object.keys(fields).filter((name) => !fields[name]);
  return newFormRefusal(missing.map((path) => ({ path, message: "is missing" })));
}
