import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { findCaller, type Need } from "../../store/callers.ts";
import { openStore, type Store } from "../../store/db.ts";
import type { Role, Scope, UserRow } from "../../store/schema.ts";
import type { AnyContext } from "../openapi.ts";
import { readAccess, requireValid } from "./caller.ts";
import type { Guard, Guarded } from "./guarded-by.ts";

type User = { user: UserRow };

/** Lets in whoever has a valid token. The user is looked up each time, so that disabling or erasing one works at once. */
export const requireUser: Guard<Guarded<User>> = {
  need: "session",
  middleware: createMiddleware(async (c, next) => {
    const { store, user } = await findUser(c, "session");
    c.set("store", store);
    c.set("user", user);
    await next();
  }),
};

/** Lets in users of one role alone, by a token: roles do not include one another. */
export const requireRole = (role: Role): Guard<Guarded<User>> => newRoleGuard(role, "session");

/** Lets in users to ECGs of their own, by a token or by a key of this scope. A share, which is for one ECG, does not do. */
export const requireOwner = (scope: Scope): Guard<Guarded<User>> => newRoleGuard("user", scope);

function newRoleGuard(role: Role, need: Need): Guard<Guarded<User>> {
  return {
    need,
    middleware: createMiddleware(async (c, next) => {
      const { store, user } = await findUser(c, need);
      if (user.role !== role) throw new AppError("forbidden");
      c.set("store", store);
      c.set("user", user);
      await next();
    }),
  };
}

async function findUser(c: AnyContext, need: Need): Promise<{ store: Store; user: UserRow }> {
  const access = await readAccess(c, need);
  const store = openStore(c.env);
  return { store, user: await requireValid(c, access, await findCaller(store, access)) };
}
