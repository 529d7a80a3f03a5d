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
 * What vectors have again and again. They are loaded, since V8 makes a vector that stands in the code anew for each use of it, by three
 * instructions.
 */
const COMMAS = memory.data<u32>([0x2c2c_2c2c]);
const SPACES = memory.data<u32>([0x2020_2020]);
const MINUSES = memory.data<u32>([0x2d2d_2d2d]);
const ZEROS = memory.data<u32>([0x3030_3030]);
/** Added to a digit it leaves the byte's highest bit clear, added to anything more it sets it. */
const BEYOND_DIGITS = memory.data<u32>([0x7676_7676]);
/** All bytes of eight but the last. */
const NOT_LAST = memory.data<u32>([0xffff_ffff, 0x00ff_ffff]);
/** What two digits are multiplied with as one number: then ten times the first and the second are in its higher byte. */
const TENS = memory.data<u16>([2561, 2561]);
/** What two pairs of digits are multiplied with, and two fours. */
const HUNDREDS = memory.data<u16>([100, 1]);
const TEN_THOUSANDS = memory.data<u16>([10_000, 1]);

/** For each number of bytes from 0 to 8 a mask of so many, the last ones of eight; and for numbers up to 15 none. */
const LAST_BYTES = memory.data(16 * 8, 16);

for (let count: u64 = 1; count <= 8; count++) store<u64>(LAST_BYTES + ((<usize>count) << 3), ~0 << (64 - 8 * count));

/** How many bytes behind an element that is not one of four they are looked for again: there may be more of its kind. */
const BETWEEN_FOURS = 128;

/** Which of 64 bytes are `byte`, four of which are at that address: a bit for each. */
function placesOf(byte: usize, at: usize): u64 {
  const wanted = v128.load32_splat(byte);
  return (
    <u64>i8x16.bitmask(i8x16.eq(v128.load(at), wanted)) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 16), wanted))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 32), wanted))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 48), wanted))) << 48)
  );
}

/** Loads eight bytes each from two addresses. */
function loadTwo(first: usize, second: usize): v128 {
  return v128.load64_lane(second, v128.load64_zero(first), 1);
}

/** The minuses of two texts at the ends of eight bytes each, where they are first in the text. */
function signsOf(texts: v128, places: v128): v128 {
  return v128.and(i8x16.eq(texts, v128.load32_splat(MINUSES)), v128.xor(places, i64x2.shl(places, 8)));
}

/** Sets the highest bits of some bytes where one of two texts is no number: has none of the digits, other characters, or a zero too many. */
function faultsOf(digits: v128, places: v128): v128 {
  const first = v128.and(v128.xor(places, i64x2.shl(places, 8)), v128.load64_splat(NOT_LAST));
  const leadingZeros = v128.and(i8x16.eq(digits, i8x16.splat(0)), first);
  const others = i8x16.add_sat_u(digits, v128.load32_splat(BEYOND_DIGITS));
  return v128.or(v128.or(leadingZeros, others), i64x2.eq(places, i64x2.splat(0)));
}

/** The values of the two halves of two numbers of eight digits. */
function halvesOf(digits: v128): v128 {
  const pairs = i16x8.shr_u(i16x8.mul(digits, v128.load32_splat(TENS)), 8);
  return i32x4.dot_i16x8_s(pairs, v128.load32_splat(HUNDREDS));
}

/**
 * Reads elements like readIntegers, four at a time: those of at most eight characters with a comma behind them, and with a space before
 * each of them or before none.
 *
 * @param text an element's first byte; the seven bytes before it may be read, too
 * @returns the address behind the last sample, where the address of the first element is that is not read
 */
function readFours(text: usize, end: usize, samples: usize): usize {
  let at = text;
  let out = samples;
  while (at + 64 <= end) {
    const block = at;
    let commas = placesOf(COMMAS, block);
    let fours = popcnt(commas) >> 2;
    const space = <usize>(load<u8>(at) === 0x20);
    if (fours === 0 || (space && (((commas << 1) | 1) & ~placesOf(SPACES, block)) !== 0)) break;
    for (; fours > 0; fours--) {
      const first = block + <usize>ctz(commas);
      commas &= commas - 1;
      const second = block + <usize>ctz(commas);
      commas &= commas - 1;
      const third = block + <usize>ctz(commas);
      commas &= commas - 1;
      const fourth = block + <usize>ctz(commas);
      commas &= commas - 1;
      const length1 = first - at - space;
      const length2 = second - first - 1 - space;
      const length3 = third - second - 1 - space;
      const length4 = fourth - third - 1 - space;
      if ((length1 | length2 | length3 | length4) > 15) break;
      const texts1 = loadTwo(first - 8, second - 8);
      const texts2 = loadTwo(third - 8, fourth - 8);
      const all1 = loadTwo(LAST_BYTES + (length1 << 3), LAST_BYTES + (length2 << 3));
      const all2 = loadTwo(LAST_BYTES + (length3 << 3), LAST_BYTES + (length4 << 3));
      const signs1 = signsOf(texts1, all1);
      const signs2 = signsOf(texts2, all2);
      const places1 = v128.xor(all1, signs1);
      const places2 = v128.xor(all2, signs2);
      const digits1 = v128.and(v128.xor(texts1, v128.load32_splat(ZEROS)), places1);
      const digits2 = v128.and(v128.xor(texts2, v128.load32_splat(ZEROS)), places2);
      if (i8x16.bitmask(v128.or(faultsOf(digits1, places1), faultsOf(digits2, places2)))) break;
      const halves = i16x8.narrow_i32x4_s(halvesOf(digits1), halvesOf(digits2));
      const values = i32x4.dot_i16x8_s(halves, v128.load32_splat(TEN_THOUSANDS));
      const none = i64x2.splat(0);
      const negative = v128.shuffle<i32>(i64x2.ne(signs1, none), i64x2.ne(signs2, none), 0, 2, 4, 6);
      v128.store(out, i32x4.sub(v128.xor(values, negative), negative));
      out += 16;
      at = fourth + 1;
    }
    if (fours > 0) break;
  }
  store<u32>(out, <u32>at);
  return out;
}

/**
 * Reads the elements of an array as samples, up to the first that is neither an integer of at most nine digits nor null, or that the text
 * has not all of with the comma or bracket behind it.
 *
 * @param text an element's first byte; the seven bytes before it may be read, too
 * @param end the text's end, behind which there is room for four bytes more; a zero is stored there, at which all stops
 * @param samples room for half as many as the text has bytes, and one int32 more: behind the last sample comes the address of the first
 * element that is not read, or the one behind the bracket that ends the array
 * @returns how many samples are read
 */
export function readIntegers(text: usize, end: usize, samples: usize): i32 {
  store<u8>(end, 0);
  let at = text;
  let out = samples;
  let fours = text;
  for (;;) {
    if (at >= fours) {
      out = readFours(at, end, out);
      at = load<u32>(out);
      fours = at + BETWEEN_FOURS;
    }
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
