import { createRoute, z } from "@hono/zod-openapi";
import { AppError } from "../../errors.ts";
import { toTimestamp } from "../../recording/timestamp.ts";
import { withoutActor } from "../../store/db.ts";
import { announceJobs, listFailedJobs, retryJob } from "../../store/jobs.ts";
import { JOB_KINDS, type JobRow } from "../../store/schema.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireRole } from "../guards/require-user.ts";
import { failures, json, newRouter } from "../openapi.ts";
import { decodeCursor, pageSchema, pagingQuery, readPage } from "../paging.ts";

const FailedJobSchema = z
  .object({
    kind: z.enum(JOB_KINDS).openapi({ description: "What was to be done" }),
    subject_id: z.string().openapi({ description: "The id of the ECG or the user, or the name of the sweep" }),
    created_at: z.string().openapi({ format: "date-time" }),
    failed_at: z.string().openapi({ format: "date-time" }),
    tries: z.int(),
    error: z.string().nullable().openapi({ description: "The code of the last failure; the log has its stack" }),
  })
  .openapi("FailedJob", {
    example: {
      kind: "measure",
      subject_id: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b",
      created_at: "2026-01-31T09:30:00Z",
      failed_at: "2026-01-31T09:46:00Z",
      tries: 6,
      error: "damaged-signal",
    },
  });

const tags = ["Operation"];
const requireAdmin = requireRole("admin");

const readFailedJobs = createRoute({
  tags,
  ...guardedBy(requireAdmin),
  method: "get",
  path: "/admin/jobs",
  operationId: "listFailedJobs",
  summary: "List the jobs that have failed for good, those that failed last first",
  description: "It has ids, and nothing that an ECG contains.",
  request: { query: z.strictObject(pagingQuery) },
  responses: {
    200: json(pageSchema(FailedJobSchema).openapi("FailedJobPage"), "A page of jobs"),
    ...failures("unauthorized", "forbidden", "invalid"),
  },
});

const retryFailedJob = createRoute({
  tags,
  ...guardedBy(requireAdmin),
  method: "post",
  path: "/admin/jobs/{kind}/{id}/retry",
  operationId: "retryJob",
  summary: "Have a failed job done once more",
  description:
    "As if it were new. Archiving, erasing, sweeping, and what an outage has ended are tried again each hour without it.",
  request: {
    params: z.object({
      kind: z.string().openapi({ param: { name: "kind", in: "path" }, description: "Its kind", example: "measure" }),
      id: z.string().openapi({
        param: { name: "id", in: "path" },
        description: "Its `subject_id`, which of a sweep is a name",
        example: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b",
      }),
    }),
  },
  responses: { 204: { description: "It will be" }, ...failures("unauthorized", "forbidden", "not-found") },
});

export const jobRoutes = newRouter()
  .openapi(readFailedJobs, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const [failedAt, subjectId, kind] = decodeCursor(cursor, z.tuple([z.number(), z.string(), z.string()])) ?? [];
    const after =
      failedAt === undefined || subjectId === undefined || kind === undefined
        ? undefined
        : { failedAt, subjectId, kind };
    const page = await readPage(
      limit,
      (count) => listFailedJobs(c.var.store, count, after),
      (last) => [last.failedAt, last.subjectId, last.kind],
    );
    return c.json({ items: page.items.map(toFailedJob), next_cursor: page.nextCursor }, 200);
  })
  .openapi(retryFailedJob, async (c) => {
    const { kind: name, id: subjectId } = c.req.valid("param");
    const kind = JOB_KINDS.find((one) => one === name);
    const job = kind && (await retryJob(c.var.store, { kind, subjectId }));
    if (!job) throw new AppError("not-found");
    await announceJobs(withoutActor(c.var.store), [{ kind: job.kind, subjectId }]);
    return c.body(null, 204);
  });

function toFailedJob({ kind, subjectId, createdAt, failedAt, tries, error }: JobRow) {
  return {
    kind,
    subject_id: subjectId,
    created_at: toTimestamp(createdAt),
    failed_at: toTimestamp(failedAt ?? createdAt),
    tries,
    error,
  };
}
