import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { addSecret } from "../../src/cli/dev-vars.ts";

const EXAMPLE = readFileSync(".dev.vars.example", "utf8");

it.each([
  { name: "no file", text: undefined, added: /^TOKEN_SECRET=[\da-f]{64}\n$/ },
  { name: "a copy of the example", text: EXAMPLE, added: /^#.*\nTOKEN_SECRET=[\da-f]{64}\n$/ },
])("adds a random secret to $name", ({ text, added }) => {
  expect(addSecret(text)).toMatch(added);
  expect(addSecret(text)).not.toBe(addSecret(text));
});

it("leaves a secret that is there", () => {
  expect(addSecret("TOKEN_SECRET=mine\nTOKEN_SECRET_NEXT=\n")).toBeUndefined();
});
