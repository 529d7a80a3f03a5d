import { errors, jwtVerify, SignJWT } from "jose";

/** HMAC with SHA-256 (RFC 7518, section 3.2): one secret signs and verifies. */
const ALGORITHM = "HS256";
/** The `iss` of every token. */
const ISSUER = "ecg-api";
/** The `aud` of every token. */
const AUDIENCE = "ecg-api";
/** The shortest secret: RFC 7518, section 3.2, asks for a key as long as the hash. */
const MIN_SECRET_BYTES = 32;

/** The user of a token, and the version of the account's credentials it was issued for. */
export type TokenSubject = { userId: string; credentialsVersion: number };

/** A signed JWT (RFC 7519) that lasts `seconds`. */
export async function issueToken(secret: string, subject: TokenSubject, seconds: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ver: subject.credentialsVersion })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(subject.userId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .sign(toKey(secret));
}

/** The subject of a valid token; undefined when it is expired, forged, for somebody else, or no token. */
export async function verifyToken(secret: string, token: string): Promise<TokenSubject | undefined> {
  try {
    const { payload } = await jwtVerify(token, toKey(secret), {
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

function toKey(secret: string): Uint8Array {
  const key = new TextEncoder().encode(secret);
  if (key.length < MIN_SECRET_BYTES) throw new Error(`TOKEN_SECRET must have at least ${MIN_SECRET_BYTES} bytes`);
  return key;
}
