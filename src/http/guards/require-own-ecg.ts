import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { openStore, type Store } from "../../store/db.ts";
import { selectEcg } from "../../store/ecgs.ts";
import type { ChunkRow, EcgRow, UserRow } from "../../store/schema.ts";
import { type LikelyWindow, selectLikelyRows } from "../../store/signal-reader.ts";
import { selectUser } from "../../store/users.ts";
import type { AnyContext } from "../openapi.ts";
import { toProblem } from "../problem.ts";
import { readToken, requireValid } from "./caller.ts";
import type { Guarded } from "./guarded-by.ts";

type OwnEcg = { user: UserRow; ecg: EcgRow };
type OwnSignals = OwnEcg & { prefetched: readonly ChunkRow[] };

/** Lets in a user to an ECG of the user's own, by the path's `id`. Both are looked up in one trip to the database. */
export const requireOwnEcg = createMiddleware<Guarded<OwnEcg>>(async (c, next) => {
  const { store, user, ecg } = await findOwn(c);
  c.set("store", store);
  c.set("user", user);
  c.set("ecg", ecg);
  await next();
  if (await isErased(store, ecg, c.error)) c.res = toProblem(new AppError("not-found"), c);
});

/**
 * Lets in like `requireOwnEcg`, and prefetches in the same batch the rows that the window probably needs. Not with an
 * If-None-Match: the answer may be a 304.
 */
export const requireOwnSignals = (window: (query: Record<string, string>) => LikelyWindow) =>
  createMiddleware<Guarded<OwnSignals>>(async (c, next) => {
    const likely = c.req.header("if-none-match") ? undefined : window(c.req.query());
    const { store, user, ecg, prefetched } = await findOwn(c, likely);
    c.set("store", store);
    c.set("user", user);
    c.set("ecg", ecg);
    c.set("prefetched", prefetched);
    await next();
    if (await isErased(store, ecg, c.error)) c.res = toProblem(new AppError("not-found"), c);
  });

async function findOwn(c: AnyContext, window?: LikelyWindow): Promise<OwnSignals & { store: Store }> {
  const subject = await readToken(c);
  const store = openStore(c.env);
  const { db } = store;
  const id = c.req.param("id") ?? "";
  const select = [selectUser(store, subject.userId), selectEcg(store, subject.userId, id)] as const;
  const [[user], [ecg], prefetched = []] = window
    ? await db.batch([...select, selectLikelyRows(store, subject.userId, id, window)])
    : await db.batch(select);
  const valid = requireValid(user, subject);
  if (valid.role !== "user") throw new AppError("forbidden");
  if (!ecg) throw new AppError("not-found");
  return { store, user: valid, ecg, prefetched };
}

/** Missing chunks may mean that the ECG was erased while it was read: the answer is a 404 then, not a 500. */
async function isErased(store: Store, ecg: EcgRow, error: Error | undefined): Promise<boolean> {
  if (!(error instanceof AppError) || error.code !== "damaged-signal") return false;
  return (await selectEcg(store, ecg.ownerId, ecg.id)).length === 0;
}
