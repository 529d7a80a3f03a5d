import { app } from "./http/app.ts";
import type { AppEnv } from "./http/openapi.ts";
import { runJobs } from "./jobs/jobs.ts";
import { openStore } from "./store/db.ts";

/** For a typed client: `hc<Api>(url)` of hono/client. */
export type Api = typeof app;

export default {
  fetch: app.fetch,
  /** Runs what runs by itself; wrangler.toml says how often. */
  async scheduled(_, env) {
    await runJobs(openStore(env));
  },
} satisfies ExportedHandler<AppEnv["Bindings"]>;
