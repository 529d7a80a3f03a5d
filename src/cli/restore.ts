/** `npm run restore` puts what `npm run backup` wrote into an empty database, and the objects into the archive. */
import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, sep } from "node:path";
import { exit } from "node:process";
import { openArchive } from "./archive-bucket.ts";
import { readBackupOptions } from "./backup-options.ts";
import { cutScript, findObject, LAST_LINE, readStatements } from "./sql-dump.ts";
import { runWrangler } from "./wrangler.ts";

/** How much SQL goes to D1 at once: it imports files of up to 5 GB, and wrangler reads those for the local one into a text. */
const REMOTE_PART_BYTES = 256 * 1024 * 1024;
const LOCAL_PART_BYTES = 32 * 1024 * 1024;

const { file, folder, where, isRemote } = readBackupOptions("restore");
if (!existsSync(file)) fail(`There is no ${file}.`);
if (!statSync(file).isFile()) fail(`${file} is a folder: give the file of SQL.`);
if (!endsWith(file, LAST_LINE))
  fail(`${file} is no backup, or a part of one: its last line is not "${LAST_LINE.trim()}".`);
const tables = run(["--json", "--command", "select count(*) as count from sqlite_schema where name = 'users'"]);
if (!/"count":\s*0\b/.test(tables)) fail("The database is not empty. Restore into a new one.");
const part = `${file}.part`;
// Also when something fails.
process.on("exit", () => rmSync(part, { force: true }));
// Objects first: rows that refer to them are not to be there before.
const objects = await putObjects();
const missing = new Set<string>();
for await (const script of cutScript(readRows(missing), isRemote ? REMOTE_PART_BYTES : LOCAL_PART_BYTES)) {
  writeFileSync(part, script, { mode: 0o600 });
  run(["--yes", "--file", part]);
}
for (const path of objects) missing.delete(path);
console.log(
  `Restored ${file}${objects.length === 0 ? "" : ` and ${objects.length} objects`}. Apply the migrations next: a newer version may have some.`,
);
if (missing.size > 0) {
  console.error(
    `${missing.size} objects are not in ${folder}: until they are in the bucket, the samples of their ECGs cannot be read.`,
  );
}

/** Reads the statements of the backup, and adds the objects that they refer to. */
async function* readRows(referred: Set<string>): AsyncGenerator<string> {
  for await (const statement of readStatements(createReadStream(file, "utf8"))) {
    const object = findObject(statement);
    if (object !== undefined) referred.add(object);
    yield statement;
  }
}

/** Puts the objects in the folder beside the file into the archive, and gives their names. */
async function putObjects(): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  const keys = paths.map((path) => path.split(sep).join("/"));
  const { archive, close } = await openArchive(isRemote);
  try {
    for (const [i, key] of keys.entries()) await archive.put(key, readFileSync(join(folder, paths[i])));
  } finally {
    await close();
  }
  return keys;
}

/** Whether a file ends with these letters. */
function endsWith(path: string, text: string): boolean {
  const end = Buffer.alloc(text.length);
  const descriptor = openSync(path, "r");
  try {
    readSync(descriptor, end, 0, end.length, Math.max(0, statSync(path).size - end.length));
  } finally {
    closeSync(descriptor);
  }
  return end.toString() === text;
}

function run(args: string[]): string {
  const { status, output } = runWrangler(["d1", "execute", "DB", where, ...args]);
  return status === 0 ? output : fail(output);
}

function fail(message: string): never {
  console.error(message);
  exit(1);
}
