import { createHash } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";

/** HMAC with SHA-256 (RFC 7518, section 3.2): one secret signs and verifies. */
const ALGORITHM = "HS256";
/** The `iss` of every token. */
const ISSUER = "ecg-api";
/** The `aud` of every token. */
const AUDIENCE = "ecg-api";
/** The shortest secret: RFC 7518, section 3.2, asks for a key as long as the hash. */
const MIN_SECRET_BYTES = 32;
/** Characters of a key's id, six bits each: enough to tell two keys apart, and nothing to guess a secret by. */
const KEY_ID_LENGTH = 8;

/** The user of a token, and the version of the account's credentials it was issued for. */
type TokenSubject = { userId: string; credentialsVersion: number };

/** A secret as the key that it is, and the key's id: the `kid` of the tokens that it signs. */
type SigningKey = { id: string; key: CryptoKey };

/** The keys by their secrets, so that each is made once and not for every request. */
const keys = new Map<string, SigningKey>();

/** The secrets of the Worker's bindings, the newest first: that one signs, and all verify. */
export function secretsOf(bindings: { TOKEN_SECRET: string; TOKEN_SECRET_NEXT?: string }): [string, ...string[]] {
  const { TOKEN_SECRET, TOKEN_SECRET_NEXT } = bindings;
  return TOKEN_SECRET_NEXT ? [TOKEN_SECRET_NEXT, TOKEN_SECRET] : [TOKEN_SECRET];
}

/** A signed JWT (RFC 7519) that lasts `seconds`. */
export async function issueToken(secret: string, subject: TokenSubject, seconds: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const { id, key } = await findKey(secret);
  return new SignJWT({ ver: subject.credentialsVersion })
    .setProtectedHeader({ alg: ALGORITHM, kid: id })
    .setSubject(subject.userId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .sign(key);
}

/**
 * The subject of a valid token; undefined when it is expired, forged, for somebody else, or no token.
 *
 * @param secrets one of which signed the token; the last one, if the token names no key
 */
export async function verifyToken(secrets: readonly string[], token: string): Promise<TokenSubject | undefined> {
  const known = await Promise.all(secrets.map(findKey));
  try {
    const { payload } = await jwtVerify(token, ({ kid }) => chooseKey(known, kid), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ["sub", "iat", "exp"],
    });
    if (!payload.sub || typeof payload.ver !== "number") return undefined;
    return { userId: payload.sub, credentialsVersion: payload.ver };
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function chooseKey(known: readonly SigningKey[], id: string | undefined): CryptoKey {
  const found = id === undefined ? known.at(-1) : known.find((one) => one.id === id);
  if (!found) throw new errors.JWKSNoMatchingKey();
  return found.key;
}

async function findKey(secret: string): Promise<SigningKey> {
  const known = keys.get(secret);
  if (known) return known;
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < MIN_SECRET_BYTES) throw new Error(`TOKEN_SECRET must have at least ${MIN_SECRET_BYTES} bytes`);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const made = {
    id: createHash("sha256").update(bytes).digest("base64url").slice(0, KEY_ID_LENGTH),
    key: await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]),
  };
  keys.set(secret, made);
  return made;
}
