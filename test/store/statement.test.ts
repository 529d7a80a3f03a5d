import { env } from "cloudflare:workers";
import { and, eq, inArray, like, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Db } from "../../src/store/db.ts";
import { ecgs, users } from "../../src/store/schema.ts";
import { newStatement, type Statement } from "../../src/store/statement.ts";
import { newCaller, store, storedEcg } from "../support/api.ts";

const PREFIX = crypto.randomUUID();
const NAMES = ["ada", "ben", "cleo"];

beforeAll(async () => {
  await store.db.insert(users).values(
    NAMES.map((name, i) => ({
      id: `${PREFIX} ${name}`,
      username: `${PREFIX} ${name}`,
      email: "",
      role: "user" as const,
      passwordHash: "",
      disabled: name === "ben",
      createdAt: i,
    })),
  );
  const about = { ownerId: `${PREFIX} ada`, recordedAt: 1.5e12, createdAt: 0, leads: [], findings: ["paced"] };
  await store.db.insert(ecgs).values({ ...about, id: `${PREFIX} open`, open: true });
});

type Rows = Statement & PromiseLike<unknown[]>;
const isPlanted = (id: SQLiteColumn) => like(id, `${PREFIX}%`);

type Wanted = { id: string | SQL; disabled?: boolean };

describe("a statement that is built once", () => {
  let builds = 0;
  const select = newStatement((db, { id, disabled }: Wanted) => {
    builds++;
    const isWanted = disabled === undefined ? undefined : eq(users.disabled, disabled);
    return db
      .select({ id: users.id, disabled: users.disabled })
      .from(users)
      .where(and(eq(users.id, id), isWanted));
  });
  const idOf = (name: string) => `${PREFIX} ${name}`;

  it("has the values of each call, in a batch and alone", async () => {
    const [[ada], [ben]] = await store.db.batch([
      select(store, { id: idOf("ada") }),
      select(store, { id: idOf("ben") }),
    ]);
    const [cleo] = await select(store, { id: idOf("cleo") });
    expect([ada, ben, cleo]).toEqual(NAMES.map((name) => ({ id: idOf(name), disabled: name === "ben" })));
    expect(builds).toBe(1);
  });

  it("is another one with other values, which are as the columns have them", async () => {
    const found = [true, false].map((disabled) => select(store, { id: idOf("ben"), disabled }));
    expect((await Promise.all(found)).map(({ length }) => length)).toEqual([1, 0]);
    expect(builds).toBe(2);
  });

  it("is built for a value that is SQL", async () => {
    const first = sql`(select min(id) from ${users} where ${inArray(users.id, NAMES.map(idOf))})`;
    expect(await select(store, { id: first })).toEqual([{ id: idOf("ada"), disabled: false }]);
    expect(await select(store, { id: idOf("cleo") })).toEqual([{ id: idOf("cleo"), disabled: false }]);
    expect(builds).toBe(3);
  });
});

it("limits rows to what it is called with, by what SQLite does not look at while it plans", async () => {
  const select = newStatement((db, { limit }: { limit: number }) =>
    db.select({ id: users.id }).from(users).where(isPlanted(users.id)).limit(limit),
  );
  const limits = [1, 3, 2];
  const found = await store.db.batch([select(store, { limit: 1 }), ...limits.map((limit) => select(store, { limit }))]);
  expect(found.map(({ length }) => length)).toEqual([1, ...limits]);
  const texts: string[] = [];
  const prepare = (text: string) => void texts.push(text);
  select({ ...store, db: { $client: { prepare } } as unknown as Db }, { limit: 1 });
  expect(texts[0]).toMatch(/ limit \? \+ 0$/);
});

const STATEMENTS: { of: string; build: (db: Db) => Rows }[] = [
  { of: "columns alone", build: (db) => db.select().from(ecgs).where(isPlanted(ecgs.ownerId)) },
  {
    of: "SQL beside a column",
    build: (db) =>
      db
        .select({ id: users.id, name: sql<string>`upper(${users.username})` })
        .from(users)
        .where(isPlanted(users.id)),
  },
  {
    of: "SQL under a name, which is decoded",
    build: (db) =>
      db
        .select({ id: users.id, name: sql`upper(${users.username})`.mapWith((name) => [name]).as("name") })
        .from(users)
        .where(isPlanted(users.id)),
  },
  {
    of: "columns of two tables in one row, one of which may have none",
    build: (db) =>
      db
        .select({ username: users.username, disabled: users.disabled, open: ecgs.open, findings: ecgs.findings })
        .from(users)
        .leftJoin(ecgs, eq(ecgs.ownerId, users.id))
        .where(isPlanted(users.id)),
  },
  {
    of: "two tables, one of which may have no row",
    build: (db) =>
      db
        .select({ user: { id: users.id, disabled: users.disabled }, ecg: { open: ecgs.open, note: ecgs.note } })
        .from(users)
        .leftJoin(ecgs, eq(ecgs.ownerId, users.id))
        .where(isPlanted(users.id)),
  },
];

it.each(STATEMENTS)("gives rows of $of as Drizzle does", async ({ build }) => {
  const rows = await newStatement((database) => build(database))(store, {});
  expect(rows.length).toBeGreaterThan(0);
  expect(rows).toEqual(await build(store.db));
});

it("has a null where a column is JSON, and not JSON's", async () => {
  const { id } = await storedEcg(await newCaller());
  const update = newStatement((db, { findings }: { findings: string[] | null }) =>
    db.update(ecgs).set({ findings }).where(eq(ecgs.id, id)),
  );
  const kept = env.DB.prepare("select findings from ecgs where id = ?").bind(id);
  await update(store, { findings: ["paced"] });
  expect(await kept.first("findings")).toBe('["paced"]');
  await update(store, { findings: null });
  expect(await kept.first("findings")).toBeNull();
});
