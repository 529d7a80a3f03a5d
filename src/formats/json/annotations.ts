import { z } from "zod";
import { AppError, newInputError } from "../../errors.ts";
import type { Annotation } from "../../recording/recording.ts";
import { MAX_NAME_LENGTH } from "../limits.ts";
import { MAX_ANNOTATIONS, MAX_TEXT_BYTES } from "../wfdb/annotations.ts";
import { toInputErrors } from "./ecg-json.ts";
import { linesOfText } from "./schema.ts";

/** The farthest time from the beginning of a recording, in seconds: some 30 years. */
const MAX_SECONDS = 1e9;

const SmallIntSchema = z.int().min(-128).max(127);

/** The annotations of one annotator, as they are sent. */
export const AnnotationsJsonSchema = z.strictObject({
  items: z
    .array(
      z.strictObject({
        time: z
          .number()
          .min(-MAX_SECONDS)
          .max(MAX_SECONDS)
          .meta({ description: "Seconds from the beginning of the recording", example: 1.236 }),
        duration: z.number().min(0).max(MAX_SECONDS).optional().meta({ description: "Seconds; a moment without it" }),
        code: z
          .string()
          .regex(/^[\x21-\x7e]{1,32}$/, "is no mnemonic of 1 to 32 visible characters of ASCII")
          .optional()
          .meta({
            description: "WFDB's mnemonic, or one of up to eight of your own; a note without it",
            example: "N",
          }),
        text: linesOfText(MAX_TEXT_BYTES).optional(),
        lead: z
          .string()
          .max(MAX_NAME_LENGTH)
          .optional()
          .meta({ description: "The lead that it is of; of all without it" }),
        annotator: z.string().optional().meta({ description: "Taken and ignored: the path says whose they are" }),
        subtype: SmallIntSchema.optional().meta({ description: "WFDB's `subtyp`; 0 without it" }),
        number: SmallIntSchema.optional().meta({ description: "WFDB's `num`; 0 without it" }),
      }),
    )
    .max(MAX_ANNOTATIONS),
});

/**
 * Reads annotations in JSON, described in full by `AnnotationsJsonSchema`; who made them is not kept.
 *
 * @throws AppError, `malformed` or `invalid`
 */
export function readAnnotationsJson(bytes: Uint8Array): Annotation[] {
  const result = AnnotationsJsonSchema.safeParse(parse(bytes));
  if (!result.success) throw newInputError(toInputErrors(result.error));
  return result.data.items.map(({ annotator: _, ...annotation }) => annotation);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new AppError("malformed", { detail: "The body is not valid JSON.", cause });
  }
}
