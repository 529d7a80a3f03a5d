import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { requireNotEncoded } from "../body.ts";
import type { AppEnv } from "../openapi.ts";

/** Bytes of a body that is only a few fields. */
const MAX_SMALL_BODY_BYTES = 64 * 1024;

const limitLength = bodyLimit({
  maxSize: MAX_SMALL_BODY_BYTES,
  onError: () => {
    throw new AppError("too-large");
  },
});

/**
 * Lets in a body that is not too long, not encoded, and of some type, which the route's schema then looks at. It is read before the caller
 * is looked up: one that comes hours later changes nothing by credentials that have ended meanwhile.
 */
export const requireSmallBody = createMiddleware<AppEnv>((c, next) => {
  requireNotEncoded(c.req.raw);
  if (!c.req.header("content-type")) throw new AppError("unsupported-type");
  return limitLength(c, async () => {
    // One that breaks off is refused where it is parsed.
    await c.req.arrayBuffer().catch(() => {});
    await next();
  });
});
