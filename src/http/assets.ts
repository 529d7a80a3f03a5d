import type { Context } from "hono";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./openapi.ts";

/**
 * Answers with a file of the folder that `[assets]` names.
 *
 * @param path from that folder, as in `/docs/swagger-ui.css`
 * @throws AppError `not-found` when there is none
 */
export async function serveAsset(c: Context<AppEnv>, path: string): Promise<Response> {
  const known = c.req.header("if-none-match");
  const asset = await c.env.ASSETS.fetch(new URL(path, c.req.url), {
    headers: known ? { "If-None-Match": known } : {},
  });
  if (asset.status === 404) throw new AppError("not-found");
  for (const name of ["Content-Type", "ETag"]) c.header(name, asset.headers.get(name) ?? undefined);
  return c.newResponse(asset.body, asset.status as 200);
}
