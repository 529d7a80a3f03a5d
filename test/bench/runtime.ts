import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { readD1Migrations } from "@cloudflare/vitest-plugin";
import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { issueToken } from "../../src/auth/tokens.ts";
import { newId } from "../../src/store/ids.ts";
import { findPort } from "../support/server.ts";

/** A Worker in workerd, without wrangler's proxy in front of it, with a database and a user of its own. */
export type Runtime = {
  /** Sends a request with the user's token. */
  call: (method: string, path: string, body?: string) => Promise<Response>;
  /** Of a runtime that is inspected. */
  inspectorPort: number | undefined;
  /** The CPU time of workerd so far, that of its database included, in ms. */
  cpuMs: () => number;
  stop: () => Promise<void>;
};

const SECRET = "a-secret-for-benchmarks-alone-0123456789";
// Wrangler looks for the secrets of wrangler.toml here, and would say so of every Worker.
process.env.TOKEN_SECRET = SECRET;
process.env.WRANGLER_LOG = "warn";
const USER_ID = newId();
/** Longer than a benchmark takes, in seconds. */
const TOKEN_SECONDS = 24 * 3600;
type RateLimits = NonNullable<V4WorkerOptions["ratelimits"]>;
/** A tick of the clock that /proc counts CPU time in, in ms (`getconf CLK_TCK`). */
const TICK_MS = 10;

/** A Worker as `wrangler deploy` sends it: its script, and the modules of WebAssembly by the names that the script imports them by. */
export type Bundle = { script: string; wasm: Map<string, Uint8Array<ArrayBuffer>> };

/** Bundles a Worker as `wrangler deploy` does. */
export function bundle(entryPoint: string): Bundle {
  const folder = mkdtempSync(join(tmpdir(), "ecg-api-bundle-"));
  try {
    const args = ["deploy", entryPoint, "--dry-run", "--outdir", folder];
    const { status, stdout, stderr } = spawnSync("wrangler", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stdout + stderr);
    const wasm = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
    return {
      script: readFileSync(join(folder, `${basename(entryPoint, ".ts")}.js`), "utf8"),
      wasm: new Map(wasm.map((name) => [`./${name}`, new Uint8Array(readFileSync(join(folder, name)))])),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Starts a bundle with the bindings of wrangler.toml, but for three: a user's rates, since nobody else sends as much as a benchmark; the
 * files of the page, for which the local runtime has a router in front; and MEASURE_AHEAD, so that a POST of a short ECG is counted alone,
 * without the job that measures it.
 *
 * @param options `folder`: where its data are kept, which another has made or nobody yet; nowhere if left out. `isInspected`: whether it
 *   has an inspector, which keeps each line of the log with the stack that it comes from; in production there is none
 */
export async function startRuntime(
  { script, wasm }: Bundle,
  { folder, isInspected = false }: { folder?: string; isInspected?: boolean } = {},
): Promise<Runtime> {
  const { workerOptions } = unstable_getMiniflareWorkerOptions("wrangler.toml");
  const { assets: _, bindings, ratelimits, ...options } = workerOptions;
  const { READ_RATE: __, WRITE_RATE: ___, ...limits } = ratelimits as RateLimits;
  const inspectorPort = isInspected ? await findPort() : undefined;
  const before = findChildren("workerd");
  const isNew = folder === undefined || readdirSync(folder).length === 0;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      ...options,
      ratelimits: limits,
      bindings: { ...(bindings as object), TOKEN_SECRET: SECRET, MEASURE_AHEAD: "long" },
      modules: [
        { type: "ESModule", path: "index.js", contents: script },
        ...Array.from(wasm, ([path, contents]) => ({ type: "CompiledWasm" as const, path, contents })),
      ],
      inspectorPort,
      resourcePersistencePath: folder,
      cf: false,
      // What the Worker logs would stand between the rows of the table.
      handleStructuredLogs: () => {},
    }),
  );
  const url = (await miniflare.ready).origin;
  const [pid] = findChildren("workerd").filter((child) => !before.includes(child));
  if (isNew) await newTables(await miniflare.getD1Database("DB"));
  const token = await issueToken(SECRET, { userId: USER_ID, credentialsVersion: 1 }, TOKEN_SECONDS);
  // The local runtime compresses answers, which would be most of the time of a benchmark.
  const headers = { Authorization: `Bearer ${token}`, "Accept-Encoding": "identity" };
  return {
    call: (method, path, body) =>
      fetch(url + path, {
        method,
        body,
        headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      }),
    inspectorPort,
    cpuMs: () => readCpuMs(pid),
    stop: () => miniflare.dispose(),
  };
}

/** Makes the tables, and a user. */
async function newTables(database: Awaited<ReturnType<Miniflare["getD1Database"]>>): Promise<void> {
  for (const { queries } of await readD1Migrations("migrations")) {
    for (const query of queries) await database.prepare(query).run();
  }
  const columns = "id, username, email, role, password_hash, created_at";
  await database.prepare(`insert into users (${columns}) values (?, 'ada', '', 'user', '', 0)`).bind(USER_ID).run();
}

/** The processes of this name that this one has started. */
function findChildren(name: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const fields = readStat(pid);
    return fields?.name === name && fields.rest[1] === String(process.pid);
  });
}

/** The CPU time of a process: fields 14 and 15 of its stat, in user and in kernel mode (proc_pid_stat(5)). */
function readCpuMs(pid: string): number {
  const { rest = [] } = readStat(pid) ?? {};
  return (Number(rest[11]) + Number(rest[12])) * TICK_MS;
}

/** The name of a process, and the fields that follow it; undefined when it is gone. */
function readStat(pid: string): { name: string; rest: string[] } | undefined {
  try {
    const [, name, rest] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return { name, rest: rest.split(" ") };
  } catch {
    return undefined;
  }
}
