/** The coder of residuals: see residuals.ts of the codec, which has the layout. */

import {
  bitsOf,
  CLASSES,
  classBound,
  decoding,
  decodingOf,
  ESCAPE,
  encoded,
  encodingOf,
  lowBits,
  reach,
  STATE_BITS,
  STATES,
  STEP_TABLE,
  SYMBOL_BITS,
  startOf,
  tableOf,
} from "./residual-tables";

/**
 * How many residuals share a class. Half as many would follow a QRS complex more closely, but storing the classes would
 * cost more.
 */
const BLOCK = 32;
/** The highest symbol, counted from the escape. */
const MAX_SYMBOL = (1 << SYMBOL_BITS) - 1;
/** How many classes wider than its mean asks for a block may get, to spare an escape: that costs about as much. */
const MAX_WIDENING = 1;
/** How many classes a block may be from the one before: the largest step that is a symbol. */
const MAX_STEP = 31;
/** The decoder's entries of escapes are below this, for theirs is the lowest symbol. */
const ESCAPE_END = (ESCAPE + 1) << 16;

/** Beside the class of a block that may have escapes. */
const MAY_ESCAPE = 128;

/** What decodeResiduals found. */
const WHOLE = 0;
const ENDS_EARLY = 1;
const UNKNOWN_CLASS = 2;

/** The sum of the magnitudes of residuals, and the largest one, as two numbers of 64 bits. */
function measure(residuals: usize, count: i32): v128 {
  let sums = i64x2.splat(0);
  let most = i32x4.splat(0);
  let at = residuals;
  const end = residuals + ((<usize>count) << 2);
  for (; at + 16 <= end; at += 16) {
    const magnitudes = i32x4.abs(v128.load(at));
    most = i32x4.max_u(most, magnitudes);
    const inPairs = i64x2.add(i64x2.extend_low_i32x4_u(magnitudes), i64x2.extend_high_i32x4_u(magnitudes));
    sums = i64x2.add(sums, inPairs);
  }
  for (; at < end; at += 4) {
    const magnitudes = i32x4.abs(v128.load32_zero(at));
    most = i32x4.max_u(most, magnitudes);
    sums = i64x2.add(sums, i64x2.extend_low_i32x4_u(magnitudes));
  }
  most = i32x4.max_u(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  most = i32x4.max_u(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
  const sum = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
  return i64x2.replace_lane(i64x2.splat(sum), 1, <i64>(<u32>i32x4.extract_lane(most, 0)));
}

/** Computes the mean magnitude of the residuals of each block. */
export function blockMeans(residuals: usize, count: i32, means: usize): void {
  let mean = means;
  for (let start = 0; start < count; start += BLOCK, mean += 8) {
    const inBlock = min(count - start, BLOCK);
    const measured = measure(residuals + ((<usize>start) << 2), inBlock);
    store<f64>(mean, <f64>i64x2.extract_lane(measured, 0) / <f64>inBlock);
  }
}

/**
 * Chooses for each block the class that is meant for its mean magnitude, or one a little wider when that spares an
 * escape.
 */
function classify(residuals: usize, count: i32, classes: usize): void {
  let found = 0;
  let residualClass = classes;
  for (let start = 0; start < count; start += BLOCK, residualClass++) {
    const inBlock = min(count - start, BLOCK);
    const measured = measure(residuals + ((<usize>start) << 2), inBlock);
    const mean = <f64>i64x2.extract_lane(measured, 0) / <f64>inBlock;
    const most = i64x2.extract_lane(measured, 1);
    const highest = min(CLASSES - 1, found + MAX_STEP);
    const lowest = max(0, found - MAX_STEP);
    while (found > lowest && mean < classBound(found)) found--;
    while (found < highest && mean >= classBound(found + 1)) found++;
    const widest = min(highest, found + MAX_WIDENING);
    while (found < widest && most > <i64>reach(found)) found++;
    store<u8>(residualClass, most > <i64>reach(found) ? found | MAY_ESCAPE : found);
  }
}

/**
 * Codes residuals as residuals.ts of the codec describes it.
 *
 * @param residuals are written over: the escapes are at their end afterwards
 * @param classes a byte for each block, for the kernel's use
 * @param stream gets the bytes of the stream, the last one first; it has four for each residual, and 64
 * @param found gets how many bytes the stream has, and how many escapes there are
 */
export function encodeResiduals(residuals: usize, count: i32, classes: usize, stream: usize, found: usize): void {
  classify(residuals, count, classes);
  // Written over what has been coded already: no more escapes have come than residuals.
  const escapesEnd = residuals + ((<usize>count) << 2);
  let escapes = escapesEnd;
  // An ANS encoder runs backwards, so that its decoder can run forwards: the last bits are written first.
  let at = stream;
  let pending: u64 = 0;
  let pendingBits = 0;
  // Residuals at even places have one state and those at odd places another, so that a decoder can look both up at once.
  let even = STATES;
  let odd = STATES;
  for (let b = (count + BLOCK - 1) / BLOCK - 1; b >= 0; b--) {
    const residualClass: i32 = load<u8>(classes + b) & ~MAY_ESCAPE;
    const mayEscape: i32 = load<u8>(classes + b) & MAY_ESCAPE;
    if (residualClass !== 0) {
      const low = lowBits(residualClass);
      const mask = (1 << low) - 1;
      const encoding = encodingOf(tableOf(residualClass));
      const start = b * BLOCK;
      const end = min(count, start + BLOCK);
      const first = residuals + ((<usize>start) << 2);
      let place = residuals + ((<usize>end) << 2);
      // Without escapes two residuals are written at once.
      if (mayEscape === 0 && (end & 1) === 0) {
        const numbers = encoding - (ESCAPE << 3);
        while (place > first) {
          place -= 8;
          const residual = load<i32>(place);
          const residualBehind = load<i32>(place, 4);
          const symbol = numbers + ((residual >> low) << 3);
          const symbolBehind = numbers + ((residualBehind >> low) << 3);
          const bits = (even + load<i32>(symbol, 4)) >> 16;
          const bitsBehind = (odd + load<i32>(symbolBehind, 4)) >> 16;
          const kept = even >> bits;
          const keptBehind = odd >> bitsBehind;
          const written = ((even ^ (kept << bits)) << low) | (residual & mask);
          const writtenBehind = ((odd ^ (keptBehind << bitsBehind)) << low) | (residualBehind & mask);
          even = encoded(load<i32>(symbol) + kept);
          odd = encoded(load<i32>(symbolBehind) + keptBehind);
          pending |= (<u64>writtenBehind | ((<u64>written) << (bitsBehind + low))) << pendingBits;
          pendingBits += bits + bitsBehind + 2 * low;
          store<u64>(at, pending);
          at += pendingBits >> 3;
          pending >>= pendingBits & 56;
          pendingBits &= 7;
        }
      }
      let state = (end & 1) === 0 ? odd : even;
      let other = (end & 1) === 0 ? even : odd;
      while (place > first) {
        place -= 4;
        const residual = load<i32>(place);
        let symbol = (residual >> low) - ESCAPE;
        let toBits = <u32>(symbol - 1) < <u32>MAX_SYMBOL ? bitsOf(encoding, symbol) : -1;
        if (toBits < 0) {
          symbol = 0;
          toBits = bitsOf(encoding, 0);
          escapes -= 4;
          store<i32>(escapes, residual);
        }
        const bits = (state + toBits) >> 16;
        const written = ((state & ((1 << bits) - 1)) << low) | (residual & mask);
        pending |= (<u64>written) << pendingBits;
        pendingBits += bits + low;
        // All eight bytes are written, and the next bits go over those that are not full yet.
        store<u64>(at, pending);
        at += pendingBits >> 3;
        pending >>= pendingBits & 56;
        pendingBits &= 7;
        const next = encoded(startOf(encoding, symbol) + (state >> bits));
        state = other;
        other = next;
      }
      even = other;
      odd = state;
    }
    const before: i32 = b > 0 ? load<u8>(classes + b - 1) & ~MAY_ESCAPE : 0;
    const step = residualClass - before - ESCAPE;
    const encoding = encodingOf(STEP_TABLE);
    const bits = (even + bitsOf(encoding, step)) >> 16;
    pending |= (<u64>(even & ((1 << bits) - 1))) << pendingBits;
    pendingBits += bits;
    store<u64>(at, pending);
    at += pendingBits >> 3;
    pending >>= pendingBits & 56;
    pendingBits &= 7;
    even = encoded(startOf(encoding, step) + (even >> bits));
  }
  // STATES is the bit that marks the start.
  const head = ((STATES | (even - STATES)) << STATE_BITS) | (odd - STATES);
  store<u64>(at, pending | ((<u64>head) << pendingBits));
  at += (pendingBits + 1 + 2 * STATE_BITS + 7) >> 3;
  store<i32>(found, at - stream);
  store<i32>(found, (escapesEnd - escapes) >> 2, 4);
}

/** The bits from `position` on, at least 57 of them, the first one highest. `end` is where the reversed stream ends. */
function bitsAt(end: usize, position: i32): u64 {
  return load<u64>(end - 8 - (position >>> 3)) << (position & 7);
}

/** The highest bits, none to 63. */
function highest(bits: u64, count: i32): i32 {
  return <i32>((bits >>> 1) >>> (63 - count));
}

/** The state after an entry, whose bits are the lowest ones. */
function nextState(entry: i32, bits: u64): i32 {
  return ((entry >> 4) & (STATES - 1)) + (<i32>bits & ((1 << (entry & 15)) - 1));
}

/**
 * Undoes encodeResiduals.
 *
 * @param stream the bytes of the stream, the last one first; up to 128 bytes before them are read if the stream is damaged
 * @param residuals gets the residuals, and zeros up to a multiple of four
 * @param escapes may be in the array of the residuals, at its end: an escape is read before anything is written in its place
 * @returns WHOLE, or why the stream is damaged
 */
export function decodeResiduals(
  stream: usize,
  streamBytes: i32,
  residuals: usize,
  count: i32,
  escapes: usize,
  escapeCount: i32,
): i32 {
  const end = stream + streamBytes;
  const endPosition = streamBytes << 3;
  const escapesEnd = escapes + ((<usize>escapeCount) << 2);
  let next = escapes;
  // The first bit that is set marks the start.
  let position = min(8, <i32>clz(bitsAt(end, 0))) + 1;
  let even = highest(bitsAt(end, position), STATE_BITS);
  let odd = highest(bitsAt(end, position + STATE_BITS), STATE_BITS);
  position += 2 * STATE_BITS;
  let residualClass = 0;
  for (let start = 0; start < count; start += BLOCK) {
    if (position > endPosition) return ENDS_EARLY;
    const step = decoding(decodingOf(STEP_TABLE), even);
    even = nextState(step, rotl(bitsAt(end, position), step & 15));
    position += step & 15;
    residualClass += step >> 16;
    if (residualClass < 0 || residualClass >= CLASSES) return UNKNOWN_CLASS;
    let at = residuals + ((<usize>start) << 2);
    const to = residuals + ((<usize>min(count, start + BLOCK)) << 2);
    if (residualClass === 0) {
      for (; at < to; at += 16) v128.store(at, i32x4.splat(0));
      continue;
    }
    const low = lowBits(residualClass);
    const entries = decodingOf(tableOf(residualClass));
    // Without low bits and escapes the bits of four residuals are in one word.
    if (low === 0) {
      for (; at + 16 <= to; at += 16) {
        let bits = bitsAt(end, position);
        const entry0 = decoding(entries, even);
        const entry1 = decoding(entries, odd);
        bits = rotl(bits, entry0 & 15);
        const evenBetween = nextState(entry0, bits);
        bits = rotl(bits, entry1 & 15);
        const oddBetween = nextState(entry1, bits);
        const entry2 = decoding(entries, evenBetween);
        const entry3 = decoding(entries, oddBetween);
        if (min(min(entry0, entry1), min(entry2, entry3)) < ESCAPE_END) break;
        bits = rotl(bits, entry2 & 15);
        even = nextState(entry2, bits);
        bits = rotl(bits, entry3 & 15);
        odd = nextState(entry3, bits);
        position += (entry0 & 15) + (entry1 & 15) + (entry2 & 15) + (entry3 & 15);
        store<i32>(at, entry0 >> 16);
        store<i32>(at, entry1 >> 16, 4);
        store<i32>(at, entry2 >> 16, 8);
        store<i32>(at, entry3 >> 16, 12);
      }
    }
    const mask = (1 << low) - 1;
    for (; at < to; at += 4) {
      const entry = decoding(entries, even);
      const taken = (entry & 15) + low;
      const bits = highest(bitsAt(end, position), taken);
      position += taken;
      even = odd;
      odd = ((entry >> 4) & (STATES - 1)) + (bits >>> low);
      let residual = ((entry >> 16) << low) | (bits & mask);
      if (entry < ESCAPE_END) {
        // Damaged bits may ask for more than there are.
        residual = next < escapesEnd ? load<i32>(next) : 0;
        next += 4;
      }
      store<i32>(at, residual);
    }
  }
  return position > endPosition || next !== escapesEnd ? ENDS_EARLY : WHOLE;
}
