import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { findPort } from "../support/server.ts";

/** A checkout of its own, whose secret and database are nobody else's. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "start-test-"));
  for (const name of ["migrations", "node_modules", "package.json", "src", "wrangler.toml"])
    symlinkSync(resolve(name), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

it("says in a sentence that its port is taken, and touches nothing", async () => {
  const other = createServer().listen(0, "localhost");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const before = readdirSync(folder);
  const { status, stdout, stderr } = spawnSync("node", ["src/cli/start.ts", "--port", String(port)], {
    cwd: folder,
    encoding: "utf8",
  });
  other.close();
  expect([status, stdout, stderr]).toEqual([
    1,
    "",
    `One is running already: http://localhost:${port} is taken, by this service or by another program.\n`,
  ]);
  expect(readdirSync(folder)).toEqual(before);
});

/** What Vitest and its configuration set, and no terminal has: it would silence wrangler. */
const SILENCING = ["NODE_ENV", "TOKEN_SECRET", "WRANGLER_LOG"];

it("serves from a fresh checkout without an error, until it is told to stop", async () => {
  const port = String(await findPort());
  const server = spawn("node", ["src/cli/start.ts", "--port", port], {
    cwd: folder,
    // The types want the Worker's own variables in every environment.
    env: Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !SILENCING.includes(name)),
    ) as NodeJS.ProcessEnv,
  });
  onTestFinished(() => void server.kill());
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (part) => (output += part));
  const ended = once(server, "exit");
  const health = () => fetch(`http://localhost:${port}/health`).catch(() => undefined);
  await expect.poll(async () => (await health())?.status, { timeout: 150_000, interval: 250 }).toBe(200);
  expect(output).toContain(`http://localhost:${port}/docs`);
  expect(output).not.toMatch(/error|\bat .*:\d+:\d+/i);
  expect(existsSync(join(folder, ".dev.vars"))).toBe(true);
  server.kill("SIGINT");
  await ended;
  expect(await health()).toBeUndefined();
}, 180_000);
