import { z } from "zod";
import { AppError, type InputError, newInputError } from "../../errors.ts";
import type { Annotation } from "../../recording/recording.ts";
import { explainIssue, toInputErrors } from "../input-errors.ts";
import { MAX_NAME_LENGTH } from "../limits.ts";
import { MAX_ANNOTATIONS, MAX_TEXT_BYTES } from "../wfdb/annotations.ts";

/** The farthest time from the beginning of a recording, in seconds: some 30 years. */
const MAX_SECONDS = 1e9;

/** Wrong places that are looked for: an answer shows fewer. */
const MOST_ERRORS = 1000;

const SmallIntSchema = z.int().min(-128).max(127);

const AnnotationJsonSchema = z.strictObject({
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
  // Also a NUL, which files of WFDB may have in a text: it is kept in JSON.
  text: z
    .string()
    .max(MAX_TEXT_BYTES)
    .refine((text) => text.isWellFormed(), "has half of a surrogate pair")
    .optional(),
  lead: z.string().max(MAX_NAME_LENGTH).optional().meta({ description: "The lead that it is of; of all without it" }),
  annotator: z.string().optional().meta({ description: "Taken and ignored: the path says whose they are" }),
  subtype: SmallIntSchema.optional().meta({ description: "WFDB's `subtyp`; 0 without it" }),
  number: SmallIntSchema.optional().meta({ description: "WFDB's `num`; 0 without it" }),
});

/** The annotations of one annotator, as they are sent. */
export const AnnotationsJsonSchema = z
  .strictObject({ items: z.array(AnnotationJsonSchema).max(MAX_ANNOTATIONS) })
  // Tools that make one of the fields would name a lead "string".
  .meta({
    example: {
      items: [
        { time: 1.236, code: "N" },
        { time: 2.1, code: "V", text: "Multifocal" },
      ],
    },
  });

/** The same as far as the list goes. Its items are looked at one by one: in one go all of them would be copied. */
const ListSchema = z.strictObject({ items: z.array(z.unknown()).max(MAX_ANNOTATIONS) });

/**
 * Reads annotations in JSON, described in full by `AnnotationsJsonSchema`; what one says of its annotator does not count.
 *
 * @throws AppError, `malformed` or `invalid`
 */
export function readAnnotationsJson(bytes: Uint8Array): Annotation[] {
  const list = ListSchema.safeParse(parse(bytes), { error: explainIssue });
  const errors: InputError[] = list.success ? [] : toInputErrors(list.error);
  const items = list.data?.items ?? [];
  for (const [i, item] of items.entries()) {
    const { error } = AnnotationJsonSchema.safeParse(item, { error: explainIssue });
    if (error) errors.push(...toInputErrors(error).map(({ path, message }) => ({ path: joinPath(i, path), message })));
    if (errors.length >= MOST_ERRORS) break;
  }
  if (errors.length > 0) throw newInputError(errors);
  // As they came: the schema changes nothing.
  return items as Annotation[];
}

function joinPath(index: number, path: string): string {
  return path === "" ? `items.${index}` : `items.${index}.${path}`;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch (cause) {
    throw new AppError("malformed", { detail: "The body is not valid JSON.", cause });
  }
}
