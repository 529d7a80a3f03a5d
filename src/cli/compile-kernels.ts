import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { main } from "assemblyscript/asc";

const SOURCES = "src/kernels/assembly";

/**
 * Compiles the kernels: with SIMD, and without what AssemblyScript has for its own objects, of which they make none.
 *
 * @throws Error with the compiler's words
 */
export async function compileKernels(): Promise<Uint8Array> {
  let made: Uint8Array | undefined;
  const options = ["-O3", "--converge", "--noAssert", "--enable", "simd", "--runtime", "stub", "--use", "abort="];
  const { error, stderr } = await main([`${SOURCES}/index.ts`, "--outFile", "kernels.wasm", ...options], {
    readFile: (name) => {
      try {
        return readFileSync(name, "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (name, contents) => {
      if (basename(name) === "kernels.wasm" && typeof contents !== "string") made = contents;
    },
    listFiles: () => [],
  });
  if (error || !made) throw new Error(`The kernels do not compile: ${stderr.toString()}`);
  return made;
}
