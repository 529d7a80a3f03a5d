import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { getPlatformProxy } from "wrangler";
import { openStore, type Store } from "../../src/store/db.ts";
import { newId } from "../../src/store/ids.ts";
import { insertEcg, newClaim } from "../../src/store/incoming-ecgs.ts";
import { type EcgRow, ecgs } from "../../src/store/schema.ts";
import { readSpans } from "../../src/store/signal-reader.ts";
import { newNoise } from "../support/signals.ts";

const NOTE =
  String.raw`it's; "quoted" -- in C:\new\rows; BEGIN TRANSACTION; x` +
  "\nof\r\nthree lines \u{1f600}; BEGIN TRANSACTION; COMMIT;";
const SIGNALS = [newNoise(900_000), Int32Array.of(1, -2, 3)];
/** A row as earlier versions kept them: longer than a statement may be. */
const LONG = `["${"x'y".repeat(250_000)}"]`;

let from: string;
let to: string;
let third: string;
beforeAll(() => {
  [from, to, third] = [newProject(), newProject(), newProject()];
});
afterAll(() => {
  for (const folder of [from, to, third]) rmSync(folder, { recursive: true, force: true });
});

it("what is backed up and restored has every sample, every row and every object", async () => {
  run(from, "wrangler", "d1", "migrations", "apply", "DB", "--local");
  const { written, tables } = await withStore(from, async (store, DB) => {
    const userId = newId();
    await DB.prepare(
      "insert into users (id, username, email, role, password_hash, created_at) values (?, 'doctor', 'd@example.org', 'user', '', 0)",
    )
      .bind(userId)
      .run();
    const rows: EcgRow[] = [];
    for (const samples of SIGNALS) rows.push(await storeSignal(store, userId, samples));
    await DB.prepare("insert into insights (ecg_id, part, version, sample_count, data) values (?, 0, 1, 3, ?)")
      .bind(rows[1].id, LONG)
      .run();
    await DB.prepare(
      "insert into audit (account_id, id, at, action, outcome, request_id, kept_until) values (?, ?, 0, 'GET /ecg', 'done', '', 9e15)",
    )
      .bind(userId, newId())
      .run();
    return { written: rows, tables: await readTables(DB) };
  });
  expect(tables.signal_chunks.some((row) => (row as { object: string | null }).object !== null)).toBe(true);
  expect(tables.signal_chunk_rests.length).toBeGreaterThan(0);

  const file = join(from, "backups/ecg-api.sql");
  expect(run(from, "node", resolve("src/cli/backup.ts"), file)).toContain("objects into");
  const folder = join(from, "backups");
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
  expect([folder, ...paths].filter((path) => statSync(path).mode & 0o077)).toEqual([]);
  const restored = run(to, "node", resolve("src/cli/restore.ts"), file);
  expect(restored).toContain(`Restored ${file} and `);
  expect(restored).not.toContain("objects are not in");
  await withStore(to, async (store, DB) => {
    expect(await readTables(DB)).toEqual(tables);
    for (const [i, { id }] of written.entries()) {
      const ecg = (await store.db.select().from(ecgs)).find((row) => row.id === id);
      if (!ecg) throw new Error("an ECG is missing");
      expect(ecg.note).toBe(NOTE);
      const span = { lead: 0, from: 0, to: SIGNALS[i].length };
      expect(await readSpans(store, ecg, [span])).toEqual([SIGNALS[i]]);
    }
    const change = DB.prepare("update audit set action = ''").run();
    await expect(change).rejects.toThrow("append only");
  });
  // What the restored database lacks of migrations is still to be applied, and nothing twice.
  expect(run(to, "wrangler", "d1", "migrations", "apply", "DB", "--local")).toContain("No migrations to apply");

  expect(fail(to, resolve("src/cli/restore.ts"), file)).toContain("The database is not empty");
  // A file without its folder.
  const alone = join(from, "alone.sql");
  cpSync(file, alone);
  expect(run(third, "node", resolve("src/cli/restore.ts"), alone)).toMatch(
    /\d objects are not in .*alone\.sql\.objects/,
  );

  const [short, script] = [join(from, "backups/short.sql"), readFileSync(file, "utf8")];
  writeFileSync(short, script.slice(0, script.lastIndexOf("CREATE UNIQUE INDEX")));
  expect(fail(to, resolve("src/cli/restore.ts"), short)).toContain("is no backup, or a part of one");
  expect(fail(to, resolve("src/cli/restore.ts"), to)).toContain("is a folder: give the file of SQL");
  expect(fail(from, resolve("src/cli/backup.ts"), file)).toContain("There is a");
  expect(fail(from, resolve("src/cli/backup.ts"))).toContain("One FILE is needed");
  expect(existsSync(`${file}.part`)).toBe(false);
}, 300_000);

/** A folder with what wrangler needs of the project, and an archive bound. */
function newProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "backup-test-"));
  const archive = '[[r2_buckets]]\nbinding = "ARCHIVE"\nbucket_name = "ecg-api-archive"\n';
  const toml = readFileSync("wrangler.toml", "utf8").replace(/^\[build\]\n.*$/m, "");
  writeFileSync(join(folder, "wrangler.toml"), `${toml}\n${archive}`);
  cpSync("migrations", join(folder, "migrations"), { recursive: true });
  return folder;
}

async function withStore<T>(folder: string, use: (store: Store, database: D1Database) => Promise<T>): Promise<T> {
  const { env, dispose } = await getPlatformProxy<{ DB: D1Database; ARCHIVE: R2Bucket }>({
    configPath: join(folder, "wrangler.toml"),
    persist: { path: join(folder, ".wrangler/state/v3") },
    remoteBindings: false,
  });
  try {
    return await use(openStore(env), env.DB);
  } finally {
    await dispose();
  }
}

function storeSignal(store: Store, userId: string, samples: Int32Array): Promise<EcgRow> {
  const lead = {
    name: "II",
    sampleCount: 0,
    samplingRate: 250,
    gain: null,
    baseline: 0,
    zeroCrossings: 0,
    lastSign: 0,
    chunkSamples: 50_000,
  };
  const access = { credential: { userId, credentialsVersion: 1 }, need: "ecg:write" as const, ecgId: null };
  const about = { subject: "P-1", device: null, note: NOTE, open: false, dateSource: "recorded" as const };
  const ecg = { ...about, id: newId(), recordedAt: 0, createdAt: Date.now(), leads: [lead] };
  const stretch = { samples: [samples], leads: [{ ...lead, sampleCount: samples.length }], annotations: [] };
  return insertEcg(store, newClaim(access), ecg, [stretch]);
}

async function readTables(database: D1Database): Promise<Record<string, unknown[]>> {
  const { results } = await database
    .prepare("select name from sqlite_master where type = 'table' and name not glob '*_cf_*' order by name")
    .all<{ name: string }>();
  const tables: Record<string, unknown[]> = {};
  for (const { name } of results) tables[name] = (await database.prepare(`select * from "${name}"`).all()).results;
  return tables;
}

function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, WRANGLER_LOG: "log" },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}:\n${stdout}${stderr}`);
  return stdout + stderr;
}

function fail(cwd: string, ...args: string[]): string {
  const { status, stderr } = spawnSync("node", args, { cwd, encoding: "utf8" });
  expect(status).not.toBe(0);
  return stderr;
}
