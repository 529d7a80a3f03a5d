/** `npm start`, before the server: a signing secret, the tables of the local database, and what to do next. */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { runWrangler } from "./wrangler.ts";

const SECRETS_FILE = ".dev.vars";

if (!existsSync(SECRETS_FILE)) {
  writeFileSync(SECRETS_FILE, `TOKEN_SECRET=${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  console.log(`Made ${SECRETS_FILE} with a random signing secret.`);
}
const { status, output } = runWrangler(["d1", "migrations", "apply", "DB", "--local"]);
if (status !== 0) {
  console.error(output);
  process.exit(1);
}
console.log(`
The documentation, with a button to log in:  http://localhost:8787/docs
Make an admin, from another terminal:        npm run seed:admin
`);
