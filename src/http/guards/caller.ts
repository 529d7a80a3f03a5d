import { type TokenSubject, verifyToken } from "../../auth/tokens.ts";
import { AppError } from "../../errors.ts";
import type { UserRow } from "../../store/schema.ts";
import { findBearerToken } from "../bearer-token.ts";
import type { AnyContext } from "../openapi.ts";

/**
 * The user whom a request's token names, as far as the token alone says it.
 *
 * @throws AppError `unauthorized` without a valid token
 */
export async function readToken(c: AnyContext): Promise<TokenSubject> {
  const token = findBearerToken(c.req.header("authorization"));
  const subject = token && (await verifyToken(c.env.TOKEN_SECRET, token));
  if (!subject) throw new AppError("unauthorized");
  return subject;
}

/** @throws AppError `unauthorized` when the user of a token is gone or disabled, or has other credentials by now */
export function requireValid(user: UserRow | undefined, subject: TokenSubject): UserRow {
  if (!user || user.disabled || user.credentialsVersion !== subject.credentialsVersion) {
    throw new AppError("unauthorized");
  }
  return user;
}
