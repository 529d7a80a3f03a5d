import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { expect, it } from "vitest";
import { VERSION } from "../src/version.ts";

/**
 * The rooms of `src` that a room may import; everybody may import `recording`, `errors.ts`, `crc32.ts` and `version.ts`, but for
 * `recording` itself. A room that is not here may import nothing.
 */
const ROOMS: Record<string, string[]> = {
  "index.ts": ["http", "jobs"],
  "env.d.ts": ["index"],
  "errors.ts": [],
  "crc32.ts": ["kernels"],
  "version.ts": [],
  http: ["ecg", "auth", "store", "formats", "analysis"],
  jobs: ["ecg", "auth", "store"],
  cli: ["auth", "store", "formats"],
  ecg: ["store", "formats", "analysis"],
  store: ["codec"],
  formats: ["sheet", "kernels"],
  sheet: [],
  analysis: ["kernels"],
  codec: ["kernels"],
  kernels: [],
  auth: [],
  recording: [],
  /** The page, which knows of the Worker its type alone. */
  viewer: ["index.ts", "formats", "sheet", "analysis"],
};

/** The folders of `src/analysis` that a folder may import, in the same way. */
const ANALYSIS: Record<string, string[]> = {
  "insights.ts": [
    "first-pass.ts",
    "second-pass.ts",
    "used-leads.ts",
    "upright.ts",
    "numbers",
    "signal",
    "beats",
    "waves",
    "measures",
  ],
  "first-pass.ts": ["used-leads.ts", "signal", "beats", "measures"],
  "second-pass.ts": ["used-leads.ts", "signal", "waves", "measures"],
  "used-leads.ts": ["signal"],
  "upright.ts": ["signal", "measures"],
  "ec57.ts": [],
  "packed-insights.ts": ["insights.ts", "beats", "waves", "measures"],
  measures: ["numbers", "signal", "beats", "waves"],
  waves: ["numbers", "signal"],
  beats: ["numbers", "signal"],
  signal: ["numbers"],
  numbers: [],
};

/** Scripts that train the models and use what the benchmarks use: they may import anything, and nobody may import them. */
const TRAINING = "analysis/training/";

/** Packages that only these rooms may import: the others run anywhere. */
const PACKAGES: { of: RegExp; rooms: string[] }[] = [
  { of: /^hono\/(client|jsx)(\/|$)/, rooms: ["viewer"] },
  { of: /^(hono(?!\/(client|jsx)(\/|$))|@hono\/.*)(\/|$)/, rooms: ["http"] },
  { of: /^esbuild$/, rooms: ["cli"] },
  { of: /^drizzle-orm/, rooms: ["store"] },
  { of: /^cloudflare:/, rooms: [] },
  { of: /^assemblyscript(\/|$)/, rooms: ["cli"] },
  { of: /^node:/, rooms: ["http", "auth", "store", "cli", "kernels"] },
];

type Import = { file: string; target: string };

/** Every import of the files in a folder, of whatever kind; a target in `src` is a path from `root`. */
function importsIn(folder: string, root: string): Import[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map(([, target]) => {
        const path = target.startsWith(".") ? normalize(join(folder, file, "..", target)) : target;
        return { file, target: path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path };
      });
    });
}

const roomOf = (path: string) => path.split("/", 1)[0];
const isPackage = (target: string) => !/^src\/|\.tsx?$/.test(target) && roomOf(target) !== "index";

/** The imports that a table does not allow, as `file -> target`. */
function findForbidden(imports: readonly Import[], rooms: Record<string, string[]>, everybody: readonly string[]) {
  return imports
    .filter(({ file, target }) => {
      const [from, to] = [roomOf(file), roomOf(target)];
      const allowed = rooms[from];
      if (allowed === undefined) return true;
      return from !== to && !allowed.includes(to) && (from === "recording" || !everybody.includes(to));
    })
    .map(({ file, target }) => `${file} -> ${target}`);
}

const all = importsIn("src", "src").filter(({ file }) => !file.startsWith(TRAINING));
const own = all.filter(({ target }) => !isPackage(target));

it("imports go one way between the rooms of src", () => {
  expect(own.length).toBeGreaterThan(300);
  expect(findForbidden(own, ROOMS, ["recording", "errors.ts", "crc32.ts", "version.ts"])).toEqual([]);
});

it("imports go one way inside src/analysis", () => {
  const inside = importsIn("src/analysis", "src/analysis").filter(
    ({ file, target }) => !/^src\//.test(target) && !file.startsWith("training/"),
  );
  expect(inside.length).toBeGreaterThan(30);
  expect(findForbidden(inside, ANALYSIS, [])).toEqual([]);
});

it("nobody imports the scripts that train the models", () => {
  expect(own.filter(({ target }) => target.startsWith(TRAINING))).toEqual([]);
});

it("packages of HTTP, the database and the runtime stay in their rooms", () => {
  const forbidden = all
    .filter(({ target }) => isPackage(target))
    .filter(({ file, target }) => PACKAGES.some(({ of, rooms }) => of.test(target) && !rooms.includes(roomOf(file))))
    .map(({ file, target }) => `${file} -> ${target}`);
  expect(forbidden).toEqual([]);
});

it("the page takes the Worker's type and none of its code", () => {
  const importsOfIndex = readdirSync("src/viewer", { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => readFileSync(join("src/viewer", file), "utf8").match(/^.*from "[./]+\/index\.ts".*$/gm) ?? []);
  expect(importsOfIndex).not.toEqual([]);
  expect(importsOfIndex.filter((line) => !line.startsWith("import type "))).toEqual([]);
});

it("no file imports itself by way of others", () => {
  const targets = Map.groupBy(own, ({ file }) => file);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    if (done.has(file) || path.includes(file)) return;
    for (const { target } of targets.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of targets.keys()) visit(file, []);
  expect(circles).toEqual([]);
});

it("a forbidden import is found", () => {
  const imports = [
    { file: "codec/chunk.ts", target: "http/app.ts" },
    { file: "newcomer/file.ts", target: "recording/recording.ts" },
    { file: "recording/recording.ts", target: "errors.ts" },
    { file: "http/app.ts", target: "store/db.ts" },
  ];
  expect(findForbidden(imports, ROOMS, ["recording", "errors.ts"])).toEqual([
    "codec/chunk.ts -> http/app.ts",
    "newcomer/file.ts -> recording/recording.ts",
    "recording/recording.ts -> errors.ts",
  ]);
});

it("no two brakes count together, as those of one namespace_id do", () => {
  const ids = [...readFileSync("wrangler.toml", "utf8").matchAll(/^namespace_id = "(\d+)"$/gm)].map(([, id]) => id);
  expect(ids.length).toBe(7);
  expect(new Set(ids).size).toBe(ids.length);
});

it("the version is the package's", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
});
