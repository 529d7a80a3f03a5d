import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { groupPaths, stemOf } from "../../src/cli/recordings.ts";

let folder: string;
const path = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "recordings-test-"));
  mkdirSync(path("b"));
  writeFileSync(path("one.hea"), "one 2 100 1\nOne_a.dat 16\none_b.dat 16\n");
  writeFileSync(path("b/one.hea"), "one 1 100 1\none.dat 16\n");
  writeFileSync(path("parts.hea"), "parts/2 1 100 2\np1 1\np2 1\n");
  writeFileSync(path("p1.hea"), "p1 1 100 1\np1.dat 16\n");
  writeFileSync(path("p2.hea"), "p2 1 100 1\nshared.dat 16\n");
  writeFileSync(path("bad.hea"), "?");
});
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  { name: "files of other formats", files: ["a.edf", "b.zip", "c.json"], groups: [["a.edf"], ["b.zip"], ["c.json"]] },
  {
    name: "a record with the files that its header names, in any case, and its annotators",
    files: ["one_a.dat", "one.atr", "a.edf", "one.hea", "one.ecg", "one_b.dat", "two.dat"],
    groups: [["a.edf"], ["one.hea", "one_a.dat", "one_b.dat", "one.atr", "one.ecg"], ["two.dat"]],
  },
  {
    name: "records of one name in two folders",
    files: ["one.hea", "b/one.hea", "b/one.dat", "one_a.dat", "b/one_b.dat"],
    groups: [["one.hea", "one_a.dat"], ["b/one.hea", "b/one.dat"], ["b/one_b.dat"]],
  },
  {
    name: "a record of segments",
    files: ["p1.dat", "p1.hea", "p2.hea", "parts.hea", "shared.dat", "p2.atr"],
    groups: [["parts.hea", "p1.hea", "p2.hea", "p1.dat", "shared.dat", "p2.atr"]],
  },
  {
    name: "a record beside another recording of its name",
    files: ["one.hea", "one.edf"],
    groups: [["one.hea"], ["one.edf"]],
  },
  {
    name: "headers that cannot be read or are not there",
    files: ["bad.hea", "bad.dat", "none.hea", "none.dat"],
    groups: [
      ["bad.hea", "bad.dat"],
      ["none.hea", "none.dat"],
    ],
  },
])("sorts $name", ({ files, groups }) => {
  expect(groupPaths(files.map(path))).toEqual(groups.map((group) => group.map(path)));
});

it.each([
  ["a/ecg.edf", "ecg"],
  ["ecg.FHIR.json", "ecg"],
  ["ecg.edf.gz", "ecg"],
  ["ecg.v2.csv", "ecg.v2"],
  ["ecg.unknown", "ecg"],
  ["ecg", "ecg"],
  [".edf", ".edf"],
  [".gz", ".gz"],
])("takes what becomes of %s to be called %s", (file, stem) => {
  expect(stemOf(file)).toBe(stem);
});
