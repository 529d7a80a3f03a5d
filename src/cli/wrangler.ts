import { spawnSync } from "node:child_process";

/** Runs the project's wrangler, found as npm's scripts find it, with no one to ask; gives all that it printed. */
export function runWrangler(args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync("wrangler", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false" },
  });
  return { status, output: error ? String(error) : stdout + stderr };
}
