import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

// Files share a worker: each begins with empty tables.
await applyD1Migrations(env.DB, (env as unknown as { MIGRATIONS: Parameters<typeof applyD1Migrations>[1] }).MIGRATIONS);
const { results } = await env.DB.prepare(
  "select name from sqlite_master where type = 'table' and name not glob '*_cf_*' and name not in ('d1_migrations', 'sqlite_sequence')",
).all<{ name: string }>();
await env.DB.batch([
  env.DB.prepare("pragma defer_foreign_keys = on"),
  ...results.map(({ name }) => env.DB.prepare(`delete from "${name}"`)),
]);
