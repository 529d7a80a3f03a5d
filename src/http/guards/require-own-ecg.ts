import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { type LikelyAnnotations, selectEcgWithAnnotationBytes } from "../../store/annotations.ts";
import { type Access, callerOf, findCaller, type Need, ownerOf, selectCaller, touchKey } from "../../store/callers.ts";
import { type AuditedStore, type Store, withoutActor } from "../../store/db.ts";
import { recordEcgRead, selectEcg } from "../../store/ecgs.ts";
import { type InsightsPart, selectEcgWithInsights } from "../../store/insights.ts";
import { ERASED_REVISION } from "../../store/revisions.ts";
import type { EcgRow, UserRow } from "../../store/schema.ts";
import { type LikelyWindow, type PrefetchedRow, selectEcgWithRows } from "../../store/signal-reader.ts";
import type { Statement } from "../../store/statement.ts";
import type { AnyContext } from "../openapi.ts";
import { toProblem } from "../problem.ts";
import { handOver, openAuditedStore, openStoreOf, refuse } from "./actor.ts";
import { admit, readAccess } from "./caller.ts";
import type { Guard, Guarded } from "./guarded-by.ts";

type OwnEcg = { access: Access; ecg: EcgRow };
/** Rows that were read along with the ECG; undefined when they were not asked for. */
type Prefetched<Row> = { prefetched: readonly Row[] | undefined };
type AnnotationBytes = { bytes: number; edition: string | null };
type Query = Record<string, string>;
/** Makes the statement that looks an ECG up with what its answer will probably need: one that reads both costs less than two. */
type Prefetch<Row> = (
  store: Store,
  owner: ReturnType<typeof ownerOf>,
  id: string,
) => Statement & { _: { result: (EcgRow & Row)[] } };

/**
 * Lets in a user to an ECG of the user's own, by the path's `id`: by a token, by a key that has what is needed, or by a share of this
 * ECG. All are looked up in one trip to the database, which also records that the ECG is read.
 */
export const requireOwnEcg = (need: Need): Guard<Guarded<OwnEcg & Prefetched<never>, Store>> =>
  newReadGuard<never>(need, () => undefined);

/** Lets in readers like `requireOwnEcg`, and prefetches in the same statement the rows that the window probably needs. */
export const requireOwnSignals = (
  window: (query: Query) => LikelyWindow | undefined,
): Guard<Guarded<OwnEcg & Prefetched<PrefetchedRow>, Store>> =>
  newReadGuard<PrefetchedRow>("ecg:read", (query, isConditional) => {
    const likely = isConditional ? undefined : window(query);
    return likely && ((...which) => selectEcgWithRows(...which, likely));
  });

/**
 * Lets in readers like `requireOwnEcg`, and prefetches in the same statement what is kept of the whole ECG's insights.
 *
 * @param isWanted whether a request will probably need them
 */
export const requireOwnInsights = (
  version: number,
  isWanted: (query: Query) => boolean,
): Guard<Guarded<OwnEcg & Prefetched<InsightsPart>, Store>> =>
  newReadGuard<InsightsPart>("ecg:read", (query, isConditional) =>
    !isConditional && isWanted(query) ? (...which) => selectEcgWithInsights(...which, version) : undefined,
  );

/** Lets in readers like `requireOwnEcg`, and prefetches in the same statement how many bytes of JSON the annotations have that will be read. */
export const requireOwnAnnotations = (
  likely: (query: Query, annotator: string | undefined) => LikelyAnnotations,
): Guard<Guarded<OwnEcg & Prefetched<AnnotationBytes>, Store>> =>
  newReadGuard<AnnotationBytes>(
    "ecg:read",
    (query, _, { annotator }) =>
      (...which) =>
        selectEcgWithAnnotationBytes(...which, likely(query, annotator)),
  );

/** Lets in like `requireOwnEcg` to what the ECG is to be changed or used for: whatever does that records it. */
export const requireOwnEcgToChange = (need: Need): Guard<Guarded<OwnEcg & { user: UserRow }>> => ({
  need,
  middleware: createMiddleware(async (c, next) => {
    const access = await readAccess(c, need, (c.req.param("id") ?? "").toLowerCase());
    const looking = openStoreOf(c);
    const [[caller], [ecg]] = await looking.db.batch([
      selectCaller(looking, access),
      selectEcg(looking, ownerOf(access), idOf(access)),
      ...touchKey(looking, access),
    ]);
    const { user, store } = await admit(c, access, caller, "user");
    if (!ecg) return refuse(store, new AppError("not-found"));
    c.set("store", store);
    c.set("user", user);
    c.set("access", access);
    c.set("ecg", ecg);
    await handOver(c, store, next);
  }),
});

/**
 * @param prefetch what to prefetch, by the query, and whether there is an If-None-Match: the answer may be a 304 then, which needs no rows; and
 * by the parameters of the path
 */
function newReadGuard<Row>(
  need: Need,
  prefetch: (query: Query, isConditional: boolean, parameters: Query) => Prefetch<Row> | undefined,
): Guard<Guarded<OwnEcg & Prefetched<Row>, Store>> {
  return {
    need,
    middleware: createMiddleware(async (c, next) => {
      const access = await readAccess(c, need, (c.req.param("id") ?? "").toLowerCase());
      const audited = openAuditedStore(c, callerOf(access), access.credential);
      const store = withoutActor(audited);
      const likely = prefetch(c.req.query(), Boolean(c.req.header("if-none-match")), c.req.param());
      const { ecg, prefetched } = await findToRead(c, audited, access, likely);
      c.set("store", store);
      c.set("access", access);
      c.set("ecg", ecg);
      c.set("prefetched", prefetched);
      await next();
      if (await isErased(store, ecg, c.error)) c.res = toProblem(new AppError("not-found"), c);
    }),
  };
}

/**
 * Finds the ECG that an access is about, and records that it is read. The entry is made of an access that holds, and of an ECG that it
 * reaches, alone: where there is none, the caller is looked up to be told why.
 */
async function findToRead<Row>(c: AnyContext, audited: AuditedStore, access: Access, prefetch?: Prefetch<Row>) {
  const store = withoutActor(audited);
  const owner = ownerOf(access);
  const id = idOf(access);
  const record = recordEcgRead(audited, access);
  const touch = touchKey(store, access);
  const [{ meta }, rows] = await store.db.batch([record, (prefetch ?? selectEcg)(store, owner, id), ...touch]);
  const [ecg] = rows;
  if (ecg && meta.changes > 0) return { ecg, prefetched: prefetch && rows };
  const refused = await admit(c, access, await findCaller(store, access), "user");
  return refuse(refused.store, new AppError("not-found"));
}

/** The id of the ECG that an access is about. */
function idOf({ ecgId }: Access): string {
  return ecgId ?? "";
}

/**
 * Missing chunks may mean that the ECG was erased while it was read: the answer is a 404 then, not a 500. Its own row goes last, when the
 * account is erased in steps.
 */
async function isErased(store: Store, ecg: EcgRow, error: Error | undefined): Promise<boolean> {
  if (!(error instanceof AppError) || error.code !== "damaged-signal") return false;
  const [now] = await selectEcg(store, ecg.ownerId, ecg.id);
  return now === undefined || now.revision === ERASED_REVISION;
}
