/** CRC-32 (ISO 3309), sixteen bytes at a time: M. Kounavis and F. Berry, "Novel table lookup-based algorithms for high-performance CRC generation", 2008. */

/** How many bytes are summed at a time. */
const BYTES = 16;
/** What a byte adds to the sum when 0 to BYTES - 1 more bytes follow it: a table of 256 numbers for each. */
const TABLES = memory.data(BYTES * 256 * 4);

for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (-(remainder & 1) & 0xedb88320);
  store<i32>(TABLES + ((<usize>byte) << 2), remainder);
}
for (let i = 256; i < 256 * BYTES; i++) {
  const before = load<i32>(TABLES + ((<usize>(i - 256)) << 2));
  store<i32>(TABLES + ((<usize>i) << 2), added(0, before) ^ (before >>> 8));
}

function added(following: i32, byte: i32): i32 {
  return load<i32>(TABLES + ((<usize>(following << 8)) << 2) + ((<usize>(byte & 255)) << 2));
}

/** What four bytes add when so many more follow them. */
function addedByFour(following: i32, bytes: i32): i32 {
  return (
    added(following + 3, bytes) ^
    added(following + 2, bytes >>> 8) ^
    added(following + 1, bytes >>> 16) ^
    added(following, bytes >>> 24)
  );
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
  for (; at + BYTES <= end; at += BYTES) {
    sum =
      addedByFour(12, load<i32>(at) ^ sum) ^
      addedByFour(8, load<i32>(at, 4)) ^
      addedByFour(4, load<i32>(at, 8)) ^
      addedByFour(0, load<i32>(at, 12));
  }
  for (; at < end; at++) sum = added(0, sum ^ load<u8>(at)) ^ (sum >>> 8);
  return ~sum;
}
