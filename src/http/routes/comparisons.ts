import { createRoute, z } from "@hono/zod-openapi";
import { type BeatClass, positivePredictivity, sensitivity, type Tally } from "../../analysis/ec57.ts";
import { compareAnnotations, INSIGHTS } from "../../ecg/compare.ts";
import { secondsOf } from "../../ecg/window.ts";
import { annotationWindow, annotatorParameters, ComparisonSchema } from "../annotation-schema.ts";
import { brakeMeasuring } from "../guards/brake.ts";
import { guardedBy } from "../guards/guarded-by.ts";
import { requireOwnAnnotations } from "../guards/require-own-ecg.ts";
import { failures, json, newRouter } from "../openapi.ts";
import { round } from "../schema-json.ts";
import { holdAnnotations } from "./annotations.ts";

/** The classes of beats, and O for no beat. */
const CLASSES = ["N", "S", "V", "F", "Q", "O"] as const satisfies (BeatClass | "O")[];
/** The decimals of a share. */
const SHARE_DIGITS = 4;

const compare = createRoute({
  method: "get",
  path: "/ecg/{id}/annotations/{annotator}/compare",
  operationId: "compareAnnotations",
  tags: ["Annotations"],
  summary: "Compare the beats of another annotator with those of this one",
  description:
    "By the rules of ANSI/AAMI EC57, as WFDB's `bxb` applies them, but without a learning period: this annotator is the reference; each beat is paired with the nearest within 150 ms, and what is found in the reference's ventricular flutter (`[` to `]`) does not count. Of a window, the pairs whose beat of the reference is in it.",
  ...guardedBy(requireOwnAnnotations(({ with: other }, annotator) => ({ annotator, other }))),
  request: {
    params: annotatorParameters,
    query: z.strictObject({
      with: z.string().openapi({
        description: `The annotator that is tested; \`${INSIGHTS}\` for the beats that were found here`,
        example: INSIGHTS,
      }),
      ...annotationWindow,
    }),
  },
  responses: {
    200: json(ComparisonSchema, "How far they agree"),
    ...failures("unauthorized", "forbidden", "not-found", "invalid", "damaged-signal"),
  },
});

export const comparisonRoutes = newRouter().openapi(compare, async (c) => {
  const { annotator: reference } = c.req.valid("param");
  const { with: test, ...window } = c.req.valid("query");
  const { access, ecg } = c.var;
  // What was measured in an open ECG is kept until more comes.
  if (test === INSIGHTS && ecg.open) await brakeMeasuring(c.env, access, secondsOf(ecg, {}));
  await holdAnnotations(c.var);
  const { counts, beats, ventricular, supraventricular, disagreements } = await compareAnnotations(
    c.var.store,
    ecg,
    reference,
    test,
    window,
  );
  return c.json(
    {
      reference,
      test,
      beats: toTally(beats),
      ventricular: toTally(ventricular),
      supraventricular: toTally(supraventricular),
      matrix: byClass((ours) => byClass((theirs) => counts[ours + theirs] ?? 0)),
      disagreements,
    },
    200,
  );
});

function byClass<T>(count: (name: (typeof CLASSES)[number]) => T): Record<(typeof CLASSES)[number], T> {
  // Object.fromEntries forgets which name has which type.
  return Object.fromEntries(CLASSES.map((name) => [name, count(name)])) as Record<(typeof CLASSES)[number], T>;
}

function toTally(tally: Tally) {
  const share = (value: number) => (Number.isNaN(value) ? null : round(value, SHARE_DIGITS));
  return {
    sensitivity: share(sensitivity(tally)),
    positive_predictivity: share(positivePredictivity(tally)),
    true_positives: tally.truePositives,
    false_negatives: tally.falseNegatives,
    false_positives: tally.falsePositives,
  };
}
