import { createRoute, z } from "@hono/zod-openapi";
import { countZeroCrossings } from "../../analysis/zero-crossings.ts";
import { AppError, newInputError } from "../../errors.ts";
import { findFormat } from "../../formats/index.ts";
import { EcgJsonSchema, MetadataSchema, SubjectSchema } from "../../formats/json/schema.ts";
import { writeEcgJson } from "../../formats/json/writer.ts";
import { findLead } from "../../recording/lead-names.ts";
import { deleteEcg, findEcg, insertEcg, listEcgs, updateEcg } from "../../store/ecgs.ts";
import { newId } from "../../store/ids.ts";
import type { EcgRow, LeadRow } from "../../store/schema.ts";
import { cutChunks, encodeSignals, readSignals } from "../../store/signals.ts";
import { readBody } from "../body.ts";
import { isUnchanged } from "../conditional.ts";
import { EcgSchema, EcgSummarySchema, toEcgFields, toLeadFields, toSummary } from "../ecg-json.ts";
import { limitSmallBody, requireRole } from "../guards.ts";
import { failures, idParameter, json, jsonBody, newRouter, security } from "../openapi.ts";
import { decodeCursor, pageSchema, pagingQuery, readPage } from "../paging.ts";

/** Numbers parsed from JSON take several times the room of their text, and an isolate has 128 MB for all its requests. */
const MAX_ECG_BODY_BYTES = 16 * 1024 * 1024;

const ofUsers = { tags: ["ECGs"], security, middleware: [requireRole("user")] };
const TimeSchema = z.iso.datetime({ offset: true }).transform((time) => Date.parse(time));
const etag = { ETag: { schema: { type: "string" as const } } };

const createEcg = createRoute({
  ...ofUsers,
  method: "post",
  path: "/ecg",
  operationId: "createEcg",
  summary: "Send an ECG",
  description: "Every sample is kept exactly. Without a date, the ECG is of the time of its receipt.",
  request: {
    // The schema is written out as it stands, not run: the format's reader does the same work in one pass.
    body: { required: true, content: { "application/json": { schema: { $ref: "#/components/schemas/NewEcg" } } } },
  },
  responses: {
    201: {
      ...json(EcgSummarySchema, "The ECG without its signals"),
      headers: { Location: { schema: { type: "string" } } },
    },
    ...failures("malformed", "unauthorized", "forbidden", "too-large", "unsupported-type", "invalid"),
  },
});

const readEcgs = createRoute({
  ...ofUsers,
  method: "get",
  path: "/ecg",
  operationId: "listEcgs",
  summary: "List your ECGs, newest recording first",
  request: {
    query: z.strictObject({
      ...pagingQuery,
      from: TimeSchema.optional().openapi({
        description: "Recorded at this time or later",
        example: "2026-01-01T00:00:00Z",
      }),
      to: TimeSchema.optional().openapi({ description: "Recorded before this time", example: "2027-01-01T00:00:00Z" }),
      subject: SubjectSchema.optional(),
    }),
  },
  responses: {
    200: json(pageSchema(EcgSummarySchema).openapi("EcgPage"), "A page of ECGs, without their signals"),
    ...failures("unauthorized", "forbidden", "invalid"),
  },
});

const readEcg = createRoute({
  ...ofUsers,
  method: "get",
  path: "/ecg/{id}",
  operationId: "getEcg",
  summary: "Read an ECG with its signals",
  request: {
    params: idParameter,
    query: z.strictObject({
      leads: z
        .string()
        .optional()
        .openapi({ description: "Only these leads, in this order, by name", example: "II,V1" }),
    }),
    headers: z.object({
      "If-None-Match": z.string().optional().openapi({ description: "The ETag of an earlier answer" }),
    }),
  },
  responses: {
    200: { ...json(EcgSchema, "The ECG"), headers: etag },
    304: { description: "Nothing has changed since that ETag", headers: etag },
    ...failures("unauthorized", "forbidden", "not-found", "invalid", "damaged-signal"),
  },
});

const changeEcg = createRoute({
  ...ofUsers,
  method: "patch",
  path: "/ecg/{id}",
  operationId: "updateEcg",
  summary: "Change what is said of an ECG",
  description: "Samples never change. `null` takes a field away.",
  middleware: [...ofUsers.middleware, limitSmallBody],
  request: {
    params: idParameter,
    body: jsonBody(z.strictObject(MetadataSchema.shape).openapi("EcgChanges", { example: { note: "After exercise" } })),
  },
  responses: {
    200: json(EcgSummarySchema, "The ECG as changed, without its signals"),
    ...failures("malformed", "unauthorized", "forbidden", "not-found", "too-large", "unsupported-type", "invalid"),
  },
});

const eraseEcg = createRoute({
  ...ofUsers,
  method: "delete",
  path: "/ecg/{id}",
  operationId: "deleteEcg",
  summary: "Erase an ECG",
  request: { params: idParameter },
  responses: { 204: { description: "Erased" }, ...failures("unauthorized", "forbidden", "not-found") },
});

const router = newRouter();
const { $schema: _, ...newEcgSchema } = z.toJSONSchema(EcgJsonSchema, { io: "input" });
router.openAPIRegistry.registerComponent(
  "schemas",
  "NewEcg",
  newEcgSchema as Parameters<typeof router.openAPIRegistry.registerComponent<"schemas">>[2],
);

export const ecgRoutes = router
  .openapi(createEcg, async (c) => {
    const format = findFormat(c.req.header("content-type") ?? "");
    if (!format) throw new AppError("unsupported-type");
    const recording = format.read(await readBody(c.req.raw, MAX_ECG_BODY_BYTES));
    const chunkSamples = cutChunks(recording.leads.map((lead) => lead.samplingRate));
    const leads = recording.leads.map(
      ({ samples, ...lead }, i): LeadRow => ({
        ...lead,
        sampleCount: samples.length,
        zeroCrossings: countZeroCrossings(samples),
        chunkSamples: chunkSamples[i],
      }),
    );
    const now = Date.now();
    const { subject, device, note, recordedAt } = recording;
    const about = {
      id: newId(now),
      ownerId: c.var.user.id,
      createdAt: now,
      recordedAt: recordedAt ?? now,
      subject,
      device,
      note,
    };
    const ecg = await insertEcg(c.var.db, { ...about, leads }, encodeSignals(recording.leads, chunkSamples));
    return c.json(toSummary(ecg), 201, { Location: `/ecg/${ecg.id}` });
  })
  .openapi(readEcgs, async (c) => {
    const { limit, cursor, from, to, subject } = c.req.valid("query");
    const [recordedAt, id] = decodeCursor(cursor, z.tuple([z.number(), z.string()])) ?? [];
    const after = recordedAt === undefined || id === undefined ? undefined : { recordedAt, id };
    const list = (count: number) => listEcgs(c.var.db, c.var.user.id, { from, to, subject }, count, after);
    const page = await readPage(limit, list, (last) => [last.recordedAt, last.id]);
    return c.json({ items: page.items.map(toSummary), next_cursor: page.nextCursor }, 200);
  })
  .openapi(readEcg, async (c) => {
    const ecg = await findEcg(c.var.db, c.var.user.id, c.req.valid("param").id);
    if (!ecg) throw new AppError("not-found");
    const wanted = pickLeads(ecg, c.req.valid("query").leads);
    const tag = `"${ecg.revision}"`;
    if (isUnchanged(c.req.header("if-none-match"), tag)) return c.body(null, 304, { ETag: tag });
    const signals = await readSignals(c.var.db, ecg);
    const leads = wanted.map((i) => ({ fields: toLeadFields(ecg, ecg.leads[i]), samples: signals[i] }));
    return c.body(writeEcgJson(toEcgFields(ecg), leads), 200, {
      "Content-Type": "application/json",
      ETag: tag,
    }) as never;
  })
  .openapi(changeEcg, async (c) => {
    const { date, ...changes } = c.req.valid("json");
    const recordedAt = date === undefined ? undefined : Date.parse(date);
    const ecg = await updateEcg(c.var.db, c.var.user.id, c.req.valid("param").id, { ...changes, recordedAt });
    if (!ecg) throw new AppError("not-found");
    return c.json(toSummary(ecg), 200);
  })
  .openapi(eraseEcg, async (c) => {
    if (!(await deleteEcg(c.var.db, c.var.user.id, c.req.valid("param").id))) throw new AppError("not-found");
    return c.body(null, 204);
  });

/** The numbers of the leads that are asked for, in that order; of all without a `leads`. */
function pickLeads(ecg: EcgRow, names: string | undefined): number[] {
  if (names === undefined) return [...ecg.leads.keys()];
  return names.split(",").map((name) => {
    const lead = findLead(ecg.leads, name);
    if (!lead) throw newInputError([{ path: "leads", message: `this ECG has no lead ${JSON.stringify(name)}` }]);
    return ecg.leads.indexOf(lead);
  });
}
