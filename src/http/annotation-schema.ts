import { z } from "@hono/zod-openapi";
import { MOST_DISAGREEMENTS } from "../ecg/compare.ts";
import { isAnnotator } from "../formats/wfdb/annotations.ts";
import { SecondsSchema } from "./ecg-query.ts";
import { idParameter } from "./openapi.ts";

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

/** The annotations of one annotator. */
export const AnnotationsSchema = z.object({ items: z.array(AnnotationSchema) }).openapi("Annotations");

const AnnotatorNameSchema = z
  .string()
  .refine(isAnnotator, "must be 1 to 20 of a-z, 0-9, _, + and -, and neither hea nor dat");

const AnnotatorSchema = z
  .object({
    annotator: z.string().openapi({ example: "mine" }),
    count: z.int().openapi({ description: "How many annotations it has made", example: 12 }),
  })
  .openapi("Annotator");

/** Who has annotated an ECG. */
export const AnnotatorsSchema = z.object({ items: z.array(AnnotatorSchema) }).openapi("Annotators");

/** The answer to a PUT of annotations. */
export const ReplacedSchema = z
  .object({
    ...AnnotatorSchema.shape,
    notes: z
      .array(z.string())
      .openapi({ description: "What of a file was not kept or not understood; empty when nothing was", example: [] }),
  })
  .openapi("ReplacedAnnotations");

/** The parameters of a path that names an ECG and an annotator. */
export const annotatorParameters = idParameter.extend({
  annotator: AnnotatorNameSchema.openapi({
    pattern: "^[a-z0-9_+-]{1,20}$",
    param: { name: "annotator", in: "path" },
    description: "Who or what makes the annotations, as the extension of a WFDB file: `atr` is the reference",
    example: "mine",
  }),
});

/** The parameters of a GET that say of which time annotations are wanted. */
export const annotationWindow = {
  start: SecondsSchema.optional().openapi({ description: "At this time or later, in seconds from the beginning" }),
  end: SecondsSchema.optional().openapi({ description: "Before this time, in seconds from the beginning" }),
};

const share = (example: number, description: string) => z.number().nullable().openapi({ description, example });
const tally = (of: string) =>
  z
    .object({
      sensitivity: share(
        0.9987,
        "Se, 0 to 1: of those of the reference, the ones that the test has too; null without any",
      ),
      positive_predictivity: share(
        0.9991,
        "+P, 0 to 1: of those of the test, the ones that the reference has too; null without any",
      ),
      true_positives: z.int().openapi({ example: 2270 }),
      false_negatives: z.int().openapi({ example: 3 }),
      false_positives: z.int().openapi({ example: 2 }),
    })
    .openapi({ description: of });

const MatrixRowSchema = z
  .object({ N: z.int(), S: z.int(), V: z.int(), F: z.int(), Q: z.int(), O: z.int() })
  .openapi("BeatCounts", { example: { N: 2239, S: 0, V: 1, F: 0, Q: 0, O: 2 } });

/** The answer to a comparison of two annotators. */
export const ComparisonSchema = z
  .object({
    reference: z.string().openapi({ example: "atr" }),
    test: z.string().openapi({ example: "insights" }),
    beats: tally("Of all beats alike"),
    ventricular: tally("Of ventricular beats (V); a fusion or an unknown beat that is called ventricular is no error"),
    supraventricular: tally(
      "Of supraventricular beats (S); an unknown beat that is called supraventricular is no error",
    ),
    matrix: z
      .object({
        N: MatrixRowSchema,
        S: MatrixRowSchema,
        V: MatrixRowSchema,
        F: MatrixRowSchema,
        Q: MatrixRowSchema,
        O: MatrixRowSchema,
      })
      .openapi({
        description:
          "How often a beat of the reference (rows) is one of the test (columns), by the classes of EC57: normal or of a bundle branch block, supraventricular, ventricular, fusion, unknown or paced; O is no beat",
      }),
    disagreements: z.object({
      count: z.int().openapi({ description: "Of all", example: 1 }),
      items: z
        .array(
          z.object({
            time: z.number().openapi({
              description: "Seconds from the beginning, of the reference if it has the beat",
              example: 12.436,
            }),
            reference: z.string().nullable().openapi({ description: "The code; null for no beat", example: "V" }),
            test: z.string().nullable().openapi({ description: "The code; null for no beat", example: "N" }),
          }),
        )
        .openapi({
          description: `Beats of another class, or that one side alone has, in the order of their times: the first ${MOST_DISAGREEMENTS}; go on with \`start\``,
        }),
    }),
  })
  .openapi("Comparison");
