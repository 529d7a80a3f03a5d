import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { isKeyLike, KEY_PATTERN, type KeyKind, newKey, parseKey, shownPrefixOf } from "../../src/auth/keys.ts";
import { runs } from "../support/runs.ts";

const ID = "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b";
const kinds = fc.constantFrom<KeyKind>("key", "share");

it("gives back the id and the hash of every key", () => {
  fc.assert(
    fc.property(kinds, fc.uuid(), (kind, id) => {
      const { key, keyHash } = newKey(kind, id);
      expect(parseKey(key)).toEqual({ keyId: id, keyHash });
      expect(key).toMatch(KEY_PATTERN);
      expect(key.startsWith(shownPrefixOf(kind, id))).toBe(true);
    }),
    { numRuns: runs(500) },
  );
});

it("has 32 random bytes, whose SHA-256 with the rest of the key is its hash", () => {
  const [one, other] = [newKey("key", ID), newKey("key", ID)];
  const secretOf = (key: string) => Buffer.from(key.slice(5, 69), "base64url").subarray(16);
  expect(secretOf(one.key)).toHaveLength(32);
  expect(secretOf(one.key)).not.toEqual(secretOf(other.key));
  expect(one.keyHash).toBe(createHash("sha256").update(one.key).digest("base64url"));
});

it.each([
  { kind: "key" as const, prefix: "ecgk_AZfToI9efDGbGj8NehwuS" },
  { kind: "share" as const, prefix: "ecgs_AZfToI9efDGbGj8NehwuS" },
])("shows how a $kind begins, which only its id decides", ({ kind, prefix }) => {
  expect(shownPrefixOf(kind, ID)).toBe(prefix);
});

it("refuses a key that was cut, went on or has another character somewhere", () => {
  const characters = fc.constantFrom(..."ABCXYZabcxyz0189-_.= \u00e9");
  fc.assert(
    fc.property(kinds, fc.nat(74), characters, (kind, at, character) => {
      const { key } = newKey(kind, ID);
      expect(parseKey(key.slice(0, at))).toBeUndefined();
      expect(parseKey(key + character)).toBeUndefined();
      const flipped = key.slice(0, at) + character + key.slice(at + 1);
      if (flipped !== key) expect(parseKey(flipped)).toBeUndefined();
    }),
    { numRuns: runs(500) },
  );
});

it.each([
  { token: "ecgk_", expected: true },
  { token: "ecgs_x", expected: true },
  { token: "eyJhbGciOiJIUzI1NiJ9.e30.x", expected: false },
  { token: "", expected: false },
])("tells a key from a token by its beginning: $token", ({ token, expected }) => {
  expect(isKeyLike(token)).toBe(expected);
  expect(parseKey(token)).toBeUndefined();
});
