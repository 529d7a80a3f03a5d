import { z } from "@hono/zod-openapi";
import { type KeyKind, shownPrefixOf } from "../auth/keys.ts";
import { plainText, timestamp } from "../formats/json/schema.ts";
import { toTimestamp } from "../recording/timestamp.ts";
import type { AccessKeyRow } from "../store/schema.ts";

/** How long a name or a note may be, in UTF-16 code units. */
const MAX_LABEL_LENGTH = 200;

/** What a key is called, or a share is for. */
export const LabelSchema = plainText(MAX_LABEL_LENGTH);

/** When a key is to end, as ms since 1970. */
export const ExpirySchema = timestamp()
  .transform((time) => Date.parse(time))
  .refine((time) => time > Date.now(), "is not in the future");

/** What is said of a key and of a share alike. */
export const keyFields = {
  id: z.string(),
  prefix: z.string().openapi({ description: "How the key begins: it tells keys apart, and has nothing of the secret" }),
  created_at: z.string().openapi({ format: "date-time" }),
  last_used_at: z.string().nullable().openapi({ format: "date-time", description: "To the minute" }),
};

/** The key itself, which only the answer to its making has. */
export const SecretSchema = z.string().openapi({
  description: "Shown this once: only its hash is kept. `ecg[ks]_[A-Za-z0-9_-]{70}` is a pattern for secret scanners",
});

/** The fields that are said of a key and of a share alike. */
export function toKeyFields({ id, ecgId, createdAt, lastUsedAt }: AccessKeyRow) {
  return {
    id,
    prefix: shownPrefixOf(ecgId === null ? "key" : "share", id),
    created_at: toTimestamp(createdAt),
    last_used_at: lastUsedAt === null ? null : toTimestamp(lastUsedAt),
  };
}

/** What the fields of `keyFields` may look like. */
export function newKeyExample(kind: KeyKind) {
  const id = "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b";
  const prefix = shownPrefixOf(kind, id);
  return { id, prefix, created_at: "2026-01-31T09:30:00Z", last_used_at: "2026-02-03T18:05:00Z" };
}
