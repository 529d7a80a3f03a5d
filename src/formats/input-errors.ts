import type { z } from "zod";
import type { InputError } from "../errors.ts";

/** What is expected of a value, by zod's name of its type. */
const TYPES: Record<string, string> = {
  array: "an array",
  boolean: "true or false",
  int: "an integer",
  number: "a number",
  object: "an object",
  string: "a text",
};
/** The types of which a parameter has one that is given twice. */
const SCALARS = ["boolean", "int", "number", "string"];
/** What is wrong with a parameter that is given twice, or a list in JSON where there is to be none. */
export const NO_LIST = "must be one value, not a list";
/** What texts and arrays are counted in. */
const UNITS: Record<string, string> = { string: "characters", array: "items" };

/** Lists what is wrong, with one entry for each place. Each unknown field is a place of its own. */
export function toInputErrors(error: z.ZodError): InputError[] {
  return error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join("."), message: "is not a field" }))
      : [{ path: issue.path.join("."), message: issue.message }],
  );
}

/** What is wrong with a value, as the end of a sentence: for zod, where a schema has no words of its own. Undefined where zod's own do. */
export function explainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return "is missing";
  switch (issue.code) {
    case "invalid_type":
      if (Array.isArray(issue.input) && SCALARS.includes(issue.expected)) return NO_LIST;
      return TYPES[issue.expected] && `must be ${TYPES[issue.expected]}`;
    case "invalid_value":
      if (Array.isArray(issue.input)) return NO_LIST;
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
    case "too_small":
      if (!UNITS[issue.origin])
        return `must be ${issue.inclusive ? `${issue.minimum} or more` : `more than ${issue.minimum}`}`;
      return issue.minimum === 1 ? "is empty" : `has fewer than ${issue.minimum} ${UNITS[issue.origin]}`;
    case "too_big":
      if (!UNITS[issue.origin])
        return `must be ${issue.inclusive ? `${issue.maximum} or less` : `less than ${issue.maximum}`}`;
      return `has more than ${issue.maximum} ${UNITS[issue.origin]}`;
    case "invalid_format":
      return issue.format === "email" ? "is not an e-mail address" : undefined;
    default:
      return undefined;
  }
}
