/** `npm run deploy` applies the migrations to the deployed database, and then deploys the code, which needs them. */
import { argv, exit } from "node:process";
import { parseArgs } from "node:util";
import { startWrangler } from "./wrangler.ts";

const args = argv.slice(2);
const { values: options } = parseArgs({
  args,
  strict: false,
  options: { "dry-run": { type: "boolean" }, env: { type: "string", short: "e" } },
});
if (!options["dry-run"]) {
  const environment = options.env === undefined ? [] : ["--env", String(options.env)];
  await run(["d1", "migrations", "apply", "DB", "--remote", ...environment]);
}
await run(["deploy", ...args]);

/** Runs wrangler in this terminal, and ends when it fails. */
async function run(command: string[]): Promise<void> {
  const status = await new Promise<number>((resolve) => {
    startWrangler(command).on("exit", (code) => resolve(code ?? 1));
  });
  if (status !== 0) exit(status);
}
