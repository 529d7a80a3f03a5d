import { createRoute, z } from "@hono/zod-openapi";
import { INSIGHTS_VERSION, type Insights } from "../../analysis/insights.ts";
import { MOST_EVENTS } from "../../analysis/measures/events.ts";
import { MAX_WAVES_SECONDS } from "../../ecg/limits.ts";
import { measureDetails, measureWindow, readInsights } from "../../ecg/measure.ts";
import { reportInsights } from "../../ecg/report.ts";
import { pickSpans, secondsOf, type Window } from "../../ecg/window.ts";
import { newInputError } from "../../errors.ts";
import { writeAnnotations } from "../../formats/wfdb/annotations.ts";
import type { EcgRow } from "../../store/schema.ts";
import { etag, ifNoneMatch, isUnchanged, unchanged } from "../conditional.ts";
import { SecondsSchema } from "../ecg-query.ts";
import { brakeMeasuring } from "../guards/brake.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireOwnInsights } from "../guards/require-own-ecg.ts";
import { toInsightsJson } from "../insights-json.ts";
import { InsightsSchema } from "../insights-schema.ts";
import { chooseOffered } from "../negotiation.ts";
import { asWritten, failures, fileContent, fileName, idParameter, json, newRouter } from "../openapi.ts";
import { DETAILED_SERIES, SERIES, type Series } from "../series-schema.ts";

const SeriesSchema = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(SERIES)));

/** The media types of the answers by their formats; an annotation file of WFDB has none of its own. */
const MEDIA_TYPES = {
  json: "application/json",
  wfdb: "application/octet-stream",
  fhir: "application/fhir+json",
} as const;

const getInsights = createRoute({
  method: "get",
  path: "/ecg/{id}/insights",
  operationId: "getInsights",
  tags: ["ECGs"],
  summary: "Read what was measured in an ECG",
  description:
    "Of the whole ECG, or of a window of it, which is measured as if it were all there is. No diagnosis. What cannot be said is null or empty, and `reasons` has why. With `format=wfdb` the beats alone, as a WFDB annotation file; with `format=fhir` a preliminary DiagnosticReport of FHIR, alike in R4 and R5, with rate, intervals and axes as contained Observations. `series` are of JSON alone.",
  ...guardedBy(requireOwnInsights(INSIGHTS_VERSION, ({ start, end }) => start === undefined && end === undefined)),
  request: {
    params: idParameter,
    query: z.strictObject({
      start: SecondsSchema.optional().openapi({ description: "From this time on, in seconds from the beginning" }),
      end: SecondsSchema.optional().openapi({ description: "Up to this time, in seconds from the beginning" }),
      series: SeriesSchema.optional().openapi({
        type: "string",
        pattern: `^(${SERIES.join("|")})(,(${SERIES.join("|")}))*$`,
        description:
          "Add these, of each beat or interval: `beats,rr,intervals,waves`; of each kind of beats: `average_beats`; of the whole: `events,hours,rr_histogram`; a pacemaker's spikes: `pacing`. `waves` and `average_beats` are measured anew by each request: of more than a quarter of an hour 30 times a minute",
        example: "beats,rr",
      }),
      events_from: SecondsSchema.optional().openapi({
        description: `List the events that begin at this time or later, in seconds from the beginning: of an ECG with more than ${MOST_EVENTS} go on at the time of the last one listed`,
      }),
      format: z.enum(["json", "wfdb", "fhir"]).optional().openapi({
        description: "JSON, the beats as a WFDB annotation file, or a report of FHIR; instead of `Accept`",
      }),
      fhir_version: z.enum(["R4", "R5"]).optional().openapi({ description: "Of FHIR: the report is alike in both" }),
    }),
    headers: z.object({
      Accept: z.string().optional().openapi({
        description: "`application/fhir+json` for a report of FHIR, `application/octet-stream` for a file of WFDB",
      }),
      ...ifNoneMatch,
    }),
  },
  responses: {
    200: {
      description: "What was measured",
      content: {
        ...json(InsightsSchema, "").content,
        ...fileContent([{ mediaTypes: [MEDIA_TYPES.wfdb] }, { mediaTypes: [MEDIA_TYPES.fhir] }]),
      },
      headers: { ...etag, ...fileName },
    },
    304: unchanged,
    ...failures("unauthorized", "forbidden", "not-found", "not-acceptable", "invalid", "damaged-signal"),
  },
});

export const insightRoutes = newRouter().openapi(getInsights, async (c) => {
  const { start, end, series = [], events_from: eventsFrom, format } = c.req.valid("query");
  const { ecg, access, store, prefetched } = c.var;
  const window = { start, end };
  pickSpans(ecg, window);
  const wanted = format ?? chooseOffered(MEDIA_TYPES, c.req.header("accept"));
  requireAnswerable(ecg, wanted, series, window);
  const tag = `"${ecg.revision}-insights-${INSIGHTS_VERSION}${wanted === "json" ? "" : `-${wanted}`}"`;
  const headers = { ETag: tag, Vary: "Accept" };
  if (isUnchanged(c.req.header("if-none-match"), tag)) return c.body(null, 304, headers);
  const isWhole = start === undefined && end === undefined;
  const isDetailed = wanted === "json" && series.some((name) => DETAILED_SERIES.includes(name));
  const isKept = isWhole && !isDetailed && !ecg.open;
  if (!isKept) await brakeMeasuring(c.env, access, secondsOf(ecg, window));
  const { insights, details } = isDetailed
    ? await measureDetails(store, ecg, window, series.includes("waves"))
    : { insights: isWhole ? await readInsights(store, ecg, prefetched) : await measureWindow(store, ecg, start, end) };
  if (wanted === "json") {
    const json = toInsightsJson(ecg.leads, insights, series, { ...window, eventsFrom }, details);
    return c.json({ ...json, ...(!isWhole && window) }, 200, headers);
  }
  const [body, extension] =
    wanted === "fhir"
      ? ([reportInsights(ecg, insights, start), "insights.fhir.json"] as const)
      : ([writeBeats(ecg, insights), "qrs"] as const);
  return asWritten(
    c.body(body, 200, {
      ...headers,
      "Content-Type": MEDIA_TYPES[wanted],
      "Content-Disposition": `attachment; filename="ecg-${ecg.id.slice(-6)}.${extension}"`,
    }),
  );
});

/** @throws AppError `invalid` for what cannot be said of an ECG, or is too much to say at once */
function requireAnswerable(ecg: EcgRow, format: string, series: readonly Series[], window: Window): void {
  if (format === "wfdb" && rateOf(ecg) === 0) {
    throw newInputError([{ path: "format", message: "this ECG has no sampling rate to time beats by" }]);
  }
  if (series.includes("waves") && secondsOf(ecg, window) > MAX_WAVES_SECONDS) {
    const message = `waves are of ${MAX_WAVES_SECONDS / 3600} hours at the most: ask for a window with start and end`;
    throw newInputError([{ path: "series", message }]);
  }
}

/** The beats as a WFDB annotation file: at samples, as WFDB's programs have them. */
function writeBeats(ecg: EcgRow, { beats: { times, types } }: Insights): Uint8Array<ArrayBuffer> {
  const rate = rateOf(ecg);
  const beats = Array.from(times, (time, i) => ({ time: Math.round(time * rate) / rate, code: types[i] }));
  return writeAnnotations(beats, [rate], []);
}

function rateOf({ leads }: EcgRow): number {
  return Math.max(...leads.map(({ samplingRate }) => samplingRate ?? 0));
}
