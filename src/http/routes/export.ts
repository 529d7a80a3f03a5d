import { createRoute, z } from "@hono/zod-openapi";
import type { Insights } from "../../analysis/insights.ts";
import { countPartBytes, type ExportPlace, exportFiles, planExport } from "../../ecg/export-all.ts";
import { writeZip } from "../../formats/zip.ts";
import { toTimestamp } from "../../recording/timestamp.ts";
import { type Store, withoutActor } from "../../store/db.ts";
import { listKeys, MAX_KEYS } from "../../store/keys.ts";
import type { AuditRow, EcgRow, UserRow } from "../../store/schema.ts";
import { listSessions, type SessionTimes } from "../../store/sessions.ts";
import { brakeExport } from "../guards/brake.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireUser } from "../guards/require-user.ts";
import { toInsightsJson } from "../insights-json.ts";
import { asWritten, failures, fileContent, fileName, newRouter } from "../openapi.ts";
import { decodeCursor, encodeCursor, pagingQuery } from "../paging.ts";
import { toStream } from "../stream.ts";
import { HELD_PER_ANNOTATION_BYTE } from "./annotations.ts";
import { toEntry } from "./audit.ts";
import { toKey } from "./keys.ts";
import { toUser } from "./users.ts";

const ZIP = "application/zip";

/**
 * The number of a part, where it begins, behind an ECG by its date and id or behind an entry of the trail by its id, and when the export
 * began, in ms since 1970.
 */
const PlaceSchema = z.tuple([z.int().positive(), z.union([z.tuple([z.number(), z.string()]), z.string()]), z.number()]);
/** What an entry of the trail says of a changed ECG. */
const CHANGE = "PATCH /ecg/{id}";

const exportOwnData = createRoute({
  tags: ["Users"],
  ...guardedBy(requireUser),
  method: "get",
  path: "/users/me/export",
  operationId: "exportOwnData",
  summary: "Export all that is kept of you, as zips",
  description:
    'Your account, keys, shares and sessions without their secrets, each ECG as JSON and as WFDB with its annotations and insights, and your audit trail. What one request cannot read is in further parts, each a zip of its own: `Link` with `rel="next"` leads to the next one, and the last has none. `manifest.json`, the last file of each, says what is missing and why, and which ECGs were changed meanwhile; a zip that cannot be opened has broken off: ask for it again. Thirty parts a minute.',
  request: {
    query: z.strictObject({
      cursor: pagingQuery.cursor.openapi({ description: "The part that a `Link` leads to; the first if left out" }),
    }),
  },
  responses: {
    200: {
      description: "A part of the export",
      content: fileContent([{ mediaTypes: [ZIP] }]),
      headers: { ...fileName, Link: { description: 'The next part, with `rel="next"`', schema: { type: "string" } } },
    },
    ...failures("unauthorized", "forbidden", "invalid"),
  },
});

export const exportRoutes = newRouter().openapi(exportOwnData, async (c) => {
  const { user, memory } = c.var;
  const place = readPlace(c.req.valid("query").cursor);
  await brakeExport(c.env, user.id);
  const part = await planExport(c.var.store, user, place);
  const held = countPartBytes(part);
  await memory.hold(held);
  const store = withoutActor(c.var.store);
  const account = part.part === 1 ? await readAccount(store, user) : {};
  const next = part.next && `/users/me/export?cursor=${writePlace(part.next)}`;
  const json = {
    insights: (ecg: EcgRow, insights: Insights) => toInsightsJson(ecg.leads, insights, []),
    entry: toEntry,
    isOfChange: ({ action, outcome }: AuditRow) => action === CHANGE && outcome === "done",
  };
  const askForRoom = (bytes: number) => memory.hold(held + HELD_PER_ANNOTATION_BYTE * bytes);
  const files = exportFiles(store, user, part, account, next, json, askForRoom);
  const headers = {
    "Content-Type": ZIP,
    "Content-Disposition": `attachment; filename="export-${part.part}.zip"`,
    ...(next && { Link: `<${next}>; rel="next"` }),
  };
  return asWritten(c.body(toStream(c, writeZip(files), memory), 200, headers));
});

/** The files of what belongs to the account and is no ECG; of an admin, who has neither keys nor shares, these are empty. */
async function readAccount(store: Store, user: UserRow): Promise<Record<string, unknown>> {
  const [keys, sessions] = [await listKeys(store, user.id, MAX_KEYS), await listSessions(store, user.id)];
  return {
    "account.json": toUser(user),
    "keys.json": { items: keys.map(toKey) },
    "sessions.json": { items: sessions.map(toSession) },
  };
}

function toSession({ createdAt, rotatedAt, expiresAt }: SessionTimes) {
  return {
    created_at: toTimestamp(createdAt),
    refreshed_at: toTimestamp(rotatedAt),
    expires_at: toTimestamp(expiresAt),
  };
}

function readPlace(cursor: string | undefined): ExportPlace {
  const [part, place, begunAt] = decodeCursor(cursor, PlaceSchema) ?? [1, undefined, Date.now()];
  if (place === undefined || typeof place === "string") return { part, begunAt, before: place };
  const [recordedAt, id] = place;
  return { part, begunAt, after: { recordedAt, id } };
}

function writePlace({ part, begunAt, after, before }: ExportPlace): string {
  return encodeCursor([part, after ? [after.recordedAt, after.id] : before, begunAt]);
}
