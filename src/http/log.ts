import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { stacksOf } from "../store/failures.ts";
import type { AnyContext, AppEnv } from "./openapi.ts";

/** Logs one JSON line a request, with the route's pattern and not its path: an id or a query may say whose heart it is. */
export const logRequests: MiddlewareHandler<AppEnv> = async (c, next) => {
  const start = Date.now();
  await next();
  const route = routePath(c, -1);
  console.log(
    JSON.stringify({
      request_id: c.var.requestId,
      client_request_id: c.var.clientRequestId,
      method: c.req.method,
      route: route.endsWith("*") ? null : route,
      status: c.res.status,
      ms: Date.now() - start,
    }),
  );
};

/** Logs an unexpected error of a request with its stacks. */
export function logError(c: AnyContext, error: Error): void {
  console.error(JSON.stringify({ request_id: c.var.requestId, error: stacksOf(error) }));
}
