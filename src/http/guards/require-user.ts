import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { openStore } from "../../store/db.ts";
import type { Role, UserRow } from "../../store/schema.ts";
import { findUser } from "../../store/users.ts";
import { readToken, requireValid } from "./caller.ts";
import type { Guarded } from "./guarded-by.ts";

/** Lets in whoever has a valid token. The user is looked up each time, so that disabling or erasing one works at once. */
export const requireUser = createMiddleware<Guarded<{ user: UserRow }>>(async (c, next) => {
  const subject = await readToken(c);
  const store = openStore(c.env);
  c.set("user", requireValid(await findUser(store, subject.userId), subject));
  c.set("store", store);
  await next();
});

/** Lets in users of one role alone: roles do not include one another. */
export const requireRole = (role: Role) =>
  createMiddleware<Guarded<{ user: UserRow }>>((c, next) =>
    requireUser(c, async () => {
      if (c.var.user.role !== role) throw new AppError("forbidden");
      await next();
    }),
  );
