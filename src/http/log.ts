import { DrizzleQueryError } from "drizzle-orm";
import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { AppEnv } from "./openapi.ts";

/** One JSON line a request. The route's pattern and not its path: an id or a query may say whose heart it is. */
export const logRequests: MiddlewareHandler<AppEnv> = async (c, next) => {
  const start = Date.now();
  await next();
  const route = routePath(c, -1);
  console.log(
    JSON.stringify({
      request_id: c.var.requestId,
      method: c.req.method,
      route: route.endsWith("*") ? null : route,
      status: c.res.status,
      ms: Date.now() - start,
    }),
  );
};

/** The stack of an unexpected error, and of what caused it. */
export function logError(c: Context<AppEnv>, error: Error): void {
  const stacks: string[] = [];
  for (let cause: unknown = error; cause instanceof Error && stacks.length < 5; cause = cause.cause) {
    stacks.push(stackOf(cause));
  }
  console.error(JSON.stringify({ request_id: c.var.requestId, error: stacks }));
}

/** A failed query's message holds the values that were bound to it, which are somebody's: only the statement is kept. */
function stackOf(error: Error): string {
  const stack = error.stack ?? error.message;
  return error instanceof DrizzleQueryError ? stack.replace(error.message, () => error.query) : stack;
}
