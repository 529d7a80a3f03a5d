/** `npm run kernels` compiles `src/kernels/assembly`: its files in `src/kernels` are committed. */
import { writeFileSync } from "node:fs";
import { compileKernels } from "./compile-kernels.ts";

for (const [name, contents] of Object.entries(await compileKernels())) writeFileSync(`src/kernels/${name}`, contents);
