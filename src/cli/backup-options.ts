import { exit } from "node:process";
import { parseArgs } from "node:util";

/** What `npm run backup` and `npm run restore` are asked for. */
type BackupOptions = {
  /** The file of SQL. */
  file: string;
  /** The folder of the archive's objects, beside the file. */
  folder: string;
  /** Wrangler's word for where the database is. */
  where: "--local" | "--remote";
  isRemote: boolean;
};

/** Reads the options of one of the two commands, or ends the process with how it is used. */
export function readBackupOptions(command: "backup" | "restore"): BackupOptions {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { remote: { type: "boolean", default: false } },
    });
    if (positionals.length !== 1) throw new Error("One FILE is needed.");
    const [file] = positionals;
    return { file, folder: `${file}.objects`, where: values.remote ? "--remote" : "--local", isRemote: values.remote };
  } catch (error) {
    console.error(`${(error as Error).message}

npm run ${command} -- [--remote] FILE
  FILE      of SQL; the objects of an archive are in FILE.objects
  --remote  the deployed database and archive, not the local ones`);
    return exit(2);
  }
}
