/** `npm start`: a signing secret, the tables of the local database, and then the server, with wrangler dev's options. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { argv, exit } from "node:process";
import { parseArgs } from "node:util";
import { addSecret } from "./dev-vars.ts";
import { runWrangler, startWrangler } from "./wrangler.ts";

const SECRETS_FILE = ".dev.vars";
/** The port in wrangler.toml. */
const PORT = "8787";

const { values: options } = parseArgs({
  strict: false,
  options: { port: { type: "string", default: PORT }, "persist-to": { type: "string" } },
});
const port = Number(options.port);

// Before anything else: the tables of a running server are not to be touched.
if (await isTaken(port)) {
  console.error(`One is running already: http://localhost:${port} is taken, by this service or by another program.`);
  exit(1);
}
const secrets = addSecret(existsSync(SECRETS_FILE) ? readFileSync(SECRETS_FILE, "utf8") : undefined);
if (secrets !== undefined) {
  writeFileSync(SECRETS_FILE, secrets, { mode: 0o600 });
  console.log(`Made ${SECRETS_FILE} with a random signing secret.`);
}
const where = options["persist-to"] === undefined ? [] : ["--persist-to", String(options["persist-to"])];
const { status, output } = runWrangler(["d1", "migrations", "apply", "DB", "--local", ...where]);
if (status !== 0) {
  console.error(output);
  exit(1);
}
console.log(`
The page to look at ECGs:                    http://localhost:${port}/
The documentation, with a button to log in:  http://localhost:${port}/docs
Make an admin, from another terminal:        npm run seed:admin
`);
const server = startWrangler(["dev", ...argv.slice(2)]);
server.on("exit", (code) => exit(code ?? 1));
// This process ends after the server, which would otherwise be left behind.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => server.kill());

/** Whether a program listens on this port of localhost, by whichever of its addresses. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "localhost", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
