import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { verifyToken } from "../auth/tokens.ts";
import { AppError } from "../errors.ts";
import type { Role } from "../store/schema.ts";
import { findUser } from "../store/users.ts";
import type { AppEnv } from "./openapi.ts";

const MAX_SMALL_BODY_BYTES = 64 * 1024;

/** Anyone with a valid token. The user is looked up each time, so that disabling or erasing one works at once. */
export const requireUser = createMiddleware<AppEnv>(async (c, next) => {
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (!token) throw newUnauthorized();
  const subject = await verifyToken(c.env.TOKEN_SECRET, token);
  const user = subject && (await findUser(c.var.db, subject.userId));
  if (!user || user.disabled || user.credentialsVersion !== subject.credentialsVersion) {
    throw newUnauthorized('Bearer error="invalid_token"');
  }
  c.set("user", user);
  await next();
});

/** Only that role: roles do not include one another. */
export const requireRole = (role: Role) =>
  createMiddleware<AppEnv>((c, next) =>
    requireUser(c, async () => {
      if (c.var.user.role !== role) throw new AppError("forbidden");
      await next();
    }),
  );

/** For the bodies that are only a few fields. */
export const limitSmallBody = bodyLimit({
  maxSize: MAX_SMALL_BODY_BYTES,
  onError: () => {
    throw new AppError("too-large");
  },
});

/** RFC 6750, section 3: the challenge names an error only when a token was sent. */
export function newUnauthorized(challenge = "Bearer"): AppError {
  return new AppError("unauthorized", { headers: { "WWW-Authenticate": challenge } });
}
