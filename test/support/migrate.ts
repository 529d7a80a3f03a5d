import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

// Files share a worker: each begins with empty tables. The triggers of the audit trail, which keep it, stand aside meanwhile.
await applyD1Migrations(env.DB, (env as unknown as { MIGRATIONS: Parameters<typeof applyD1Migrations>[1] }).MIGRATIONS);
const { results } = await env.DB.prepare(
  "select name from sqlite_master where type = 'table' and name not glob '*_cf_*' and name not in ('d1_migrations', 'sqlite_sequence')",
).all<{ name: string }>();
const triggers = await env.DB.prepare("select name, sql from sqlite_master where type = 'trigger'").all<{
  name: string;
  sql: string;
}>();
await env.DB.batch([
  env.DB.prepare("pragma defer_foreign_keys = on"),
  ...triggers.results.map(({ name }) => env.DB.prepare(`drop trigger "${name}"`)),
  ...results.map(({ name }) => env.DB.prepare(`delete from "${name}"`)),
  ...triggers.results.map(({ sql }) => env.DB.prepare(sql)),
]);
