import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import { requireNotEncoded } from "../body.ts";
import type { AppEnv } from "../openapi.ts";
import type { BodyGuard } from "./guarded-by.ts";

/** Bytes of a body that is only a few fields. */
const MAX_SMALL_BODY_BYTES = 64 * 1024;

const limitLength = bodyLimit({
  maxSize: MAX_SMALL_BODY_BYTES,
  onError: () => {
    throw new AppError("too-large");
  },
});

/** Lets in a body that is not too long, not encoded, and of some type, which the route's schema then looks at. */
export const requireSmallBody = createMiddleware<AppEnv>(async (c, next) => {
  await readSmallBody(c);
  await next();
});

/**
 * The same around a guard: the body is read before the caller is looked up, so that one that comes hours later changes nothing by
 * credentials that have ended meanwhile, and refused after it, so that who may not call is told that first.
 */
export const smallBody: BodyGuard = {
  read: createMiddleware<AppEnv>(async (c, next) => {
    await readSmallBody(c).catch((refusal) => c.set("bodyRefusal", refusal));
    await next();
  }),
  judge: createMiddleware<AppEnv>(async (c, next) => {
    if (c.var.bodyRefusal) throw c.var.bodyRefusal;
    await next();
  }),
};

async function readSmallBody(c: Context<AppEnv>): Promise<void> {
  requireNotEncoded(c.req.raw);
  if (!c.req.header("content-type")) throw new AppError("unsupported-type");
  await limitLength(c, async () => {
    // One that breaks off is refused where it is parsed.
    await c.req.arrayBuffer().catch(() => {});
  });
}
