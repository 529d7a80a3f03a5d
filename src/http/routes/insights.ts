import { createRoute, z } from "@hono/zod-openapi";
import { INSIGHTS_VERSION } from "../../analysis/insights.ts";
import { measureWindow, readInsights } from "../../ecg/measure.ts";
import { pickSpans } from "../../ecg/window.ts";
import { newInputError } from "../../errors.ts";
import { writeAnnotations } from "../../formats/wfdb/annotations.ts";
import { etag, ifNoneMatch, isUnchanged, unchanged } from "../conditional.ts";
import { SecondsSchema } from "../ecg-query.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireOwnEcg } from "../guards/require-own-ecg.ts";
import { toInsightsJson } from "../insights-json.ts";
import { InsightsSchema, SERIES } from "../insights-schema.ts";
import { asWritten, binaryContent, failures, idParameter, json, newRouter } from "../openapi.ts";

const SeriesSchema = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(SERIES)));

const ANNOTATION_FILE = { mediaTypes: ["application/octet-stream"] };

const getInsights = createRoute({
  method: "get",
  path: "/ecg/{id}/insights",
  operationId: "getInsights",
  tags: ["ECGs"],
  summary: "Read what was measured in an ECG",
  description:
    "Of the whole ECG, or of a window of it, which is measured as if it were all there is. No diagnosis. What cannot be said is null or empty, and `reasons` has why. With `format=wfdb` the beats alone, as a WFDB annotation file.",
  ...guardedBy(requireOwnEcg("ecg:read")),
  request: {
    params: idParameter,
    query: z.strictObject({
      start: SecondsSchema.optional().openapi({ description: "From this time on, in seconds from the beginning" }),
      end: SecondsSchema.optional().openapi({ description: "Up to this time, in seconds from the beginning" }),
      series: SeriesSchema.optional().openapi({
        type: "string",
        description: "Add these series, of each beat: `beats,rr,intervals`",
        example: "beats,rr",
      }),
      format: z.enum(["json", "wfdb"]).optional(),
    }),
    headers: z.object(ifNoneMatch),
  },
  responses: {
    200: {
      description: "What was measured",
      content: { ...json(InsightsSchema, "").content, ...binaryContent([ANNOTATION_FILE]) },
      headers: etag,
    },
    304: unchanged,
    ...failures("unauthorized", "forbidden", "not-found", "invalid", "damaged-signal"),
  },
});

export const insightRoutes = newRouter().openapi(getInsights, async (c) => {
  const { start, end, series = [], format } = c.req.valid("query");
  const { ecg, store } = c.var;
  const isWhole = start === undefined && end === undefined;
  pickSpans(ecg, { start, end });
  const rate = Math.max(...ecg.leads.map(({ samplingRate }) => samplingRate ?? 0));
  if (format === "wfdb" && rate === 0) {
    throw newInputError([{ path: "format", message: "this ECG has no sampling rate to time beats by" }]);
  }
  const headers = { ETag: `"${ecg.revision}-insights-${INSIGHTS_VERSION}"` };
  if (isUnchanged(c.req.header("if-none-match"), headers.ETag)) return c.body(null, 304, headers);
  const insights = isWhole ? await readInsights(store, ecg) : await measureWindow(store, ecg, start, end);
  if (format === "wfdb") {
    const { times, types } = insights.beats;
    // At samples, as WFDB's programs have them.
    const beats = Array.from(times, (time, i) => ({ time: Math.round(time * rate) / rate, code: types[i] }));
    return asWritten(
      c.body(writeAnnotations(beats, [rate], []), 200, {
        ...headers,
        "Content-Type": "application/octet-stream",
        "Content-Disposition": `attachment; filename="ecg-${ecg.id.slice(-6)}.qrs"`,
      }),
    );
  }
  return c.json(
    { ...toInsightsJson(ecg.leads, insights, series, { start, end }), ...(!isWhole && { start, end }) },
    200,
    headers,
  );
});
