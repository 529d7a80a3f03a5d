import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lookOfName } from "../../src/auth/names.ts";
import { verifyPassword } from "../../src/auth/passwords.ts";
import { applyMigrations, seedAdmin } from "../support/server.ts";

let data: string;
/** A name of two letters and a mark, with no password: several tests look at one run, since each starts wrangler. */
let zoe: ReturnType<typeof seedAdmin>;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "seed-admin-test-"));
  applyMigrations(data);
  zoe = seedAdmin(data, "-u", "Zoe\u0308");
}, 120_000);
afterAll(() => rmSync(data, { recursive: true }));

it.each([
  { name: "admin", args: ["-p", "secret pass 1"] },
  {
    name: `BEGIN TRANSACTION; o'ad"min; COMMIT; --`,
    args: ["-u", `BEGIN TRANSACTION; o'ad"min; COMMIT; --`, "-p", "secret pass 1", "-e", "o'a@example.org"],
  },
])("registers $name as given", async ({ name, args }) => {
  const { status, stdout } = seedAdmin(data, ...args);
  expect([status, stdout]).toEqual([0, `Registered the admin ${JSON.stringify(name)}.\n`]);
  const user = readUsers().find((row) => row.username === name);
  expect(user).toMatchObject({ role: "admin", disabled: 0, username_look: lookOfName(name) });
  expect(await verifyPassword("secret pass 1", user?.password_hash ?? "")).toBe(true);
  const entry = { account_id: user?.id, subject_id: user?.id, user_id: null, action: "seed:admin", outcome: "done" };
  expect(readEntries().filter(({ account_id }) => account_id === user?.id)).toMatchObject([entry]);
});

it("makes a password when it is given none, and shows it", async () => {
  const password = /shown only now: (\S{20})\n$/.exec(zoe.stdout)?.[1] ?? "";
  expect(zoe.status).toBe(0);
  const user = readUsers().find((row) => row.username === "Zo\u00eb");
  expect(await verifyPassword(password, user?.password_hash ?? "")).toBe(true);
});

it("says that a name is taken, and changes nothing", () => {
  const before = [readUsers(), readEntries()];
  const { status, stderr } = seedAdmin(data, "-u", "Zo\u00eb", "-p", "another password");
  expect([status, stderr]).toEqual([
    1,
    'The username "Zo\u00eb" is taken, or another looks the same; nothing was changed.\n',
  ]);
  const alike = seedAdmin(data, "-u", "ZO\u00cb", "-p", "another password");
  expect([alike.status, alike.stderr]).toEqual([
    1,
    expect.stringContaining('"ZO\u00cb" is taken, or another looks the same'),
  ]);
  expect([readUsers(), readEntries()]).toEqual(before);
});

it("takes any password for the local database, with a warning", async () => {
  const { status, stdout, stderr } = seedAdmin(data, "-u", "myuser", "-p", "mypass");
  expect([status, stdout]).toEqual([0, 'Registered the admin "myuser".\n']);
  expect(stderr).toBe("The password has fewer than 12 characters: a deployed service would refuse it.\n");
  const user = readUsers().find((row) => row.username === "myuser");
  expect(await verifyPassword("mypass", user?.password_hash ?? "")).toBe(true);
});

it("stores a name in its normal form", () => {
  expect([zoe.status, zoe.stdout]).toEqual([0, expect.stringMatching(/^Registered the admin "Zo\u00eb"\.\n/)]);
  expect(readUsers().map((row) => row.username)).toContain("Zo\u00eb");
});

it.each([
  { args: ["--remote", "-p", "short"], error: "The password is not valid: has fewer than 12 characters" },
  { args: ["--remote", "-p", "Password1234"], error: "The password is not valid: is one of the most common" },
  { args: ["--remote", "-u", "root", "-p", "root root root"], error: "The password is not valid: is made of" },
  { args: ["-p", ""], error: "The password is not valid: is empty.\n" },
  { args: ["-p=secret pass 1"], error: "-p= takes the = for a part of what follows: write --password=\n" },
  { args: ["-u", "ad\u200bmin"], error: "The username is not valid: has U+200B" },
  { args: ["-u", ""], error: "The username is not valid" },
  { args: ["-e", "nobody"], error: "The email is not valid: is not an e-mail address.\n" },
  { args: ["--admin"], error: "--username NAME" },
])("refuses $args", ({ args, error }) => {
  const { status, stderr } = seedAdmin(data, ...args);
  expect([status, stderr]).toEqual([1, expect.stringContaining(error)]);
});

it("says so when the database has no tables", () => {
  const empty = mkdtempSync(join(tmpdir(), "seed-admin-test-"));
  const { status, stderr } = seedAdmin(empty, "-p", "secret pass 1");
  rmSync(empty, { recursive: true });
  expect([status, stderr]).toEqual([1, expect.stringContaining("has no tables yet")]);
});

type EntryRow = { account_id: string; subject_id: string; user_id: string | null; action: string; outcome: string };
type Row = {
  id: string;
  username: string;
  username_look: string | null;
  role: string;
  disabled: number;
  password_hash: string;
};

function readUsers(): Row[] {
  return readTable("users");
}

function readEntries(): EntryRow[] {
  return readTable("audit");
}

/** Straight from the file, in which the local runtime keeps the one database. */
function readTable<T>(table: string): T[] {
  const folder = join(data, "v3/d1/miniflare-D1DatabaseObject");
  const name = readdirSync(folder).find((file) => file.endsWith(".sqlite") && file !== "metadata.sqlite");
  const database = new DatabaseSync(join(folder, name ?? ""), { readOnly: true });
  try {
    return database.prepare(`select * from ${table} order by id`).all() as T[];
  } finally {
    database.close();
  }
}
