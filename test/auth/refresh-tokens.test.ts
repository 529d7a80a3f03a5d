import { expect, it } from "vitest";
import {
  hashRefreshToken,
  newRefreshToken,
  newRotationSalt,
  nextToken,
  parseRefreshToken,
  writeRefreshToken,
} from "../../src/auth/refresh-tokens.ts";

const SESSION_ID = "0197d3a0-8f5e-7c31-9b1a-3f0d7a1c2e4b";
const TOKEN = { sessionId: SESSION_ID, secret: "A".repeat(43) };
const SALT = "c2FsdHNhbHRzYWx0c2FsdA";

it("writes a token with a prefix, and reads it back", () => {
  expect(writeRefreshToken(TOKEN)).toBe(`ecgr_${SESSION_ID}.${"A".repeat(43)}`);
  const token = newRefreshToken(SESSION_ID);
  expect(parseRefreshToken(writeRefreshToken(token))).toEqual(token);
});

it("makes no token and no salt twice", () => {
  expect(newRefreshToken(SESSION_ID).secret).not.toBe(newRefreshToken(SESSION_ID).secret);
  expect(newRotationSalt()).not.toBe(newRotationSalt());
  expect(Buffer.from(newRotationSalt(), "base64url").length).toBe(16);
});

// Both by Python's hashlib and hmac, of the texts as they stand here.
it("makes the successor of a token by HMAC-SHA256, and hashes a token by SHA-256", () => {
  expect(nextToken(TOKEN, SALT)).toEqual({
    sessionId: SESSION_ID,
    secret: "hzuzUS54ue3rpyPcqhds6chriYNMGttwD6F0zSvInF8",
  });
  expect(hashRefreshToken(TOKEN)).toBe("bcdyAjJ4mVY1_GAJKUCuY1BBLJNxYJVDi0hl0rhMm1s");
});

it.each(["", "ecgr_", "ecgr", `${"A".repeat(43)}`, `ecgr_${SESSION_ID}`, `ecgr_${SESSION_ID}.`])(
  "reads no token from %j",
  (text) => {
    expect(parseRefreshToken(text)).toBeUndefined();
  },
);

it("reads no token from any truncation of one, nor from one with something before or behind it", () => {
  const text = writeRefreshToken(TOKEN);
  const others = [...Array.from(text, (_, length) => text.slice(0, length)), ` ${text}`, `${text}A`, `${text}\n`];
  expect(others.map(parseRefreshToken)).toEqual(others.map(() => undefined));
});
