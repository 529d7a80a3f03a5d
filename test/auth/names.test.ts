import fc from "fast-check";
import { expect, it } from "vitest";
import { findNameFault, foldName, lookOfName, normalizeName } from "../../src/auth/names.ts";
import { runs } from "../support/runs.ts";

it.each([
  // Among the examples of RFC 8265, section 3.5.
  { name: "juliet@example.com" },
  { name: "fussball" },
  { name: "fu\u00dfball" },
  { name: "\u03c0" },
  { name: "\u03a3" },
  { name: "\u03c3" },
  { name: "\u03c2" },
  // What service and device accounts are called.
  { name: "ada" },
  { name: "BEGIN TRANSACTION; o'ad\"min; COMMIT; --" },
  { name: "ward-3/holter_07+spare#1" },
  { name: "Zo\u00eb" },
  { name: "Ada  Lovelace" },
  { name: "\u0627\u0644\u0627\u0633\u0645" },
  { name: "\u5f20\u4f1f" },
  { name: "\u30d5\u30fb\u30a2" },
  { name: "\u05d0\u05d1\u05d2 7" },
  { name: "\u0939\u093f\u0928\u094d\u0926\u0940" },
  { name: "\u05d2\u05f3\u05d5\u05df" },
  { name: "col\u00b7lega" },
  { name: "\u0661\u0662\u0663" },
  { name: "\u{20000}" },
  { name: "x".repeat(64) },
])("takes $name as it is", ({ name }) => {
  expect([normalizeName(name), findNameFault(name)]).toEqual([name, undefined]);
});

it.each([
  { name: "\uff21\uff44\uff41", normal: "Ada" },
  { name: "\uff76\uff9e", normal: "\u30ac" },
  { name: "Ada\u3000Lovelace", normal: "Ada Lovelace" },
  { name: "Zoe\u0308", normal: "Zo\u00eb" },
  { name: "\u212bngstrom", normal: "\u00c5ngstrom" },
])("takes $name as $normal", ({ name, normal }) => {
  expect([normalizeName(name), findNameFault(normal)]).toEqual([normal, undefined]);
});

it.each([
  // Among the examples of RFC 8265, section 3.5.
  { name: "", fault: "is empty" },
  { name: "henry\u2163", fault: "has U+2163," },
  { name: "\u221e", fault: "has U+221E," },
  // By its rules.
  { name: " ", fault: "has a space at an end" },
  { name: " ada", fault: "has a space at an end" },
  { name: "ada ", fault: "has a space at an end" },
  { name: "ada\n", fault: "has a space at an end" },
  { name: "a\u00a0b", fault: "has U+00A0," },
  { name: "a\u200bb", fault: "has U+200B," },
  { name: "a\u200db", fault: "has U+200D," },
  { name: "a\u00adb", fault: "has U+00AD," },
  { name: "a\u3164b", fault: "has U+3164," },
  { name: "a\u202eb", fault: "has U+202E," },
  { name: "a\u2066b", fault: "has U+2066," },
  { name: "a\u0000b", fault: "has U+0000," },
  { name: "a\tb", fault: "has U+0009," },
  { name: "a\u0085b", fault: "has U+0085," },
  { name: "a\ud800b", fault: "has U+D800," },
  { name: "a\ue000b", fault: "has U+E000," },
  { name: "a\u0378b", fault: "has U+0378," },
  { name: "a\ufffeb", fault: "has U+FFFE," },
  { name: "\u1100\u1161\u1100", fault: "has U+1100," },
  { name: "\u0645\u0640\u0645", fault: "has U+0640," },
  { name: "\u{1d41a}da", fault: "has U+1D41A," },
  { name: "\ufb01n", fault: "has U+FB01," },
  { name: "\u{1f600}", fault: "has U+1F600," },
  { name: "ada \u0301", fault: "begins with a combining mark" },
  { name: "\u0301ada", fault: "begins with a combining mark" },
  { name: "a\u00b7b", fault: "does not belong" },
  { name: "\u0375a", fault: "does not belong" },
  { name: "a\u05f3", fault: "does not belong" },
  { name: "a\u30fbb", fault: "does not belong" },
  { name: "\u0661\u06f1", fault: "does not belong" },
  { name: "1\u05d0", fault: "both directions" },
  { name: "ada 1\u05d0", fault: "both directions" },
  { name: "\u05d0.", fault: "both directions" },
  { name: "\u05d0x\u05d0", fault: "both directions" },
  { name: "\u06271\u0661", fault: "both directions" },
  { name: "\u0430dmin", fault: "several alphabets" },
  { name: "ADMI\u039d", fault: "several alphabets" },
  { name: "x".repeat(65), fault: "more than 64" },
])("refuses $name: $fault", ({ name, fault }) => {
  expect(findNameFault(normalizeName(name))).toContain(fault);
});

it.each([
  { one: "admin", other: "ADMIN" },
  { one: "admin", other: "\uff41dmin" },
  { one: "admin", other: "\u0430dmin" },
  { one: "admin", other: "adm\u0456n" },
  { one: "admin", other: "ad\u200bmin" },
  { one: "admin", other: "adrnin" },
  { one: "admin", other: " admin " },
  { one: "admin", other: "\u{1d41a}dmin" },
  { one: "admin", other: "adm\u0131n" },
  { one: "Zo\u00eb", other: "Zoe\u0308" },
  { one: "TOM", other: "\u0422\u041e\u041c" },
  { one: "pay", other: "\u0440\u0430\u0443" },
  { one: "bob", other: "\u042c\u041e\u042c" },
  { one: "ward 3", other: "ward \u0417" },
  { one: "ward-1", other: "ward-l" },
  { one: "r00t", other: "root" },
  { one: "fu\u00dfball", other: "FUSSBALL" },
  { one: "\u03c3\u03c2", other: "\u03a3\u03a3" },
  { one: "Ada Lovelace", other: "ada  lovelace" },
])("$one looks the same as $other", ({ one, other }) => {
  expect(lookOfName(other)).toBe(lookOfName(one));
});

it.each([
  { one: "ada", other: "adam" },
  { one: "Zo\u00eb", other: "Zoe" },
  { one: "ward-1", other: "ward-2" },
  { one: "ward-1", other: "ward-7" },
  { one: "\u0430\u043d\u043d\u0430", other: "anna" },
  { one: "\u5f20\u4f1f", other: "\u5f20\u4f2f" },
  { one: "a b", other: "ab" },
])("$one does not look the same as $other", ({ one, other }) => {
  expect(lookOfName(other)).not.toBe(lookOfName(one));
});

/** Texts of letters, marks and digits of many scripts, some of them wide, composed or look-alikes. */
const names = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ..."aim1lO0 -@\u00eb\u0308\u0430\u0456\u0422\u03c3\u03c2\u03a3\u00df\u0130\u0131\uff21\u0345\u1fb4\uac00\u05d0",
    ),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
});

it("maps a name that is mapped already to itself", () => {
  fc.assert(
    fc.property(names, (name) => {
      const normal = normalizeName(name);
      expect(normalizeName(normal)).toBe(normal);
      expect(findNameFault(normalizeName(normal.normalize("NFD")))).toBe(findNameFault(normal));
    }),
    { numRuns: runs(2000) },
  );
});

it("folds each letter, its capital and its small letter alike", () => {
  const letters = Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code));
  const cased = letters.filter((char) => char.toLowerCase() !== char.toUpperCase());
  const unlike = cased.filter((char) => {
    const folds = [char, char.toLowerCase(), char.toUpperCase()].map(foldName);
    return folds.some((fold) => fold !== folds[0]);
  });
  expect(cased.length).toBeGreaterThan(2500);
  expect(unlike).toEqual([]);
});

it("gives all spellings of a name one fold and one look", () => {
  fc.assert(
    fc.property(names, (name) => {
      const normal = normalizeName(name);
      fc.pre(findNameFault(normal) === undefined);
      for (const spelling of [name, normal, normal.normalize("NFD"), normal.toUpperCase(), normal.toLowerCase()]) {
        expect([foldName(spelling), lookOfName(spelling)]).toEqual([foldName(normal), lookOfName(normal)]);
      }
    }),
    { numRuns: runs(2000) },
  );
});
