import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { type TokenSubject, verifyToken } from "../auth/tokens.ts";
import { AppError } from "../errors.ts";
import { selectEcg } from "../store/ecgs.ts";
import type { EcgRow, Role, UserRow } from "../store/schema.ts";
import { type LikelyWindow, selectLikelyRows } from "../store/signals.ts";
import { findUser, selectUser } from "../store/users.ts";
import type { AppEnv } from "./openapi.ts";
import { toProblem } from "./problem.ts";

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
  const id = c.req.param("id") ?? "";
  const [[user], [ecg]] = await db.batch([selectUser(db, subject.userId), selectEcg(db, subject.userId, id)]);
  setOwnEcg(c, subject, user, ecg);
  await next();
  await explainDamage(c);
});

/** The same, with the stored rows that `window` makes likely to be needed; none when the reader may have the answer. */
export const requireOwnSignals = (window: (query: Record<string, string>) => LikelyWindow) =>
  createMiddleware<AppEnv>(async (c, next) => {
    if (c.req.header("if-none-match")) return requireOwnEcg(c, next);
    const subject = await readToken(c);
    const { db } = c.var.store;
    const id = c.req.param("id") ?? "";
    const [[user], [ecg], known] = await db.batch([
      selectUser(db, subject.userId),
      selectEcg(db, subject.userId, id),
      selectLikelyRows(db, subject.userId, id, window(c.req.query())),
    ]);
    setOwnEcg(c, subject, user, ecg);
    c.set("store", { ...c.var.store, known });
    await next();
    await explainDamage(c);
  });

/** What is not there any more when it is read was erased meanwhile, or else it is damaged. */
async function explainDamage(c: Context<AppEnv>): Promise<void> {
  if (!(c.error instanceof AppError) || c.error.code !== "damaged-signal") return;
  const { ecg, store } = c.var;
  const [still] = await selectEcg(store.db, ecg.ownerId, ecg.id);
  if (!still) c.res = toProblem(new AppError("not-found"), c);
}

function setOwnEcg(
  c: Context<AppEnv>,
  subject: TokenSubject,
  user: UserRow | undefined,
  ecg: EcgRow | undefined,
): void {
  const valid = requireValid(user, subject);
  if (valid.role !== "user") throw new AppError("forbidden");
  if (!ecg) throw new AppError("not-found");
  c.set("user", valid);
  c.set("ecg", ecg);
}

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

/**
 * A user, for a handler that stores something with `insertEcg`: its statement makes sure of the owner itself, which spares
 * a trip to the database. When the answer is a refusal the user is looked up after all, before it is told.
 */
export const requireOwner = createMiddleware<AppEnv>(async (c, next) => {
  const subject = await readToken(c);
  c.set("owner", { id: subject.userId, credentialsVersion: subject.credentialsVersion });
  await next();
  if (c.res.status < 400) return;
  const user = requireValid(await findUser(c.var.store.db, subject.userId), subject);
  if (user.role !== "user") throw new AppError("forbidden");
});

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
