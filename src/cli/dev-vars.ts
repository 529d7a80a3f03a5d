import { randomBytes } from "node:crypto";

/**
 * The text of a `.dev.vars` with a random signing secret where it has none: there is no file yet, or it is a copy of `.dev.vars.example`.
 *
 * @param text of the file; undefined when there is none
 * @returns undefined when it has a secret
 */
export function addSecret(text = "TOKEN_SECRET=\n"): string | undefined {
  const added = text.replace(/^TOKEN_SECRET=[ \t]*$/m, `TOKEN_SECRET=${randomBytes(32).toString("hex")}`);
  return added === text ? undefined : added;
}
