/** One statement that a watched database has run. */
export type Statement = { sql: string; rowsRead: number; rowsWritten: number };

/** Called before statements run: one alone, or all of a batch. What it throws is thrown to whoever runs them. */
export type BeforeRun = (sql: readonly string[]) => void;

type Watched = { statement: D1PreparedStatement; sql: string };

/**
 * A database that counts the rows of each statement, as D1's own `meta` gives them, and that may be made to fail.
 *
 * @returns the database, and a list to which each statement that has run is added
 */
export function watchDatabase(database: D1Database, beforeRun: BeforeRun = () => {}) {
  const statements: Statement[] = [];
  const inner = new Map<object, Watched>();

  async function runAll<T>(watched: readonly Watched[]): Promise<D1Result<T>[]> {
    beforeRun(watched.map(({ sql }) => sql));
    const results = await database.batch<T>(watched.map(({ statement }) => statement));
    for (const [i, { meta }] of results.entries()) {
      statements.push({ sql: watched[i].sql, rowsRead: meta.rows_read, rowsWritten: meta.rows_written });
    }
    return results;
  }

  function watch(statement: D1PreparedStatement, sql: string): D1PreparedStatement {
    const run = async <T>() => (await runAll<T>([{ statement, sql }]))[0];
    const outer = {
      bind: (...values: unknown[]) => watch(statement.bind(...values), sql),
      run,
      all: run,
      // Whoever asks for rows as arrays has no two columns of one name, as Drizzle's selects of one table have none.
      raw: async () => (await run<Record<string, unknown>>()).results.map((row) => Object.values(row)),
      first: async () => (await run()).results[0] ?? null,
    } as unknown as D1PreparedStatement;
    inner.set(outer, { statement, sql });
    return outer;
  }

  const watched = {
    prepare: (sql: string) => watch(database.prepare(sql), sql),
    batch: <T>(list: D1PreparedStatement[]) =>
      runAll<T>(
        list.map((outer) => {
          const found = inner.get(outer);
          if (!found) throw new Error("a statement of another database");
          return found;
        }),
      ),
  } as unknown as D1Database;
  return { database: watched, statements };
}
