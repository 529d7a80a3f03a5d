import { createMiddleware } from "hono/factory";
import { callerOf, findCaller } from "../../store/callers.ts";
import { withoutActor } from "../../store/db.ts";
import { type Claim, newClaim } from "../../store/incoming-ecgs.ts";
import { openAuditedStore } from "./actor.ts";
import { triesKeys } from "./brake.ts";
import { admit, readAccess } from "./caller.ts";
import type { Guard, Guarded } from "./guarded-by.ts";

/** Bytes of a body that are read before a key is looked up: an ECG of 10 s in JSON has a third of it. */
const MAX_UNPROVEN_BYTES = 1024 * 1024;
/** The headers that a refusal may have of its own. */
const REFUSAL_HEADERS = ["WWW-Authenticate", "Retry-After", "Accept-Encoding"];

/**
 * Lets in whoever has a token that is valid by itself or what may be a key, with a claim that `insertEcg` alone can take: its statement
 * makes sure of the user, which spares a trip to the database. Of a refusal the user is looked up after all, so that who may not
 * send ECGs learns that and nothing else. Before a long body is read for a key, which anybody can make up, it is looked up first, and so is
 * any key from where wrong ones have come.
 */
export const claimOwner: Guard<Guarded<{ claim: Claim }>> = {
  need: "ecg:write",
  middleware: createMiddleware(async (c, next) => {
    const access = await readAccess(c, "ecg:write");
    const store = openAuditedStore(c, callerOf(access), access.credential);
    const requireOwner = async () => admit(c, access, await findCaller(withoutActor(store), access), "user");
    if ("keyId" in access.credential && (mayBeLong(c.req.raw) || triesKeys(c.req.raw))) await requireOwner();
    c.set("claim", newClaim(access));
    c.set("store", store);
    await next();
    if (c.res.status < 400) return;
    await requireOwner().catch((error) => {
      // The framework keeps the headers of an answer whose place another takes.
      for (const name of REFUSAL_HEADERS) c.header(name, undefined);
      throw error;
    });
  }),
};

function mayBeLong({ headers }: Request): boolean {
  const length = headers.get("content-length");
  return length === null || Number(length) > MAX_UNPROVEN_BYTES || headers.has("content-encoding");
}
