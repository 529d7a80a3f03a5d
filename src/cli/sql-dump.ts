/**
 * Puts the SQL that `wrangler d1 export` writes into an order and into lengths in which D1 takes it again.
 */

import { once } from "node:events";
import { createReadStream, createWriteStream, mkdtempSync, rmSync, type WriteStream } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

/** The length of a statement at most, in bytes: D1 refuses 100 kB. */
const MAX_STATEMENT_BYTES = 98_000;
/** The last line of a backup: one that has been cut short would be restored in part. */
export const LAST_LINE = "-- The end of the backup.\n";
/** How much text a statement gets that adds to a value which was too long, in characters of up to four bytes. */
const PIECE_LENGTH = 20_000;

/** What ends or begins outside of quotes: a statement, a quoted text, a comment. */
const TOKEN = /['"`;]|--/g;

/**
 * Yields the statements of an SQL script, each with its semicolon.
 *
 * @throws Error when the script ends within a statement
 */
export async function* readStatements(script: AsyncIterable<string>): AsyncGenerator<string> {
  let text = "";
  let at = 0;
  let quote = "";
  for await (const part of script) {
    text += part;
    for (;;) {
      if (quote !== "") {
        // A doubled quote ends a text and begins the next, which comes to the same.
        const end = text.indexOf(quote, at);
        at = end < 0 ? text.length : end + 1;
        if (end < 0) break;
        quote = "";
      }
      TOKEN.lastIndex = at;
      const found = TOKEN.exec(text);
      // The second dash of a comment may be in the next part.
      at = found ? TOKEN.lastIndex : text.length - (text.endsWith("-") ? 1 : 0);
      if (!found) break;
      if (found[0] !== ";") {
        quote = found[0] === "--" ? "\n" : found[0];
        continue;
      }
      const statement = text.slice(0, at).trim();
      if (/^create\s+trigger/i.test(statement) && !/\bend\s*;$/i.test(statement)) continue;
      yield statement;
      text = text.slice(at);
      at = 0;
    }
  }
  if (text.replaceAll(/^--.*$/gm, "").trim() !== "") throw new Error("the SQL ends within a statement");
}

/** Puts the statements of a script together to parts of up to `maxBytes`, or of one statement that is longer. */
export async function* cutScript(statements: AsyncIterable<string>, maxBytes: number): AsyncGenerator<string> {
  let part: string[] = [];
  let bytes = 0;
  for await (const statement of statements) {
    const length = Buffer.byteLength(statement) + 1;
    if (part.length > 0 && bytes + length > maxBytes) {
      yield `${part.join("\n")}\n`;
      part = [];
      bytes = 0;
    }
    part.push(statement);
    bytes += length;
  }
  if (part.length > 0) yield `${part.join("\n")}\n`;
}

/** The name of the object in the archive that the INSERT of a chunk refers to. */
export function findObject(insert: string): string | undefined {
  return /^insert into\s+["`]?signal_chunks\b/i.test(insert)
    ? /'([0-9a-f-]{36}\/[0-9a-f-]{36})'/.exec(insert)?.[1]
    : undefined;
}

/** A table of a dump: the statement that makes it, those it refers to, and the columns of its primary key. */
type Table = { create: string; references: string[]; key: string[] };

/**
 * Writes a dump anew: each table behind those that it refers to, indices and triggers behind all rows, and a row that is too long for one
 * statement in several.
 *
 * @param corrections statements for behind the rows
 * @returns the names of the objects in the archive that the dump refers to
 * @throws Error when the dump has what no dump of this service has
 */
export async function orderDump(from: string, to: string, corrections: readonly string[] = []): Promise<string[]> {
  const folder = mkdtempSync(join(dirname(to), ".backup-"));
  const rows = new Map<string, WriteStream>();
  try {
    const tables = new Map<string, Table>();
    const last: string[] = [];
    const objects = new Set<string>();
    for await (const statement of readStatements(createReadStream(from, "utf8"))) {
      const [, what = "", name = ""] =
        /^(create table|insert into)\s+(?:if not exists\s+)?["`]?(\w+)/i.exec(statement) ?? [];
      // SQLite counts on by itself from the rows that are inserted, and analyses them when it is told to.
      if (name.startsWith("sqlite_") || /^(pragma|analyze|delete from sqlite_sequence)/i.test(statement)) continue;
      if (what.toLowerCase() === "create table") {
        tables.set(name, readTable(statement));
      } else if (what === "") {
        if (!/^create/i.test(statement)) throw new Error(`an unknown statement: ${statement.slice(0, 60)}`);
        last.push(statement);
      } else {
        const table = tables.get(name);
        if (!table) throw new Error(`rows of the unknown table ${name}`);
        const object = findObject(statement);
        if (object !== undefined) objects.add(object);
        const stream = rows.get(name) ?? createWriteStream(join(folder, `${rows.size}.sql`));
        rows.set(name, stream);
        for (const short of cutStatement(statement, name, table.key)) {
          if (!stream.write(`${short}\n`)) await once(stream, "drain");
        }
      }
    }
    const output = createWriteStream(to, { mode: 0o600 });
    // Each table's pipeline leaves listeners on it until it ends: more than ten, of which Node would warn as of a leak.
    output.setMaxListeners(0);
    for (const name of sortTables(tables)) {
      output.write(`${tables.get(name)?.create}\n`);
      const stream = rows.get(name);
      if (!stream) continue;
      stream.end();
      await once(stream, "finish");
      await pipeline(createReadStream(String(stream.path)), output, { end: false });
    }
    output.end(`${[...corrections, ...last].join("\n")}\n${LAST_LINE}`);
    await once(output, "finish");
    return [...objects];
  } finally {
    // A file that is still being opened when its folder goes would end the process with an error of its own.
    for (const stream of rows.values()) if (!stream.closed) await once(stream.destroy(), "close");
    rmSync(folder, { recursive: true });
  }
}

function readTable(create: string): Table {
  const references = [...create.matchAll(/references\s+["`]?(\w+)/gi)].map(([, name]) => name);
  const together = /primary key\s*\(([^)]*)\)/i.exec(create)?.[1];
  const alone = /["`]?(\w+)["`]?\s+\w+\s+primary key/i.exec(create)?.[1];
  const key = (together ?? alone ?? "").split(",").map((column) => column.replace(/[\s"`]/g, ""));
  return { create, references, key };
}

/** The names of the tables, each behind those that it refers to. */
function sortTables(tables: ReadonlyMap<string, Table>): string[] {
  const sorted = new Set<string>();
  const add = (name: string) => {
    if (sorted.has(name)) return;
    for (const other of tables.get(name)?.references ?? []) if (other !== name) add(other);
    sorted.add(name);
  };
  for (const name of tables.keys()) add(name);
  return [...sorted];
}

/** A value of an INSERT: a text with its quotes, or anything else up to the next comma. */
const VALUE = /\s*('(?:[^']|'')*'|[^,()']*(?:\([^()]*\))?)\s*(,|\)\s*;?\s*$)/y;

/**
 * Cuts the INSERT of a row into several statements if it is too long: the first has the beginning of its longest text, and each further
 * one adds to that.
 */
function* cutStatement(insert: string, table: string, key: readonly string[]): Generator<string> {
  const whole = hideTransactions(insert);
  if (Buffer.byteLength(whole) <= MAX_STATEMENT_BYTES) return yield whole;
  const [head, list = ""] = /^insert into\s+["`]?\w+["`]?\s*\(([^)]*)\)\s*values\s*\(/i.exec(insert) ?? [];
  if (head === undefined) throw new Error(`a row of ${table} in an unknown form`);
  const columns = list.split(",").map((column) => column.replace(/[\s"`]/g, ""));
  const values: string[] = [];
  VALUE.lastIndex = head.length;
  for (let found = VALUE.exec(insert); found; found = found[2] === "," ? VALUE.exec(insert) : null)
    values.push(found[1]);
  const longest = values.reduce((best, { length }, i) => (length > values[best].length ? i : best), 0);
  if (values.length !== columns.length || !values[longest]?.startsWith("'")) {
    throw new Error(`a row of ${table} in an unknown form`);
  }
  const text = values[longest].slice(1, -1).replaceAll("''", "'");
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    // A character outside of the basic plane is two units, which stay together.
    const end = at + PIECE_LENGTH + (/[\ud800-\udbff]/.test(text[at + PIECE_LENGTH - 1] ?? "") ? 1 : 0);
    pieces.push(`'${text.slice(at, end).replaceAll("'", "''")}'`);
    at = end;
  }
  const names = columns.map((column) => `"${column}"`).join(",");
  yield hideTransactions(`INSERT INTO "${table}" (${names}) VALUES(${values.with(longest, pieces[0]).join(",")});`);
  const where = key.map((column) => `"${column}" = ${values[columns.indexOf(column)]}`).join(" AND ");
  const column = `"${columns[longest]}"`;
  for (const piece of pieces.slice(1))
    yield hideTransactions(`UPDATE "${table}" SET ${column} = ${column} || ${piece} WHERE ${where};`);
}

/** Cuts the words in texts that wrangler takes for a transaction's: it takes them out of a script, or refuses it. */
function hideTransactions(statement: string): string {
  return statement.replaceAll("BEGIN TRANSACTION", "BEGIN'||' TRANSACTION");
}
