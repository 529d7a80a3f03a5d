/**
 * What the HTTP benchmark compares the Worker with: Hono alone, which verifies the same token and keeps a text of JSON in a row of D1. It
 * checks nothing of the text, and answers with it as it is.
 */
import { Hono } from "hono";
import { jwtVerify } from "jose";

const PAGE_ITEMS = 100;

type Bindings = { DB: D1Database; TOKEN_SECRET: string };

const app = new Hono<{ Bindings: Bindings }>();

app.use("/texts/*", async (c, next) => {
  const token = c.req.header("authorization")?.replace(/^Bearer /, "") ?? "";
  await jwtVerify(token, new TextEncoder().encode(c.env.TOKEN_SECRET), { algorithms: ["HS256"] });
  await next();
});

app.get("/health", (c) => c.json({ status: "ok" }));

/** Makes the table, and fills it with rows of a text to be listed. */
app.post("/tables", async (c) => {
  const { items, text } = await c.req.json<{ items: number; text: string }>();
  await c.env.DB.exec(
    "create table texts (list text, id text, text text not null, primary key (list, id)) without rowid",
  );
  const insert = c.env.DB.prepare("insert into texts values ('listed', ?, ?)");
  await c.env.DB.batch(Array.from({ length: items }, () => insert.bind(crypto.randomUUID(), text)));
  return c.body(null, 204);
});

app.post("/texts", async (c) => {
  const id = crypto.randomUUID();
  const text = await c.req.text();
  await c.env.DB.prepare("insert into texts values ('sent', ?, ?)").bind(id, text).run();
  return c.json({ id }, 201, { Location: `/texts/${id}` });
});

app.get("/texts", async (c) => {
  const query = "select text from texts where list = 'listed' order by id desc limit ?";
  const { results } = await c.env.DB.prepare(query).bind(PAGE_ITEMS).all<{ text: string }>();
  return c.body(`{"items":[${results.map(({ text }) => text).join(",")}]}`, 200, {
    "Content-Type": "application/json",
  });
});

app.get("/texts/:id", async (c) => {
  const query = "select text from texts where list = 'sent' and id = ?";
  const text = await c.env.DB.prepare(query).bind(c.req.param("id")).first<string>("text");
  return text === null ? c.notFound() : c.body(text, 200, { "Content-Type": "application/json" });
});

export default {
  fetch: app.fetch,
  queue() {},
};
