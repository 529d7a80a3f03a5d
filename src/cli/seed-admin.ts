/** `npm run seed:admin` registers an admin, through `wrangler d1 execute`. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exit } from "node:process";
import { parseArgs } from "node:util";
import { EmailSchema, PasswordSchema, UsernameSchema } from "../auth/accounts.ts";
import { hashPassword } from "../auth/passwords.ts";
import { newId } from "../store/ids.ts";
import { runWrangler } from "./wrangler.ts";

const USAGE = `npm run seed:admin -- [options]
  -u, --username NAME      admin, if not given
  -p, --password PASSWORD  a random one, if not given, which is shown once
  -e, --email EMAIL        admin@example.org, if not given
      --remote             in the deployed database
      --persist-to FOLDER  in the local database of that folder, as in wrangler dev`;

const options = readOptions();
const password = options.password ?? randomBytes(15).toString("base64url");
requireValid("username", UsernameSchema.safeParse(options.username));
requireValid("password", PasswordSchema.safeParse(password));
requireValid("email", EmailSchema.safeParse(options.email));

const values = [newId(), options.username, options.email, "admin", await hashPassword(password)].map(quote);
const columns = "id, username, email, role, password_hash, disabled, credentials_version, created_at";
const { status, output } = execute(
  `insert into users (${columns}) values (${values.join(", ")}, 0, 1, ${Date.now()});`,
);
if (status !== 0) {
  if (output.includes("UNIQUE constraint failed"))
    fail(`The username ${JSON.stringify(options.username)} is taken; nothing was changed.`);
  if (output.includes("no such table"))
    fail("The database has no tables yet: start the service once, or apply the migrations.");
  fail(output);
}
console.log(`Registered the admin ${JSON.stringify(options.username)}.`);
if (options.password === undefined) console.log(`The password, shown only now: ${password}`);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        username: { type: "string", short: "u", default: "admin" },
        password: { type: "string", short: "p" },
        email: { type: "string", short: "e", default: "admin@example.org" },
        remote: { type: "boolean", default: false },
        "persist-to": { type: "string" },
      },
    });
    return values;
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${USAGE}`);
  }
}

/** Runs SQL from a file that only its owner can read: all users of a machine see the arguments of a process. */
function execute(sql: string) {
  const folder = mkdtempSync(join(tmpdir(), "seed-admin-"));
  try {
    const file = join(folder, "admin.sql");
    writeFileSync(file, sql, { mode: 0o600 });
    const persist = options["persist-to"] === undefined ? [] : ["--persist-to", options["persist-to"]];
    const where = options.remote ? ["--remote"] : ["--local", ...persist];
    return runWrangler(["d1", "execute", "DB", "--yes", "--file", file, ...where]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * A text as an SQL expression of hexadecimal digits, in which neither SQL nor wrangler's splitting of statements finds
 * anything special.
 */
function quote(text: string): string {
  return `cast(x'${Buffer.from(text).toString("hex")}' as text)`;
}

function requireValid(name: string, result: { error?: { issues: { message: string }[] } }): void {
  if (result.error) fail(`The ${name} is not valid: ${result.error.issues.map((issue) => issue.message).join("; ")}.`);
}

function fail(message: string): never {
  console.error(message);
  exit(1);
}
