import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./openapi.ts";

/** The headers of answers that a page of another origin may read. */
const EXPOSED_HEADERS = [
  "ETag",
  "Location",
  "Retry-After",
  "Content-Disposition",
  "WWW-Authenticate",
  "Accept-Encoding",
  "Link",
  "X-Request-Id",
  "X-Client-Request-Id",
];

/** The origins of other pages that browsers may call from. */
export function originsOf({ CORS_ORIGINS }: { CORS_ORIGINS?: string }): string[] {
  const origins = CORS_ORIGINS?.split(",").map((origin) => origin.trim()) ?? [];
  return origins.filter(Boolean);
}

/** Lets pages of CORS_ORIGINS read the answers; on the routes of log-in also with the cookie, which no other route has. */
export const allowOrigins = createMiddleware<AppEnv>(async (c, next) => {
  const origin = originsOf(c.env);
  if (origin.length === 0) return next();
  const credentials = c.req.path.startsWith("/auth/");
  return cors({ origin, exposeHeaders: EXPOSED_HEADERS, maxAge: 600, credentials })(c, next);
});
