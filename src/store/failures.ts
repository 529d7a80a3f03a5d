import { DrizzleQueryError } from "drizzle-orm";
import { AppError } from "../errors.ts";

/** How many causes of an error are logged, the error itself included. */
const MOST_CAUSES = 5;

/**
 * The stacks of an error and of its causes. The bound values of a failed query are left out, since they are personal
 * data.
 */
export function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  for (let cause = error; cause instanceof Error && stacks.length < MOST_CAUSES; cause = cause.cause) {
    const stack = cause.stack ?? cause.message;
    const query = cause instanceof DrizzleQueryError ? cause.query : undefined;
    stacks.push(query === undefined ? stack : stack.replace(cause.message, () => query));
  }
  return stacks.length > 0 ? stacks : [String(error)];
}

/** The code of an error, which says what kind it is and nothing of whom it is about: ours, D1's, or the name of its class. */
export function codeOf(error: unknown): string {
  let name = "unknown";
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AppError) return cause.code;
    const [code] = cause.message.match(/^(D1|SQLITE)_[A-Z_]+/) ?? [];
    if (code !== undefined) return code;
    name = cause.name;
  }
  return name;
}

/**
 * Logs a failure that is no reason to refuse: the answer was settled, or nobody waits for one, and the work is done
 * again later.
 */
export function logFailure(what: string, error: unknown): void {
  console.error(JSON.stringify({ failed: what, error: stacksOf(error) }));
}
