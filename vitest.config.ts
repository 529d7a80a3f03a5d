import { readdirSync, readFileSync } from "node:fs";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** What needs no Worker runs in plain Node: the OpenAPI document and the command line, too. */
const CORE = ["analysis", "auth", "cli", "codec", "formats", "sheet", "recording", "support", "viewer"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
CORE.push("test/*.test.ts");
const DOCUMENT = "test/http/openapi.test.ts";
const ARCHIVE = "test/store/archive.test.ts";

/** Of tests alone: it signs their tokens. */
const TOKEN_SECRET = "a-secret-for-tests-alone-0123456789";
// Wrangler looks for the secrets of wrangler.toml here, not among Miniflare's bindings, and warns for every file of tests.
process.env.TOKEN_SECRET = TOKEN_SECRET;
// Not a line for every file either, on where the secret was found.
process.env.WRANGLER_LOG = "warn";

/** Files share their worker, which takes longer to start than most of them take; `runs()` of the tests reads TEST_RUNS. */
const SHARED = { isolate: false, env: { TEST_RUNS: process.env.TEST_RUNS ?? "" } };

/** The files of WFDB among the fixtures in base64, by their names: tests in the Workers runtime read no files. */
function readFixtures(): Record<string, string> {
  const names = readdirSync("test/fixtures").filter((name) => /\.(hea|dat)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(`test/fixtures/${name}`, "base64")]));
}

/** Tests in the Workers runtime, with a database and, if named, an archive. */
function workerProject(name: string, include: string[], exclude: string[], r2Buckets: string[]) {
  return {
    plugins: [
      cloudflareTest(async () => ({
        wrangler: { configPath: "./wrangler.toml" },
        miniflare: {
          bindings: {
            TOKEN_SECRET,
            MIGRATIONS: await readD1Migrations("migrations"),
            FIXTURES: readFixtures(),
          },
          // Another database, for what migrations make of an older one.
          d1Databases: ["OLD"],
          r2Buckets,
        },
      })),
    ],
    test: { ...SHARED, name, include, exclude, setupFiles: ["test/support/migrate.ts"], testTimeout: 60_000 },
  };
}

export default defineConfig({
  test: {
    silent: "passed-only",
    // All cores: of two, Vitest would leave one idle.
    maxWorkers: "100%",
    globalSetup: ["test/support/build-viewer.ts"],
    projects: [
      { test: { ...SHARED, name: "core", include: [...CORE, DOCUMENT], testTimeout: 60_000 } },
      workerProject("worker", ["test/http/**/*.test.ts", "test/store/**/*.test.ts"], [DOCUMENT, ARCHIVE], []),
      // What touches samples, once more with their chunks in an archive.
      workerProject(
        "archive",
        ["test/http/{ecgs,export,samples,windows,users}.test.ts", "test/store/**/*.test.ts"],
        [],
        ["ARCHIVE"],
      ),
      { test: { name: "browser", include: ["test/browser/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 120_000 } },
      { test: { name: "clients", include: ["test/clients/**/*.test.ts"], testTimeout: 300_000 } },
      { test: { name: "readme", include: ["test/readme/**/*.test.ts"] } },
    ],
  },
});
