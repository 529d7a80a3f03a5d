import { AppError } from "../errors.ts";

/**
 * What D1 says of a statement that is wrong, or refused by the tables: all else that it throws means that the database is overloaded,
 * restarts, or cannot be reached (https://developers.cloudflare.com/d1/observability/debug-d1/#error-list).
 */
const STATEMENT_ERROR =
  /SQLITE_(ERROR|CONSTRAINT|MISMATCH|RANGE|TOOBIG|AUTH|SCHEMA|MISUSE|CORRUPT)|constraint failed|D1_TYPE_ERROR|D1_COLUMN_NOTFOUND|syntax error|no such (table|column)|too many SQL variables/;
/** What D1 says before it has begun with the statements. */
const NOT_BEGUN = /overloaded|Cannot resolve D1 DB/i;
/** Statements that may run twice: those that read, the entry of a read, which the trail takes once, and the time of a key's use. */
const REPEATABLE = /^\s*(select|with)\b|^insert into "audit"|^update "access_keys" set "last_used_at"/i;
/** How long after a failure the second try begins, in ms: at random, so that many do not begin together. */
const [LEAST_PAUSE_MS, MOST_PAUSE_MS] = [50, 250];

type Values = Parameters<D1PreparedStatement["bind"]>;
type Built = { sql: string; build: () => D1PreparedStatement };

/**
 * A database that tries reads once more when it is overloaded or away, and writes when it has not begun with them. What fails then is an
 * AppError `unavailable`.
 */
export function newSteadyDatabase(database: D1Database): D1Database {
  const built = new WeakMap<object, Built>();

  /** A statement is made when it runs: to make one may fail as well. */
  function wrap(sql: string, build: () => D1PreparedStatement): D1PreparedStatement {
    const run = <T>(how: (statement: D1PreparedStatement) => Promise<T>) => trySteadily(() => how(build()), [sql]);
    const outer = {
      bind: (...values: Values) => wrap(sql, () => build().bind(...values)),
      run: () => run((statement) => statement.run()),
      all: () => run((statement) => statement.all()),
      raw: () => run((statement) => statement.raw()),
      first: (column: string) => run((statement) => statement.first(column)),
    } as unknown as D1PreparedStatement;
    built.set(outer, { sql, build });
    return outer;
  }

  return {
    prepare: (sql: string) => wrap(sql, () => database.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) => {
      const known = statements.map((statement) => {
        const one = built.get(statement);
        if (!one) throw new TypeError("A statement of another database");
        return one;
      });
      return trySteadily(
        () => database.batch(known.map(({ build }) => build())),
        known.map(({ sql }) => sql),
      );
    },
  } as unknown as D1Database;
}

/** Reads from the archive, and once more when that fails; then an AppError `unavailable`. */
export async function readSteadily<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch {
    await pause();
    return read().catch((cause) => {
      throw new AppError("unavailable", { cause });
    });
  }
}

async function trySteadily<T>(run: () => Promise<T>, statements: readonly string[]): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isOutage(error)) throw error;
    const isHarmless = NOT_BEGUN.test(String(error)) || statements.every((sql) => REPEATABLE.test(sql));
    if (!isHarmless) throw new AppError("unavailable", { cause: error });
  }
  await pause();
  // Whatever fails now, the first failure is why: an entry that is in the trail already refuses to be made again.
  return run().catch((cause) => {
    throw new AppError("unavailable", { cause });
  });
}

/** Whether what a database has thrown is about itself, and not about the statements. */
function isOutage(error: unknown): boolean {
  return error instanceof Error && !(error instanceof TypeError) && !STATEMENT_ERROR.test(error.message);
}

function pause(): Promise<void> {
  const ms = LEAST_PAUSE_MS + Math.random() * (MOST_PAUSE_MS - LEAST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, ms));
}
