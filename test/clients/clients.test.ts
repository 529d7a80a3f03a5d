/**
 * `npm run test:clients`: generates a client from the document that the running Worker serves, has its types checked, and runs it.
 * Nothing of it is edited by hand. The generator comes from npm, by a lock file of its own.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Server, startServer } from "../support/server.ts";
import { newUser, USER } from "../support/session.ts";

const fixture = (name: string) => join(import.meta.dirname, "../fixtures", name);

let server: Server;
let folder: string;

beforeAll(async () => {
  server = await startServer();
  await newUser(server);
  folder = mkdtempSync(join(tmpdir(), "ecg-api-client-"));
  cpSync(join(import.meta.dirname, "typescript"), folder, { recursive: true });
}, 300_000);

afterAll(() => {
  server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

it("openapi-typescript makes a client that logs in, sends a form of two files, reads it and gets insights", () => {
  run("npm", "ci", "--no-audit", "--no-fund");
  run("node", "generate.ts", server.url);
  run("node_modules/.bin/tsc", "-p", ".");
  const files = [fixture("ludb-1.hea"), fixture("ludb-1.dat")];
  const printed = run("node", "story.ts", server.url, USER.username, USER.password, ...files);
  expect(JSON.parse(printed)).toEqual({
    notes: expect.any(Array),
    samples: ["ii: 750"],
    buckets: [2, 2],
    beats: expect.any(Number),
    usable: expect.any(Number),
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    refusal: "Not Found",
  });
});

/** Runs a command in the client's folder; gives what it printed. */
function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}:\n${stdout}${stderr}`);
  return stdout;
}
