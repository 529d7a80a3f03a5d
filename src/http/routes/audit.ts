import { createRoute, z } from "@hono/zod-openapi";
import { toTimestamp } from "../../recording/timestamp.ts";
import { type AuditFilter, type AuditPage, listAudit, listAuditOf } from "../../store/audit.ts";
import { type AuditRow, OUTCOMES } from "../../store/schema.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireRole, requireUser } from "../guards/require-user.ts";
import { failures, json, newRouter } from "../openapi.ts";
import { decodeCursor, encodeCursor, pageSchema, pagingQuery, TimeSchema } from "../paging.ts";

const EntrySchema = z
  .object({
    id: z.string(),
    at: z.string().openapi({ format: "date-time" }),
    account_id: z
      .string()
      .nullable()
      .openapi({ description: "The account that it is about: the owner of an ECG, or whom an admin changes" }),
    user_id: z.string().nullable().openapi({ description: "Who did it; null for nobody known" }),
    key_id: z.string().nullable().openapi({ description: "The key or the share that it was done with" }),
    action: z.string().openapi({ description: "The method and the route" }),
    subject_id: z.string().nullable().openapi({ description: "The ECG, user, key or share that it was done to" }),
    outcome: z.enum(OUTCOMES),
    request_id: z.string().openapi({ description: "The `X-Request-Id` of the answer" }),
    address: z.string().nullable().openapi({ description: "The network address that it came from" }),
  })
  .openapi("AuditEntry", {
    example: {
      id: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b",
      at: "2026-01-31T09:30:00Z",
      account_id: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b",
      user_id: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b",
      key_id: null,
      action: "GET /ecg/{id}",
      subject_id: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b",
      outcome: "done",
      request_id: "5f2c3f0e-2a8b-4d7c-9f5a-2f6d0a1b3c4d",
      address: "192.0.2.1",
    },
  });

const AuditPageSchema = pageSchema(EntrySchema).openapi("AuditPage");

const auditQuery = {
  ...pagingQuery,
  from: TimeSchema.optional().openapi({ description: "At this time or later: `2026-01-01T00:00:00Z`" }),
  to: TimeSchema.optional().openapi({ description: "Before this time" }),
  action: z.string().max(100).optional().openapi({
    description:
      "Of this action alone. A page looks through a thousand entries for it: it may have fewer than `limit`, even none, and yet another behind it",
    example: "GET /ecg/{id}",
  }),
};

const tags = ["Audit"];

const readOwnAudit = createRoute({
  tags,
  ...guardedBy(requireUser),
  method: "get",
  path: "/users/me/audit",
  operationId: "listOwnAudit",
  summary: "List who did what with your account and your ECGs, newest first",
  description:
    "An entry for each request that was answered, and for each that was refused or did not find what it asked for. No request changes or removes one.",
  request: { query: z.strictObject(auditQuery) },
  responses: { 200: json(AuditPageSchema, "A page of entries"), ...failures("unauthorized", "forbidden", "invalid") },
});

const readAudit = createRoute({
  tags,
  ...guardedBy(requireRole("admin")),
  method: "get",
  path: "/admin/audit",
  operationId: "listAudit",
  summary: "List who did what with all accounts, newest first",
  description: "Of every account, or of one; and who tried. It has ids, and nothing that an ECG contains.",
  request: {
    query: z.strictObject({
      ...auditQuery,
      // Upper case is as good, as it is in paths.
      user: z
        .string()
        .toLowerCase()
        .optional()
        .openapi({ description: "About this account alone, by its id; also an erased one" }),
    }),
  },
  responses: { 200: json(AuditPageSchema, "A page of entries"), ...failures("unauthorized", "forbidden", "invalid") },
});

export const auditRoutes = newRouter()
  .openapi(readOwnAudit, async (c) => {
    const { limit, before, filter } = readFilter(c.req.valid("query"));
    return c.json(toPage(await listAuditOf(c.var.store, c.var.user.id, filter, limit, before)), 200);
  })
  .openapi(readAudit, async (c) => {
    const { user, ...query } = c.req.valid("query");
    const { limit, before, filter } = readFilter(query);
    const { store } = c.var;
    const page =
      user === undefined
        ? await listAudit(store, filter, limit, before)
        : await listAuditOf(store, user, filter, limit, before);
    return c.json(toPage(page), 200);
  });

function readFilter({ limit, cursor, ...filter }: AuditFilter & { limit: number; cursor?: string }) {
  const [before] = decodeCursor(cursor, z.tuple([z.string()])) ?? [];
  return { limit, before, filter };
}

function toPage({ rows, next }: AuditPage) {
  return { items: rows.map(toEntry), next_cursor: next === null ? null : encodeCursor([next]) };
}

/** An entry of the trail as JSON. */
export function toEntry(row: AuditRow) {
  return {
    id: row.id,
    at: toTimestamp(row.at),
    account_id: row.accountId || null,
    user_id: row.userId,
    key_id: row.keyId,
    action: row.action,
    subject_id: row.subjectId,
    outcome: row.outcome,
    request_id: row.requestId,
    address: row.address,
  };
}
