/** `npm run seed:admin` registers an admin, through `wrangler d1 execute`. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exit } from "node:process";
import { parseArgs } from "node:util";
import { z } from "zod";
import { EmailSchema, PasswordSchema, UsernameSchema } from "../auth/accounts.ts";
import { lookOfName } from "../auth/names.ts";
import { findPasswordFault, readMinPasswordLength } from "../auth/password-rules.ts";
import { hashPassword } from "../auth/passwords.ts";
import { explainIssue } from "../formats/input-errors.ts";
import { keptMsOf } from "../store/audit.ts";
import { newId } from "../store/ids.ts";
import { readVariable, runWrangler } from "./wrangler.ts";

const USAGE = `npm run seed:admin -- [options]
  -u, --username NAME      admin, if not given
  -p, --password PASSWORD  a random one, if not given, which is shown once; the local database takes a weak one, too
  -e, --email EMAIL        admin@example.org, if not given
      --remote             in the deployed database
      --persist-to FOLDER  in the local database of that folder, as in wrangler dev`;

z.config({ customError: explainIssue });
const options = readOptions();
const password = options.password ?? randomBytes(15).toString("base64url");
const username = requireValid("username", UsernameSchema.safeParse(options.username));
const email = requireValid("email", EmailSchema.safeParse(options.email));
requireValid("password", PasswordSchema.safeParse(password));
const fault = findPasswordFault(password, readMinPasswordLength(readVariable("MIN_PASSWORD_LENGTH")), {
  username,
  email,
});
if (fault !== undefined && options.remote) fail(`The password is not valid: ${fault}.`);
if (fault !== undefined) console.error(`The password ${fault}: a deployed service would refuse it.`);

const id = newId();
const now = Date.now();
const values = [id, username, lookOfName(username), email, "admin", await hashPassword(password)].map(quote);
const columns = "id, username, username_look, email, role, password_hash, disabled, credentials_version, created_at";
// An entry of the audit trail as a request leaves one; nobody knows who runs this.
const entry = [id, newId(now), "seed:admin", id, "done", ""].map(quote);
const entryColumns = "account_id, id, action, subject_id, outcome, request_id, at, kept_until";
const keptUntil = now + keptMsOf({ AUDIT_YEARS: readVariable("AUDIT_YEARS") });
const { status, output } = execute(
  `insert into users (${columns}) values (${values.join(", ")}, 0, 1, ${now});
insert into audit (${entryColumns}) values (${entry.join(", ")}, ${now}, ${keptUntil});`,
);
if (status !== 0) {
  if (output.includes("UNIQUE constraint failed"))
    fail(`The username ${JSON.stringify(username)} is taken, or another looks the same; nothing was changed.`);
  if (output.includes("no such table"))
    fail("The database has no tables yet: start the service once, or apply the migrations.");
  fail(output);
}
console.log(`Registered the admin ${JSON.stringify(username)}.`);
if (options.password === undefined) console.log(`The password, shown only now: ${password}`);

function readOptions() {
  try {
    const { values, tokens } = parseArgs({
      tokens: true,
      options: {
        username: { type: "string", short: "u", default: "admin" },
        password: { type: "string", short: "p" },
        email: { type: "string", short: "e", default: "admin@example.org" },
        remote: { type: "boolean", default: false },
        "persist-to": { type: "string" },
      },
    });
    for (const token of tokens) {
      if (token.kind !== "option" || !token.inlineValue || !token.value.startsWith("=")) continue;
      // Of `-p=secret` Node takes `=secret`, with which nobody would log in. In `--password==secret` it is meant.
      if (token.rawName === `-${token.name[0]}`)
        throw new Error(`${token.rawName}= takes the = for a part of what follows: write --${token.name}=`);
    }
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

function requireValid(name: string, result: z.ZodSafeParseResult<string>): string {
  if (result.success) return result.data;
  return fail(`The ${name} is not valid: ${result.error.issues.map((issue) => issue.message).join("; ")}.`);
}

function fail(message: string): never {
  console.error(message);
  exit(1);
}
