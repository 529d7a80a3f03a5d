/** `npm run backup` writes all that the service keeps into a file, and the objects of its archive beside it. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exit, umask } from "node:process";
import { openArchive } from "./archive-bucket.ts";
import { readBackupOptions } from "./backup-options.ts";
import { orderDump } from "./sql-dump.ts";
import { runWrangler } from "./wrangler.ts";

// Nobody else of the machine reads what is written, by wrangler either: its dump has all that the backup has.
umask(0o077);
const { file, folder, where, isRemote } = readBackupOptions("backup");
if (existsSync(file)) fail(`There is a ${file} already.`);
mkdirSync(dirname(file), { recursive: true });
const [dump, part] = [`${file}.dump`, `${file}.part`];
// Also when something fails.
process.on("exit", () => {
  for (const rest of [dump, part]) rmSync(rest, { force: true });
});
const { status, output } = runWrangler(["d1", "export", "DB", "--skip-confirmation", "--output", dump, where]);
if (status !== 0) fail(output);
const objects = await orderDump(dump, part, readCorrections());
const lost = await copyObjects(objects);
renameSync(part, file);
const kept = objects.length === 0 ? "" : ` and ${objects.length - lost} objects into ${folder}`;
console.log(
  `Wrote ${file}${kept}. The file has the hashes of passwords and the data of patients: keep it as you keep those.`,
);
if (lost > 0) console.error(`${lost} objects were gone: their ECGs were erased while this ran, or are damaged.`);

/**
 * Reads the notes that the dump has wrong, and makes the statements that put them right: it has the end of a line as `\n`, whatever else of
 * the note reads so, as in `C:\new`. No other column has more than one line.
 */
function readCorrections(): string[] {
  const isWrong = ([code, letters]: [number, string]) => `(instr(note, char(${code})) and instr(note, '${letters}'))`;
  const ends: [number, string][] = [
    [10, "\\n"],
    [13, "\\r"],
  ];
  const query = `select id, hex(note) as note from ecgs where ${ends.map(isWrong).join(" or ")}`;
  const { status, output } = runWrangler(["d1", "execute", "DB", where, "--json", "--command", query]);
  if (status !== 0) fail(output);
  return [...output.matchAll(/"id":\s*"([\da-f-]{36})",\s*"note":\s*"([\dA-F]*)"/g)].map(
    ([, id, note]) => `UPDATE "ecgs" SET "note" = CAST(X'${note}' AS TEXT) WHERE "id" = '${id}';`,
  );
}

/** Copies objects of the archive into the folder beside the file; gives how many are not there. */
async function copyObjects(keys: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0;
  const { archive, close } = await openArchive(isRemote);
  let lost = 0;
  try {
    for (const key of keys) {
      const object = await archive.get(key);
      const path = join(folder, key);
      mkdirSync(dirname(path), { recursive: true });
      if (object) writeFileSync(path, new Uint8Array(await object.arrayBuffer()));
      else lost++;
    }
  } finally {
    await close();
  }
  return lost;
}

function fail(message: string): never {
  console.error(message);
  exit(1);
}
