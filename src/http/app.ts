import { methodNotAllowed } from "hono/method-not-allowed";
import { secureHeaders } from "hono/secure-headers";
import { AppError } from "../errors.ts";
import { allowOrigins } from "./cross-origin.ts";
import { logRequests } from "./log.ts";
import { newRouter } from "./openapi.ts";
import { toProblem } from "./problem.ts";
import { identifyRequests } from "./request-id.ts";
import { annotationRoutes } from "./routes/annotations.ts";
import { auditRoutes } from "./routes/audit.ts";
import { comparisonRoutes } from "./routes/comparisons.ts";
import { docsRoutes, documentApi } from "./routes/docs.ts";
import { ecgRoutes } from "./routes/ecgs.ts";
import { exportRoutes } from "./routes/export.ts";
import { healthRoutes } from "./routes/health.ts";
import { insightRoutes } from "./routes/insights.ts";
import { jobRoutes } from "./routes/jobs.ts";
import { keyRoutes } from "./routes/keys.ts";
import { pageRoutes } from "./routes/page.ts";
import { sampleRoutes } from "./routes/samples.ts";
import { shareRoutes } from "./routes/shares.ts";
import { tokenRoutes } from "./routes/token.ts";
import { userRoutes } from "./routes/users.ts";
import { shareMemory } from "./share-memory.ts";

const NOTHING = ["'none'"];
const OWN = ["'self'"];

const apiHeaders = secureHeaders({
  contentSecurityPolicy: { defaultSrc: NOTHING, frameAncestors: NOTHING },
  xFrameOptions: "DENY",
  // Browsers heed these of pages alone, or not any more, and each takes time on its way through the runtime.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});
const docsHeaders = secureHeaders({
  // Swagger UI draws its icons from data: URLs and sets style attributes.
  contentSecurityPolicy: {
    defaultSrc: NOTHING,
    scriptSrc: OWN,
    styleSrc: [...OWN, "'unsafe-inline'"],
    imgSrc: [...OWN, "data:"],
    connectSrc: OWN,
    formAction: NOTHING,
    baseUri: NOTHING,
    frameAncestors: NOTHING,
  },
  xFrameOptions: "DENY",
});

const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: NOTHING,
    // The kernels, which the page compiles: it allows WebAssembly and no eval.
    scriptSrc: [...OWN, "'wasm-unsafe-eval'"],
    styleSrc: OWN,
    // Pictures of what the page has drawn.
    imgSrc: [...OWN, "data:", "blob:"],
    connectSrc: OWN,
    formAction: NOTHING,
    baseUri: NOTHING,
    frameAncestors: NOTHING,
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: NOTHING,
  },
  xFrameOptions: "DENY",
});

const base = newRouter();
base.onError(toProblem);
base.notFound((c) => toProblem(new AppError("not-found"), c));

base.use(identifyRequests);
base.use(logRequests);
base.use((c, next) => headersOf(c.req.path)(c, next));
base.use(allowOrigins);
base.use(shareMemory);
base.use(
  methodNotAllowed({
    app: base,
    onMethodNotAllowed: (c, methods) =>
      toProblem(new AppError("method-not-allowed", { headers: { Allow: methods.join(", ") } }), c),
  }),
);
base.use(async (c, next) => {
  await next();
  // Not c.header(): on an answer that is there it would make another one, whose body is then copied through a stream.
  const { headers } = c.res;
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", cachingOf(c.req.path, headers));
});

const app = base
  .route("/", tokenRoutes)
  .route("/", ecgRoutes)
  .route("/", sampleRoutes)
  .route("/", annotationRoutes)
  .route("/", comparisonRoutes)
  .route("/", insightRoutes)
  .route("/", shareRoutes)
  .route("/", userRoutes)
  .route("/", auditRoutes)
  .route("/", jobRoutes)
  .route("/", exportRoutes)
  .route("/", keyRoutes)
  .route("/", healthRoutes);
base.route("/", pageRoutes);
base.route("/", docsRoutes);
documentApi(base);

export { app };

/** The security headers of a path: the API's, or those of a page. */
function headersOf(path: string) {
  if (path.startsWith("/docs")) return docsHeaders;
  return path === "/" || path.startsWith("/viewer/") ? pageHeaders : apiHeaders;
}

/** What has an ETag may be kept by its reader, who asks each time whether it is still so; all else of the API by nobody. */
function cachingOf(path: string, headers: Headers): string {
  if (path === "/" || path.startsWith("/docs") || path === "/openapi.json") return "no-cache";
  return headers.has("ETag") ? "private, no-cache" : "no-store";
}
