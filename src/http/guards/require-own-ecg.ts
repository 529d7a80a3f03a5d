import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { type Access, type Need, ownerOf, selectCaller, touchKey } from "../../store/callers.ts";
import { openStore, type Store } from "../../store/db.ts";
import { selectEcg } from "../../store/ecgs.ts";
import type { ChunkRow, EcgRow, UserRow } from "../../store/schema.ts";
import { type LikelyWindow, selectLikelyRows } from "../../store/signal-reader.ts";
import type { AnyContext } from "../openapi.ts";
import { toProblem } from "../problem.ts";
import { readAccess, requireValid } from "./caller.ts";
import type { Guard, Guarded } from "./guarded-by.ts";

type OwnEcg = { user: UserRow; access: Access; ecg: EcgRow };
type OwnSignals = OwnEcg & { prefetched: readonly ChunkRow[] };

/**
 * Lets in a user to an ECG of the user's own, by the path's `id`: by a token, by a key that has what is needed, or by a share of this
 * ECG. All are looked up in one trip to the database.
 */
export const requireOwnEcg = (need: Need): Guard<Guarded<OwnEcg>> => ({
  need,
  middleware: createMiddleware(async (c, next) => {
    const { store, user, access, ecg } = await findOwn(c, need);
    c.set("store", store);
    c.set("user", user);
    c.set("access", access);
    c.set("ecg", ecg);
    await next();
    if (await isErased(store, ecg, c.error)) c.res = toProblem(new AppError("not-found"), c);
  }),
});

/**
 * Lets in readers like `requireOwnEcg`, and prefetches in the same batch the rows that the window probably needs. Not with an
 * If-None-Match: the answer may be a 304.
 */
export const requireOwnSignals = (
  window: (query: Record<string, string>) => LikelyWindow,
): Guard<Guarded<OwnSignals>> => ({
  need: "ecg:read",
  middleware: createMiddleware(async (c, next) => {
    const likely = c.req.header("if-none-match") ? undefined : window(c.req.query());
    const { store, user, access, ecg, prefetched } = await findOwn(c, "ecg:read", likely);
    c.set("store", store);
    c.set("user", user);
    c.set("access", access);
    c.set("ecg", ecg);
    c.set("prefetched", prefetched);
    await next();
    if (await isErased(store, ecg, c.error)) c.res = toProblem(new AppError("not-found"), c);
  }),
});

async function findOwn(c: AnyContext, need: Need, window?: LikelyWindow): Promise<OwnSignals & { store: Store }> {
  const id = c.req.param("id") ?? "";
  const access = await readAccess(c, need, id);
  const store = openStore(c.env);
  const { db } = store;
  const owner = ownerOf(access);
  const select = [selectCaller(store, access), selectEcg(store, owner, id)] as const;
  const touch = touchKey(store, access);
  const [[caller], [ecg], prefetched] = window
    ? await db.batch([...select, selectLikelyRows(store, owner, id, window), ...touch])
    : await db.batch([...select, ...touch]).then(([callers, ecgs]) => [callers, ecgs, []] as const);
  const user = await requireValid(c, access, caller);
  if (user.role !== "user") throw new AppError("forbidden");
  if (!ecg) throw new AppError("not-found");
  return { store, user, access, ecg, prefetched };
}

/** Missing chunks may mean that the ECG was erased while it was read: the answer is a 404 then, not a 500. */
async function isErased(store: Store, ecg: EcgRow, error: Error | undefined): Promise<boolean> {
  if (!(error instanceof AppError) || error.code !== "damaged-signal") return false;
  return (await selectEcg(store, ecg.ownerId, ecg.id)).length === 0;
}
