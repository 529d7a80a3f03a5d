import { createMiddleware } from "hono/factory";
import { callerOf, findCaller, type Need } from "../../store/callers.ts";
import { type Store, withoutActor } from "../../store/db.ts";
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
