/**
 * Bundles the page and puts it, with the files of Swagger UI, into the folder that `[assets]` of wrangler.toml serves. Wrangler
 * runs this as its `[build] command`; the tests, whose runtime does not, run it themselves.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { build } from "esbuild";

const BUILT = "dist/assets";
const SOURCE = "src/viewer";
/** The files of swagger-ui-dist that /docs asks for. */
const SWAGGER_UI = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

const { outputFiles, metafile } = await build({
  entryPoints: [join(SOURCE, "main.tsx"), join(SOURCE, "styles/page.css"), join(SOURCE, "icon.svg")],
  outdir: join(BUILT, "viewer"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  loader: { ".svg": "copy", ".wasm": "binary" },
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "hono/jsx/dom",
  minify: true,
  metafile: true,
  write: false,
  logLevel: "warning",
});

/** The path by which the page asks for what a source file was built into. */
function servedAs(source: string): string {
  // The path begins elsewhere where the sources are behind a link.
  const isBuiltOf = (entryPoint?: string) => entryPoint?.endsWith(join(SOURCE, source));
  const output = Object.entries(metafile.outputs).find(([, { entryPoint }]) => isBuiltOf(entryPoint));
  if (!output) throw new Error(`${source} was not built`);
  return `/viewer/${basename(output[0])}`;
}

const page = readFileSync(join(SOURCE, "index.html"), "utf8")
  .replace("{icon}", servedAs("icon.svg"))
  .replace("{styles}", servedAs("styles/page.css"))
  .replace("{script}", servedAs("main.tsx"));

const files = new Map<string, Uint8Array>([
  ...SWAGGER_UI.map((name) => [join("docs", name), readFileSync(join("node_modules/swagger-ui-dist", name))] as const),
  ...outputFiles.map(({ path, contents }) => [relative(BUILT, path), contents] as const),
  ["index.html", Buffer.from(page)],
]);
for (const [name, contents] of files) writeIfNew(join(BUILT, name), contents);
for (const name of readdirSync(BUILT, { recursive: true, encoding: "utf8" })) {
  if (!files.has(name) && statSync(join(BUILT, name)).isFile()) rmSync(join(BUILT, name), { force: true });
}

/** Writes a file at once, and only if it changes: servers that run may be reading it, and others build at the same time. */
function writeIfNew(path: string, contents: Uint8Array): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}`;
  writeFileSync(part, contents);
  renameSync(part, path);
}
