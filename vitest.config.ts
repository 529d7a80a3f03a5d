import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What needs no Worker runs in plain Node: the OpenAPI document and the command line, too. */
const CORE = ["analysis", "auth", "cli", "codec", "formats", "kernels", "sheet", "recording", "support", "viewer"].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
CORE.push("test/*.test.ts");
/** Those of HTTP that need no Worker either. */
const PLAIN = ["test/http/openapi.test.ts", "test/http/finite.test.ts"];
const ARCHIVE = "test/{store/archive,jobs/archive-aged}.test.ts";
/** Of the store, what has nothing to do with where samples are. */
const WITHOUT_SAMPLES = "test/store/{annotations,audit,chunk-plan,migration,sessions,signal-writer}.test.ts";
/** With the queue as it is in production. */
const QUEUE = "test/jobs/queue.test.ts";
/** The queue's name in wrangler.toml. */
const JOBS_QUEUE = "ecg-api-jobs";

/** Of tests alone: it signs their tokens. */
const TOKEN_SECRET = "a-secret-for-tests-alone-0123456789";
// Wrangler looks for the secrets of wrangler.toml here, not among Miniflare's bindings, and warns for every file of tests.
process.env.TOKEN_SECRET = TOKEN_SECRET;
// Not a line for every file either, on where the secret was found.
process.env.WRANGLER_LOG = "warn";
// Tests start wrangler again and again, and Node compiles it once.
process.env.NODE_COMPILE_CACHE ??= resolve("node_modules/.cache/compiled");

/** Files share their worker, which takes longer to start than most of them take; `runs()` of the tests reads TEST_RUNS. */
const SHARED = { isolate: false, env: { TEST_RUNS: process.env.TEST_RUNS ?? "" } };

/** The files of WFDB among the fixtures in base64, by their names: tests in the Workers runtime read no files. */
function readFixtures(): Record<string, string> {
  const names = readdirSync("test/fixtures").filter((name) => /\.(hea|dat)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(`test/fixtures/${name}`, "base64")]));
}

/** Longer than any test runs, in seconds. */
const NEVER_SECONDS = 24 * 3600;

/**
 * Tests in the Workers runtime, with a database and, if named, an archive.
 *
 * @param takesJobs whether the queue's messages arrive; else tests have the jobs done when they want them done
 */
function workerProject(name: string, include: string[], exclude: string[], r2Buckets: string[], takesJobs = false) {
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
          // Other databases, for what migrations make of older ones.
          d1Databases: ["OLD", "OLDEST"],
          r2Buckets,
          queueProducers: {
            DEAD: { queueName: `${JOBS_QUEUE}-dead` },
            ...(!takesJobs && { JOBS: { queueName: JOBS_QUEUE, deliveryDelay: NEVER_SECONDS } }),
          },
        },
      })),
    ],
    test: { ...SHARED, name, include, exclude, setupFiles: ["test/support/migrate.ts"], testTimeout: 60_000 },
  };
}

/** Files that take longer than their length tells, by which Vitest orders them in a clone that has run none yet. */
const LONG = /viewer-day|faults|seed-admin/;

/** Begins each project with its longest files: one that comes last keeps a worker when the others are done. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = Map.groupBy(await super.sort(files), ({ project }) => project);
    return [...projects.values()].flatMap((own) => [
      ...own.filter(({ moduleId }) => LONG.test(moduleId)),
      ...own.filter(({ moduleId }) => !LONG.test(moduleId)),
    ]);
  }
}

export default defineConfig({
  test: {
    silent: "passed-only",
    // All cores: of two, Vitest would leave one idle.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    globalSetup: ["test/support/build-viewer.ts"],
    projects: [
      { test: { ...SHARED, name: "core", include: [...CORE, ...PLAIN], testTimeout: 60_000 } },
      workerProject(
        "worker",
        ["test/http/**/*.test.ts", "test/store/**/*.test.ts", "test/jobs/**/*.test.ts"],
        [...PLAIN, ARCHIVE, QUEUE],
        [],
      ),
      // What touches samples, once more with their chunks in an archive.
      workerProject(
        "archive",
        ["test/http/{ecgs,export,samples,windows}.test.ts", "test/store/**/*.test.ts", "test/jobs/**/*.test.ts"],
        [QUEUE, WITHOUT_SAMPLES],
        ["ARCHIVE"],
      ),
      workerProject("queue", [QUEUE], [], ["ARCHIVE"], true),
      {
        test: {
          ...SHARED,
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/support/serve-pages.ts"],
          testTimeout: 60_000,
          hookTimeout: 240_000,
        },
      },
      { test: { name: "clients", include: ["test/clients/**/*.test.ts"], testTimeout: 300_000 } },
      { test: { name: "readme", include: ["test/readme/**/*.test.ts"] } },
    ],
  },
});
