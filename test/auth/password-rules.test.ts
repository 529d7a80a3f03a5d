import { expect, it } from "vitest";
import { findPasswordFault, readMinPasswordLength } from "../../src/auth/password-rules.ts";

const ADA = { username: "ada", email: "ada.lovelace@example.org" };

it.each([
  { password: "correct horse battery", minLength: 12 },
  { password: "p\u00e4ssw\u00f6rd \u{1f600} hoch", minLength: 12 },
  { password: "0123 5678 1234", minLength: 12 },
  { password: "xkcd-936", minLength: 8 },
  { password: "adamant canals", minLength: 12 },
  { password: "ada: 7 pears, 3 figs", minLength: 12 },
  { password: "ada-ada-pears378", minLength: 12 },
  { password: "\u79c1\u306e\u5fc3\u81d3\u306f\u4e00\u5206\u306b\u516d\u5341\u56de\u6253\u3064", minLength: 12 },
])("takes $password", ({ password, minLength }) => {
  expect(findPasswordFault(password, minLength, ADA)).toBeUndefined();
});

it("takes a name of two letters for none, which are in many words", () => {
  expect(findPasswordFault("alive walrus", 12, { username: "al", email: "al@example.org" })).toBeUndefined();
});

it.each([
  { name: "seven letters and digits beside a name", password: "ada-ada-pears37", fault: "made of the username" },
  { name: "11 characters", password: "correct hor", fault: "has fewer than 12 characters" },
  { name: "11 characters of two code units", password: "\u{1f600}".repeat(11), fault: "has fewer than 12 characters" },
  { name: "11 characters, decomposed", password: "e\u0308".repeat(11), fault: "has fewer than 12 characters" },
  { name: "a common one", password: "administrator", fault: "most common" },
  { name: "a common one in capitals", password: "ADMINISTRATOR", fault: "most common" },
  { name: "a wide common one", password: "\uff41dministrator", fault: "most common" },
  { name: "digits in a row", password: "123456789012", fault: "most common" },
  { name: "one character alone", password: "zzzzzzzzzzzz", fault: "repeats a few" },
  { name: "three characters again and again", password: "7x!7x!7x!7x!", fault: "repeats a few" },
  { name: "a common one with digits behind it", password: "Password1234", fault: "most common" },
  { name: "a common one with signs around it", password: "!!!letmein2026!!!", fault: "most common" },
  { name: "a common one twice", password: "dragondragon", fault: "most common" },
  { name: "a common one twice with a space between", password: "password password", fault: "most common" },
  { name: "a common one with signs in it", password: "let.me.in 1234", fault: "most common" },
  { name: "the user's name", password: "ada-ada-ada-1815", fault: "made of the username" },
  { name: "the e-mail address", password: "Ada.Lovelace@example.org", fault: "made of the username" },
  { name: "the local part of the e-mail address", password: "AdaLovelace#1", fault: "made of the username" },
  { name: "the name of the service", password: "ECG API ecg-api 1", fault: "made of the username" },
  { name: "all of them", password: "ada's ecg api 2026", fault: "made of the username" },
])("refuses $name", ({ password, fault }) => {
  expect(findPasswordFault(password, 12, ADA)).toContain(fault);
});

it.each([
  { configured: undefined, length: 12 },
  { configured: "", length: 12 },
  { configured: "8", length: 8 },
  { configured: "128", length: 128 },
])("reads the minimum $configured as $length", ({ configured, length }) => {
  expect(readMinPasswordLength(configured)).toBe(length);
});

it.each(["7", "129", "12.5", "twelve", "-12"])("throws on the minimum %s", (configured) => {
  expect(() => readMinPasswordLength(configured)).toThrow("MIN_PASSWORD_LENGTH must be from 8 to 128");
});
