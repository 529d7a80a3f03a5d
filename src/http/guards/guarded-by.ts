import type { Env, MiddlewareHandler } from "hono";
import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import type { Need } from "../../store/callers.ts";
import type { AnyStore, AuditedStore } from "../../store/db.ts";
import type { AppEnv } from "../openapi.ts";
import { openAuditedStore } from "./actor.ts";

/**
 * The variables that a handler has behind every guard: without one it has no store, and does not compile. The store is one of a request
 * that is to leave an entry in the audit trail, unless the guard says that it has made the entry.
 */
export type Guarded<Variables = object, S extends AnyStore = AuditedStore> = AppEnv & {
  Variables: { store: S } & Variables;
};

/** Who may call a route: a middleware, and what it needs of a key, which the document says. */
export type Guard<E extends Env> = { need: Need; middleware: MiddlewareHandler<E> };

/** Lets everybody in. Refusals leave no entry in the audit trail unless a handler makes it, or nobodies could fill it. */
const anyone = createMiddleware<Guarded>(async (c, next) => {
  c.set("store", openAuditedStore(c, null));
  await next();
});

/** What reads a body before a guard looks the caller up, and what refuses it behind the guard. */
export type BodyGuard = { read: MiddlewareHandler; judge: MiddlewareHandler };

/** The part of a route's definition that says who may call it. The handler has the variables that the guard sets, and no others. */
export function guardedBy<E extends Env>({ need, middleware }: Guard<E>, body?: BodyGuard) {
  const byKey = need === "session" ? [] : [{ key: [need] }];
  // With the type of the guard: the framework's type of several middlewares copies a store's members, and loses its class.
  const whole = body ? (every(body.read, middleware, body.judge) as MiddlewareHandler<E>) : middleware;
  return { security: [{ oauth2: [] }, ...byKey], middleware: whole };
}

/** The part of a route's definition that lets everybody call it. */
export function openToAnyone(...before: MiddlewareHandler[]) {
  return { security: [], middleware: every(...before, anyone) as typeof anyone };
}
