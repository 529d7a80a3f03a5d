import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** What needs no Worker runs in plain Node: the OpenAPI document and the command line, too. */
const CORE = ["analysis", "auth", "cli", "codec", "formats", "recording", "support"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
CORE.push("test/*.test.ts");
const DOCUMENT = "test/http/openapi.test.ts";

/** Tests in the Workers runtime, with a database and, if named, an archive. */
function workerProject(name: string, include: string[], r2Buckets: string[]) {
  return {
    plugins: [
      cloudflareTest(async () => ({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            TOKEN_SECRET: "a-secret-for-tests-alone-0123456789",
            MIGRATIONS: await readD1Migrations("migrations"),
          },
          r2Buckets,
        },
      })),
    ],
    test: { name, include, exclude: [DOCUMENT], setupFiles: ["test/support/migrate.ts"], testTimeout: 30_000 },
  };
}

export default defineConfig({
  test: {
    silent: "passed-only",
    projects: [
      { test: { name: "core", include: [...CORE, DOCUMENT], testTimeout: 60_000 } },
      workerProject("worker", ["test/http/**/*.test.ts", "test/store/**/*.test.ts"], []),
      // What touches samples, once more with their chunks in an archive.
      workerProject(
        "archive",
        ["test/http/{ecgs,samples,windows,users}.test.ts", "test/store/**/*.test.ts"],
        ["ARCHIVE"],
      ),
      { test: { name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 } },
    ],
  },
});
