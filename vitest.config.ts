import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** What needs no Worker runs in plain Node: the OpenAPI document and the command line, too. */
const CORE = ["analysis", "auth", "cli", "codec", "formats", "recording", "support"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
const DOCUMENT = "test/http/openapi.test.ts";

export default defineConfig({
  test: {
    silent: "passed-only",
    projects: [
      { test: { name: "core", include: [...CORE, DOCUMENT], testTimeout: 60_000 } },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                TOKEN_SECRET: "a-secret-for-tests-alone-0123456789",
                MIGRATIONS: await readD1Migrations("migrations"),
              },
            },
          })),
        ],
        test: {
          name: "worker",
          include: ["test/http/**/*.test.ts", "test/store/**/*.test.ts"],
          exclude: [DOCUMENT],
          setupFiles: ["test/support/migrate.ts"],
          testTimeout: 30_000,
        },
      },
      { test: { name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 } },
    ],
  },
});
