import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cutScript, orderDump, readStatements } from "../../src/cli/sql-dump.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sql-dump-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const STATEMENTS = [
  "PRAGMA defer_foreign_keys=TRUE;",
  "CREATE TABLE `a;b` (`id` text -- a comment; it's one\n);",
  `INSERT INTO "a" VALUES('it''s; "quoted"', '-- no comment', '');`,
  "CREATE TRIGGER `t` BEFORE UPDATE ON `a` BEGIN SELECT RAISE(ABORT, 'the end;'); DELETE FROM b; END;",
  "SELECT 1 - -1;",
];

it("finds the statements, wherever the script is cut", async () => {
  const script = STATEMENTS.join("\n");
  for (let at = 0; at <= script.length; at++) {
    const found: string[] = [];
    for await (const one of readStatements(partsOf(script.slice(0, at), script.slice(at)))) found.push(one);
    expect(found).toEqual(STATEMENTS);
  }
});

it("says that a script ends within a statement", async () => {
  const read = async () => {
    for await (const _ of readStatements(partsOf("select 'a;")));
  };
  await expect(read()).rejects.toThrow("within a statement");
});

it("takes comments behind the last statement for none", async () => {
  const found: string[] = [];
  for await (const one of readStatements(partsOf("select 1;\n-- the end\n"))) found.push(one);
  expect(found).toEqual(["select 1;"]);
});

it("cuts a script into parts of whole statements", async () => {
  const statements = ["a".repeat(60), "b".repeat(60), "\u00e9".repeat(30), "c".repeat(300), "d", "e"];
  const parts: string[] = [];
  for await (const part of cutScript(partsOf(...statements), 122)) parts.push(part);
  expect(parts).toEqual([
    `${statements[0]}\n${statements[1]}\n`,
    `${statements[2]}\n`,
    `${statements[3]}\n`,
    `${statements[4]}\n${statements[5]}\n`,
  ]);
});

it("puts tables behind those they refer to, triggers behind rows, and a long row into several statements", async () => {
  const long = `${"it's \u{1f600}; ".repeat(12_000)}end`;
  const text = long.replaceAll("'", "''");
  const parents = "CREATE TABLE `parents` (`id` text PRIMARY KEY NOT NULL);";
  const dump = [
    "PRAGMA defer_foreign_keys=TRUE;",
    "CREATE TABLE `children` (`parent` text NOT NULL, `part` integer NOT NULL, `data` text, PRIMARY KEY(`parent`, `part`), FOREIGN KEY (`parent`) REFERENCES `parents`(`id`)) WITHOUT ROWID;",
    `INSERT INTO "children" ("parent","part","data") VALUES('p''1',7,'${text}');`,
    `INSERT INTO "children" ("parent","part","data") VALUES('p''1',8,NULL);`,
    "CREATE TRIGGER `kept` BEFORE INSERT ON `children` BEGIN SELECT RAISE(ABORT, 'no more'); END;",
    parents,
    `INSERT INTO "parents" ("id") VALUES('p''1');`,
    "ANALYZE sqlite_schema;",
    `INSERT INTO "sqlite_stat1" ("tbl","idx","stat") VALUES('children','children','2 2 1');`,
    "DELETE FROM sqlite_sequence;",
    `INSERT INTO "sqlite_sequence" ("name","seq") VALUES('d1_migrations',7);`,
  ];
  const [from, to] = [join(folder, "from.sql"), join(folder, "to.sql")];
  writeFileSync(from, dump.join("\n"));
  expect(await orderDump(from, to)).toEqual([]);
  const script = readFileSync(to, "utf8");
  expect(script.startsWith(parents)).toBe(true);

  const database = new DatabaseSync(":memory:");
  database.exec("pragma foreign_keys = on");
  for await (const statement of readStatements(partsOf(script))) {
    expect(Buffer.byteLength(statement)).toBeLessThan(100_000);
    database.exec(statement);
  }
  expect(database.prepare("select * from children").all()).toEqual([
    { parent: "p'1", part: 7, data: long },
    { parent: "p'1", part: 8, data: null },
  ]);
  expect(() => database.exec(dump[3])).toThrow("no more");
});

it("puts many tables in order, without a warning of Node's on the way", async () => {
  const warnings: Error[] = [];
  const keep = (warning: Error) => void warnings.push(warning);
  process.on("warning", keep);
  const names = Array.from({ length: 30 }, (_, i) => `t${i}`);
  const dump = names.map(
    (name) => `CREATE TABLE \`${name}\` (\`id\` text);\nINSERT INTO "${name}" ("id") VALUES('x');`,
  );
  const [from, to] = [join(folder, "many.sql"), join(folder, "ordered.sql")];
  writeFileSync(from, dump.join("\n"));
  await orderDump(from, to);
  process.off("warning", keep);
  expect([warnings, readFileSync(to, "utf8").match(/^INSERT/gm)?.length]).toEqual([[], 30]);
});

const LONG = "x".repeat(98_000);
it.each([
  { name: "another statement", dump: "DROP TABLE users;", message: "an unknown statement: DROP TABLE users;" },
  { name: "rows of no table", dump: `INSERT INTO "a" ("id") VALUES('x');`, message: "rows of the unknown table a" },
  ...[`VALUES('${LONG}')`, `("id","data") VALUES('${LONG}')`, `("id") VALUES('${LONG}',1)`].map((row) => ({
    name: `a long row of an unknown form, ${row.slice(0, 20)}`,
    dump: `CREATE TABLE \`a\` (\`id\` text);\nINSERT INTO "a" ${row};`,
    message: "a row of a in an unknown form",
  })),
])("refuses a dump that has $name", async ({ dump, message }) => {
  const from = join(folder, "other.sql");
  writeFileSync(from, dump);
  await expect(orderDump(from, join(folder, "no.sql"))).rejects.toThrow(message);
});

async function* partsOf(...parts: string[]): AsyncGenerator<string> {
  yield* parts;
}
