import { sql } from "drizzle-orm";
import journal from "../../migrations/meta/_journal.json" with { type: "json" };
import { type AnyStore, queryDatabase } from "./db.ts";
import { logFailure } from "./failures.ts";

/** What is looked at, and for each `ok`, `not bound` for what need not be there, or what is wrong. */
export type Checks = { database: string; archive: string; queue: string; migrations: string };

/** The migrations that this Worker was made for, as D1 names them. */
const MIGRATIONS = journal.entries.map(({ tag }) => `${tag}.sql`);
/** What a check says of what is as it should be, or need not be. */
const FINE: readonly string[] = ["ok", "not bound"];

/** Looks at all that the Worker stands on, at once. What is wrong is logged. */
export async function checkStore(store: AnyStore): Promise<Checks> {
  const { archive, queue } = store;
  const [ofDatabase, ofArchive, ofQueue, ofMigrations] = await Promise.all([
    check("database", () => queryDatabase(store)),
    archive ? check("archive", () => archive.head("ready")) : "not bound",
    queue ? check("queue", () => queue.metrics()) : "not bound",
    check("migrations", async () => {
      const missing = await findMissingMigrations(store);
      return missing.length > 0 ? `not applied: ${missing.join(", ")}` : undefined;
    }),
  ]);
  return { database: ofDatabase, archive: ofArchive, queue: ofQueue, migrations: ofMigrations };
}

/** Whether nothing is wrong. */
export function isReady(checks: Checks): boolean {
  return Object.values(checks).every((found) => FINE.includes(found));
}

/**
 * What a check says.
 *
 * @param look gives a text for what is wrong, or throws
 */
async function check(name: string, look: () => Promise<unknown>): Promise<string> {
  try {
    const wrong = await look();
    return typeof wrong === "string" ? wrong : "ok";
  } catch (error) {
    logFailure(`checking the ${name}`, error);
    return "does not answer";
  }
}

/** The migrations that the database has not had. */
async function findMissingMigrations({ db }: AnyStore): Promise<string[]> {
  const applied = await db.all<{ name: string }>(sql`select name from d1_migrations`);
  const names = new Set(applied.map(({ name }) => name));
  return MIGRATIONS.filter((name) => !names.has(name));
}
