import { getTableColumns, SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/** The database, as Drizzle gives access to it. */
export type Db = DrizzleD1Database;

/** Where everything is stored: the database, and the bucket for the samples of long recordings, if one is bound. */
export type Store = {
  db: Db;
  archive: R2Bucket | undefined;
};

/** Opens the store of the Worker's bindings. */
export function openStore(bindings: { DB: D1Database; ARCHIVE?: R2Bucket }): Store {
  return { db: drizzle(bindings.DB), archive: bindings.ARCHIVE };
}

/** Asks the database for nothing but an answer; throws what the query throws. */
export async function queryDatabase({ db }: Store): Promise<void> {
  await db.get(sql`select 1 from users limit 1`);
}

/** The fields of a select that gives one row for a table, to be inserted on a condition. A value that is SQL is taken as it is. */
export function toFields<Table extends SQLiteTable>(
  table: Table,
  row: { [Key in keyof Table["$inferSelect"]]: Table["$inferSelect"][Key] | SQL },
) {
  const fields = Object.entries(getTableColumns(table)).map(([key, column]) => {
    const value = row[key as keyof typeof row];
    return [key, sql`${value instanceof SQL ? value : sql.param(value, column)}`.as(column.name)];
  });
  return Object.fromEntries(fields);
}

/** Whether D1 refused a statement for a constraint, `UNIQUE` or `FOREIGN KEY`. */
export function isConstraintError(error: unknown, constraint: string): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes(`${constraint} constraint failed`)) return true;
  }
  return false;
}
