import { app } from "./http/app.ts";
import type { AppEnv } from "./http/openapi.ts";
import { consumeJobs } from "./jobs/consumer.ts";
import { runTrigger } from "./jobs/trigger.ts";

/** The app's type, for a typed client: `hc<Api>(url)` of hono/client. */
export type Api = typeof app;

export default {
  fetch: app.fetch,
  /** Does the jobs that the queue has messages of. */
  async queue(batch, env) {
    await consumeJobs(batch, env);
  },
  /** Has the sweeps done, and the jobs that nobody took; wrangler.toml says how often. */
  async scheduled(_, env) {
    await runTrigger(env);
  },
} satisfies ExportedHandler<AppEnv["Bindings"]>;
