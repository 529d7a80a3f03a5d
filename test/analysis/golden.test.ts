import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { GOLDEN_FILE, type Golden, listGoldenCases, readExcerpts } from "../support/golden.ts";

const cases = listGoldenCases(await readExcerpts());
const golden: Record<string, Golden> = JSON.parse(readFileSync(GOLDEN_FILE, "utf8"));

/** Relative: what another processor may round differently, and no change of a constant is as small as. */
const TOLERANCE = 1e-6;

it("has golden values of each case, and of no other", () => {
  expect(Object.keys(golden)).toEqual(cases.map(({ name }) => name));
});

it.each(cases)("measures what it did: $name", async ({ name, measure }) => {
  expect(differencesOf(await measure(), golden[name])).toEqual([]);
});

it.each<{ found: Golden; was: Golden; differences: string[] }>([
  { found: { types: "NNV" }, was: { types: "NNV" }, differences: [] },
  { found: { types: "NNV" }, was: { types: "NVV" }, differences: [".types: NNV, was NVV"] },
  { found: { times: "1 2 -" }, was: { times: "1 2.000001 -" }, differences: [] },
  {
    found: { times: "1 2 3" },
    was: { times: "1 2.00001 -" },
    differences: [".times 1: 2, was 2.00001", ".times 2: 3, was -"],
  },
  { found: { times: "1 2" }, was: { times: "1" }, differences: [".times 1: 2, was undefined"] },
  { found: { times: "1" }, was: { times: "1 2" }, differences: [".times 1: undefined, was 2"] },
  { found: { p: null }, was: { p: 0 }, differences: [".p: null, was 0"] },
  { found: { n: 100 }, was: { n: 101 }, differences: [".n: 100, was 101"] },
  { found: [{}], was: [{ a: 1 }], differences: [".0.a: undefined, was 1"] },
  { found: { a: [] }, was: { a: null }, differences: [".a: , was null"] },
])("tells $found from $was", ({ found, was, differences }) => {
  expect(differencesOf(found, was)).toEqual(differences);
});

/** Where two are not the same: all that is discrete to the letter, numbers within the tolerance. */
function differencesOf(found: Golden | undefined, was: Golden | undefined, path = ""): string[] {
  if (typeof found === "object" && found && typeof was === "object" && was) {
    const keys = new Set([...Object.keys(found), ...Object.keys(was)]);
    const [a, b] = [found, was] as Record<string, Golden>[];
    return [...keys].flatMap((key) => differencesOf(a[key], b[key], `${path}.${key}`));
  }
  if (typeof found === "string" && typeof was === "string" && `${found}${was}`.includes(" ")) {
    const [a, b] = [found.split(" "), was.split(" ")];
    const longer = a.length > b.length ? a : b;
    return longer.flatMap((_, i) => (isSame(a[i], b[i]) ? [] : [`${path} ${i}: ${a[i]}, was ${b[i]}`]));
  }
  return isSame(found, was) ? [] : [`${path}: ${found}, was ${was}`];
}

function isSame(found: Golden | undefined, was: Golden | undefined): boolean {
  if (found === was) return true;
  if (found === null || was === null || found === undefined || was === undefined) return false;
  return Math.abs(Number(found) - Number(was)) <= TOLERANCE * Math.abs(Number(was));
}
