import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "./compile.ts";

/** The module, of its file: for the command line, the tests that need no Worker, and the benchmarks. */
export default compile(readFileSync(fileURLToPath(import.meta.resolve("./kernels.wasm"))));
