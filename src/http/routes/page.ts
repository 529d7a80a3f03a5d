import { serveAsset } from "../assets.ts";
import { newRouter } from "../openapi.ts";

/** The page, which `src/cli/build-viewer.ts` builds from `src/viewer`. */
export const pageRoutes = newRouter();
pageRoutes.get("/", (c) => serveAsset(c, "/index.html"));
// A name has a hash of what is in the file: what it names never changes.
pageRoutes.get("/viewer/:file", async (c) => {
  const answer = await serveAsset(c, `/viewer/${encodeURIComponent(c.req.param("file"))}`);
  answer.headers.set("Cache-Control", "public, max-age=31536000, immutable");
  return answer;
});
