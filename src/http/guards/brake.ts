import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import type { AppEnv } from "../openapi.ts";

/** The period of the limits in wrangler.toml, in seconds. */
const PERIOD_SECONDS = 60;

/** @throws AppError `too-many-requests` when `key` has used its share of the limit */
export async function brake(limit: RateLimit, key: string): Promise<void> {
  const { success } = await limit.limit({ key });
  if (!success) throw new AppError("too-many-requests", { headers: { "Retry-After": String(PERIOD_SECONDS) } });
}

/** Brakes log-ins from one address, whatever names they try. */
export const brakeAddress = createMiddleware<AppEnv>(async (c, next) => {
  await brake(c.env.LOGIN_RATE_BY_ADDRESS, addressOf(c.req.raw));
  await next();
});

/**
 * Brakes log-ins of one name: from one address, and then from wherever, so that who tries from one address alone does not keep others out.
 *
 * @param name without differences of spelling, which would multiply the tries
 */
export async function brakeName(limits: Env, request: Request, name: string): Promise<void> {
  await brake(limits.LOGIN_RATE_BY_NAME, `${addressOf(request)} ${name}`);
  await brake(limits.LOGIN_RATE_BY_NAME_ALONE, name);
}

/** The address that a request comes from: of IPv6 the first half, since a subscriber has the whole of the other. */
export function addressOf(request: Request): string {
  const address = request.headers.get("cf-connecting-ip") ?? "unknown";
  if (!address.includes(":") || address.includes(".")) return address;
  const [head, tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const last = tail === "" ? [] : tail.split(":");
    groups.push(...Array.from({ length: Math.max(0, 8 - groups.length - last.length) }, () => "0"), ...last);
  }
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
