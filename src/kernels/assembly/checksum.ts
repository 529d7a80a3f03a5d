/** CRC-32 (ISO 3309), eight bytes at a time: M. Kounavis and F. Berry, "Novel table lookup-based algorithms for high-performance CRC generation", 2008. */

/** What a byte adds to the sum when 0 to 7 more bytes follow it: a table of 256 numbers for each. */
const TABLES = memory.data(8 * 256 * 4);

for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let following = 0; following < 8; following++) {
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (-(remainder & 1) & 0xedb88320);
    store<i32>(TABLES + ((<usize>((following << 8) + byte)) << 2), remainder);
  }
}

function added(following: i32, byte: i32): i32 {
  return load<i32>(TABLES + ((<usize>(following << 8)) << 2) + ((<usize>(byte & 255)) << 2));
}

/**
 * Computes the sum of the bytes.
 *
 * @param crc the sum of those before
 */
export function crc32(bytes: usize, length: i32, crc: i32): i32 {
  let sum = ~crc;
  let at = bytes;
  const end = bytes + length;
  for (; at + 8 <= end; at += 8) {
    const low = load<i32>(at) ^ sum;
    const high = load<i32>(at, 4);
    sum =
      added(7, low) ^
      added(6, low >>> 8) ^
      added(5, low >>> 16) ^
      added(4, low >>> 24) ^
      added(3, high) ^
      added(2, high >>> 8) ^
      added(1, high >>> 16) ^
      added(0, high >>> 24);
  }
  for (; at < end; at++) sum = added(0, sum ^ load<u8>(at)) ^ (sum >>> 8);
  return ~sum;
}
