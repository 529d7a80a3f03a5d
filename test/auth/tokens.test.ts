import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { issueToken, secretsOf, verifyToken } from "../../src/auth/tokens.ts";

const SECRET = "a-secret-of-thirty-two-bytes-0001";
/** `printf %s "$SECRET" | openssl dgst -sha256 -binary | basenc --base64url | head -c 8` */
const KEY_ID = "l_fjjF-7";
const SUBJECT = { userId: "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b", credentialsVersion: 3 };

/** The clock stands still at this second of 2026. */
const now = 1_770_000_000;
beforeAll(() => vi.useFakeTimers({ toFake: ["Date"], now: now * 1000 }));
afterAll(() => vi.useRealTimers());

const CLAIMS = { sub: SUBJECT.userId, ver: 3, iss: "ecg-api", aud: "ecg-api", iat: now, exp: now + 600 };

/** A token made without the code under test; a claim of undefined is left out. */
function sign(
  claims: JWTPayload,
  { alg = "HS256", secret = SECRET, kid }: { alg?: string; secret?: string; kid?: string } = {},
): Promise<string> {
  const header = { alg, ...(kid !== undefined && { kid }) };
  return new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader(header).sign(new TextEncoder().encode(secret));
}

function decode(part: string) {
  return JSON.parse(Buffer.from(part, "base64url").toString());
}

it.each([{ credentialsVersion: 0 }, { credentialsVersion: 3 }])(
  "gives back whose token it is, of credentials version $credentialsVersion",
  async ({ credentialsVersion }) => {
    const subject = { ...SUBJECT, credentialsVersion };
    expect(await verifyToken([SECRET], await issueToken(SECRET, subject, 600))).toEqual(subject);
  },
);

it("issues an HS256 token with its claims and its time, and nothing else", async () => {
  const [header, payload] = (await issueToken(SECRET, SUBJECT, 600)).split(".");
  expect(decode(header)).toEqual({ alg: "HS256", kid: KEY_ID });
  expect(decode(payload)).toEqual(CLAIMS);
});

it("takes a token that jose made with the same claims", async () => {
  expect(await verifyToken([SECRET], await sign({}))).toEqual(SUBJECT);
});

it.each([
  { name: "that expired a second ago", token: () => sign({ iat: now - 600, exp: now - 1 }) },
  { name: "that expires now", token: () => issueToken(SECRET, SUBJECT, 0) },
  { name: "issued for a time before now", token: () => issueToken(SECRET, SUBJECT, -60) },
  { name: "that is not valid yet", token: () => sign({ nbf: now + 600 }) },
  { name: "that names a key which is none", token: () => sign({}, { kid: "AAAAAAAA" }) },
  { name: "that names an empty key", token: () => sign({}, { kid: "" }) },
  { name: "of another secret with this one's key id", token: () => sign({}, { secret: `${SECRET}!`, kid: KEY_ID }) },
  { name: "of another secret", token: () => issueToken(`${SECRET}!`, SUBJECT, 600) },
  { name: "without a signature", token: async () => new UnsecuredJWT(CLAIMS).encode() },
  { name: "of HS512 with the same secret", token: () => sign({}, { alg: "HS512" }) },
  { name: "of HS384 with the same secret", token: () => sign({}, { alg: "HS384" }) },
  { name: "of another issuer", token: () => sign({ iss: "another-api" }) },
  { name: "of no issuer", token: () => sign({ iss: undefined }) },
  { name: "for another audience", token: () => sign({ aud: "another-api" }) },
  { name: "for no audience", token: () => sign({ aud: undefined }) },
  { name: "for several others", token: () => sign({ aud: ["one", "two"] }) },
  { name: "of nobody", token: () => sign({ sub: undefined }) },
  { name: "of an empty subject", token: () => sign({ sub: "" }) },
  { name: "that does not expire", token: () => sign({ exp: undefined }) },
  { name: "that does not say when it was issued", token: () => sign({ iat: undefined }) },
  { name: "without a credentials version", token: () => sign({ ver: undefined }) },
  { name: "with a credentials version that is no number", token: () => sign({ ver: "3" }) },
  { name: "that is empty", token: async () => "" },
  { name: "that is no token", token: async () => "not a token" },
  { name: "of three empty parts", token: async () => ".." },
  { name: "of five parts", token: async () => `${await sign({})}.a.b` },
])("knows nobody by a token $name", async ({ token }) => {
  expect(await verifyToken([SECRET], await token())).toBeUndefined();
});

it("knows nobody by a token whose claims were exchanged", async () => {
  const [header, , signature] = (await sign({})).split(".");
  const claims = Buffer.from(JSON.stringify({ ...CLAIMS, sub: "another" })).toString("base64url");
  expect(await verifyToken([SECRET], `${header}.${claims}.${signature}`)).toBeUndefined();
});

it("knows nobody by a token whose header was exchanged for one of no algorithm", async () => {
  const [, claims, signature] = (await sign({})).split(".");
  const header = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
  expect(await verifyToken([SECRET], `${header}.${claims}.`)).toBeUndefined();
  expect(await verifyToken([SECRET], `${header}.${claims}.${signature}`)).toBeUndefined();
});

it("knows nobody by any truncation of a token", async () => {
  const token = await sign({});
  const subjects = await Promise.all(Array.from(token, (_, length) => verifyToken([SECRET], token.slice(0, length))));
  expect(subjects).toEqual(subjects.map(() => undefined));
});

it.each(["", "short", "a".repeat(31)])("throws on a secret of less than 32 bytes: %j", async (secret) => {
  await expect(issueToken(secret, SUBJECT, 600)).rejects.toThrow("TOKEN_SECRET must have at least 32 bytes");
  await expect(verifyToken([secret], await sign({}))).rejects.toThrow("TOKEN_SECRET must have at least 32 bytes");
});

it.each(["a".repeat(32), "\u00e9".repeat(16)])("takes a secret of 32 bytes: %j", async (secret) => {
  expect(await verifyToken([secret], await issueToken(secret, SUBJECT, 600))).toEqual(SUBJECT);
});

const NEXT = "another-secret-of-thirty-two-bytes";

it("takes tokens of the old secret and of the next one while keys are changed, and of the next one ever after", async () => {
  const old = await issueToken(secretsOf({ TOKEN_SECRET: SECRET })[0], SUBJECT, 600);
  const during = secretsOf({ TOKEN_SECRET: SECRET, TOKEN_SECRET_NEXT: NEXT });
  const made = await issueToken(during[0], SUBJECT, 600);
  expect([await verifyToken(during, old), await verifyToken(during, made)]).toEqual([SUBJECT, SUBJECT]);
  const after = secretsOf({ TOKEN_SECRET: NEXT });
  expect([await verifyToken(after, old), await verifyToken(after, made)]).toEqual([undefined, SUBJECT]);
});

it("takes a token without a key id by the old secret, and by no other", async () => {
  const secrets = secretsOf({ TOKEN_SECRET: SECRET, TOKEN_SECRET_NEXT: NEXT });
  expect(await verifyToken(secrets, await sign({}))).toEqual(SUBJECT);
  expect(await verifyToken(secrets, await sign({}, { secret: NEXT }))).toBeUndefined();
});

it("takes an empty next secret for none", () => {
  expect(secretsOf({ TOKEN_SECRET: SECRET, TOKEN_SECRET_NEXT: "" })).toEqual([SECRET]);
});

it("knows nobody by a token of one secret that names the other's key", async () => {
  const secrets = secretsOf({ TOKEN_SECRET: SECRET, TOKEN_SECRET_NEXT: NEXT });
  expect(await verifyToken(secrets, await sign({}, { secret: NEXT, kid: KEY_ID }))).toBeUndefined();
});
