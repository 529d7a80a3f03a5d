import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compileKernels } from "../../src/cli/compile-kernels.ts";

it("kernels.wasm is what its sources give", async () => {
  expect(Buffer.from(await compileKernels())).toEqual(readFileSync("src/kernels/kernels.wasm"));
});
