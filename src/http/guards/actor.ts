import type { Context } from "hono";
import { routePath } from "hono/route";
import { AppError } from "../../errors.ts";
import { keptMsOf, recordRefusal } from "../../store/audit.ts";
import type { Credential } from "../../store/callers.ts";
import { type Actor, type AuditedStore, type Later, openStore, type Store } from "../../store/db.ts";
import type { AnyContext } from "../openapi.ts";

/** Ids are UUIDs; whatever else a path has in their place is not kept. */
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** Characters of an address that are kept: of IPv6 there are no more, but without Cloudflare anybody may send the header. */
const MAX_ADDRESS_LENGTH = 45;

/** Opens the store for a request that is to leave an entry in the audit trail. */
export function openAuditedStore(c: AnyContext, userId: Actor["userId"], credential?: Credential): AuditedStore {
  // What `routePath` reads is in the part of the context that is alike everywhere.
  const { text, parameters } = readRoute(routePath(c as unknown as Context, -1));
  const named = parameters.map((name) => c.req.param(name) ?? "");
  const actor: Actor = {
    userId,
    keyId: credential && "keyId" in credential ? credential.keyId : null,
    action: `${c.req.method} ${text}`,
    subjectId: named.findLast((value) => ID.test(value))?.toLowerCase() ?? null,
    requestId: c.var.requestId,
    address: c.req.header("cf-connecting-ip")?.slice(0, MAX_ADDRESS_LENGTH) ?? null,
    keptMs: keptMsOf(c.env),
  };
  return { ...openStoreOf(c), actor };
}

type Route = { text: string; parameters: string[] };
const knownRoutes = new Map<string, Route>();

/** A route as entries have it, `/ecg/{id}`, and the names of its parameters: read once in an isolate. */
function readRoute(pattern: string): Route {
  const known = knownRoutes.get(pattern);
  if (known) return known;
  const parameters = [...pattern.matchAll(/:(\w+)/g)].map(([, name]) => name);
  const route = { text: pattern.replaceAll(/:(\w+)/g, "{$1}"), parameters };
  knownRoutes.set(pattern, route);
  return route;
}

/** Opens the store for a request. What it does later goes on after the answer. */
export function openStoreOf(c: AnyContext): Store {
  return openStore(c.env, laterOf(c));
}

/** Only a request that the runtime has made has a context that outlives its answer. */
function laterOf(c: AnyContext): Later | undefined {
  try {
    const { executionCtx } = c;
    return (work) => executionCtx.waitUntil(work);
  } catch {
    return undefined;
  }
}

/** Throws a refusal of a known caller, and records it. */
export async function refuse(store: AuditedStore, error: Error): Promise<never> {
  await recordRefused(store, error);
  throw error;
}

/** Runs the handler, and records when that refuses a known caller, or does not find what was asked for. */
export async function handOver(c: AnyContext & Pick<Context, "error">, store: AuditedStore, next: () => Promise<void>) {
  await next();
  await recordRefused(store, c.error);
}

/** Records a 403 or a 404. Whatever else is thrown has done nothing. */
async function recordRefused(store: AuditedStore, error: Error | undefined): Promise<void> {
  if (!(error instanceof AppError)) return;
  if (error.code === "forbidden") await recordRefusal(store, "refused");
  if (error.code === "not-found") await recordRefusal(store, "not-found");
}
