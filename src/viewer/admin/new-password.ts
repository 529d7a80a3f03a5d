/** Letters and digits that are not taken for one another: 32, so that each is 5 random bits. */
const SIGNS = "abcdefghijkmnpqrstuvwxyz23456789";
/** 100 bits. */
const LENGTH = 20;

/** A password that nobody has thought of. */
export function newPassword(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(LENGTH)), (byte) => SIGNS[byte % SIGNS.length]).join("");
}
