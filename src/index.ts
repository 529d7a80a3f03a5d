import { app } from "./http/app.ts";
import type { AppEnv } from "./http/openapi.ts";
import { runJobs } from "./jobs/jobs.ts";

/** The app's type, for a typed client: `hc<Api>(url)` of hono/client. */
export type Api = typeof app;

export default {
  fetch: app.fetch,
  /** Runs the jobs; wrangler.toml says how often. */
  async scheduled(_, env) {
    await runJobs(env);
  },
} satisfies ExportedHandler<AppEnv["Bindings"]>;
