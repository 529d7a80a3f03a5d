/** What a byte adds to the sum when 0, 1, 2 or 3 more bytes follow it: four bytes are then looked up at once. */
const TABLES = Array.from({ length: 4 }, () => new Uint32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 32; bit++) {
    remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
    if (bit % 8 === 7) TABLES[bit >> 3][byte] = remainder;
  }
}

/** CRC-32 (ISO 3309, as in PNG and gzip) of the bytes from `from` on, continuing from `crc`, the sum of those before. */
export function crc32(bytes: Uint8Array, from = 0, crc = 0): number {
  const [last, third, second, first] = TABLES;
  let sum = ~crc;
  let i = from;
  for (; i + 4 <= bytes.length; i += 4) {
    sum ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    sum = first[sum & 255] ^ second[(sum >>> 8) & 255] ^ third[(sum >>> 16) & 255] ^ last[sum >>> 24];
  }
  for (; i < bytes.length; i++) sum = last[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}
