import { createRoute, z } from "@hono/zod-openapi";
import { appendToEcg, newOffsetConflict, requireOpen } from "../../ecg/append.ts";
import { hashIfShort } from "../../ecg/hash.ts";
import { toSummary } from "../../ecg/summary.ts";
import { AppError } from "../../errors.ts";
import { findFormat } from "../../formats/index.ts";
import { ecgJson, readSamples } from "../../formats/json/ecg-json.ts";
import { SamplesJsonSchema } from "../../formats/json/schema.ts";
import { withoutActor } from "../../store/db.ts";
import { closeEcg } from "../../store/incoming-ecgs.ts";
import { MAX_JSON_BYTES, readBody } from "../body.ts";
import { ifUnchanged, readExpectedEcg, validators, validatorsOf } from "../conditional.ts";
import { EcgSummarySchema } from "../ecg-schema.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireOwnEcgToChange } from "../guards/require-own-ecg.ts";
import { requireOwner } from "../guards/require-user.ts";
import { BODY_REFUSALS, failures, idParameter, json, newRouter, referToSchema } from "../openapi.ts";

const router = newRouter();

const appendToOpenEcg = createRoute({
  method: "post",
  path: "/ecg/{id}/samples",
  operationId: "appendSamples",
  tags: ["ECGs"],
  summary: "Append samples to an open ECG",
  description:
    "Every lead's next samples, all of them or none, with the offset at which they start. At another offset than is expected the answer is a 409 whose `expected` says where to go on, and nothing changes. With `If-Match` or `If-Unmodified-Since` only if nothing else was changed either.",
  ...guardedBy(requireOwnEcgToChange("ecg:write")),
  request: {
    params: idParameter,
    headers: z.object(ifUnchanged),
    body: referToSchema(router, "NextSamples", SamplesJsonSchema),
  },
  responses: {
    200: { ...json(EcgSummarySchema, "The ECG with these samples, without its signals"), headers: validators },
    ...failures(
      "unauthorized",
      "forbidden",
      "not-found",
      "timeout",
      "precondition-failed",
      newOffsetConflict({ leads: [{ name: "II", sampleCount: 5000 }] }),
      ...BODY_REFUSALS,
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
  ...guardedBy(requireOwner("ecg:write")),
  request: { params: idParameter, headers: z.object(ifUnchanged) },
  responses: {
    200: { ...json(EcgSummarySchema, "The ECG, without its signals"), headers: validators },
    ...failures("unauthorized", "forbidden", "not-found", "precondition-failed"),
  },
});

export const sampleRoutes = router
  .openapi(appendToOpenEcg, async (c) => {
    const { ecg, store, access } = c.var;
    if (!findFormat(c.req.header("content-type") ?? "", [ecgJson]))
      throw new AppError("unsupported-type", { detail: "The next samples are sent as application/json." });
    requireOpen(ecg);
    const next = readSamples(await readBody(c.req.raw, MAX_JSON_BYTES, c.var.memory));
    const grown = await appendToEcg(store, access, ecg, next, readExpectedEcg(c.req.raw.headers));
    return c.json(toSummary(grown), 200, validatorsOf(grown));
  })
  .openapi(closeOpenEcg, async (c) => {
    const { store, user } = c.var;
    const closed = await closeEcg(store, user.id, c.req.valid("param").id, readExpectedEcg(c.req.raw.headers));
    const ecg = await hashIfShort(withoutActor(store), closed);
    return c.json(toSummary(ecg), 200, validatorsOf(ecg));
  });
