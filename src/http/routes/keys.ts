import { createRoute, z } from "@hono/zod-openapi";
import { newKey } from "../../auth/keys.ts";
import { AppError } from "../../errors.ts";
import { toTimestamp } from "../../recording/timestamp.ts";
import { newId } from "../../store/ids.ts";
import { deleteKey, insertKey, listKeys } from "../../store/keys.ts";
import { type AccessKeyRow, SCOPES } from "../../store/schema.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { smallJson } from "../guards/require-small-body.ts";
import { requireRole } from "../guards/require-user.ts";
import { ExpirySchema, keyFields, LabelSchema, newKeyExample, SecretSchema, toKeyFields } from "../key-schema.ts";
import { BODY_REFUSALS, failures, idParameter, json, jsonBody, newRouter } from "../openapi.ts";
import { decodeCursor, pageSchema, pagingQuery, readPage } from "../paging.ts";

const ScopesSchema = z
  .array(z.enum(SCOPES))
  .min(1)
  .refine((scopes) => new Set(scopes).size === scopes.length, "names a scope twice")
  .openapi({
    description:
      "`ecg:read` lists and reads ECGs, `ecg:write` sends, changes and erases them, and is answered with their summaries",
    uniqueItems: true,
  });

const NewKeySchema = z
  .strictObject({ name: LabelSchema, scopes: ScopesSchema, expires_at: ExpirySchema.nullish() })
  .openapi("NewKey", { example: { name: "Bedside monitor 7", scopes: ["ecg:write"], expires_at: null } });

const example = {
  ...newKeyExample("key"),
  name: "Bedside monitor 7",
  scopes: ["ecg:write" as const],
  ecg_id: null,
  expires_at: null,
};

const KeySchema = z
  .object({
    ...keyFields,
    name: z.string().openapi({ description: "The name of a key, or the note of a share" }),
    scopes: z.array(z.enum(SCOPES)),
    ecg_id: z.string().nullable().openapi({ description: "The one ECG that a share is for; null of a key for all" }),
    expires_at: z.string().nullable().openapi({ format: "date-time", description: "Null of a key that does not end" }),
  })
  .openapi("Key", { example });

const CreatedKeySchema = KeySchema.extend({ key: SecretSchema }).openapi("CreatedKey", {
  example: { ...example, key: `${example.prefix}...` },
});

const tags = ["Keys"];
const requireHuman = requireRole("user");

const createKey = createRoute({
  tags,
  ...guardedBy(requireHuman, smallJson),
  method: "post",
  path: "/users/me/keys",
  operationId: "createKey",
  summary: "Make a key, for a device or a program",
  description:
    "A Bearer token that opens your ECGs within its scopes, and neither your account nor its keys. It goes on when your password changes, until it ends, is revoked, or your account is disabled. An account has up to 1,000 keys and shares.",
  request: { body: jsonBody(NewKeySchema) },
  responses: {
    201: json(CreatedKeySchema, "The key"),
    ...failures("unauthorized", "forbidden", "conflict", ...BODY_REFUSALS),
  },
});

const readKeys = createRoute({
  tags,
  ...guardedBy(requireHuman),
  method: "get",
  path: "/users/me/keys",
  operationId: "listKeys",
  summary: "List your keys and the shares of your ECGs, in the order in which they were made",
  description: "What each may do, until when, and when it was last used; never the key itself.",
  request: { query: z.strictObject(pagingQuery) },
  responses: {
    200: json(pageSchema(KeySchema).openapi("KeyPage"), "A page of keys"),
    ...failures("unauthorized", "forbidden", "invalid"),
  },
});

const revokeKey = createRoute({
  tags,
  ...guardedBy(requireHuman),
  method: "delete",
  path: "/users/me/keys/{id}",
  operationId: "revokeKey",
  summary: "Revoke a key or a share, at once",
  description: "Every request with it is a 401 from then on.",
  request: { params: idParameter },
  responses: { 204: { description: "Revoked" }, ...failures("unauthorized", "forbidden", "not-found") },
});

export const keyRoutes = newRouter()
  .openapi(createKey, async (c) => {
    const { name, scopes, expires_at: expiresAt = null } = c.req.valid("json");
    const id = newId();
    const { key, keyHash } = newKey("key", id);
    const row = await insertKey(c.var.store, c.var.user, { id, ecgId: null, name, scopes, keyHash, expiresAt });
    return c.json({ ...toKey(row), key }, 201);
  })
  .openapi(readKeys, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    const [after] = decodeCursor(cursor, z.tuple([z.string()])) ?? [];
    const list = (count: number) => listKeys(c.var.store, c.var.user.id, count, after);
    const page = await readPage(limit, list, (last) => [last.id]);
    return c.json({ items: page.items.map(toKey), next_cursor: page.nextCursor }, 200);
  })
  .openapi(revokeKey, async (c) => {
    if (!(await deleteKey(c.var.store, c.var.user.id, c.req.valid("param").id))) throw new AppError("not-found");
    return c.body(null, 204);
  });

/** A key or a share as JSON, without the key itself. */
export function toKey(row: AccessKeyRow) {
  const { name, scopes, ecgId, expiresAt } = row;
  return {
    ...toKeyFields(row),
    name,
    scopes,
    ecg_id: ecgId,
    expires_at: expiresAt === null ? null : toTimestamp(expiresAt),
  };
}
