import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { inTurn } from "./turns.ts";

/**
 * The cost of scrypt (RFC 7914): 2^ln rounds, blocks of r x 128 bytes, p passes. It takes 2^ln x r x 128 bytes of
 * memory.
 */
type Cost = { ln: number; r: number; p: number };

/**
 * The cost of new hashes, 16 MiB and five passes: of the settings of OWASP's Password Storage Cheat Sheet one that fits
 * an isolate of 128 MB.
 */
const COST: Cost = { ln: 14, r: 8, p: 5 };
/** The most memory of a hash: 64 MiB, and room for what OpenSSL counts beside the blocks. */
const MAX_MEMORY_BYTES = 65 * 1024 * 1024;
/**
 * A scrypt hash as a PHC string. Its hash has 16 bytes or more: a short one would match many passwords, an empty one
 * all.
 */
const PHC_PATTERN = /^\$scrypt\$ln=([1-9]\d?),r=([1-9]\d{0,2}),p=([1-9]\d{0,2})\$([A-Za-z\d+/]+)\$([A-Za-z\d+/]{22,})$/;
/** The length of a salt: 128 bits, as NIST SP 800-132 asks for. */
const SALT_BYTES = 16;
/** The length of a new hash. */
const HASH_BYTES = 32;

/**
 * The hash of nobody's password. It is checked for an unknown user, so that the answer takes as long as for a known
 * one.
 */
export const NOBODYS_HASH = `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${"A".repeat(22)}$${"A".repeat(43)}`;

/**
 * A salted scrypt hash (RFC 7914) as a PHC string, `$scrypt$ln=14,r=8,p=5$salt$hash`.
 *
 * @throws AppError `too-many-requests` when too many hashes wait already
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST, HASH_BYTES);
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${toBase64(salt)}$${toBase64(hash)}`;
}

/**
 * Whether the password is the one that was hashed, with the parameters in the hash.
 *
 * @param phc from `hashPassword`, or any scrypt PHC string that needs up to 64 MiB
 * @throws Error when it is no such string; AppError `too-many-requests` when too many hashes wait already
 */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const match = PHC_PATTERN.exec(phc);
  if (!match) throw new Error("not a scrypt PHC string");
  const [ln, r, p] = match.slice(1, 4).map(Number);
  const expected = Buffer.from(match[5], "base64");
  const actual = await derive(password, Buffer.from(match[4], "base64"), { ln, r, p }, expected.length);
  return timingSafeEqual(actual, expected);
}

function derive(password: string, salt: Buffer, { ln, r, p }: Cost, length: number): Promise<Buffer> {
  const options = { N: 2 ** ln, r, p, maxmem: MAX_MEMORY_BYTES };
  // NFKC, or the same accented letter typed on two systems would be two passwords.
  return inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password.normalize("NFKC"), salt, length, options, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      }),
  );
}

function toBase64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
