import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ecgJson } from "../../src/formats/json/ecg-json.ts";
import { syntheticEcg } from "../support/synthetic-ecg.ts";

const recording = {
  ...syntheticEcg({ seconds: 2 }),
  recordedAt: Date.parse("2026-01-31T09:30:00Z"),
  subject: "P-0042",
};
let folder: string;
const path = (name: string) => join(folder, name);
/** With a cache, Node compiles the modules once and not at each call. */
const convert = (...args: string[]) =>
  spawnSync("node", ["src/cli/convert.ts", ...args], {
    encoding: "utf8",
    env: { ...process.env, NODE_COMPILE_CACHE: path("cache") },
  });
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
  { name: "nothing", args: () => [], error: /^npm run convert -- / },
  { name: "an unknown option", args: () => ["--x"], error: /--format ID/ },
  {
    name: "an output of no format",
    args: () => [path("in.json"), path("out.doc")],
    error: /^No format to write is known by \.doc\./,
  },
  { name: "a file that is not there", args: () => [path("no.edf"), path("out.json")], error: /ENOENT/ },
  {
    name: "no time zone",
    args: () => ["--timezone", "Mars", path("in.json"), path("x.edf")],
    error: /Mars is no IANA time zone/,
  },
  { name: "what is no recording", args: () => ["package.json", path("x.edf")], error: /not valid/ },
])("says what is wrong with $name", ({ args, error }) => {
  const { status, stderr } = convert(...args());
  expect([status, stderr]).toEqual([1, expect.stringMatching(error)]);
});
