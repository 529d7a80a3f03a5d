import { app } from "./http/app.ts";
import type { AppEnv } from "./http/openapi.ts";
import { measureAhead } from "./http/stored-insights.ts";
import { sweepObjects } from "./store/archive.ts";
import { openStore } from "./store/db.ts";
import { sweepUploads } from "./store/ecgs.ts";
import { logFailure } from "./store/failures.ts";

/** For a typed client: `hc<Api>(url)` of hono/client. */
export type Api = typeof app;

export default {
  fetch: app.fetch,
  /** Every few minutes: sweeps up what uploads and erasures that broke off have left, and measures long recordings. */
  async scheduled(_, env) {
    const store = openStore(env);
    const jobs = { sweepUploads, sweepObjects, measureAhead };
    // Each for itself: one that fails ends none of the others.
    await Promise.all(Object.entries(jobs).map(([name, run]) => run(store).catch((error) => logFailure(name, error))));
  },
} satisfies ExportedHandler<AppEnv["Bindings"]>;
