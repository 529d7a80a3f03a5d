import { createMiddleware } from "hono/factory";
import { type Access, callerOf, findCaller, type Need, ownerOf, selectCaller, touchKey } from "../../store/callers.ts";
import { type AuditedStore, type Store, withoutActor } from "../../store/db.ts";
import { type ListedEcg, recordListRead, selectFirstEcgs } from "../../store/ecgs.ts";
import type { Role, Scope, UserRow } from "../../store/schema.ts";
import { handOver, openAuditedStore, openStoreOf } from "./actor.ts";
import { admit, readAccess } from "./caller.ts";
import type { Guard, Guarded } from "./guarded-by.ts";

type User = { user: UserRow };

/** Lets in whoever has a valid token. The user is looked up each time, so that disabling or erasing one works at once. */
export const requireUser: Guard<Guarded<User>> = newUserGuard("session");

/** Lets in users of one role alone, by a token: roles do not include one another. */
export const requireRole = (role: Role): Guard<Guarded<User>> => newUserGuard("session", role);

/** Lets in users to ECGs of their own, by a token or by a key of this scope. A share, which is for one ECG, does not do. */
export const requireOwner = (scope: Scope): Guard<Guarded<User>> => newUserGuard(scope, "user");

/**
 * Lets in like `requireOwner`, and where a request will be answered by the first ECGs of the list alone, prefetches them in the trip that
 * looks the caller up: that they are read is recorded in it, too.
 *
 * @param countOf how many of them a request asks for, whose query then is valid; undefined for anything else
 */
export const requireOwnerOfList = (
  countOf: (url: URL) => number | undefined,
): Guard<Guarded<User & { prefetched: readonly ListedEcg[] | undefined }>> => ({
  need: "ecg:read",
  middleware: createMiddleware(async (c, next) => {
    const access = await readAccess(c, "ecg:read");
    const count = countOf(new URL(c.req.url));
    const [caller, prefetched] = await (count === undefined
      ? findCaller(openStoreOf(c), access).then((found) => [found, undefined] as const)
      : readFirst(openAuditedStore(c, callerOf(access), access.credential), access, count));
    const { user, store } = await admit(c, access, caller, "user");
    c.set("store", store);
    c.set("user", user);
    c.set("prefetched", prefetched);
    await handOver(c, store, next);
  }),
});

async function readFirst(audited: AuditedStore, access: Access, count: number) {
  const store = withoutActor(audited);
  const [[caller], ecgs] = await store.db.batch([
    selectCaller(store, access),
    selectFirstEcgs(store, ownerOf(access), count),
    ...recordListRead(audited, access),
    ...touchKey(store, access),
  ]);
  return [caller, ecgs] as const;
}

/** Lets in like `requireUser` to what is answered by the account alone: that it is read is recorded as it is looked up. */
export const requireUserToRead: Guard<Guarded<User, Store>> = {
  need: "session",
  middleware: createMiddleware(async (c, next) => {
    const access = await readAccess(c, "session");
    const audited = openAuditedStore(c, callerOf(access), access.credential);
    const { user, store } = await admit(c, access, await findCaller(audited, access));
    c.set("store", withoutActor(store));
    c.set("user", user);
    await next();
  }),
};

function newUserGuard(need: Need, role?: Role): Guard<Guarded<User>> {
  return {
    need,
    middleware: createMiddleware(async (c, next) => {
      const access = await readAccess(c, need);
      const { user, store } = await admit(c, access, await findCaller(openStoreOf(c), access), role);
      c.set("store", store);
      c.set("user", user);
      await handOver(c, store, next);
    }),
  };
}
