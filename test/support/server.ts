import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The Worker as `npm start` runs it, on a port and with a database of its own. */
export type Server = { url: string; data: string; inspectorPort: number; stop: () => void };

const SECRET = "a-secret-for-tests-alone-0123456789";
/**
 * Runs a command, as its arguments, for as long as this process holds the other end of its standard input: whatever ends this
 * process, all that the command has started ends with it.
 */
const WHILE_HELD = '"$@" & cat > /dev/null; kill -KILL 0';

/**
 * @param script another Worker to run instead, with the same bindings
 * @throws Error, with all that it printed, when it does not answer within a minute
 */
export async function startServer(script?: string): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "ecg-api-"));
  applyMigrations(data);
  const port = String(await findPort());
  const inspectorPort = await findPort();
  const url = `http://localhost:${port}`;
  const args = [
    "dev",
    ...(script ? [script] : []),
    "--port",
    port,
    "--inspector-port",
    String(inspectorPort),
    "--persist-to",
    data,
    "--var",
    `TOKEN_SECRET:${SECRET}`,
  ];
  // A group of its own, which is stopped as one: wrangler starts workerd.
  const server = spawn("sh", ["-c", WHILE_HELD, "sh", "wrangler", ...args], { detached: true });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (part) => (output += part));
  const stop = () => {
    stopGroup(server);
    rmSync(data, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 240; tries++) {
    // A connection that is kept may have ended unseen when the next request comes: seeding an admin stops this process for seconds.
    const answer = await fetch(`${url}/health`, { headers: { Connection: "close" } }).catch(() => undefined);
    if (answer?.ok) return { url, data, inspectorPort, stop };
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  stop();
  throw new Error(`the server did not start:\n${output}`);
}

/** Makes the tables of the local database in `data`. */
export function applyMigrations(data: string): void {
  const { status, stdout, stderr } = spawnSync(
    "wrangler",
    ["d1", "migrations", "apply", "DB", "--local", "--persist-to", data],
    {
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(stdout + stderr);
}

/** Runs `npm run seed:admin` on the database in `data`. */
export function seedAdmin(data: string, ...args: string[]) {
  return spawnSync("node", ["src/cli/seed-admin.ts", "--persist-to", data, ...args], { encoding: "utf8" });
}

function stopGroup(server: ChildProcess): void {
  if (server.pid === undefined || server.exitCode !== null) return;
  process.kill(-server.pid, "SIGKILL");
}

/** A port of localhost that nobody listens on. */
export function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
