import { createHash, createHmac, randomBytes } from "node:crypto";

/** What a refresh token begins with, for whoever reads it and for secret scanners. */
const PREFIX = "ecgr_";
/** The length of a secret: that of the hash which makes the next one of it. */
const SECRET_BYTES = 32;
/** The length of a salt: 128 bits. */
const SALT_BYTES = 16;
/** The prefix, the id of the session, and the secret in base64url. */
const TOKEN_PATTERN = /^ecgr_([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.([\w-]{43})$/;

/** A refresh token in its parts: the session that it is of, and a secret in base64url. */
export type RefreshToken = { sessionId: string; secret: string };

/** Makes the first token of a session. Its id is shown nowhere else, so that nobody else can end the session by it. */
export function newRefreshToken(sessionId: string): RefreshToken {
  return { sessionId, secret: randomBytes(SECRET_BYTES).toString("base64url") };
}

/** Makes a salt of which `nextToken` makes a token's successor, in base64url. */
export function newRotationSalt(): string {
  return randomBytes(SALT_BYTES).toString("base64url");
}

/**
 * Makes the successor of a token. A token and a salt have one successor, so that a retry gets what the first try got, and the
 * salt, which is stored, makes it only for whoever has the token, which is not.
 */
export function nextToken({ sessionId, secret }: RefreshToken, salt: string): RefreshToken {
  return { sessionId, secret: createHmac("sha256", secret).update(salt).digest("base64url") };
}

/** A token as it is sent. */
export function writeRefreshToken({ sessionId, secret }: RefreshToken): string {
  return `${PREFIX}${sessionId}.${secret}`;
}

/** The parts of a token that was sent; undefined when it is none. */
export function parseRefreshToken(text: string): RefreshToken | undefined {
  const match = TOKEN_PATTERN.exec(text);
  return match ? { sessionId: match[1], secret: match[2] } : undefined;
}

/** The hash by which a token is stored. A plain one is as good as a slow one, as nobody guesses 256 random bits. */
export function hashRefreshToken(token: RefreshToken): string {
  return createHash("sha256").update(writeRefreshToken(token)).digest("base64url");
}
