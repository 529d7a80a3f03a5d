import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runWrangler } from "../../src/cli/wrangler.ts";

it("gives all that wrangler prints, of whatever length: a backup reads from it what the dump has wrong", () => {
  const folder = mkdtempSync(join(tmpdir(), "wrangler-test-"));
  const query = "select hex(zeroblob(400000)) as a, hex(zeroblob(400000)) as b";
  const where = ["--local", "--persist-to", folder];
  const { status, output } = runWrangler(["d1", "execute", "DB", ...where, "--json", "--command", query]);
  rmSync(folder, { recursive: true });
  expect([status, output.match(/0{800000}/g)?.length]).toEqual([0, 2]);
});
