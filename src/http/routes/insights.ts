import { createRoute, z } from "@hono/zod-openapi";
import { requireOwnEcg } from "../guards.ts";
import { failures, idParameter, json, newRouter, security } from "../openapi.ts";

const InsightsSchema = z
  .object({
    leads: z.array(
      z.object({
        name: z.string().openapi({ example: "II" }),
        zero_crossings: z.int().openapi({ description: "Sign changes in the signal's integers", example: 3 }),
      }),
    ),
  })
  .openapi("Insights");

const readInsights = createRoute({
  method: "get",
  path: "/ecg/{id}/insights",
  operationId: "getInsights",
  tags: ["ECGs"],
  summary: "Read what was measured in an ECG",
  security,
  middleware: [requireOwnEcg],
  request: { params: idParameter },
  responses: { 200: json(InsightsSchema, "What was measured"), ...failures("unauthorized", "forbidden", "not-found") },
});

export const insightRoutes = newRouter().openapi(readInsights, (c) => {
  const leads = c.var.ecg.leads.map((lead) => ({ name: lead.name, zero_crossings: lead.zeroCrossings }));
  return c.json({ leads }, 200);
});
