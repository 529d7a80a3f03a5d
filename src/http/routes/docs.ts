import type { OpenAPIHono } from "@hono/zod-openapi";
import { html } from "hono/html";
import { AppError } from "../../errors.ts";
import { VERSION } from "../../version.ts";
import { serveAsset } from "../assets.ts";
import { type AppEnv, newRouter } from "../openapi.ts";

const TITLE = "ECG API";
const ASSETS_PATH = "/docs/swagger-ui-dist";
/** The files of swagger-ui-dist that the page asks for. */
const ASSETS = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

/** The page's script stands apart from the page, so that its Content-Security-Policy needs no exception. */
const START_SCRIPT = `window.ui = SwaggerUIBundle({ dom_id: "#swagger-ui", url: "/openapi.json", tryItOutEnabled: true, validatorUrl: null });\n`;

/** Swagger UI. The icon is named in the head: named in the body, a browser asks for /favicon.ico all the same. */
const PAGE = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${TITLE}: documentation</title>
    <link rel="icon" href="${ASSETS_PATH}/favicon-32x32.png" />
    <link rel="stylesheet" href="${ASSETS_PATH}/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="${ASSETS_PATH}/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

export const docsRoutes = newRouter();
docsRoutes.get("/docs", (c) => c.html(PAGE));
docsRoutes.get("/docs/start.js", (c) =>
  c.body(START_SCRIPT, 200, { "Content-Type": "text/javascript; charset=utf-8" }),
);
docsRoutes.get(`${ASSETS_PATH}/:file`, async (c) => {
  const file = c.req.param("file");
  if (!ASSETS.includes(file)) throw new AppError("not-found");
  return serveAsset(c, `/docs/${file}`);
});

/** `GET /openapi.json`: everything that is registered on `app`. */
export function documentApi(app: OpenAPIHono<AppEnv>): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "oauth2", {
    type: "oauth2",
    description: "Log in with your username and password; leave the client fields empty.",
    flows: { password: { tokenUrl: "/auth/token", refreshUrl: "/auth/token", scopes: {} } },
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "http",
    scheme: "bearer",
    description:
      "A key of an account (`ecgk_...`) or a share of one ECG (`ecgs_...`). What is named with it is the scope that a key must have.",
  });
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: TITLE,
      version: VERSION,
      description:
        "Takes electrocardiograms in, keeps every sample exactly, and gives them back with measured insights. Nothing measured here is a diagnosis.",
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "Authentication", description: "Tokens for a username and a password, and log-ins that go on." },
      { name: "ECGs", description: "For users: send, read, change and erase your own." },
      { name: "Annotations", description: "For users: who has annotated an ECG, and how far two agree." },
      { name: "Keys", description: "For users: keys for devices and programs, and shares of one ECG." },
      { name: "Users", description: "For admins: register and manage users. An admin never sees an ECG." },
      { name: "Audit", description: "Who did what, when and from where." },
      { name: "Operation", description: "For whoever runs the service." },
    ],
  });
}
