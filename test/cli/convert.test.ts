import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const recording = {
  ...syntheticEcg({ seconds: 2 }),
  recordedAt: Date.parse("2026-01-31T09:30:00Z"),
  subject: "P-0042",
};
let folder: string;
const path = (name: string) => join(folder, name);
const convert = (...args: string[]) => spawnSync("node", ["src/cli/convert.ts", ...args], { encoding: "utf8" });
const readJson = (name: string) => ecgJson.read(readFileSync(path(name)));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "convert-test-"));
  writeFileSync(path("in.json"), ecgJson.write(recording));
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each(["out.edf", "out.dcm", "out.scp", "out.aecg.xml", "out.fhir.json", "out.zip"])(
  "converts to %s and back",
  (name) => {
    expect(convert(path("in.json"), path(name))).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(convert(path(name), path("back.json")).status).toBe(0);
    expect(readJson("back.json")).toMatchObject({
      recordedAt: recording.recordedAt,
      subject: null,
      leads: recording.leads,
    });
  },
);

it("writes WFDB's files beside one another, in a new folder", () => {
  expect(convert(path("in.json"), path("new/record.hea")).status).toBe(0);
  expect(["hea", "dat"].map((extension) => existsSync(path(`new/record.${extension}`)))).toEqual([true, true]);
  expect(convert(path("new/record.dat"), path("new/record.hea"), path("back.json")).status).toBe(0);
  expect(readJson("back.json").leads).toEqual(recording.leads);
});

it("writes nothing over what it converts, by whatever name", () => {
  const given = readFileSync(path("in.json"));
  symlinkSync(path("in.json"), path("same.json"));
  for (const name of ["in.json", "same.json"]) {
    const { status, stderr } = convert("--leads", "II", path("in.json"), path(name));
    expect([status, stderr]).toEqual([1, expect.stringContaining(`${path(name)} is what is converted`)]);
  }
  expect(convert("--force", "--to", "json", path("in.json"), folder).status).toBe(1);
  expect(readFileSync(path("in.json"))).toEqual(given);
});

it("keeps who it is of when it is told to", () => {
  expect(convert(path("in.json"), path("named.edf")).status).toBe(0);
  expect(convert("--keep-subject", path("named.edf"), path("named.json")).status).toBe(0);
  expect(readJson("named.json").subject).toBe("P-0042");
});

it("takes the leads that are named, and the format", () => {
  expect(convert("--leads", "V1,II", "--format", "csv", path("in.json"), path("two.txt")).status).toBe(0);
  expect(readFileSync(path("two.txt"), "utf8").split(/\r?\n/, 1)[0]).toBe("time,V1,II");
});

it.each([
  { name: "nothing", args: () => [], status: 2, error: /^npm run convert -- / },
  { name: "an unknown option", args: () => ["--x"], status: 2, error: /--format ID/ },
  {
    name: "an output of no format",
    args: () => [path("in.json"), path("out.doc")],
    status: 2,
    error: /^No format to write is known by \.doc\./,
  },
  {
    name: "the standard output",
    args: () => ["--format", "edf", path("in.json"), "-"],
    status: 2,
    error: /^Files are read and written by their names: - is none\.$/m,
  },
  {
    name: "an output that is a folder",
    args: () => ["--format", "edf", path("in.json"), folder],
    status: 2,
    error: /is a folder: --to says the format of the files in it\.$/m,
  },
  {
    name: "a folder that is a file",
    args: () => ["--to", "edf", path("in.json"), path("in.json")],
    status: 2,
    error: /in\.json is no folder\.$/m,
  },
  {
    name: "an unknown format of a folder",
    args: () => ["--to", "doc", path("in.json"), path("x")],
    status: 2,
    error: /^No format to write is known by doc\./,
  },
  {
    name: "no sampling rate",
    args: () => ["--sampling-rate", "fast", path("in.json"), path("x.edf")],
    status: 2,
    error: /^--sampling-rate is a number of more than 0, not fast\.$/m,
  },
  {
    name: "an input that is a folder",
    args: () => [folder, path("x.edf")],
    status: 1,
    error: /is a folder: give the files in it\.$/m,
  },
  { name: "a file that is not there", args: () => [path("no.edf"), path("out.json")], status: 1, error: /ENOENT/ },
  {
    name: "no time zone",
    args: () => ["--timezone", "Mars", path("in.json"), path("x.edf")],
    status: 2,
    error: /Mars is no IANA time zone/,
  },
  { name: "what is no recording", args: () => ["package.json", path("x.edf")], status: 1, error: /not valid/ },
  {
    name: "what nobody knows",
    args: () => ["LICENSE.pdf", "README.md"].map((name) => path(name)).concat(path("x.edf")),
    status: 1,
    error:
      /LICENSE\.pdf: No ECG is recognised: LICENSE\.pdf is a PDF; README\.md is text that begins "# Read me"\. What is read: json, .* and csv\.$/m,
  },
])("says what is wrong with $name", ({ args, status: expected, error }) => {
  writeFileSync(path("LICENSE.pdf"), "%PDF-1.7");
  writeFileSync(path("README.md"), "# Read me\n");
  const { status, stderr } = convert(...args());
  expect([status, stderr]).toEqual([expected, expect.stringMatching(error)]);
  expect(readdirSync(folder).filter((name) => name.startsWith("x") || name.endsWith(".part"))).toEqual([]);
});

it("tells what is not kept, a line each, and the option that keeps it", () => {
  expect(convert(path("in.json"), path("told.edf")).status).toBe(0);
  const { status, stdout, stderr } = convert(path("told.edf"), path("told.json"));
  const note = "The file says who it is of: that is not kept without --keep-subject.";
  expect([status, stdout, stderr.split("\n")]).toEqual([0, "", [`${path("told.edf")}: ${note}`, ""]]);
});

it("sends no control characters of a file's name to the terminal", () => {
  writeFileSync(path("x\u001b[2J.zzz"), "x");
  const { status, stderr } = convert("--to", "edf", path("x\u001b[2J.zzz"), path("never"));
  rmSync(path("x\u001b[2J.zzz"));
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^[^\p{Cc}]*x \[2J\.zzz: [^\p{Cc}]*\n$/u)]);
});

it("writes over a file as it is told to, and through a link", () => {
  writeFileSync(path("old.edf"), "old");
  symlinkSync(path("old.edf"), path("link.edf"));
  expect(convert(path("in.json"), path("link.edf")).status).toBe(0);
  expect(lstatSync(path("link.edf")).isSymbolicLink()).toBe(true);
  expect(readFileSync(path("old.edf")).subarray(0, 8).toString()).toBe("0       ");
});

it("writes into a pipe", () => {
  const command = 'node src/cli/convert.ts --format csv "$0" /dev/stdout | cat';
  const { stdout, stderr } = spawnSync("sh", ["-c", command, path("in.json")], { encoding: "utf8" });
  expect([stdout.split(/\r?\n/, 1)[0], stderr]).toEqual([expect.stringMatching(/^time,/), ""]);
});

it("leaves nothing of a file that could not be written to its end, and what was there before", () => {
  writeFileSync(path("whole.json"), "mine");
  // No file may have more than 8 blocks of 512 bytes.
  const command = 'ulimit -f 8; exec node src/cli/convert.ts "$0" "$1"';
  const { status, stderr } = spawnSync("sh", ["-c", command, path("in.json"), path("whole.json")], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([1, expect.stringContaining(`${path("in.json")}: EFBIG`)]);
  expect(readFileSync(path("whole.json"), "utf8")).toBe("mine");
  expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
});

describe("into a folder", () => {
  /** Makes a folder of the files of WFDB's records `one` and `two`, `three.json`, `four.zip` and `five.fhir.json`. */
  const newInputs = (name: string) => {
    mkdirSync(path(name));
    for (const file of ["one.hea", "two.hea", "four.zip", "five.fhir.json"]) {
      expect(convert(path("in.json"), path(`${name}/${file}`)).status).toBe(0);
    }
    writeFileSync(path(`${name}/three.json`), readFileSync(path("in.json")));
    return readdirSync(path(name)).map((file) => path(`${name}/${file}`));
  };
  let inputs: string[];
  beforeAll(() => {
    inputs = newInputs("inputs");
  });

  it("makes one file of each recording", () => {
    const { status, stderr } = convert("--to", "json", ...inputs, path("out/all"));
    expect([status, readdirSync(path("out/all")).sort()]).toEqual([
      0,
      ["five.json", "four.json", "one.json", "three.json", "two.json"],
    ]);
    // WFDB's header and FHIR's Observation say who it is of.
    expect(
      stderr
        .split("\n")
        .map((line) => line.replace(/: .*/, ""))
        .sort(),
    ).toEqual(
      ["", ...["five.fhir.json", "four.zip", "one.hea", "two.hea"].map((name) => path(`inputs/${name}`))].sort(),
    );
    for (const name of readdirSync(path("out/all"))) {
      expect(readJson(`out/all/${name}`).leads).toEqual(recording.leads);
    }
  });

  it("writes WFDB's files beside one another, by the names of the recordings", () => {
    const odd = path("inputs-odd name.json");
    writeFileSync(odd, readFileSync(path("in.json")));
    expect(convert("--to", "wfdb", odd, path("inputs/three.json"), path("out/wfdb"))).toMatchObject({ status: 0 });
    expect(readdirSync(path("out/wfdb")).sort()).toEqual([
      "inputs-odd_name.dat",
      "inputs-odd_name.hea",
      "three.dat",
      "three.hea",
    ]);
  });

  it("says in a line what fails, leaves no trace of it, and converts the others", () => {
    writeFileSync(path("broken.edf"), "0       x");
    writeFileSync(path("empty.edf"), "");
    const args = [
      path("broken.edf"),
      path("inputs/one.hea"),
      path("empty.edf"),
      path("no.edf"),
      path("inputs/three.json"),
    ];
    const { status, stderr } = convert("--to", "csv", ...args, path("out/some"));
    expect([status, readdirSync(path("out/some"))]).toEqual([1, ["three.csv"]]);
    expect(stderr.split("\n")).toEqual([
      expect.stringContaining(`${path("broken.edf")}: The file cannot be read`),
      `${path("inputs/one.hea")}: The file cannot be read: one.dat is missing, and the header names it.`,
      `${path("empty.edf")}: empty.edf is empty.`,
      expect.stringContaining(`${path("no.edf")}: ENOENT`),
      "",
    ]);
  });

  it("leaves what is there as it is, unless it is told to overwrite it", () => {
    mkdirSync(path("out/there"), { recursive: true });
    writeFileSync(path("out/there/three.csv"), "mine");
    const args = ["--to", "csv", path("inputs/three.json"), path("inputs/five.fhir.json"), path("out/there")];
    const { status, stderr } = convert(...args);
    expect([status, readFileSync(path("out/there/three.csv"), "utf8"), existsSync(path("out/there/five.csv"))]).toEqual(
      [1, "mine", true],
    );
    expect(stderr).toContain(
      `${path("inputs/three.json")}: ${path("out/there/three.csv")} is there: --force overwrites it.`,
    );
    expect(convert("--force", ...args).status).toBe(0);
    expect(readFileSync(path("out/there/three.csv"), "utf8")).toMatch(/^time,/);
  });

  it("leaves the other file of a WFDB record as it is, and writes no header without it", () => {
    mkdirSync(path("out/half"), { recursive: true });
    writeFileSync(path("out/half/three.dat"), "mine");
    expect(convert("--to", "wfdb", path("inputs/three.json"), path("out/half")).status).toBe(1);
    expect([readdirSync(path("out/half")), readFileSync(path("out/half/three.dat"), "utf8")]).toEqual([
      ["three.dat"],
      "mine",
    ]);
  });

  it("refuses two recordings that would become one file, before anything is written", () => {
    mkdirSync(path("more"));
    writeFileSync(path("more/THREE.json"), readFileSync(path("in.json")));
    const args = [path("inputs/four.zip"), path("inputs/three.json"), path("more/THREE.json"), path("out/none")];
    const { status, stderr } = convert("--to", "edf", ...args);
    expect([status, stderr]).toEqual([
      2,
      `${args[1]} and ${args[2]} would both become ${path("out/none/THREE.edf")}.\n`,
    ]);
    expect(existsSync(path("out/none"))).toBe(false);
  });
});
