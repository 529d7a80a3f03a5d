import { readFileSync } from "node:fs";
import { main } from "assemblyscript/asc";

const SOURCES = "src/kernels/assembly";

/** SIMD, and nothing of what AssemblyScript has for its own objects, of which kernels make none. */
const OPTIONS = ["-O3", "--converge", "--noAssert", "--enable", "simd", "--runtime", "stub", "--use", "abort="];

/**
 * Compiles the kernels.
 *
 * @returns the contents of files of `src/kernels` by their names: the module, and the types of what it exports
 * @throws Error with the compiler's words
 */
export async function compileKernels(): Promise<Record<"kernels.wasm" | "exports.d.ts", Uint8Array>> {
  const made = new Map<string, string | Uint8Array>();
  const files = ["--outFile", "kernels.wasm", "--bindings", "raw"];
  const { error, stderr } = await main([`${SOURCES}/index.ts`, ...files, ...OPTIONS], {
    readFile: (name) => {
      try {
        return readFileSync(name, "utf8");
      } catch {
        return null;
      }
    },
    writeFile: (name, contents) => {
      made.set(name, contents);
    },
    listFiles: () => [],
  });
  const wasm = made.get("kernels.wasm");
  const bindings = made.get("kernels.d.ts");
  if (error || typeof wasm !== "object" || typeof bindings !== "string")
    throw new Error(`The kernels do not compile: ${stderr.toString()}`);
  return { "kernels.wasm": wasm, "exports.d.ts": new TextEncoder().encode(toDeclarations(bindings)) };
}

/** What the namespace of the compiler's bindings has in it, as a module of its own. */
function toDeclarations(bindings: string): string {
  const [, namespace] = /^declare namespace \w+ \{\n(.*?)^\}/ms.exec(bindings) ?? [];
  if (namespace === undefined) throw new Error("The compiler's bindings have no namespace");
  const declarations = namespace.replace(/^ {2}/gm, "").replace(/^export /gm, "export declare ");
  return `// Made by \`npm run kernels\`.\n\n${declarations}`;
}
