import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";

export type Db = DrizzleD1Database;

export function openDb(binding: D1Database): Db {
  return drizzle(binding);
}

/** Whether D1 refused a statement for a constraint: `UNIQUE constraint failed: users.username`, say. */
export function isConstraintError(error: unknown, constraint: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes(`${constraint} constraint failed`)) return true;
  }
  return false;
}
