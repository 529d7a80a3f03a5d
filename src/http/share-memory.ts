import type { MiddlewareHandler } from "hono";
import { Memory } from "./memory.ts";
import type { AppEnv } from "./openapi.ts";

/** Gives each request its share of the isolate's memory, and takes it back when it is answered. */
export const shareMemory: MiddlewareHandler<AppEnv> = async (c, next) => {
  const memory = new Memory();
  c.set("memory", memory);
  await next();
  // Nobody reads the body of an answer to a HEAD: what it holds would never be let go.
  if (c.req.method === "HEAD") await c.res.body?.cancel();
  memory.release();
};
