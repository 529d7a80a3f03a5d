import { z } from "@hono/zod-openapi";
import { AppError } from "../errors.ts";

/** A string of RFC 8941, section 3.3.3, of 1 to 255 characters; `\\` stands before `"` and `\\` in it. */
const STRING = /^"((?:[ !#-[\]-~]|\\["\\]){1,255})"$/;
/** A key as many clients send it, without quotes: a UUID, or a hash in hexadecimal digits or base64. */
const BARE = /^[\w.:/+=~-]{1,255}$/;

/** Documents the header of a request that may be sent again. */
export const idempotencyKey = {
  "Idempotency-Key": z.string().optional().openapi({
    description:
      "A key of your own for this ECG, such as a UUID: 1 to 255 characters, in quotes (RFC 8941) or, if they are letters, digits and `._:/+=~-`, without. The same request with the same key stores nothing again: for 24 hours it has the first answer",
    example: '"8e03978e-40d5-43e8-bc93-6894a57f9324"',
  }),
};

/**
 * Reads an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header); undefined when there is none. With quotes or without it is
 * the same key.
 *
 * @throws AppError `malformed`
 */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  const text = header?.trim();
  if (text === undefined) return undefined;
  const quoted = STRING.exec(text);
  if (quoted) return quoted[1].replaceAll(/\\(.)/g, "$1");
  if (BARE.test(text)) return text;
  throw new AppError("malformed", {
    detail: 'The Idempotency-Key is no string of 1 to 255 characters in quotes, as in "8e03978e".',
  });
}
