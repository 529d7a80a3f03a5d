import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "../crc32.ts";

/** What a key begins with, by which it is told from a token and found by secret scanners: a key for an account, or a share of one ECG. */
const KEY_PREFIXES = { key: "ecgk_", share: "ecgs_" } as const;
/** What a key is for: a device or program of its owner, or whoever an ECG is shared with. */
export type KeyKind = keyof typeof KEY_PREFIXES;

/** A key's secret: so many bits that guessing is hopeless, and a plain hash as good as a slow one. */
const SECRET_BYTES = 32;
/** The beginning of a key that only its id decides: base64url of 126 of the id's 128 bits. */
const SHOWN_LENGTH = "ecgk_".length + 21;
/** The length of a CRC-32 in base64url. */
const CHECKSUM_LENGTH = 6;
/** All keys and shares, and hardly anything else: a pattern for secret scanners. */
export const KEY_PATTERN = /^ecg[ks]_[\w-]{70}$/;

/** A key as its holder proves to have it. */
type KeyProof = { keyId: string; keyHash: string };

/**
 * Makes a key: its prefix, its id and a secret in base64url, and their CRC-32, so that one that was mistyped or cut is known without
 * asking the database.
 *
 * @param id a UUID
 * @returns the key, which its holder alone keeps, and its hash
 */
export function newKey(kind: KeyKind, id: string): { key: string; keyHash: string } {
  const body = KEY_PREFIXES[kind] + Buffer.concat([toBytes(id), randomBytes(SECRET_BYTES)]).toString("base64url");
  const key = body + checksumOf(body);
  return { key, keyHash: hashOf(key) };
}

/** The beginning of the key of this id, by which its owner recognises it. It has nothing of the secret. */
export function shownPrefixOf(kind: KeyKind, id: string): string {
  return (KEY_PREFIXES[kind] + toBytes(id).toString("base64url")).slice(0, SHOWN_LENGTH);
}

/** Whether a Bearer token is meant to be a key. */
export function isKeyLike(token: string): boolean {
  return Object.values(KEY_PREFIXES).some((prefix) => token.startsWith(prefix));
}

/** The id and the hash of a key; undefined when it is none, was cut or has a wrong character. */
export function parseKey(key: string): KeyProof | undefined {
  const body = key.slice(0, -CHECKSUM_LENGTH);
  if (!KEY_PATTERN.test(key) || key.slice(-CHECKSUM_LENGTH) !== checksumOf(body)) return undefined;
  const hex = Buffer.from(body.slice(KEY_PREFIXES.key.length), "base64url").toString("hex", 0, 16);
  const keyId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  return { keyId, keyHash: hashOf(key) };
}

function toBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

function checksumOf(body: string): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(Buffer.from(body)));
  return checksum.toString("base64url");
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}
