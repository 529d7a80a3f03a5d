import { createRoute, z } from "@hono/zod-openapi";
import { newKey } from "../../auth/keys.ts";
import { AppError } from "../../errors.ts";
import { toTimestamp } from "../../recording/timestamp.ts";
import { newId } from "../../store/ids.ts";
import { deleteKey, insertKey, listShares } from "../../store/keys.ts";
import type { AccessKeyRow } from "../../store/schema.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireOwnEcg, requireOwnEcgToChange } from "../guards/require-own-ecg.ts";
import { smallJson } from "../guards/require-small-body.ts";
import { ExpirySchema, keyFields, LabelSchema, newKeyExample, SecretSchema, toKeyFields } from "../key-schema.ts";
import { BODY_REFUSALS, failures, idParameter, json, jsonBody, newRouter } from "../openapi.ts";
import { decodeCursor, pageSchema, pagingQuery, readPage } from "../paging.ts";

/** How long a share lasts at the most, in ms: a year. */
const MAX_SHARE_MS = 366 * 24 * 3600 * 1000;

const NewShareSchema = z
  .strictObject({
    expires_at: ExpirySchema.refine((time) => time <= Date.now() + MAX_SHARE_MS, "is more than 366 days away"),
    note: LabelSchema.nullish(),
  })
  .openapi("NewShare", { example: { expires_at: "2026-02-28T00:00:00Z", note: "For Dr. Byron" } });

const example = { ...newKeyExample("share"), note: "For Dr. Byron", expires_at: "2026-02-28T00:00:00Z" };

const ShareSchema = z
  .object({
    ...keyFields,
    note: z.string().nullable(),
    expires_at: z.string().openapi({ format: "date-time" }),
  })
  .openapi("Share", { example });

const CreatedShareSchema = ShareSchema.extend({ key: SecretSchema }).openapi("CreatedShare", {
  example: { ...example, key: `${example.prefix}...` },
});

const tags = ["Keys"];
/** A share opens an ECG: nobody keeps its list, nor the key. */
const NOT_KEPT = { "Cache-Control": "no-store" };

const createShare = createRoute({
  tags,
  ...guardedBy(requireOwnEcgToChange("session"), smallJson),
  method: "post",
  path: "/ecg/{id}/shares",
  operationId: "createShare",
  summary: "Share an ECG, read only and until a date",
  description:
    "Gives a Bearer token that reads this ECG, its windows, insights, annotations and exports, and nothing else. It lasts 366 days at the most, and ends when it is revoked or the ECG is erased. An account has up to 1,000 keys and shares.",
  request: { params: idParameter, body: jsonBody(NewShareSchema) },
  responses: {
    201: json(CreatedShareSchema, "The share"),
    ...failures("unauthorized", "forbidden", "not-found", "conflict", ...BODY_REFUSALS),
  },
});

const readShares = createRoute({
  tags,
  ...guardedBy(requireOwnEcg("session")),
  method: "get",
  path: "/ecg/{id}/shares",
  operationId: "listShares",
  summary: "List the shares of an ECG, in the order in which they were made",
  description: "Until when each lasts, and when it was last used; never the key itself.",
  request: { params: idParameter, query: z.strictObject(pagingQuery) },
  responses: {
    200: json(pageSchema(ShareSchema).openapi("SharePage"), "A page of shares"),
    ...failures("unauthorized", "forbidden", "not-found", "invalid"),
  },
});

const revokeShare = createRoute({
  tags,
  ...guardedBy(requireOwnEcgToChange("session")),
  method: "delete",
  path: "/ecg/{id}/shares/{share}",
  operationId: "revokeShare",
  summary: "Revoke a share, at once",
  description: "Every request with its key is a 401 from then on.",
  request: {
    params: idParameter.extend({
      share: z
        .string()
        .toLowerCase()
        .openapi({
          param: { name: "share", in: "path" },
          description: "The id of the share, a UUID",
          example: example.id,
        }),
    }),
  },
  responses: { 204: { description: "Revoked" }, ...failures("unauthorized", "forbidden", "not-found") },
});

export const shareRoutes = newRouter()
  .openapi(createShare, async (c) => {
    const { note, expires_at: expiresAt } = c.req.valid("json");
    const { store, user, ecg } = c.var;
    const id = newId();
    const { key, keyHash } = newKey("share", id);
    const row = await insertKey(store, user, {
      id,
      ecgId: ecg.id,
      name: note ?? "",
      scopes: ["ecg:read"],
      keyHash,
      expiresAt,
    });
    return c.json({ ...toShare(row), key }, 201, NOT_KEPT);
  })
  .openapi(readShares, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const [after] = decodeCursor(cursor, z.tuple([z.string()])) ?? [];
    const list = (count: number) => listShares(c.var.store, c.var.ecg.id, count, after);
    const page = await readPage(limit, list, (last) => [last.id]);
    return c.json({ items: page.items.map(toShare), next_cursor: page.nextCursor }, 200, NOT_KEPT);
  })
  .openapi(revokeShare, async (c) => {
    const { store, user, ecg } = c.var;
    if (!(await deleteKey(store, user.id, c.req.valid("param").share, ecg.id))) throw new AppError("not-found");
    return c.body(null, 204);
  });

function toShare(row: AccessKeyRow) {
  // Every share has an expiry.
  return { ...toKeyFields(row), note: row.name || null, expires_at: toTimestamp(row.expiresAt ?? 0) };
}
