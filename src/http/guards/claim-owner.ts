import { createMiddleware } from "hono/factory";
import { callerOf, findCaller } from "../../store/callers.ts";
import { withoutActor } from "../../store/db.ts";
import { type Claim, newClaim } from "../../store/ecgs.ts";
import { openAuditedStore } from "./actor.ts";
import { admit, readAccess } from "./caller.ts";
import type { Guard, Guarded } from "./guarded-by.ts";

/**
 * Lets in whoever has a token that is valid by itself or what may be a key, with a claim that `insertEcg` alone can take: its statement
 * makes sure of the user, which spares a trip to the database. Of a refusal the user is looked up after all, so that who may not
 * send ECGs learns that and nothing else.
 */
export const claimOwner: Guard<Guarded<{ claim: Claim }>> = {
  need: "ecg:write",
  middleware: createMiddleware(async (c, next) => {
    const access = await readAccess(c, "ecg:write");
    const store = openAuditedStore(c, callerOf(access), access.credential);
    c.set("claim", newClaim(access));
    c.set("store", store);
    await next();
    if (c.res.status < 400) return;
    await admit(c, access, await findCaller(withoutActor(store), access), "user");
  }),
};
