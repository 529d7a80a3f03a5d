import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

const BUILT = "dist/assets";

it("the page is there with less than 100 kB, gzipped, from its own host alone", () => {
  const page = readFileSync(`${BUILT}/index.html`, "utf8");
  const paths = [...page.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path);
  expect(paths.every((path) => /^\/viewer\/[\w.-]+$/.test(path))).toBe(true);
  const sizes = ["/index.html", ...paths].map((path) => gzipSync(readFileSync(BUILT + path)).length);
  expect(sizes.length).toBe(4);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(100_000);
});
