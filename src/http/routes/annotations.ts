import { createRoute, z } from "@hono/zod-openapi";
import { annotateEcg, readWfdb, writeWfdb } from "../../ecg/annotate.ts";
import { INSIGHTS } from "../../ecg/compare.ts";
import { AppError, newInputError } from "../../errors.ts";
import { AnnotationsJsonSchema, readAnnotationsJson } from "../../formats/json/annotations.ts";
import {
  deleteAnnotations,
  type Expected,
  findAnnotationSet,
  listAnnotators,
  MAX_ANNOTATION_BYTES,
  readAnnotations,
} from "../../store/annotations.ts";
import {
  AnnotationsSchema,
  AnnotatorsSchema,
  annotationWindow,
  annotatorParameters,
  ReplacedSchema,
} from "../annotation-schema.ts";
import { likelyLengthOf, readBody } from "../body.ts";
import { etag, ifMatch, ifNoneMatch, isUnchanged, readTags, unchanged } from "../conditional.ts";
import { likelyTime } from "../ecg-query.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireOwnAnnotations, requireOwnEcg, requireOwnEcgToChange } from "../guards/require-own-ecg.ts";
import type { Memory } from "../memory.ts";
import { chooseOffered } from "../negotiation.ts";
import {
  asWritten,
  BODY_REFUSALS,
  failures,
  fileContent,
  fileName,
  idParameter,
  json,
  newRouter,
  referToSchema,
} from "../openapi.ts";

const router = newRouter();

/** The media type of an annotation file of WFDB, which has none of its own. */
const WFDB = "application/octet-stream";
/** What the ETag of a set as a WFDB file ends with. */
const WFDB_TAG = "-wfdb";

/** Bytes that are held for each byte of annotations in JSON: it, the objects that it is read to, and the text that is stored or sent. */
export const HELD_PER_ANNOTATION_BYTE = 8;
/** The same for each byte of an annotation file of WFDB: two are an annotation, of some 28 bytes of JSON. */
const HELD_PER_WFDB_BYTE = 72;

const tags = ["Annotations"];

const requireAnnotations = requireOwnAnnotations((query, annotator) => ({ annotator, ...likelyTime(query) }));

const readEcgAnnotations = createRoute({
  method: "get",
  path: "/ecg/{id}/annotations",
  operationId: "listAnnotations",
  tags,
  summary: "Read the annotations of an ECG, of all annotators",
  description: "In the order of their times; of a window, those that begin in it.",
  ...guardedBy(requireAnnotations),
  request: { params: idParameter, query: z.strictObject(annotationWindow) },
  responses: {
    200: json(AnnotationsSchema, "The annotations"),
    ...failures("unauthorized", "forbidden", "not-found", "invalid"),
  },
});

const readAnnotators = createRoute({
  method: "get",
  path: "/ecg/{id}/annotators",
  operationId: "listAnnotators",
  tags,
  summary: "List who has annotated an ECG",
  description:
    "By name, each with the number of annotations: those that came with the ECG, and those that were sent later. Up to 100.",
  ...guardedBy(requireOwnEcg("ecg:read")),
  request: { params: idParameter },
  responses: {
    200: json(AnnotatorsSchema, "The annotators"),
    ...failures("unauthorized", "forbidden", "not-found"),
  },
});

const readSet = createRoute({
  method: "get",
  path: "/ecg/{id}/annotations/{annotator}",
  operationId: "getAnnotations",
  tags,
  summary: "Read the annotations of one annotator",
  description:
    "In JSON, as a PUT takes them, or as an annotation file of WFDB. Its ETag changes with these annotations alone; name it in `If-Match` of a PUT.",
  ...guardedBy(requireAnnotations),
  request: {
    params: annotatorParameters,
    query: z.strictObject({
      ...annotationWindow,
      format: z.enum(["json", "wfdb"]).optional().openapi({ description: "Instead of `Accept`" }),
    }),
    headers: z.object({
      Accept: z.string().optional().openapi({ description: "`application/octet-stream` for a file of WFDB" }),
      ...ifNoneMatch,
    }),
  },
  responses: {
    200: {
      description: "The annotations",
      content: { ...json(AnnotationsSchema, "").content, ...fileContent([{ mediaTypes: [WFDB] }]) },
      headers: { ...etag, ...fileName },
    },
    304: unchanged,
    ...failures("unauthorized", "forbidden", "not-found", "not-acceptable", "invalid"),
  },
});

const setBody = referToSchema(router, "NewAnnotations", AnnotationsJsonSchema);

const replaceSet = createRoute({
  method: "put",
  path: "/ecg/{id}/annotations/{annotator}",
  operationId: "replaceAnnotations",
  tags,
  summary: "Replace the annotations of one annotator, or send the first",
  description:
    "All of them at once, in JSON or as an annotation file of WFDB; those of others stay. With `If-Match` only if they are still those of that ETag, with `If-None-Match` only if they are not, with `If-None-Match: *` only if there are none yet. An ECG has up to 100 annotators, and 8 MiB of annotations in JSON. The body may be gzipped.",
  ...guardedBy(requireOwnEcgToChange("ecg:write")),
  request: {
    params: annotatorParameters,
    headers: z.object({
      ...ifMatch,
      "If-None-Match": z
        .string()
        .optional()
        .openapi({ description: "`*`: only if there are none yet; ETags: only if they have none of these" }),
    }),
    body: { ...setBody, content: { ...setBody.content, ...fileContent([{ mediaTypes: [WFDB] }]) } },
  },
  responses: {
    200: { ...json(ReplacedSchema, "How many there are now, and notes on a file"), headers: etag },
    ...failures("unauthorized", "forbidden", "not-found", "timeout", "precondition-failed", ...BODY_REFUSALS),
  },
});

const eraseSet = createRoute({
  method: "delete",
  path: "/ecg/{id}/annotations/{annotator}",
  operationId: "deleteAnnotations",
  tags,
  summary: "Erase the annotations of one annotator",
  description:
    "For good, also those that came with the ECG. With `If-Match` only if they are still those of that ETag.",
  ...guardedBy(requireOwnEcgToChange("ecg:write")),
  request: { params: annotatorParameters, headers: z.object(ifMatch) },
  responses: {
    204: { description: "Erased" },
    ...failures("unauthorized", "forbidden", "not-found", "precondition-failed", "invalid"),
  },
});

export const annotationRoutes = router
  .openapi(readEcgAnnotations, async (c) => {
    const { start, end } = c.req.valid("query");
    await holdAnnotations(c.var);
    return c.json({ items: await readAnnotations(c.var.store, c.var.ecg, start, end) }, 200);
  })
  .openapi(readAnnotators, async (c) => {
    const annotators = await listAnnotators(c.var.store, c.var.ecg);
    return c.json({ items: annotators.map(({ annotator, count }) => ({ annotator, count })) }, 200);
  })
  .openapi(readSet, async (c) => {
    const { start, end, format } = c.req.valid("query");
    const { annotator } = c.req.valid("param");
    const { ecg, store, prefetched } = c.var;
    const known = c.req.header("if-none-match");
    const edition = prefetched?.[0]?.edition ?? undefined;
    if (edition === undefined) throw new AppError("not-found");
    const wanted = format ?? chooseOffered({ json: "application/json", wfdb: WFDB }, c.req.header("accept"));
    const isWfdb = wanted === "wfdb";
    const headersOf = (edition: string) => ({ ETag: `"${edition}${isWfdb ? WFDB_TAG : ""}"`, Vary: "Accept" });
    const current = headersOf(edition);
    // What a file of WFDB cannot carry is seen when it is written.
    if (!isWfdb && isUnchanged(known, current.ETag)) return c.body(null, 304, current);
    await holdAnnotations(c.var);
    const set = await findAnnotationSet(store, ecg, annotator, start, end);
    if (!set) throw new AppError("not-found");
    const headers = headersOf(set.edition);
    const bytes = isWfdb ? writeWfdb(ecg, set.items) : undefined;
    if (isUnchanged(known, headers.ETag)) return c.body(null, 304, headers);
    if (!bytes) return c.json({ items: set.items }, 200, headers);
    const disposition = `attachment; filename="ecg-${ecg.id.slice(-6)}.${annotator}"`;
    return asWritten(c.body(bytes, 200, { ...headers, "Content-Type": WFDB, "Content-Disposition": disposition }));
  })
  .openapi(replaceSet, async (c) => {
    const { annotator } = c.req.valid("param");
    const { access, ecg, store } = c.var;
    if (annotator === INSIGHTS) {
      throw newInputError([{ path: "annotator", message: "is the name of what was measured here: take another" }]);
    }
    const mediaType = (c.req.header("content-type") ?? "").split(";", 1)[0].trim().toLowerCase();
    if (mediaType !== "application/json" && mediaType !== WFDB) {
      throw new AppError("unsupported-type", { detail: `Annotations are sent as application/json, or as ${WFDB}.` });
    }
    const expected = readExpected(c.req.header("if-match"), c.req.header("if-none-match"));
    const notes: string[] = [];
    const items = await readBodyItems(c.req.raw, c.var.memory, mediaType === WFDB, (body) =>
      mediaType === WFDB ? readWfdb(ecg, annotator, body, notes) : readAnnotationsJson(body),
    );
    const edition = await annotateEcg(store, access, ecg, annotator, items, expected);
    return c.json({ annotator, count: items.length, notes }, 200, { ETag: `"${edition}"` });
  })
  .openapi(eraseSet, async (c) => {
    const { annotator } = c.req.valid("param");
    await deleteAnnotations(c.var.store, c.var.ecg, annotator, readExpected(c.req.header("if-match")));
    return c.body(null, 204);
  });

/** Reads the annotations of a body, of which nothing else is in memory when they are stored. */
async function readBodyItems<Items>(
  request: Request,
  memory: Memory,
  isWfdb: boolean,
  read: (body: Uint8Array) => Items,
): Promise<Items> {
  const held = isWfdb ? HELD_PER_WFDB_BYTE : HELD_PER_ANNOTATION_BYTE;
  await memory.hold(held * likelyLengthOf(request, MAX_ANNOTATION_BYTES));
  const body = await readBody(request, MAX_ANNOTATION_BYTES, memory);
  await memory.hold(held * body.length);
  return read(body);
}

/** Takes room for the annotations that are about to be read. */
export async function holdAnnotations(found: { memory: Memory; prefetched: readonly { bytes: number }[] | undefined }) {
  await found.memory.hold(HELD_PER_ANNOTATION_BYTE * (found.prefetched?.[0]?.bytes ?? 0));
}

/** What a request expects of a set, by its `If-Match` or else its `If-None-Match`: its ETags are of whichever format was read. */
function readExpected(match: string | undefined, noneMatch?: string): Expected {
  const header = match ?? noneMatch;
  if (header === undefined) return undefined;
  const named = readTags(header);
  const editions = named === "*" ? undefined : named.flatMap((tag) => /^"(.*?)(?:-wfdb)?"$/.exec(tag)?.[1] ?? []);
  return { has: match !== undefined, editions };
}
