import { createMiddleware } from "hono/factory";
import { AppError } from "../../errors.ts";
import type { Access } from "../../store/callers.ts";
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

/** Brakes one address's questions whether the service is ready: each reads some thousand rows, which are billed, and anybody may ask. */
export const brakeReadiness = createMiddleware<AppEnv>(async (c, next) => {
  await brake(c.env.LOGIN_RATE_BY_ADDRESS, `readiness for ${addressOf(c.req.raw)}`);
  await next();
});

/** The limits of log-ins of one name. */
type NameLimits = Pick<Env, "LOGIN_RATE_BY_NAME" | "LOGIN_RATE_BY_NAME_ALONE">;

/**
 * Brakes log-ins of one name: from one address, and then from wherever, so that who tries from one address alone does not keep others out.
 *
 * @param name without differences of spelling, which would multiply the tries
 */
export async function brakeName(limits: NameLimits, request: Request, name: string): Promise<void> {
  await brake(limits.LOGIN_RATE_BY_NAME, `${addressOf(request)} ${name}`);
  await brake(limits.LOGIN_RATE_BY_NAME_ALONE, name);
}

/** Methods of requests that change nothing. */
const READING = ["GET", "HEAD"];
/** Requests of a user that an isolate lets in each minute before it asks the limit, which may be as far away as the database. */
export const FREE_A_MINUTE = 300;

/** How many requests of each user this isolate has let in since the minute began. */
const counts = new Map<string, number>();
let countedMinute = 0;

/** Brakes what the tokens of a user ask for: reads, and all that changes something. */
export async function brakeUser(
  limits: Partial<Pick<Env, "READ_RATE" | "WRITE_RATE">>,
  method: string,
  userId: string,
) {
  const name = READING.includes(method) ? "READ_RATE" : "WRITE_RATE";
  const minute = Math.floor(Date.now() / (PERIOD_SECONDS * 1000));
  if (minute !== countedMinute) counts.clear();
  countedMinute = minute;
  const count = (counts.get(`${name} ${userId}`) ?? 0) + 1;
  counts.set(`${name} ${userId}`, count);
  const limit = limits[name];
  if (count > FREE_A_MINUTE && limit) await brake(limit, userId);
}

/** Wrong keys of an address that an isolate takes for mistakes, each minute. */
const FREE_WRONG_KEYS = 3;
/** How many wrong keys have come to this isolate from each address since the minute began. */
const wrongKeys = new Map<string, number>();
let wrongKeysMinute = 0;

/** Brakes whoever tries keys that do not hold, by address. */
export async function brakeWrongKeys(limits: Pick<Env, "LOGIN_RATE_BY_ADDRESS">, request: Request): Promise<void> {
  const address = addressOf(request);
  const minute = Math.floor(Date.now() / (PERIOD_SECONDS * 1000));
  if (minute !== wrongKeysMinute) wrongKeys.clear();
  wrongKeysMinute = minute;
  wrongKeys.set(address, (wrongKeys.get(address) ?? 0) + 1);
  await brake(limits.LOGIN_RATE_BY_ADDRESS, `keys of ${address}`);
}

/** Whether wrong keys have come from where a request comes from, as from one who makes them up. */
export function triesKeys(request: Request): boolean {
  return (wrongKeys.get(addressOf(request)) ?? 0) >= FREE_WRONG_KEYS;
}

/** What measures more of an ECG anew is braked, in seconds. */
const LONG_SECONDS = 15 * 60;

/** Brakes what one user, or one key, has measured anew of an ECG, if it is many seconds of it. */
export async function brakeMeasuring(
  limits: Partial<Pick<Env, "MEASURE_RATE">>,
  { credential }: Access,
  seconds: number,
): Promise<void> {
  if (seconds <= LONG_SECONDS) return;
  const who = "userId" in credential ? credential.userId : credential.keyHash;
  if (limits.MEASURE_RATE) await brake(limits.MEASURE_RATE, who);
}

/** Brakes how often one user asks for parts of an export: each may take nearly all queries that a request has. */
export async function brakeExport(limits: Partial<Pick<Env, "MEASURE_RATE">>, userId: string): Promise<void> {
  if (limits.MEASURE_RATE) await brake(limits.MEASURE_RATE, `export of ${userId}`);
}

/** The address that a request comes from: of IPv6 the first half, since a subscriber has the whole of the other. */
function addressOf(request: Request): string {
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
