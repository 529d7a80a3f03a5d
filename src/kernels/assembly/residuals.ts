/** The coder of residuals: see residuals.ts of the codec, which has the layout. */

import {
  CLASSES,
  decoding,
  decodingOf,
  ESCAPE,
  lowBits,
  STATE_BITS,
  STATES,
  STEP_TABLE,
  tableOf,
} from "./residual-tables";

/** How many residuals share a class. */
const BLOCK = 32;
/** The decoder's entries of escapes are below this, for theirs is the lowest symbol. */
const ESCAPE_END = (ESCAPE + 1) << 16;

/** What decodeResiduals found. */
const WHOLE = 0;
const ENDS_EARLY = 1;
const UNKNOWN_CLASS = 2;

/** The bits from `position` on, at least 57 of them, the first one highest. `end` is where the reversed stream ends. */
function bitsAt(end: usize, position: i32): u64 {
  return load<u64>(end - 8 - (position >>> 3)) << (position & 7);
}

/** The highest bits, none to 63. */
function highest(bits: u64, count: i32): i32 {
  return <i32>((bits >>> 1) >>> (63 - count));
}

/** The state after an entry, whose bits are the highest ones. */
function nextState(entry: i32, bits: u64): i32 {
  return ((entry >> 4) & (STATES - 1)) + highest(bits, entry & 15);
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
    even = nextState(step, bitsAt(end, position));
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
    // Without low bits four residuals are in one word.
    if (low === 0) {
      for (; at + 16 <= to; at += 16) {
        let bits = bitsAt(end, position);
        const entry0 = decoding(entries, even);
        const entry1 = decoding(entries, odd);
        even = nextState(entry0, bits);
        bits <<= entry0 & 15;
        odd = nextState(entry1, bits);
        bits <<= entry1 & 15;
        const entry2 = decoding(entries, even);
        const entry3 = decoding(entries, odd);
        even = nextState(entry2, bits);
        bits <<= entry2 & 15;
        odd = nextState(entry3, bits);
        position += (entry0 & 15) + (entry1 & 15) + (entry2 & 15) + (entry3 & 15);
        let residual0 = entry0 >> 16;
        let residual1 = entry1 >> 16;
        let residual2 = entry2 >> 16;
        let residual3 = entry3 >> 16;
        if (min(min(entry0, entry1), min(entry2, entry3)) < ESCAPE_END) {
          if (entry0 < ESCAPE_END) {
            residual0 = next < escapesEnd ? load<i32>(next) : 0;
            next += 4;
          }
          if (entry1 < ESCAPE_END) {
            residual1 = next < escapesEnd ? load<i32>(next) : 0;
            next += 4;
          }
          if (entry2 < ESCAPE_END) {
            residual2 = next < escapesEnd ? load<i32>(next) : 0;
            next += 4;
          }
          if (entry3 < ESCAPE_END) {
            residual3 = next < escapesEnd ? load<i32>(next) : 0;
            next += 4;
          }
        }
        store<i32>(at, residual0);
        store<i32>(at, residual1, 4);
        store<i32>(at, residual2, 8);
        store<i32>(at, residual3, 12);
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
        residual = next < escapesEnd ? load<i32>(next) : 0;
        next += 4;
      }
      store<i32>(at, residual);
    }
  }
  return position > endPosition || next !== escapesEnd ? ENDS_EARLY : WHOLE;
}
