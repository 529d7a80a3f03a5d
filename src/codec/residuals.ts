import { kernels } from "../kernels/kernels.ts";
import type { ChunkReader } from "./chunk-reader.ts";
import type { ChunkWriter } from "./chunk-writer.ts";
import { DamagedChunkError } from "./damaged-chunk-error.ts";
import {
  CLASSES,
  ENCODE,
  ENCODE_BITS,
  ENCODE_START,
  ESCAPE,
  lowBits,
  MEAN_MAGNITUDES,
  REACHES,
  STATE_BITS,
  STATES,
  STEP_TABLE,
  SYMBOL_BITS,
  tableOf,
} from "./residual-tables.ts";

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
/** How far beyond the end a decoder may read, in bytes: more than a block has bits, and the word that is read last. */
export const READ_AHEAD_BYTES = 128;

/** The mean magnitude of the residuals from `start` up to `end`. */
function meanMagnitude(residuals: Int32Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += Math.abs(residuals[i]);
  return sum / (end - start);
}

/**
 * Chooses for each block the class that is meant for its mean magnitude, or one a little wider when that spares an
 * escape.
 */
function classify(residuals: Int32Array): Uint8Array {
  const classes = new Uint8Array(Math.ceil(residuals.length / BLOCK));
  let found = 0;
  for (let b = 0; b < classes.length; b++) {
    const start = b * BLOCK;
    const end = Math.min(residuals.length, start + BLOCK);
    let sum = 0;
    let most = 0;
    for (let i = start; i < end; i++) {
      const magnitude = Math.abs(residuals[i]);
      sum += magnitude;
      // most = Math.max(most, magnitude), without a branch that no processor can foresee.
      const above = (most - magnitude) | 0;
      most -= above & (above >> 31);
    }
    const mean = sum / (end - start);
    const highest = Math.min(CLASSES - 1, found + MAX_STEP);
    const lowest = Math.max(0, found - MAX_STEP);
    while (found > lowest && mean < CLASS_BOUNDS[found]) found--;
    while (found < highest && mean >= CLASS_BOUNDS[found + 1]) found++;
    const widest = Math.min(highest, found + MAX_WIDENING);
    while (found < widest && most > REACHES[found]) found++;
    classes[b] = found;
  }
  return classes;
}

/**
 * The least mean magnitude of each class: the geometric mean of its own and that of the class below. Class 0 is for
 * zeros alone.
 */
const CLASS_BOUNDS = MEAN_MAGNITUDES.map((mean, found) =>
  found < 2 ? found * Number.MIN_VALUE : Math.sqrt(mean * MEAN_MAGNITUDES[found - 1]),
);

/**
 * Estimates how many bits encodeResiduals makes; log2(e * mean) is the entropy of two-sided exponential noise, less 1
 * bit.
 */
export function estimateBits(residuals: Int32Array): number {
  let bits = 0;
  for (let start = 0; start < residuals.length; start += BLOCK) {
    const end = Math.min(residuals.length, start + BLOCK);
    bits += (end - start) * Math.log2(1 + 2.7 * meanMagnitude(residuals, start, end));
  }
  return bits;
}

/**
 * Codes small integers that are about symmetric around 0 and whose scale changes slowly: the escapes, then one stream
 * of bits. The first bit that is set marks the start of the stream; two states of the decoder follow, and then for
 * every block the step from the last class to its own, and its residuals.
 */
export function encodeResiduals(residuals: Int32Array, out: ChunkWriter): void {
  const classes = classify(residuals);
  let capacity = READ_AHEAD_BYTES;
  for (const found of classes) capacity += ((STATE_BITS + lowBits(found)) * (BLOCK + 1)) >> 3;
  const stream = new Uint8Array(capacity);
  const view = new DataView(stream.buffer);
  const escapes: number[] = [];
  // These are locals because an import would be looked up anew for every sample.
  const encode = ENCODE;
  const encodeBits = ENCODE_BITS;
  const encodeStart = ENCODE_START;
  // An ANS encoder runs backwards, so that its decoder can run forwards: the last bits are written first.
  let at = capacity;
  let pending = 0;
  let pendingBits = 0;
  // Residuals at even places have one state and those at odd places another, so that a decoder can look both up at once.
  let even = STATES;
  let odd = STATES;
  for (let b = classes.length - 1; b >= 0; b--) {
    const start = b * BLOCK;
    const end = Math.min(residuals.length, start + BLOCK);
    if (classes[b] !== 0) {
      const low = lowBits(classes[b]);
      const mask = (1 << low) - 1;
      const table = tableOf(classes[b]) << SYMBOL_BITS;
      let state = end % 2 === 0 ? odd : even;
      let other = end % 2 === 0 ? even : odd;
      let i = end - 1;
      // Without low bits two residuals are written at once.
      for (; low === 0 && i > start; i -= 2) {
        const residual = residuals[i];
        const residualBefore = residuals[i - 1];
        if ((residual - ESCAPE - 1) >>> 0 >= MAX_SYMBOL || (residualBefore - ESCAPE - 1) >>> 0 >= MAX_SYMBOL) break;
        const entry = table + residual - ESCAPE;
        const entryBefore = table + residualBefore - ESCAPE;
        const toBits = encodeBits[entry];
        const toBitsBefore = encodeBits[entryBefore];
        if ((toBits | toBitsBefore) < 0) break;
        const bits = (state + toBits) >> 16;
        const bitsBefore = (other + toBitsBefore) >> 16;
        const kept = state >> bits;
        const keptBefore = other >> bitsBefore;
        pending |= ((state - (kept << bits)) | ((other - (keptBefore << bitsBefore)) << bits)) << pendingBits;
        pendingBits += bits + bitsBefore;
        view.setInt32(at - 4, pending);
        at -= pendingBits >> 3;
        pending >>>= pendingBits & 24;
        pendingBits &= 7;
        state = encode[encodeStart[entry] + kept];
        other = encode[encodeStart[entryBefore] + keptBefore];
      }
      for (; i >= start; i--) {
        const residual = residuals[i];
        const symbol = (residual >> low) - ESCAPE;
        let entry = table | symbol;
        let toBits = (symbol - 1) >>> 0 < MAX_SYMBOL ? encodeBits[entry] : -1;
        if (toBits < 0) {
          entry = table;
          toBits = encodeBits[entry];
          escapes.push(residual);
        }
        const bits = (state + toBits) >> 16;
        pending |= (((state & ((1 << bits) - 1)) << low) | (residual & mask)) << pendingBits;
        pendingBits += bits + low;
        // All four bytes are written, and the next bits go over those that are not full yet.
        view.setInt32(at - 4, pending);
        at -= pendingBits >> 3;
        pending >>>= pendingBits & 24;
        pendingBits &= 7;
        const next = encode[encodeStart[entry] + (state >> bits)];
        state = other;
        other = next;
      }
      even = other;
      odd = state;
    }
    const step = (STEP_TABLE << SYMBOL_BITS) | (classes[b] - (classes[b - 1] ?? 0) - ESCAPE);
    const bits = (even + encodeBits[step]) >> 16;
    pending |= (even & ((1 << bits) - 1)) << pendingBits;
    pendingBits += bits;
    view.setInt32(at - 4, pending);
    at -= pendingBits >> 3;
    pending >>>= pendingBits & 24;
    pendingBits &= 7;
    even = encode[encodeStart[step] + (even >> bits)];
  }
  // STATES is the bit that marks the start.
  const head = (((STATES | (even - STATES)) << STATE_BITS) | (odd - STATES)) << pendingBits;
  view.setInt32(at - 4, pending | head);
  at -= (pendingBits + 1 + 2 * STATE_BITS + 7) >> 3;
  out.unsigned(escapes.length);
  for (const residual of escapes.reverse()) out.signed(residual);
  out.bytes(stream.subarray(at));
}

/** What the kernel found in a stream that is damaged. */
const DAMAGE = new Map([
  [1, "A lead ends too early"],
  [2, "A lead has an unknown class of residuals"],
]);

/**
 * Undoes encodeResiduals.
 *
 * @param bytes are read to their end
 * @param values an array in a room of the kernels, with `count` elements at least: the first ones get the residuals
 * @param stream the room's memory for the stream of bits, with {@link streamBytes} of these bytes at least
 * @throws DamagedChunkError when the bytes do not hold `count` residuals
 */
export function decodeResiduals(bytes: ChunkReader, count: number, values: Int32Array, stream: Uint8Array): void {
  const escapeCount = bytes.unsigned(bytes.remaining);
  if (escapeCount > count) throw new DamagedChunkError("A lead has more escapes than residuals");
  // Escapes are kept at the end of the array: as many residuals are still to come, which need them before their places.
  const escapes = values.subarray(values.length - escapeCount);
  for (let i = 0; i < escapeCount; i++) escapes[i] = bytes.signed();
  const bits = bytes.rest();
  const reversed = stream.subarray(READ_AHEAD_BYTES, READ_AHEAD_BYTES + bits.length);
  reversed.set(bits);
  reversed.reverse();
  const found = kernels.decodeResiduals(
    reversed.byteOffset,
    reversed.length,
    values.byteOffset,
    count,
    escapes.byteOffset,
    escapeCount,
  );
  if (found !== 0) throw new DamagedChunkError(DAMAGE.get(found));
}

/** How much memory decodeResiduals needs for so many bytes, and for those that it may read beyond their end. */
export function streamBytes(bytes: number): number {
  return READ_AHEAD_BYTES + bytes;
}
