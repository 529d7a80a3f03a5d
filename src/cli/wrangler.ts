import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The project's wrangler as a script, which Node runs alike on every system; on Windows its command is a batch file. */
const SCRIPT = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin/wrangler.js");

/** A local run asks nothing of the network: it sends no metrics, and fetches no example of a request's `cf`. */
const WRANGLER_ENV = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** The value of a variable that wrangler.toml sets; empty when it sets none. */
export function readVariable(name: string): string {
  return new RegExp(`^${name} *= *"(.*)"`, "m").exec(readFileSync("wrangler.toml", "utf8"))?.[1] ?? "";
}

/** Runs wrangler to its end, without its questions. Gives all that it printed. */
export function runWrangler(args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [SCRIPT, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    // At a lower level wrangler would not print what is asked for.
    env: { ...WRANGLER_ENV, WRANGLER_LOG: "log" },
    // Beyond a megabyte it would be ended on the way, with a status as if all were well.
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  return error ? { status: null, output: String(error) } : { status, output: stdout + stderr };
}

/** Starts wrangler in this terminal. */
export function startWrangler(args: string[]): ChildProcess {
  return spawn(process.execPath, [SCRIPT, ...args], { stdio: "inherit", env: WRANGLER_ENV });
}
