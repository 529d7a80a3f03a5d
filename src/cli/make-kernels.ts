/** `npm run kernels` compiles `src/kernels/assembly` into `src/kernels/kernels.wasm`. */
import { writeFileSync } from "node:fs";
import { compileKernels } from "./compile-kernels.ts";

writeFileSync("src/kernels/kernels.wasm", await compileKernels());
