import { DrizzleQueryError } from "drizzle-orm";

/** How many causes of an error are told. */
const MOST_CAUSES = 5;

/** The stack of an error, and of what caused it. A failed query's bound values are left out: they are somebody's. */
export function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  for (let cause = error; cause instanceof Error && stacks.length < MOST_CAUSES; cause = cause.cause) {
    const stack = cause.stack ?? cause.message;
    const query = cause instanceof DrizzleQueryError ? cause.query : undefined;
    stacks.push(query === undefined ? stack : stack.replace(cause.message, () => query));
  }
  return stacks.length > 0 ? stacks : [String(error)];
}

/** Logs what failed after the answer was settled, or with nobody waiting: it is done again later, and no reason to refuse. */
export function logFailure(what: string, error: unknown): void {
  console.error(JSON.stringify({ failed: what, error: stacksOf(error) }));
}
