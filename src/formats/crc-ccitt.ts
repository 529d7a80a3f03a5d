/**
 * The 16-bit CRC of SCP-ECG and ISHNE files: CRC-CCITT with the polynomial 0x1021, the most significant bit first,
 * starting from 0xFFFF (EN 1064, section 5.2.7).
 *
 * @param crc the CRC of the bytes before these
 */
export function crcCcitt(bytes: Uint8Array, crc = 0xffff): number {
  let remainder = crc;
  for (const byte of bytes) remainder = ((remainder << 8) & 0xffff) ^ TABLE[(remainder >> 8) ^ byte];
  return remainder;
}

/** The remainder that each leading byte leaves. */
const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 8;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder << 1) ^ (remainder & 0x8000 ? 0x1021 : 0);
  return remainder;
});
