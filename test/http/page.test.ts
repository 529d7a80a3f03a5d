import { expect, it } from "vitest";
import { request } from "../support/api.ts";

const POLICY = [
  ...[
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
  ],
  ...["form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"],
  ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
].join("; ");

it("serves the page under a policy with no exception but WebAssembly, to be asked for anew each time", async () => {
  const answer = await request("GET", "/");
  const header = (name: string) => answer.headers.get(name);
  expect([answer.status, header("content-type"), header("cache-control")]).toEqual([
    200,
    "text/html; charset=utf-8",
    "no-cache",
  ]);
  expect(header("content-security-policy")).toBe(POLICY);
  const known = { "If-None-Match": header("etag") ?? "" };
  expect((await request("GET", "/", { headers: known })).status).toBe(304);
});

it("serves the files that the page names for good", async () => {
  const page = await (await request("GET", "/")).text();
  const paths = [...page.matchAll(/"(\/[^"]+)"/g)].map(([, path]) => path);
  expect(paths.map((path) => path.replace(/-[A-Z0-9]{8}\./, "."))).toEqual([
    "/viewer/icon.svg",
    "/viewer/page.css",
    "/viewer/main.js",
  ]);
  for (const path of paths) {
    const answer = await request("GET", path);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
    await answer.body?.cancel();
  }
});

it("answers 404 to a file of the page that is not there, which nobody keeps", async () => {
  const answer = await request("GET", "/viewer/main-00000000.js");
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([404, "no-store"]);
});
