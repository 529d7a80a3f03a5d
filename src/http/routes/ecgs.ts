import { createRoute, z } from "@hono/zod-openapi";
import { INSIGHTS_VERSION } from "../../analysis/insights.ts";
import { countHeldBytes, exportEcg, requireWritable, type WritableFormat, writableFormats } from "../../ecg/export.ts";
import { FINDING_NAMES } from "../../ecg/findings.ts";
import { readEcgJson } from "../../ecg/read.ts";
import { newUnderWay, receiveOnce } from "../../ecg/receive.ts";
import { toSummary } from "../../ecg/summary.ts";
import { pickSpans, secondsOf } from "../../ecg/window.ts";
import { csv } from "../../formats/csv/csv.ts";
import { ecgJson } from "../../formats/json/ecg-json.ts";
import { EcgJsonSchema, MetadataSchema, SubjectSchema } from "../../formats/json/schema.ts";
import {
  deleteEcg,
  type EcgCursor,
  listEcgs,
  listMeasuredEcgs,
  type MeasuredFilter,
  updateEcg,
} from "../../store/ecgs.ts";
import type { EcgRow } from "../../store/schema.ts";
import {
  ifNoneMatch,
  ifUnchanged,
  isAnyKnown,
  isUnchanged,
  lastModifiedOf,
  readExpectedEcg,
  tagOf,
  unchanged,
  validators,
  validatorsOf,
} from "../conditional.ts";
import {
  jsonQuery,
  likelyWindow,
  readQuery,
  toReadOptions,
  toWriteOptions,
  windowQuery,
  writeQuery,
} from "../ecg-query.ts";
import { EcgSchema, EcgSummarySchema, FINDINGS_TEXT, ReceivedEcgSchema } from "../ecg-schema.ts";
import { anyEcgBody, newUploadBody } from "../ecg-upload.ts";
import { brakeMeasuring } from "../guards/brake.ts";
import { claimOwner } from "../guards/claim-owner.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireOwnSignals } from "../guards/require-own-ecg.ts";
import { smallJson } from "../guards/require-small-body.ts";
import { requireOwner, requireOwnerOfList } from "../guards/require-user.ts";
import { idempotencyKey, readIdempotencyKey } from "../idempotency.ts";
import { answerInFirst, isFhirR5, rankFormats, requireNone } from "../negotiation.ts";
import {
  asWritten,
  BODY_REFUSALS,
  failures,
  fileContent,
  fileName,
  idParameter,
  json,
  jsonBody,
  newRouter,
  referToSchema,
} from "../openapi.ts";
import { decodeCursor, encodeCursor, PAGE_ITEMS, pageSchema, pagingQuery, readPage, TimeSchema } from "../paging.ts";
import { fromText } from "../query-number.ts";
import { toBody } from "../stream.ts";
import { HELD_PER_ANNOTATION_BYTE } from "./annotations.ts";

const tags = ["ECGs"];

const router = newRouter();

const createEcg = createRoute({
  tags,
  ...guardedBy(claimOwner),
  method: "post",
  path: "/ecg",
  operationId: "createEcg",
  summary: "Send an ECG",
  description:
    "Every sample is kept exactly. Without a date, the ECG is of the time of its receipt. The body may be gzipped. A file is recognised by its content, then by its Content-Type; several files that belong together come as `multipart/form-data` or in a zip. Send an `Idempotency-Key` if you send again what had no answer: the same key and body are answered as the first time, with a 409 and `Retry-After` while that is under way; another body with it is a 422. An ECG that was erased since is stored again.",
  request: {
    query: z.strictObject(readQuery),
    headers: z.object(idempotencyKey),
    body: anyEcgBody(referToSchema(router, "NewEcg", EcgJsonSchema)),
  },
  responses: {
    201: {
      ...json(ReceivedEcgSchema, "The ECG without its signals, and notes on what came"),
      headers: { Location: { schema: { type: "string" } }, ...validators },
    },
    ...failures("unauthorized", "forbidden", "timeout", newUnderWay(), ...BODY_REFUSALS),
  },
});

const HasSchema = z
  .string()
  // Each once: D1 takes no statement of a hundred conditions.
  .transform((text) => [...new Set(text.split(","))])
  .pipe(z.array(z.enum(FINDING_NAMES)));

/** Bounds of a measured value, which are included. */
const bound = (what: string) => fromText(z.number().min(0).max(10_000)).optional().openapi({ description: what });

/** The parameters of a list by what was measured. */
const measuredQuery = {
  has: HasSchema.optional().openapi({
    type: "string",
    pattern: `^(${FINDING_NAMES.join("|")})(,(${FINDING_NAMES.join("|")}))*$`,
    description: `With all of these findings. ${FINDINGS_TEXT}`,
    example: "irregular,ventricular",
  }),
  heart_rate_min: bound("With this heart rate or a higher one, in beats per minute"),
  heart_rate_max: bound("With this heart rate or a lower one, in beats per minute"),
  qtc_min: bound("With this QTc, by Fridericia's formula, or a longer one, in ms"),
  qtc_max: bound("With this QTc, by Fridericia's formula, or a shorter one, in ms"),
};

const readEcgs = createRoute({
  tags,
  ...guardedBy(requireOwnerOfList(countFirst)),
  method: "get",
  path: "/ecg",
  operationId: "listEcgs",
  summary: "List your ECGs, newest recording first",
  description:
    "A page of them, without their signals: all, those recorded from a time to another, those of a subject, or those in which something was measured. For the last a page looks at a thousand ECGs: it may have fewer than `limit`, even none, and yet another behind it, so go on while `next_cursor` is not null. An ECG is not among them before it is measured.",
  request: {
    query: z.strictObject({
      ...pagingQuery,
      from: TimeSchema.optional().openapi({ description: "Recorded at this time or later: `2026-01-01T00:00:00Z`" }),
      to: TimeSchema.optional().openapi({ description: "Recorded before this time" }),
      subject: SubjectSchema.optional(),
      ...measuredQuery,
    }),
  },
  responses: {
    200: json(pageSchema(EcgSummarySchema).openapi("EcgPage"), "A page of ECGs, without their signals"),
    ...failures("unauthorized", "forbidden", "invalid"),
  },
});

const readEcg = createRoute({
  tags,
  ...guardedBy(requireOwnSignals(likelyWindow)),
  method: "get",
  path: "/ecg/{id}",
  operationId: "getEcg",
  summary: "Read an ECG with its signals",
  description:
    "Whole, or the samples of a window; with `max_points`, longer signals as the lowest and highest sample of each stretch.",
  request: {
    params: idParameter,
    query: z.strictObject({
      ...windowQuery,
      ...jsonQuery,
      ...writeQuery,
    }),
    headers: z.object({
      Accept: z.string().optional().openapi({ description: "The media type of the format that is wanted" }),
      ...ifNoneMatch,
    }),
  },
  responses: {
    200: {
      description: "The ECG",
      content: {
        ...json(EcgSchema, "").content,
        ...fileContent(writableFormats.filter((format) => format !== ecgJson)),
      },
      headers: { ...validators, ...fileName },
    },
    304: { ...unchanged, headers: validators },
    ...failures("unauthorized", "forbidden", "not-found", "not-acceptable", "invalid", "damaged-signal"),
  },
});

const changeEcg = createRoute({
  tags,
  ...guardedBy(requireOwner("ecg:write"), smallJson),
  method: "patch",
  path: "/ecg/{id}",
  operationId: "updateEcg",
  summary: "Change what is said of an ECG",
  description:
    "Samples never change. `null` takes a field away. With `If-Match` or `If-Unmodified-Since` only if it is still the ECG that was read.",
  request: {
    params: idParameter,
    headers: z.object(ifUnchanged),
    body: jsonBody(z.strictObject(MetadataSchema.shape).openapi("EcgChanges", { example: { note: "After exercise" } })),
  },
  responses: {
    200: { ...json(EcgSummarySchema, "The ECG as changed, without its signals"), headers: validators },
    ...failures("unauthorized", "forbidden", "not-found", "precondition-failed", ...BODY_REFUSALS),
  },
});

const eraseEcg = createRoute({
  tags,
  ...guardedBy(requireOwner("ecg:write")),
  method: "delete",
  path: "/ecg/{id}",
  operationId: "deleteEcg",
  summary: "Erase an ECG",
  description:
    "With its samples, annotations, insights and shares, for good. Nobody finds it any more; the rows of a long one go within minutes. With `If-Match` or `If-Unmodified-Since` only if it is still the ECG that was read.",
  request: { params: idParameter, headers: z.object(ifUnchanged) },
  responses: {
    204: { description: "Erased" },
    ...failures("unauthorized", "forbidden", "not-found", "precondition-failed"),
  },
});

export const ecgRoutes = router
  .openapi(createEcg, async (c) => {
    const key = readIdempotencyKey(c.req.header("idempotency-key"));
    const body = newUploadBody(c.req.raw, toReadOptions(c.req.valid("query")), key !== undefined, c.var.memory);
    const { ecg, notes } = await receiveOnce(c.var.store, c.var.claim, { key, ...body });
    return c.json({ ...toSummary(ecg), notes }, 201, { Location: `/ecg/${ecg.id}`, ...validatorsOf(ecg) });
  })
  .openapi(readEcgs, async (c) => {
    const { limit, cursor, from, to, subject, ...measures } = c.req.valid("query");
    const [recordedAt, id] = decodeCursor(cursor, z.tuple([z.number(), z.string()])) ?? [];
    const after = recordedAt === undefined || id === undefined ? undefined : { recordedAt, id };
    const { store, user } = c.var;
    const filter = { from, to, subject };
    if (Object.values(measures).some((value) => value !== undefined)) {
      const { rows, next } = await listMeasuredEcgs(store, user.id, filter, toMeasuredFilter(measures), limit, after);
      return c.json(
        { items: rows.map((ecg) => toSummary(ecg)), next_cursor: next && encodeCursor(toPlace(next)) },
        200,
      );
    }
    const list = async (count: number) => c.var.prefetched ?? listEcgs(store, user.id, filter, count, after);
    const page = await readPage(limit, list, toPlace);
    return c.json({ items: page.items.map((ecg) => toSummary(ecg)), next_cursor: page.nextCursor }, 200);
  })
  .openapi(readEcg, async (c) => {
    const { signals, max_points: maxPoints, leads, start, end, ...query } = c.req.valid("query");
    const { store, ecg, access, prefetched, memory } = c.var;
    const window = { leads, start, end };
    const accept = c.req.header("accept");
    const known = c.req.header("if-none-match");
    const spans = pickSpans(ecg, window);
    if (signals) requireNone({ start, end, max_points: maxPoints }, "goes without signals=none");
    return answerInFirst(rankFormats(query.format, accept), async (format) => {
      // Or samples would be taken for millivolts.
      if (format !== csv) requireNone({ units: query.units }, "is for CSV alone");
      const tag = format === ecgJson ? tagOf(ecg) : tagOfFile(ecg, format, accept);
      const unchangedHeaders = { ETag: tag, "Last-Modified": lastModifiedOf(ecg), Vary: "Accept" };
      const headers = { ...unchangedHeaders, "Content-Type": format.mediaTypes[0] };
      const isJson = format === ecgJson;
      // Whether a format can carry the ECG is seen when it is written.
      if (isUnchanged(known, tag) && (isJson || !isAnyKnown(known))) return c.body(null, 304, unchangedHeaders);
      if (!isJson) {
        requireNone({ signals, max_points: maxPoints }, "is for JSON alone");
        const options = toWriteOptions(query, accept);
        requireWritable(format, ecg, spans, options);
        const isKept = start === undefined && end === undefined && !ecg.open;
        if (format.writesMeasured && !isKept) await brakeMeasuring(c.env, access, secondsOf(ecg, window));
        const held = countHeldBytes(format, spans);
        await memory.hold(held);
        const askForRoom = (bytes: number) => memory.hold(held + HELD_PER_ANNOTATION_BYTE * bytes);
        const file = await exportEcg(store, ecg, format, spans, window, options, prefetched, askForRoom);
        if (isAnyKnown(known)) return c.body(null, 304, unchangedHeaders);
        const disposition = `${format.mediaTypes[0].startsWith("image/") ? "inline" : "attachment"}; filename="${file.name}"`;
        const body = toBody(c, file.bytes, memory);
        return asWritten(c.body(body, 200, { ...headers, "Content-Disposition": disposition }));
      }
      if (signals) return asWritten(c.json(toSummary(ecg, spans), 200, headers));
      const isWhole = start === undefined && end === undefined && maxPoints === undefined;
      if (maxPoints === undefined) await memory.hold(countHeldBytes(format, spans));
      const body = await readEcgJson(store, ecg, spans, { isWhole, maxPoints, prefetched });
      return asWritten(c.body(toBody(c, body, memory), 200, headers));
    });
  })
  .openapi(changeEcg, async (c) => {
    const { date, ...changes } = c.req.valid("json");
    const dated = date === undefined ? {} : { recordedAt: Date.parse(date), dateSource: "recorded" as const };
    const { store, user } = c.var;
    const expected = readExpectedEcg(c.req.raw.headers);
    const ecg = await updateEcg(store, user.id, c.req.valid("param").id, { ...changes, ...dated }, expected);
    return c.json(toSummary(ecg), 200, validatorsOf(ecg));
  })
  .openapi(eraseEcg, async (c) => {
    await deleteEcg(c.var.store, c.var.user.id, c.req.valid("param").id, readExpectedEcg(c.req.raw.headers));
    return c.body(null, 204);
  });

function toMeasuredFilter(query: { [Key in keyof typeof measuredQuery]?: z.output<(typeof measuredQuery)[Key]> }) {
  return {
    has: query.has,
    leastHeartRate: query.heart_rate_min,
    mostHeartRate: query.heart_rate_max,
    leastQtc: query.qtc_min,
    mostQtc: query.qtc_max,
  } satisfies MeasuredFilter;
}

/** The ETag of a file of an ECG. What is measured by another version of the method makes another file of those that say it. */
function tagOfFile({ revision }: EcgRow, { id, writesMeasured }: WritableFormat, accept: string | undefined): string {
  const variant = isFhirR5(accept) ? `${id}-r5` : id;
  return `"${revision}-${variant}${writesMeasured ? `-${INSIGHTS_VERSION}` : ""}"`;
}

/** How many ECGs are read for a page of the list without a filter, one more than it holds; undefined of any other page. */
function countFirst({ search }: URL): number | undefined {
  const plain = /^(?:\?limit=([1-9]\d?|100))?$/.exec(search);
  return plain ? Number(plain[1] ?? PAGE_ITEMS) + 1 : undefined;
}

/** What a cursor of the list holds. */
function toPlace({ recordedAt, id }: EcgCursor): unknown[] {
  return [recordedAt, id];
}
