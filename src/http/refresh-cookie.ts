import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { AppError } from "../errors.ts";
import { originsOf } from "./cross-origin.ts";
import type { Guarded } from "./guards/guarded-by.ts";

/** The name of the cookie behind its prefix: browsers refuse a cookie called `__Secure-...` that is not `Secure`. */
const NAME = "ecg-refresh";
/**
 * No script reads the cookie, no other site's page has it sent, and it goes to the routes below /auth alone: of these
 * POST /auth/token uses it, and POST /auth/logout ends it. Browsers take http://localhost for secure.
 */
const ATTRIBUTES = { prefix: "secure", path: "/auth", secure: true, httpOnly: true, sameSite: "Strict" } as const;

/** The refresh token in a request's cookie. */
export function findRefreshCookie(c: Context<Guarded>): string | undefined {
  return getCookie(c, NAME, ATTRIBUTES.prefix);
}

/** Puts a refresh token that lasts `seconds` into the cookie. */
export function setRefreshCookie(c: Context<Guarded>, token: string, seconds: number): void {
  setCookie(c, NAME, token, { ...ATTRIBUTES, maxAge: seconds });
}

/** Removes the cookie. */
export function clearRefreshCookie(c: Context<Guarded>): void {
  deleteCookie(c, NAME, ATTRIBUTES);
}

/**
 * Refuses pages of strangers what sets or uses the cookie: a form on one could log its reader in as somebody else. Browsers send
 * the Origin of every POST; what is no browser may leave it out.
 *
 * @throws AppError `forbidden` when the request comes from a page that is neither of this service nor of CORS_ORIGINS
 */
export function requireKnownOrigin(c: Context<Guarded>): void {
  const origin = c.req.header("origin");
  if (origin === undefined || origin === new URL(c.req.url).origin || originsOf(c.env).includes(origin)) return;
  throw newStrangerRefusal();
}

/** The refusal of a page that may not set or use the cookie. */
export function newStrangerRefusal(): AppError {
  return new AppError("forbidden", { detail: "The cookie is for pages of this service and of CORS_ORIGINS alone." });
}
