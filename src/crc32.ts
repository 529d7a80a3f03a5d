const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  return remainder;
});

/** CRC-32 (ISO 3309, as in PNG and gzip) of the bytes from `from` on, continuing from `crc`, the sum of those before. */
export function crc32(bytes: Uint8Array, from = 0, crc = 0): number {
  let sum = ~crc;
  for (let i = from; i < bytes.length; i++) sum = TABLE[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}
