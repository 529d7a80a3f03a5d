/**
 * The probability tables of the residual coder: table-driven asymmetric numeral systems (J. Duda, "Asymmetric numeral
 * systems: entropy coding combining speed of Huffman coding with compression rate of arithmetic coding", 2013).
 *
 * Each block of residuals has a class, which stands for their scale: in class 0 all residuals are zero, every other
 * class has a bell-shaped distribution. The distributions are not stored: they follow from a formula of additions,
 * multiplications and divisions, whose results IEEE 754 makes equal on every machine (those of `Math.exp` are not).
 */

/**
 * log2 of the number of states. One bit more would save 0.2 %, but double the tables, which now fit a processor's
 * cache.
 */
export const STATE_BITS = 10;
/** How many states the coder has. */
export const STATES = 1 << STATE_BITS;

/** The symbol which says that the residual is the next of the escapes: the lowest of the signed six-bit symbols. */
export const ESCAPE = -32;
/** Bits of a symbol. */
export const SYMBOL_BITS = 6;
/** How many symbols there are, the escape among them. */
const SYMBOLS = 1 << SYMBOL_BITS;

/** Squared scales of the fine classes, in squared units of a sample, up to where each is double the one before. */
const FINE_SCALES = [0, 0.7, 1.1, 1.8, 3, 5.2, 9.6, 18, 36, 72];
/**
 * The first coarse class. A coarse class has the table of the class two before it, and stores one more low bit plainly.
 */
const FIRST_COARSE_CLASS = FINE_SCALES.length;
/**
 * How many classes there are. The last has 14 low bits, with which a residual is still read in one go; wider ones are
 * escapes.
 */
export const CLASSES = FIRST_COARSE_CLASS + 2 * 14;
/** How many tables the classes have. */
const TABLES = FIRST_COARSE_CLASS + 2;
/** The table of the steps from one block's class to the next one's, behind the tables of the classes. */
export const STEP_TABLE = TABLES;

/** How many low bits of a residual a class stores plainly, beside its symbol. */
export function lowBits(residualClass: number): number {
  return residualClass < FIRST_COARSE_CLASS ? 0 : (residualClass - FIRST_COARSE_CLASS + 2) >> 1;
}

/** The number of a class's table. */
export function tableOf(residualClass: number): number {
  return residualClass < FIRST_COARSE_CLASS
    ? residualClass
    : FIRST_COARSE_CLASS + ((residualClass - FIRST_COARSE_CLASS) & 1);
}

/**
 * Student's t density with 7 degrees of freedom, unscaled: within a block residuals are nearly Gaussian but for heavier
 * tails.
 */
function bell(distance: number, squaredScale: number): number {
  const q = 1 / (1 + (distance * distance) / squaredScale);
  return q * q * q * q;
}

/** How many of the STATES each symbol has; 0 for a symbol so rare that it is stored as an escape. */
function frequencies(table: number): Uint16Array {
  const shares = new Float64Array(SYMBOLS);
  const coarse = table >= FIRST_COARSE_CLASS && table < TABLES;
  for (let i = 0; i < SYMBOLS; i++) {
    const symbol = i + ESCAPE;
    if (table === STEP_TABLE) shares[i] = 1 / (1 + 2 * symbol * symbol);
    else if (table === 0) shares[i] = symbol === 0 ? 1 : 0;
    // The low bits are not negative, so a symbol stands for residuals from itself to almost one symbol more.
    else if (coarse) shares[i] = bell(symbol + 0.25, table === FIRST_COARSE_CLASS ? 36 : 72);
    else shares[i] = bell(symbol, FINE_SCALES[table]);
  }
  shares[0] = 0;
  let total = 0;
  for (const share of shares) total += share;
  const counts = new Uint16Array(SYMBOLS);
  let left = STATES;
  for (let i = 0; i < SYMBOLS; i++) left -= counts[i] = Math.floor((shares[i] / total) * STATES + 0.5);
  if (table !== 0) left -= counts[0] = 1;
  if (table === STEP_TABLE) for (let i = 1; i < SYMBOLS; i++) if (counts[i] === 0) left -= counts[i] = 1;
  counts[-ESCAPE] += left;
  return counts;
}

const FREQUENCIES = Array.from({ length: TABLES + 1 }, (_, table) => frequencies(table));

/**
 * The symbol that each state of a table stands for; the states of one symbol are spread evenly, as in Y. Collet's FSE.
 */
function strewSymbols(counts: Uint16Array): Uint8Array {
  const symbols = new Uint8Array(STATES);
  let state = 0;
  for (let i = 0; i < SYMBOLS; i++) {
    for (let k = 0; k < counts[i]; k++) {
      symbols[state] = i;
      state = (state + (STATES >> 1) + (STATES >> 3) + 3) & (STATES - 1);
    }
  }
  return symbols;
}

/**
 * The decoder's entry for a state, at `(table << STATE_BITS) | state`: the symbol (bits 16 and up, with sign), the first
 * of the states that may follow (bits 4 to 15) and how many bits to read and add to it (bits 0 to 3).
 */
export const DECODE = new Int32Array((TABLES + 1) << STATE_BITS);
/**
 * The state that an encoder goes to; its place is ENCODE_START plus what the written bits leave of the
 * state before.
 */
export const ENCODE = new Uint16Array((TABLES + 1) << STATE_BITS);
/** Where the states of a table and symbol begin in ENCODE, less the symbol's frequency. */
export const ENCODE_START = new Int32Array((TABLES + 1) * SYMBOLS);
/**
 * A number for each table and symbol: added to a state in [STATES, 2 STATES), it gives the bits to write in its upper
 * half. -1 marks an escape.
 */
export const ENCODE_BITS = new Int32Array((TABLES + 1) * SYMBOLS);

FREQUENCIES.forEach((counts, table) => {
  const symbols = strewSymbols(counts);
  const next = new Uint16Array(SYMBOLS);
  let start = table << STATE_BITS;
  for (let i = 0; i < SYMBOLS; i++) {
    const count = counts[i];
    next[i] = count;
    ENCODE_START[table * SYMBOLS + i] = start - count;
    start += count;
    const bits = STATE_BITS + 1 - (32 - Math.clz32(Math.max(1, count - 1)));
    // A symbol of 2^k to 2^(k+1) - 1 states takes STATE_BITS - k bits or one less; the sum carries into the upper half
    // for the former.
    ENCODE_BITS[table * SYMBOLS + i] =
      count === 0 ? -1 : count === 1 ? STATE_BITS << 16 : (bits << 16) - (count << bits);
  }
  for (let state = 0; state < STATES; state++) {
    const i = symbols[state];
    const x = next[i]++;
    const bits = STATE_BITS - (31 - Math.clz32(x));
    ENCODE[ENCODE_START[table * SYMBOLS + i] + x] = STATES + state;
    DECODE[(table << STATE_BITS) | state] = ((i + ESCAPE) << 16) | (((x << bits) - STATES) << 4) | bits;
  }
});

/** The mean magnitude of the residuals that each class is meant for. */
export const MEAN_MAGNITUDES = Float64Array.from({ length: CLASSES }, (_, residualClass) => {
  const coarse = residualClass >= FIRST_COARSE_CLASS;
  const mean =
    FREQUENCIES[tableOf(residualClass)].reduce(
      (sum, count, i) => sum + count * Math.abs(i + ESCAPE + (coarse ? 0.25 : 0)),
      0,
    ) / STATES;
  return mean * 2 ** lowBits(residualClass);
});

/** The largest magnitude that each class codes without an escape. */
export const REACHES = Int32Array.from({ length: CLASSES }, (_, residualClass) => {
  const counts = FREQUENCIES[tableOf(residualClass)];
  return (counts.findLastIndex((count) => count > 0) + ESCAPE) << lowBits(residualClass);
});
