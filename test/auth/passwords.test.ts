import { scryptSync } from "node:crypto";
import { expect, it } from "vitest";
import { hashPassword, NOBODYS_HASH, verifyPassword } from "../../src/auth/passwords.ts";

const SALT = "c2l4dGVlbiBieXRlcyEh";

/** A PHC string made without the code under test. */
function phc(password: string, ln: number, r: number, p: number, bytes = 32): string {
  const hash = scryptSync(password, Buffer.from(SALT, "base64"), bytes, { N: 2 ** ln, r, p, maxmem: 2 ** 28 });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${SALT}$${hash.toString("base64").replaceAll("=", "")}`;
}

it.each(["correct horse battery", "        ", "p\u00e4ssw\u00f6rd \u{1f600}", "x".repeat(128)])(
  "knows %j again",
  async (password) => {
    expect(await verifyPassword(password, await hashPassword(password))).toBe(true);
  },
);

it.each([
  { name: "another password", password: "correct horse batterz" },
  { name: "another case", password: "Correct horse battery" },
  { name: "a space too many", password: "correct horse battery " },
  { name: "its beginning", password: "correct horse" },
  { name: "nothing", password: "" },
])("does not take $name for the password", async ({ password }) => {
  expect(await verifyPassword(password, phc("correct horse battery", 4, 8, 1))).toBe(false);
});

it("gives a PHC string with its cost, 16 bytes of salt and 32 of hash", async () => {
  expect(await hashPassword("correct horse battery")).toMatch(
    /^\$scrypt\$ln=14,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  );
});

it("gives the hash that node:crypto gives for its salt", async () => {
  const [salt, hash] = (await hashPassword("correct horse battery")).split("$").slice(3);
  const expected = scryptSync("correct horse battery", Buffer.from(salt, "base64"), 32, { N: 16384, r: 8, p: 5 });
  expect(Buffer.from(hash, "base64")).toEqual(expected);
});

it("gives another salt and another hash each time", async () => {
  const phcs = await Promise.all([1, 2, 3].map(() => hashPassword("correct horse battery")));
  expect(new Set(phcs.map((phc) => phc.split("$")[3])).size).toBe(3);
  expect(new Set(phcs.map((phc) => phc.split("$")[4])).size).toBe(3);
});

it.each([
  { ln: 1, r: 1, p: 1 },
  { ln: 4, r: 8, p: 1 },
  { ln: 10, r: 8, p: 16 },
  { ln: 14, r: 8, p: 1 },
  { ln: 15, r: 8, p: 3 },
  { ln: 16, r: 8, p: 1 },
  { ln: 15, r: 16, p: 1 },
])("obeys a hash of its own cost: ln=$ln, r=$r, p=$p", async ({ ln, r, p }) => {
  const hash = phc("correct horse battery", ln, r, p);
  expect(await verifyPassword("correct horse battery", hash)).toBe(true);
  expect(await verifyPassword("correct horse batterz", hash)).toBe(false);
});

it.each([16, 32, 64])("obeys a hash of %i bytes", async (bytes) => {
  const hash = phc("correct horse battery", 4, 1, 1, bytes);
  expect(await verifyPassword("correct horse battery", hash)).toBe(true);
  expect(await verifyPassword("correct horse batterz", hash)).toBe(false);
});

it("does not take the same hash at another cost", async () => {
  const hash = phc("correct horse battery", 4, 8, 1);
  expect(await verifyPassword("correct horse battery", hash.replace("ln=4", "ln=5"))).toBe(false);
  expect(await verifyPassword("correct horse battery", hash.replace("r=8", "r=4"))).toBe(false);
  expect(await verifyPassword("correct horse battery", hash.replace("p=1", "p=2"))).toBe(false);
});

it("agrees with the third vector of RFC 7914, section 12", async () => {
  const hash = Buffer.from(
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
      "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
    "hex",
  );
  const salt = Buffer.from("SodiumChloride").toString("base64").replaceAll("=", "");
  const string = `$scrypt$ln=14,r=8,p=1$${salt}$${hash.toString("base64").replaceAll("=", "")}`;
  expect(await verifyPassword("pleaseletmein", string)).toBe(true);
  expect(await verifyPassword("pleaseletmeout", string)).toBe(false);
});

it.each([
  { name: "composed", password: "caf\u00e9 society" },
  { name: "decomposed", password: "cafe\u0301 society" },
  { name: "full-width", password: "\uff43\uff41\uff46\u00e9 society" },
])("takes an accented letter for itself, however it was typed: $name", async ({ password }) => {
  expect(await verifyPassword(password, phc("caf\u00e9 society", 4, 8, 1))).toBe(true);
});

it("hashes an accented letter alike, however it was typed", async () => {
  expect(await verifyPassword("caf\u00e9 society", await hashPassword("cafe\u0301 society"))).toBe(true);
});

it.each(["", "correct horse battery"])("knows nobody by %j", async (password) => {
  expect(await verifyPassword(password, NOBODYS_HASH)).toBe(false);
});

it("gives nobody a hash of the form and cost that everybody has", async () => {
  const form = (phc: string) => phc.split("$").map((part, i) => (i > 2 ? part.length : part));
  expect(form(NOBODYS_HASH)).toEqual(form(await hashPassword("correct horse battery")));
});

const HASH = "A".repeat(43);

it.each([
  { name: "nothing", string: "" },
  { name: "the password itself", string: "correct horse battery" },
  { name: "another function's hash", string: `$argon2id$v=19$m=65536,t=3,p=4$${SALT}$${HASH}` },
  { name: "a bcrypt hash", string: "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW" },
  { name: "no cost", string: `$scrypt$${SALT}$${HASH}` },
  { name: "half a cost", string: `$scrypt$ln=14,r=8$${SALT}$${HASH}` },
  { name: "a cost in another order", string: `$scrypt$r=8,ln=14,p=5$${SALT}$${HASH}` },
  { name: "a negative cost", string: `$scrypt$ln=-4,r=8,p=5$${SALT}$${HASH}` },
  { name: "no rounds", string: `$scrypt$ln=0,r=8,p=5$${SALT}$${HASH}` },
  { name: "blocks of nothing", string: `$scrypt$ln=4,r=0,p=5$${SALT}$${HASH}` },
  { name: "no passes", string: `$scrypt$ln=4,r=8,p=0$${SALT}$${HASH}` },
  { name: "a cost of gigabytes", string: `$scrypt$ln=22,r=8,p=1$${SALT}$${HASH}` },
  { name: "a cost beyond numbers", string: `$scrypt$ln=99,r=999,p=999$${SALT}$${HASH}` },
  { name: "a cost of 128 MiB", string: `$scrypt$ln=17,r=8,p=1$${SALT}$${HASH}` },
  { name: "no salt", string: `$scrypt$ln=4,r=8,p=1$$${HASH}` },
  { name: "no hash", string: `$scrypt$ln=4,r=8,p=1$${SALT}` },
  { name: "an empty hash", string: `$scrypt$ln=4,r=8,p=1$${SALT}$` },
  { name: "a hash of less than a byte", string: `$scrypt$ln=4,r=8,p=1$${SALT}$A` },
  { name: "a hash of 15 bytes", string: `$scrypt$ln=4,r=8,p=1$${SALT}$${"A".repeat(20)}` },
  { name: "a hash without a digit of base64", string: `$scrypt$ln=4,r=8,p=1$${SALT}$.` },
  { name: "something behind the hash", string: `$scrypt$ln=4,r=8,p=1$${SALT}$${HASH}$` },
  { name: "a line break behind the hash", string: `$scrypt$ln=4,r=8,p=1$${SALT}$${HASH}\n` },
  { name: "something before the hash", string: ` $scrypt$ln=4,r=8,p=1$${SALT}$${HASH}` },
])("throws rather than compares when the hash is $name", async ({ string }) => {
  await expect(verifyPassword("correct horse battery", string)).rejects.toThrow(Error);
});
