/**
 * The Worker with what the HTTP benchmark compares it with: two routes more, which only read a body, or answer as many bytes; and all its
 * routes below /audited as they are, and below /unaudited on a database that drops the entries of the audit trail.
 */
import { app } from "../../src/http/app.ts";

let answer = new Uint8Array(0);

app.post("/bare", async (c) => c.text(String((await c.req.arrayBuffer()).byteLength), 201));
app.get("/bare", (c) => {
  const bytes = Number(c.req.query("bytes"));
  if (answer.length !== bytes) answer = new Uint8Array(bytes).fill(0x30);
  return c.body(answer, 200, { "Content-Type": "application/json" });
});

const PREFIX = /^\/(un)?audited/;
/** The limits of a user are left out: nobody else sends as much as a benchmark. */
type Bindings = { DB: D1Database; READ_RATE?: RateLimit; WRITE_RATE?: RateLimit };

/** The database without the statements that add entries to the audit trail: a batch has no others in their place. */
function withoutEntries(database: D1Database): D1Database {
  const dropped = { bind: () => dropped } as unknown as D1PreparedStatement;
  return {
    prepare: (sql: string) => (sql.startsWith('insert into "audit"') ? dropped : database.prepare(sql)),
    batch: async <T>(statements: D1PreparedStatement[]) => {
      const results = await database.batch<T>(statements.filter((statement) => statement !== dropped));
      return statements.map((statement) => (statement === dropped ? { results: [] } : results.shift()));
    },
  } as unknown as D1Database;
}

export default {
  fetch(request: Request, { READ_RATE: _, WRITE_RATE: __, ...bindings }: Bindings, context: ExecutionContext) {
    const url = new URL(request.url);
    const prefix = PREFIX.exec(url.pathname);
    if (!prefix) return app.fetch(request, bindings, context);
    url.pathname = url.pathname.slice(prefix[0].length);
    const database = prefix[1] ? withoutEntries(bindings.DB) : bindings.DB;
    return app.fetch(new Request(url, request), { ...bindings, DB: database }, context);
  },
  /** What is done after the answers is left out; that it is asked for is not. */
  queue() {},
};
