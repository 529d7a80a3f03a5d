import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./openapi.ts";

/** The origins of other pages that browsers may call from. */
export function originsOf({ CORS_ORIGINS }: { CORS_ORIGINS?: string }): string[] {
  const origins = CORS_ORIGINS?.split(",").map((origin) => origin.trim()) ?? [];
  return origins.filter(Boolean);
}

/** Lets pages of CORS_ORIGINS read the answers; on the routes of log-in also with the cookie, which no other route has. */
export const allowOrigins = createMiddleware<AppEnv>(async (c, next) => {
  const origin = originsOf(c.env);
  if (origin.length === 0) return next();
  const exposeHeaders = ["ETag", "Location", "Retry-After", "X-Request-Id"];
  return cors({ origin, exposeHeaders, maxAge: 600, credentials: c.req.path.startsWith("/auth/") })(c, next);
});
