import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { openStore } from "../../store/db.ts";
import { type Claim, newClaim } from "../../store/ecgs.ts";
import { findUser } from "../../store/users.ts";
import { readToken, requireValid } from "./caller.ts";
import type { Guarded } from "./guarded-by.ts";

/**
 * Lets in whoever has a token that is valid by itself, with a claim that `insertEcg` alone can take: its statement makes
 * sure of the user, which spares a trip to the database. Of a refusal the user is looked up after all, so that who may not
 * send ECGs learns that and nothing else.
 */
export const claimOwner = createMiddleware<Guarded<{ claim: Claim }>>(async (c, next) => {
  const subject = await readToken(c);
  const store = openStore(c.env);
  c.set("claim", newClaim({ id: subject.userId, credentialsVersion: subject.credentialsVersion }));
  c.set("store", store);
  await next();
  if (c.res.status < 400) return;
  const user = requireValid(await findUser(store, subject.userId), subject);
  if (user.role !== "user") throw new AppError("forbidden");
});
