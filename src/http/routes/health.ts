import { createRoute, z } from "@hono/zod-openapi";
import { AppError } from "../../errors.ts";
import { queryDatabase } from "../../store/db.ts";
import { logFailure } from "../../store/failures.ts";
import { countJobs, MOST_COUNTED } from "../../store/jobs.ts";
import { type Checks, checkStore, isReady } from "../../store/readiness.ts";
import { brakeReadiness } from "../guards/brake.ts";
import { openToAnyone } from "../guards/guarded-by.ts";
import { failures, json, newRouter } from "../openapi.ts";

const tags = ["Operation"];

const readHealth = createRoute({
  method: "get",
  path: "/health",
  operationId: "getHealth",
  tags,
  summary: "Whether the service and its database answer",
  description: "For a load balancer or a monitor: it asks the database for one row.",
  ...openToAnyone(),
  responses: {
    200: json(z.object({ status: z.literal("ok") }).openapi("Health", { example: { status: "ok" } }), "Both do"),
    ...failures(),
  },
});

const CheckSchema = z.string().openapi({ description: "`ok`, `not bound`, or what is wrong" });
const ReadinessSchema = z
  .object({
    status: z.literal("ok"),
    checks: z.object({ database: CheckSchema, archive: CheckSchema, queue: CheckSchema, migrations: CheckSchema }),
    jobs: z.object({
      waiting: z.int().openapi({ description: "Jobs that are still to be done" }),
      failed: z.int().openapi({ description: "Jobs that have failed for good: `GET /admin/jobs` lists them" }),
    }),
  })
  .openapi("Readiness", {
    example: {
      status: "ok",
      checks: { database: "ok", archive: "not bound", queue: "ok", migrations: "ok" },
      jobs: { waiting: 3, failed: 0 },
    },
  });

const readReadiness = createRoute({
  method: "get",
  path: "/health/ready",
  operationId: "getReadiness",
  tags,
  summary: "Whether all that the service stands on is as it should be",
  description: `For the operator: the database, the archive and the queue if they are bound, and whether this version's migrations are applied. A 503 says in \`checks\` what is wrong. Of jobs that wait and that have failed up to ${MOST_COUNTED} each are counted. An address may ask 60 times a minute.`,
  ...openToAnyone(brakeReadiness),
  responses: {
    200: json(ReadinessSchema, "All is"),
    ...failures(
      "too-many-requests",
      newUnready({ database: "ok", archive: "ok", queue: "does not answer", migrations: "ok" }),
    ),
  },
});

export const healthRoutes = newRouter()
  .openapi(readHealth, async (c) => {
    try {
      await queryDatabase(c.var.store);
    } catch (cause) {
      throw new AppError("unavailable", { detail: "The database does not answer.", cause });
    }
    return c.json({ status: "ok" as const }, 200);
  })
  .openapi(readReadiness, async (c) => {
    const { store } = c.var;
    const [checks, jobs] = await Promise.all([
      checkStore(store),
      countJobs(store).catch((error) => {
        logFailure("counting the jobs", error);
        return undefined;
      }),
    ]);
    // Without the table of jobs the migrations are not applied, which the checks say.
    if (!jobs || !isReady(checks)) throw newUnready(checks);
    return c.json({ status: "ok" as const, checks, jobs }, 200);
  });

/** The refusal that says what is not as it should be. */
function newUnready(checks: Checks): AppError {
  return new AppError("unavailable", {
    detail: "Something that the service stands on is not as it should be: see checks.",
    extensions: { checks },
  });
}
