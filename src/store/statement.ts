import { Column, Param, Placeholder, SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import type { AnyStore, Db, Store } from "./db.ts";

/** A statement for a batch. */
export type Statement = Parameters<Db["batch"]>[0][number];
/** Gives the result of a statement of a batch. */
type ResultOf = <Query extends Statement>(statement: Query) => Query["_"]["result"];
/** A statement for a batch, which may also be awaited alone. */
type Ready<Query extends Statement> = Pick<Query, "_"> & PromiseLike<Query["_"]["result"]>;
/** A query of Drizzle, as far as a statement is made of it. */
type Buildable = Statement & {
  prepare(): { getQuery(): { sql: string; params: unknown[] }; fields?: readonly Field[]; mapResult: MapResult };
};
/** What a query selects: a column or SQL, and where it stands in a row as it is given. */
type Field = { path: readonly string[]; field: unknown };
type MapResult = (result: unknown, isFromBatch?: boolean) => unknown;
type Values = Record<string, unknown>;
type Built = { text: string; bind: (values: Values) => unknown[]; mapResult: MapResult };

/** A database for statements that are only built. */
const nowhere = drizzle({ prepare: () => undefined } as unknown as D1Database);

/**
 * Makes a function that gives a statement of the values which it is called with. What the statement says is built once in an isolate, with
 * places for the values: Drizzle takes longer to build one than D1 to run it. It is built again for other names of values, and with a value
 * that is SQL for that call alone.
 *
 * @param build may only put the values into the statement, in the places of values: at first it is given what stands for them
 */
export function newStatement<V extends Values, Query extends Statement>(
  build: (db: Db, values: V) => Query,
): (store: AnyStore, values: V) => Ready<Query> {
  const known = new Map<string, Built>();
  return ({ db }, values) => {
    if (Object.values(values).some((value) => value instanceof SQL)) {
      return build(db, values) as unknown as Ready<Query>;
    }
    const names = Object.keys(values).filter((name) => values[name] !== undefined);
    const built =
      known.get(names.join()) ?? buildFor(names, (places) => build(nowhere, places as V) as unknown as Buildable);
    known.set(names.join(), built);
    const { text, bind, mapResult } = built;
    const params = bind(values);
    // What Drizzle's session for D1 asks a query of a batch for.
    const prepared = { getQuery: () => ({ sql: text, params }), stmt: db.$client.prepare(text), mapResult };
    const statement = { _prepare: () => prepared } as unknown as Statement;
    const run = async () => (await db.batch([statement]))[0];
    return Object.assign(statement, {
      // biome-ignore lint/suspicious/noThenProperty: Drizzle's queries have it, too.
      then: (...next: Parameters<Promise<unknown>["then"]>) => run().then(...next),
    }) as unknown as Ready<Query>;
  };
}

/** Runs statements in one batch, all of them or none. The types of Drizzle's own tell only its first results apart. */
export async function runBatch({ db }: Store, statements: readonly [Statement, ...Statement[]]): Promise<ResultOf> {
  const results: readonly unknown[] = await db.batch(statements);
  return <Query extends Statement>(statement: Query) => results[statements.indexOf(statement)] as Query["_"]["result"];
}

function buildFor(names: readonly string[], build: (places: Values) => Buildable): Built {
  const prepared = build(Object.fromEntries(names.map((name) => [name, sql.placeholder(name)]))).prepare();
  const { sql: built, params } = prepared.getQuery();
  // SQLite looks at a limit that is bound alone while it plans, and so plans the statement anew whenever another may be bound.
  const text = built.replaceAll(" limit ?", " limit ? + 0");
  const readers = params.map((param): ((values: Values) => unknown) => {
    if (param instanceof Placeholder) return (values) => values[param.name];
    if (!(param instanceof Param && param.value instanceof Placeholder)) return () => param;
    const { value, encoder } = param;
    return (values) => (values[value.name] === null ? null : encoder.mapToDriverValue(values[value.name]));
  });
  return {
    text,
    bind: (values) => readers.map((read) => read(values)),
    mapResult: newRowMapper(prepared.fields ?? []) ?? ((...result) => prepared.mapResult(...result)),
  };
}

/**
 * Makes a function that gives rows of nothing but columns and SQL under names, as Drizzle does, which finds out for each cell what it is
 * of. Undefined where that is not all, or two have one name.
 */
function newRowMapper(fields: readonly Field[]): MapResult | undefined {
  const columns = fields.flatMap(({ path, field }) => {
    const read = newCellReader(field);
    return read && path.length === 1 ? [{ key: path[0], ...read }] : [];
  });
  const names = new Set(columns.map(({ name }) => name));
  if (names.size === 0 || names.size < fields.length) return undefined;
  return (result) =>
    (result as D1Result<Record<string, unknown>>).results.map((cells) => {
      const row: Record<string, unknown> = {};
      for (const { key, name, decode } of columns) {
        const value = cells[name];
        row[key] = value === null ? null : decode(value);
      }
      return row;
    });
}

/** The name that a field has in a row, and what makes its value of the cell's; undefined where Drizzle alone knows. */
function newCellReader(field: unknown): { name: string; decode: (value: unknown) => unknown } | undefined {
  if (field instanceof Column) return { name: field.name, decode: (value) => field.mapFromDriverValue(value) };
  if (field instanceof SQL.Aliased) {
    const { decoder } = field.sql as unknown as { decoder: { mapFromDriverValue: (value: unknown) => unknown } };
    return { name: field.fieldAlias, decode: (value) => decoder.mapFromDriverValue(value) };
  }
  return undefined;
}
