import { z } from "@hono/zod-openapi";

/** A decimal number, as in JSON. */
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** A number of a query: an empty text, which Number() takes for 0, is none, and neither is `0x10`. */
export function fromText<Schema extends z.ZodNumber>(schema: Schema) {
  return z.preprocess((text) => (typeof text === "string" && NUMBER.test(text) ? Number(text) : text), schema);
}
