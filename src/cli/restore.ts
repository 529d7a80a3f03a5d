/** `npm run restore` puts what `npm run backup` wrote into an empty database, and the objects into the archive. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { exit } from "node:process";
import { openArchive } from "./archive-bucket.ts";
import { readBackupOptions } from "./backup-options.ts";
import { LAST_LINE } from "./sql-dump.ts";
import { runWrangler } from "./wrangler.ts";

const { file, folder, where, isRemote } = readBackupOptions("restore");
if (!existsSync(file)) fail(`There is no ${file}.`);
if (!endsWith(file, LAST_LINE))
  fail(`${file} is no backup, or a part of one: its last line is not "${LAST_LINE.trim()}".`);
const tables = run(["--json", "--command", "select count(*) as count from sqlite_schema where name = 'users'"]);
if (!/"count":\s*0\b/.test(tables)) fail("The database is not empty. Restore into a new one.");
// Objects first: rows that refer to them are not to be there before.
const objects = await putObjects();
run(["--yes", "--file", file]);
console.log(
  `Restored ${file}${objects === 0 ? "" : ` and ${objects} objects`}. Apply the migrations next: a newer version may have some.`,
);

/** Puts the objects in the folder beside the file into the archive, and gives their number. */
async function putObjects(): Promise<number> {
  if (!existsSync(folder)) return 0;
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  const { archive, close } = await openArchive(isRemote);
  try {
    for (const path of paths) await archive.put(path.split(sep).join("/"), readFileSync(join(folder, path)));
  } finally {
    await close();
  }
  return paths.length;
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
