import { createRoute } from "@hono/zod-openapi";
import { countZeroCrossings } from "../../analysis/zero-crossings.ts";
import { AppError, newInputError } from "../../errors.ts";
import { findFormat } from "../../formats/index.ts";
import { json as jsonFormat, readSamples, sortByLead } from "../../formats/json/json.ts";
import { SamplesJsonSchema } from "../../formats/json/schema.ts";
import { areFarApart, countChunks } from "../../store/chunk-plan.ts";
import { appendSamples, closeEcg } from "../../store/ecgs.ts";
import type { EcgRow } from "../../store/schema.ts";
import { MAX_JSON_BYTES, readBody } from "../body.ts";
import { EcgSummarySchema, toSummary } from "../ecg-json.ts";
import { requireOwnEcg, requireRole } from "../guards.ts";
import { failures, idParameter, json, newRouter, referToSchema, security } from "../openapi.ts";

/** What one append may add: no body of samples at a usual rate comes near. */
const MAX_NEW_CHUNKS = 1024;

const router = newRouter();

const appendToEcg = createRoute({
  method: "post",
  path: "/ecg/{id}/samples",
  operationId: "appendSamples",
  tags: ["ECGs"],
  summary: "Append samples to an open ECG",
  description:
    "Every lead's next samples, all of them or none, with the offset at which they start. At another offset than is expected the answer is a 409 whose `expected` says where to go on, and nothing changes.",
  security,
  middleware: [requireOwnEcg],
  request: { params: idParameter, body: referToSchema(router, "NextSamples", SamplesJsonSchema) },
  responses: {
    200: json(EcgSummarySchema, "The ECG with these samples, without its signals"),
    ...failures(
      "malformed",
      "unauthorized",
      "forbidden",
      "not-found",
      "conflict",
      "too-large",
      "unsupported-type",
      "invalid",
    ),
  },
});

const closeOpenEcg = createRoute({
  method: "post",
  path: "/ecg/{id}/close",
  operationId: "closeEcg",
  tags: ["ECGs"],
  summary: "End an open ECG",
  description: "No more samples can follow. One that is closed already stays as it is.",
  security,
  middleware: [requireRole("user")],
  request: { params: idParameter },
  responses: {
    200: json(EcgSummarySchema, "The ECG, without its signals"),
    ...failures("unauthorized", "forbidden", "not-found"),
  },
});

export const sampleRoutes = router
  .openapi(appendToEcg, async (c) => {
    const { ecg, store, user } = c.var;
    if (!findFormat(c.req.header("content-type") ?? "", [jsonFormat])) throw new AppError("unsupported-type");
    if (!ecg.open) throw newClosedConflict();
    const names = ecg.leads.map(({ name }) => name);
    const next = sortByLead(names, readSamples(await readBody(c.req.raw, MAX_JSON_BYTES)));
    if (next.some(({ startSample }, i) => startSample !== ecg.leads[i].sampleCount)) throw newOffsetConflict(ecg);
    const leads = ecg.leads.map((lead, i) => {
      const before = { count: lead.zeroCrossings, lastSign: lead.lastSign };
      const { count: zeroCrossings, lastSign } = countZeroCrossings(next[i].samples, before);
      return { ...lead, sampleCount: lead.sampleCount + next[i].samples.length, zeroCrossings, lastSign };
    });
    if (areFarApart(leads) || countChunks(leads) - countChunks(ecg.leads) > MAX_NEW_CHUNKS) {
      const message = "are too far apart in time, or too many samples for their sampling rate";
      throw newInputError([{ path: "leads", message }]);
    }
    const grown = await appendSamples(
      store,
      user,
      ecg,
      leads,
      next.map(({ samples }) => samples),
    );
    // Something came between: the user or the ECG is looked up again, and the answer is by what is there now.
    if (!grown) {
      await requireOwnEcg(c, async () => {});
      throw c.var.ecg.open ? newOffsetConflict(c.var.ecg) : newClosedConflict();
    }
    return c.json(toSummary(grown), 200);
  })
  .openapi(closeOpenEcg, async (c) => {
    const ecg = await closeEcg(c.var.store, c.var.user.id, c.req.valid("param").id);
    if (!ecg) throw new AppError("not-found");
    return c.json(toSummary(ecg), 200);
  });

function newOffsetConflict(ecg: EcgRow): AppError {
  const expected = ecg.leads.map(({ name, sampleCount }) => ({ name, start_sample: sampleCount }));
  return new AppError("conflict", {
    detail: "The samples do not start where the ECG ends: see expected.",
    extensions: { expected },
  });
}

function newClosedConflict(): AppError {
  return new AppError("conflict", { detail: "This ECG is closed." });
}
