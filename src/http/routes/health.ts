import { createRoute, z } from "@hono/zod-openapi";
import { AppError } from "../../errors.ts";
import { queryDatabase } from "../../store/db.ts";
import { openToAnyone } from "../guards/guarded-by.ts";
import { failures, json, newRouter } from "../openapi.ts";

const readHealth = createRoute({
  method: "get",
  path: "/health",
  operationId: "getHealth",
  tags: ["Operation"],
  summary: "Whether the service and its database answer",
  description: "For a load balancer or a monitor: it asks the database for one row.",
  ...openToAnyone(),
  responses: {
    200: json(z.object({ status: z.literal("ok") }).openapi("Health", { example: { status: "ok" } }), "Both do"),
    ...failures(),
  },
});

export const healthRoutes = newRouter().openapi(readHealth, async (c) => {
  try {
    await queryDatabase(c.var.store);
  } catch (cause) {
    throw new AppError("unavailable", { detail: "The database does not answer.", cause });
  }
  return c.json({ status: "ok" as const }, 200);
});
