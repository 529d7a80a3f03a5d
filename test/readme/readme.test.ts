/**
 * `npm run test:readme`: runs the README's snippets as a reader would, in their order, in a copy of the project with a database
 * of its own. A command that fails, an answer that is an HTTP error, and a type that is wrong fail. Packages that the snippets
 * install come from npm and PyPI.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { findPort } from "../support/server.ts";

type Snippet = { language: string; code: string; line: number; section: string };

const LANGUAGES = ["sh", "python", "ts"];
/** What the README says of the address; the snippets are run with the copy's. */
const README_ADDRESS = "localhost:8787";
/** The section whose snippets take python3 with venv. */
const PYTHON_SECTION = "From Python";
/** Not copied: the packages, which are linked, and what a run of one's own has left. */
const LEFT_OUT = ["node_modules", ".git", ".wrangler", ".dev.vars", "dist"];
/** Installing Python's packages takes most of it. */
const SNIPPET_MS = 10 * 60_000;

/** How a program in TypeScript is checked: in the project by its options, and elsewhere by these. */
const IN_PROJECT = { extends: "./tsconfig.json", include: ["client.ts", "src/env.d.ts"] };
const ALONE = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    target: "es2024",
    module: "esnext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    types: ["node"],
  },
};

/** Shell variables and the folder go from one snippet to the next. HTTP errors are failures, which plain curl does not take for any. */
const PRELUDE = `
set -aeo pipefail
curl() { command curl --fail-with-body --show-error "$@"; }
if [ -f "$STATE/variables" ]; then . "$STATE/variables"; fi
cd "$(cat "$STATE/folder")"
`;
const EPILOGUE = `
export -p > "$STATE/variables"
pwd > "$STATE/folder"
`;

const README = readFileSync("README.md", "utf8");
const snippets = readSnippets(README);
const hasPython = spawnSync("python3", ["-c", "import ensurepip, venv"]).status === 0;

// Past Vitest, which shows what is logged of failures alone.
if (!hasPython) writeSync(2, `Not run: the snippets of "${PYTHON_SECTION}". python3 with venv is not here.\n`);

let scratch: string;
let server: ChildProcess;
let address: string;

beforeAll(async () => {
  scratch = mkdtempSync(join(realpathSync(tmpdir()), "readme-test-"));
  const copy = join(scratch, "ecg-api");
  cpSync(".", copy, { recursive: true, filter: (path) => !LEFT_OUT.includes(path) });
  symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
  mkdirSync(join(scratch, "state"));
  writeFileSync(join(scratch, "state/folder"), copy);

  const port = String(await findPort());
  address = `localhost:${port}`;
  // A group of its own, which is stopped as one. Vitest's NODE_ENV would make another server of it.
  server = spawn("npm", ["start", "--", "--port", port], {
    cwd: copy,
    detached: true,
    env: { ...process.env, NODE_ENV: undefined },
    stdio: "ignore",
  });
  const answers = async () => {
    expect((await fetch(`http://${address}/health`)).status).toBe(200);
  };
  await vi.waitFor(answers, { timeout: 120_000, interval: 250 });
}, 180_000);

afterAll(() => {
  if (server?.pid !== undefined && server.exitCode === null) process.kill(-server.pid, "SIGKILL");
  rmSync(scratch, { recursive: true, force: true });
});

it("has snippets of every language", () => {
  expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(LANGUAGES));
  expect(snippets.map(({ section }) => section)).toContain(PYTHON_SECTION);
});

it.each(globSync("{,src/**/,test/**/}README.md"))("links to files that are there: %s", (page) => {
  const text = readFileSync(page, "utf8");
  const links = Array.from(text.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, link]) => join(dirname(page), link));
  expect(links.filter((path) => !existsSync(path))).toEqual([]);
});

it("names files and folders that are there", () => {
  const paths = Array.from(README.matchAll(/`((?:src|test)\/[\w/.-]+)`/g), ([, path]) => path);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

for (const snippet of snippets) {
  const isLacking = snippet.section === PYTHON_SECTION && !hasPython;
  it.skipIf(isLacking)(
    `line ${snippet.line}, ${snippet.section}: ${snippet.language}`,
    () => {
      const { status, output } = run(snippet);
      expect(status, output).toBe(0);
    },
    SNIPPET_MS,
  );
}

function run(snippet: Snippet): { status: number | null; output: string } {
  const state = join(scratch, "state");
  const script = `${PRELUDE}${toShell(snippet, readFileSync(join(state, "folder"), "utf8").trim())}${EPILOGUE}`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], {
    env: { ...process.env, NODE_ENV: undefined, STATE: state },
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

/** What runs a snippet in the shell. Programs are files, in which lines have their numbers of the README. */
function toShell({ language, code, line }: Snippet, folder: string): string {
  const here = code.replaceAll(README_ADDRESS, address);
  const numbered = "\n".repeat(line) + here;
  if (language === "python") {
    const program = join(scratch, "README.py");
    writeFileSync(program, numbered);
    return `python ${program}`;
  }
  if (language === "ts") {
    writeFileSync(join(folder, "client.ts"), numbered);
    const isProject = existsSync(join(folder, "tsconfig.json"));
    writeFileSync(join(folder, "tsconfig.client.json"), JSON.stringify(isProject ? IN_PROJECT : ALONE));
    // Two lines: of `a && b` the shell goes on when `a` fails.
    return "npx tsc -p tsconfig.client.json\nnode client.ts";
  }
  return here;
}

/** The fenced blocks of the languages that are run, but for those below a comment that says why one is not run. */
function readSnippets(readme: string): Snippet[] {
  const found: Snippet[] = [];
  let section = "";
  const headingOrFence =
    /^#+ (?<heading>.+)$|^(?<reason><!-- not run: .+ -->\n)?```(?<language>\w*)\n(?<code>[\s\S]*?)^```$/gm;
  for (const { index, groups: { heading, reason = "", language, code } = {} } of readme.matchAll(headingOrFence)) {
    if (heading !== undefined) section = heading;
    else if (reason === "" && LANGUAGES.includes(language)) {
      found.push({ language, code, section, line: readme.slice(0, index).split("\n").length });
    }
  }
  return found;
}
