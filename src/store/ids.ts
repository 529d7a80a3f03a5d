/**
 * Makes a UUID of version 7 (RFC 9562, section 5.7): 48 bits of the time in ms, then random bits. Later ids sort later.
 */
export function newId(now = Date.now()): string {
  // What a random UUID has behind its version are the bits of the variant, and random ones.
  return `${idsFrom(now)}-7${crypto.randomUUID().slice(15)}`;
}

/** The beginning of all ids made at this time, in ms since 1970: earlier ids sort before it, and those of the time behind it. */
export function idsFrom(time: number): string {
  const hex = Math.max(0, Math.floor(time)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
