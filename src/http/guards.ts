import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { type TokenSubject, verifyToken } from "../auth/tokens.ts";
import { AppError } from "../errors.ts";
import { selectEcg } from "../store/ecgs.ts";
import type { Role, UserRow } from "../store/schema.ts";
import { findUser, selectUser } from "../store/users.ts";
import type { AppEnv } from "./openapi.ts";

const MAX_SMALL_BODY_BYTES = 64 * 1024;

/** Anyone with a valid token. The user is looked up each time, so that disabling or erasing one works at once. */
export const requireUser = createMiddleware<AppEnv>(async (c, next) => {
  const subject = await readToken(c);
  c.set("user", requireValid(await findUser(c.var.store.db, subject.userId), subject));
  await next();
});

/** A user and an ECG of the user's own, by the path's `id`, looked up in one trip to the database. */
export const requireOwnEcg = createMiddleware<AppEnv>(async (c, next) => {
  const subject = await readToken(c);
  const { db } = c.var.store;
  const ecgQuery = selectEcg(db, subject.userId, c.req.param("id") ?? "");
  const [[user], [ecg]] = await db.batch([selectUser(db, subject.userId), ecgQuery]);
  c.set("user", requireValid(user, subject));
  if (user.role !== "user") throw new AppError("forbidden");
  if (!ecg) throw new AppError("not-found");
  c.set("ecg", ecg);
  await next();
});

async function readToken(c: Context<AppEnv>): Promise<TokenSubject> {
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (!token) throw newUnauthorized();
  const subject = await verifyToken(c.env.TOKEN_SECRET, token);
  if (!subject) throw newInvalidToken();
  return subject;
}

function requireValid(user: UserRow | undefined, subject: TokenSubject): UserRow {
  if (!user || user.disabled || user.credentialsVersion !== subject.credentialsVersion) throw newInvalidToken();
  return user;
}

/** Only that role: roles do not include one another. */
export const requireRole = (role: Role) =>
  createMiddleware<AppEnv>((c, next) =>
    requireUser(c, async () => {
      if (c.var.user.role !== role) throw new AppError("forbidden");
      await next();
    }),
  );

const limitLength = bodyLimit({
  maxSize: MAX_SMALL_BODY_BYTES,
  onError: () => {
    throw new AppError("too-large");
  },
});

/** For the bodies that are only a few fields: not too long, and of some type, which the route's schema then looks at. */
export const requireSmallBody = createMiddleware<AppEnv>((c, next) => {
  if (!c.req.header("content-type")) throw new AppError("unsupported-type");
  return limitLength(c, next);
});

/** RFC 6750, section 3: the challenge names an error only when a token was sent. */
function newUnauthorized(challenge = "Bearer"): AppError {
  return new AppError("unauthorized", { headers: { "WWW-Authenticate": challenge } });
}

function newInvalidToken(): AppError {
  return newUnauthorized('Bearer error="invalid_token"');
}
