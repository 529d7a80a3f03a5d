/** Integers in JSON text: see parser.ts and writer.ts of the formats. */

/** What stands for a sample that is missing. */
const MISSING: i32 = i32.MIN_VALUE;
/** The letters of `null` as four bytes, little-endian. */
const NULL: u32 = 0x6c6c756e;

function passSpace(at: usize): usize {
  let byte = <u32>load<u8>(at);
  while (byte <= 0x20 && (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)) byte = <u32>load<u8>(++at);
  return at;
}

/**
 * Reads the elements of an array as samples, up to the first that is neither an integer of at most nine digits nor null, or that the text
 * has not all of with the comma or bracket behind it.
 *
 * @param text an element's first byte
 * @param end the text's end, behind which there is room for four bytes more; a zero is stored there, at which all stops
 * @param samples room for half as many as the text has bytes, and one int32 more: behind the last sample comes the address of the first
 * element that is not read, or the one behind the bracket that ends the array
 * @returns how many samples are read
 */
export function readIntegers(text: usize, end: usize, samples: usize): i32 {
  store<u8>(end, 0);
  let at = text;
  let out = samples;
  for (;;) {
    let next = passSpace(at);
    let byte = <u32>load<u8>(next);
    let value: i32;
    if (byte === 0x6e) {
      if (load<u32>(next) !== NULL) break;
      next += 4;
      value = MISSING;
      byte = <u32>load<u8>(next);
    } else {
      const isNegative = byte === 0x2d;
      next += <usize>isNegative;
      const first = next;
      byte = <u32>load<u8>(next);
      value = 0;
      for (let digit = byte - 0x30; digit <= 9; digit = byte - 0x30) {
        value = value * 10 + digit;
        byte = <u32>load<u8>(++next);
      }
      const digits = next - first;
      if (digits - 1 > 8 || (load<u8>(first) === 0x30 && digits > 1)) break;
      const sign = -(<i32>isNegative);
      value = (value ^ sign) - sign;
    }
    if (byte <= 0x20) {
      next = passSpace(next);
      byte = <u32>load<u8>(next);
    }
    if (byte === 0x2c) {
      store<i32>(out, value);
      out += 4;
      at = next + 1;
    } else {
      if (byte !== 0x5d) break;
      store<i32>(out, value);
      out += 4;
      at = next + 1;
      break;
    }
  }
  store<i32>(out, <i32>at);
  return <i32>((out - samples) >> 2);
}

/**
 * Counts the commas of a text before its first closing bracket; without one, all of them, and gives the complement of the count (`~count`),
 * which is below 0.
 */
export function countCommas(text: usize, end: usize): i32 {
  const comma = i8x16.splat(0x2c);
  const bracket = i8x16.splat(0x5d);
  let count = 0;
  let at = text;
  for (; at + 16 <= end; at += 16) {
    const bytes = v128.load(at);
    if (v128.any_true(i8x16.eq(bytes, bracket))) break;
    count += popcnt(i8x16.bitmask(i8x16.eq(bytes, comma)));
  }
  for (; at < end; at++) {
    const byte = load<u8>(at);
    if (byte === 0x5d) return count;
    count += <i32>(byte === 0x2c);
  }
  return ~count;
}

/** The four digits of a number below 10,000 as bytes, the first in the lowest: both pairs are divided at once. */
function digitsOf(value: u32): u32 {
  const hundreds = (value * 5243) >> 19;
  const pairs = hundreds + ((value - 100 * hundreds) << 16);
  const tens = ((pairs * 103) >> 10) & 0x000f_000f;
  return tens + ((pairs - 10 * tens) << 8);
}

/** The largest number of four digits. */
const MOST_SHORT: i32 = 9999;
/**
 * The texts of the numbers from -MOST_SHORT to MOST_SHORT, with a comma behind each: eight bytes that begin with the text, the last of
 * which is its length.
 */
const SHORT_TEXTS = memory.data((2 * MOST_SHORT + 1) * 8, 16);

function shortText(value: i32): usize {
  return SHORT_TEXTS + ((<usize>(value + MOST_SHORT)) << 3);
}

for (let value = 0; value <= MOST_SHORT; value++) {
  const digits = digitsOf(value);
  const zeros = ctz(digits | (1 << 24)) & 24;
  const text = (<u64>(digits | 0x3030_3030) | (0x2c << 32)) >> zeros;
  const length: u64 = 5 - (zeros >> 3);
  store<u64>(shortText(-value), (text << 8) | 0x2d | ((length + 1) << 56));
  // After the negative number, for 0 has no sign.
  store<u64>(shortText(value), text | (length << 56));
}

/** Writes a number of four digits at the most with a comma behind it; gives the place behind that. Eight bytes are written. */
function writeShort(value: i32, at: usize): usize {
  const text = load<u64>(shortText(value));
  store<u64>(at, text);
  return at + <usize>(text >> 56);
}

/** Writes the four digits of a number below 10,000; gives the place behind them. */
function writeFour(value: i32, at: usize): usize {
  store<u32>(at, digitsOf(value) | 0x3030_3030);
  return at + 4;
}

/** Writes a number of five digits at least, like writeShort. */
function writeLong(value: i32, at: usize): usize {
  const before = value / 10_000;
  let next = at;
  if (before <= MOST_SHORT) {
    // In the place of the comma.
    next = writeShort(before, at) - 1;
  } else {
    const first = before / 10_000;
    next = writeFour(before - 10_000 * first, writeShort(first, at) - 1);
  }
  next = writeFour(value - 10_000 * before, next);
  store<u8>(next, 0x2c);
  return next + 1;
}

/** Writes a sample, like writeShort. */
function writeSample(sample: i32, at: usize): usize {
  if (<u32>(sample + MOST_SHORT) <= <u32>(2 * MOST_SHORT)) return writeShort(sample, at);
  if (sample === MISSING) {
    store<u64>(at, <u64>NULL | (0x2c << 32));
    return at + 5;
  }
  // No branch for the sign, which no processor can foresee: a minus too many is written over.
  store<u8>(at, 0x2d);
  return writeLong(abs(sample), at + <usize>(sample < 0));
}

/**
 * Writes samples as the elements of an array, with a comma behind each.
 *
 * @param text room for 12 bytes a sample
 * @returns the length of the text
 */
export function writeIntegers(samples: usize, count: i32, text: usize): i32 {
  const end = samples + ((<usize>count) << 2);
  let at = text;
  for (let i = samples; i < end; i += 4) at = writeSample(load<i32>(i), at);
  return <i32>(at - text);
}

/**
 * Writes pairs of samples, each as an array of two, or as null where its first sample is missing, with a comma behind each.
 *
 * @param pairs two samples each
 * @param text room for 26 bytes a pair
 * @returns the length of the text
 */
export function writePairs(pairs: usize, count: i32, text: usize): i32 {
  const end = pairs + ((<usize>count) << 3);
  let at = text;
  for (let i = pairs; i < end; i += 8) {
    if (load<i32>(i) === MISSING) {
      at += writeIntegers(i, 1, at);
      continue;
    }
    store<u8>(at++, 0x5b);
    at += writeIntegers(i, 2, at);
    // In the place of the comma behind the second.
    store<u16>(at - 1, 0x2c5d);
    at++;
  }
  return <i32>(at - text);
}
