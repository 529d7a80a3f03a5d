import { createRoute, z } from "@hono/zod-openapi";
import { readAnnotations } from "../../store/annotations.ts";
import { SecondsSchema } from "../ecg-query.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireOwnEcg } from "../guards/require-own-ecg.ts";
import { failures, idParameter, json, newRouter } from "../openapi.ts";

const AnnotationSchema = z
  .object({
    time: z.number().openapi({ description: "Seconds from the beginning of the recording", example: 1.236 }),
    duration: z.number().optional().openapi({ description: "Seconds; a moment without it" }),
    code: z.string().optional().openapi({ description: "WFDB's mnemonic: `N` a normal beat, `V` a ventricular one" }),
    text: z.string().optional(),
    lead: z.string().optional().openapi({ description: "The lead that it is of; of all without it" }),
    annotator: z.string().optional().openapi({
      description: "Who or what made it, by the extension of its WFDB file; the reference, `atr`, without it",
      example: "qrs",
    }),
    subtype: z.int().optional().openapi({ description: "WFDB's `subtyp`; 0 without it" }),
    number: z.int().optional().openapi({ description: "WFDB's `num`; 0 without it" }),
  })
  .openapi("Annotation");

const readEcgAnnotations = createRoute({
  method: "get",
  path: "/ecg/{id}/annotations",
  operationId: "listAnnotations",
  tags: ["ECGs"],
  summary: "Read the annotations that came with an ECG",
  description: "In the order of their times; of a window, those that begin in it.",
  ...guardedBy(requireOwnEcg("ecg:read")),
  request: {
    params: idParameter,
    query: z.strictObject({
      start: SecondsSchema.optional().openapi({ description: "At this time or later, in seconds from the beginning" }),
      end: SecondsSchema.optional().openapi({ description: "Before this time, in seconds from the beginning" }),
    }),
  },
  responses: {
    200: json(z.object({ items: z.array(AnnotationSchema) }).openapi("Annotations"), "The annotations"),
    ...failures("unauthorized", "forbidden", "not-found", "invalid"),
  },
});

export const annotationRoutes = newRouter().openapi(readEcgAnnotations, async (c) => {
  const { start, end } = c.req.valid("query");
  return c.json({ items: await readAnnotations(c.var.store, c.var.ecg, start, end) }, 200);
});
