import { app } from "./http/app.ts";

/** For a typed client: `hc<Api>(url)` of hono/client. */
export type Api = typeof app;

export default { fetch: app.fetch } satisfies ExportedHandler<Env>;
