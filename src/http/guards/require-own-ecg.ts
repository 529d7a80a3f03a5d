import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { type Access, callerOf, type Need, ownerOf, selectCaller, touchKey } from "../../store/callers.ts";
import { type AnyStore, type Store, withoutActor } from "../../store/db.ts";
import { recordEcgRead, selectEcg } from "../../store/ecgs.ts";
import type { ChunkRow, EcgRow, UserRow } from "../../store/schema.ts";
import { type LikelyWindow, selectLikelyRows } from "../../store/signal-reader.ts";
import type { AnyContext } from "../openapi.ts";
import { toProblem } from "../problem.ts";
import { handOver, openAuditedStore, openStoreOf, refuse } from "./actor.ts";
import { admit, readAccess } from "./caller.ts";
import type { Guard, Guarded } from "./guarded-by.ts";

type OwnEcg = { user: UserRow; access: Access; ecg: EcgRow };
type OwnSignals = OwnEcg & { prefetched: readonly ChunkRow[] };

/**
 * Lets in a user to an ECG of the user's own, by the path's `id`: by a token, by a key that has what is needed, or by a share of this
 * ECG. All are looked up in one trip to the database, which also records that the ECG is read.
 */
export const requireOwnEcg = (need: Need): Guard<Guarded<OwnEcg, Store>> => ({
  need,
  middleware: createMiddleware(async (c, next) => {
    const { store, user, access, ecg } = await readOwn(c, need);
    c.set("store", withoutActor(store));
    c.set("user", user);
    c.set("access", access);
    c.set("ecg", ecg);
    await next();
    if (await isErased(store, ecg, c.error)) c.res = toProblem(new AppError("not-found"), c);
  }),
});

/** Lets in like `requireOwnEcg` to what the ECG is to be changed or used for: whatever does that records it. */
export const requireOwnEcgToChange = (need: Need): Guard<Guarded<OwnEcg>> => ({
  need,
  middleware: createMiddleware(async (c, next) => {
    const access = await readAccess(c, need, c.req.param("id") ?? "");
    const { store, user, ecg } = await findOwn(c, openStoreOf(c), access);
    c.set("store", store);
    c.set("user", user);
    c.set("access", access);
    c.set("ecg", ecg);
    await handOver(c, store, next);
  }),
});

/**
 * Lets in readers like `requireOwnEcg`, and prefetches in the same batch the rows that the window probably needs. Not with an
 * If-None-Match: the answer may be a 304.
 */
export const requireOwnSignals = (
  window: (query: Record<string, string>) => LikelyWindow | undefined,
): Guard<Guarded<OwnSignals, Store>> => ({
  need: "ecg:read",
  middleware: createMiddleware(async (c, next) => {
    const likely = c.req.header("if-none-match") ? undefined : window(c.req.query());
    const { store, user, access, ecg, prefetched } = await readOwn(c, "ecg:read", likely);
    c.set("store", withoutActor(store));
    c.set("user", user);
    c.set("access", access);
    c.set("ecg", ecg);
    c.set("prefetched", prefetched);
    await next();
    if (await isErased(store, ecg, c.error)) c.res = toProblem(new AppError("not-found"), c);
  }),
});

async function readOwn(c: AnyContext, need: Need, window?: LikelyWindow) {
  const access = await readAccess(c, need, c.req.param("id") ?? "");
  const audited = openAuditedStore(c, callerOf(access), access.credential);
  return { access, ...(await findOwn(c, audited, access, window)) };
}

/** Finds the ECG that an access is about; an audited store records that it is read. */
async function findOwn(c: AnyContext, looking: AnyStore, access: Access, window?: LikelyWindow) {
  const id = access.ecgId ?? "";
  const plain = withoutActor(looking);
  const owner = ownerOf(access);
  const select = [selectCaller(plain, access), selectEcg(plain, owner, id)] as const;
  const rest = [...recordEcgRead(looking, access), ...touchKey(plain, access)];
  const [[caller], [ecg], prefetched] = window
    ? await plain.db.batch([...select, selectLikelyRows(plain, owner, id, window), ...rest])
    : await plain.db.batch([...select, ...rest]).then(([callers, ecgs]) => [callers, ecgs, []] as const);
  const { user, store } = await admit(c, access, caller, "user");
  if (!ecg) return refuse(store, new AppError("not-found"));
  return { store, user, ecg, prefetched };
}

/** Missing chunks may mean that the ECG was erased while it was read: the answer is a 404 then, not a 500. */
async function isErased(store: AnyStore, ecg: EcgRow, error: Error | undefined): Promise<boolean> {
  if (!(error instanceof AppError) || error.code !== "damaged-signal") return false;
  return (await selectEcg(withoutActor(store), ecg.ownerId, ecg.id)).length === 0;
}
