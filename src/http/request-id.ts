import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "./openapi.ts";

/** A client's id of a request that is kept: it goes into a header and the log, and says no more than it has to. */
const CLIENT_ID = /^[\w.:=+/-]{1,128}$/;

/**
 * Gives each request an id of its own, in `X-Request-Id`. The one that a client sends in that header is kept beside it, and comes back
 * in `X-Client-Request-Id`: clients may send the same one twice.
 */
export const identifyRequests: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set("requestId", crypto.randomUUID());
  c.header("X-Request-Id", c.var.requestId);
  const clientId = c.req.header("x-request-id");
  if (clientId && CLIENT_ID.test(clientId)) {
    c.set("clientRequestId", clientId);
    c.header("X-Client-Request-Id", clientId);
  }
  await next();
};
