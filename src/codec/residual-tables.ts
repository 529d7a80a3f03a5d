/**
 * The probability tables of the residual coder: table-driven asymmetric numeral systems (J. Duda, "Asymmetric numeral
 * systems: entropy coding combining speed of Huffman coding with compression rate of arithmetic coding", 2013).
 *
 * A block of residuals is of a class, and a class is a scale: class 0 says that all are zero, every other class has a
 * bell-shaped distribution of its own. None of them is sent: they come from a formula of additions, multiplications and
 * divisions alone, which IEEE 754 makes the same on every machine (it would not for `Math.exp`).
 */

/** log2 of the number of states. One more would save 0.2 % and take twice the tables, which now fit a processor's cache. */
export const STATE_BITS = 10;
export const STATES = 1 << STATE_BITS;

/** A symbol is six bits with sign; the lowest one says that the residual is the next of the escapes. */
export const ESCAPE = -32;
export const SYMBOL_BITS = 6;
const SYMBOLS = 1 << SYMBOL_BITS;

/** Squared scales of the finest classes, up to where each is double the one before. */
const FINE_SCALES = [0, 0.7, 1.1, 1.8, 3, 5.2, 9.6, 18, 36, 72];
/** From here on a class keeps the table of the class two before it, and sends one more low bit of a residual plainly. */
const FIRST_COARSE_CLASS = FINE_SCALES.length;
/** With 14 low bits at most, a residual is read in one go; wider ones are escapes. */
export const CLASSES = FIRST_COARSE_CLASS + 2 * 14;
/** The table of the steps from one block's class to the next one's, after the tables of the classes. */
const TABLES = FIRST_COARSE_CLASS + 2;
export const STEP_TABLE = TABLES;

/** How many low bits of a residual a class sends plainly. */
export function lowBits(residualClass: number): number {
  return residualClass < FIRST_COARSE_CLASS ? 0 : (residualClass - FIRST_COARSE_CLASS + 2) >> 1;
}

/** Where the table of a class starts among the tables. */
export function tableOf(residualClass: number): number {
  return residualClass < FIRST_COARSE_CLASS
    ? residualClass
    : FIRST_COARSE_CLASS + ((residualClass - FIRST_COARSE_CLASS) & 1);
}

/** Student's bell for 7 degrees of freedom: with a block's own scale known, residuals are nearly Gaussian but for their tails. */
function bell(distance: number, squaredScale: number): number {
  const q = 1 / (1 + (distance * distance) / squaredScale);
  return q * q * q * q;
}

/** How many of the STATES each symbol has; 0 for one so rare that it is sent as an escape. */
function frequencies(table: number): Uint16Array {
  const shares = new Float64Array(SYMBOLS);
  const coarse = table >= FIRST_COARSE_CLASS && table < TABLES;
  for (let i = 0; i < SYMBOLS; i++) {
    const symbol = i + ESCAPE;
    if (table === STEP_TABLE) shares[i] = 1 / (1 + 2 * symbol * symbol);
    else if (table === 0) shares[i] = symbol === 0 ? 1 : 0;
    // What its low bits add to a symbol moves the middle of the bell by less than one symbol.
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

/** Which symbol each state of a table stands for; the states of one symbol are strewn evenly (Y. Collet's FSE). */
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
 * For a table and a state, `(table << STATE_BITS) | state`: the symbol (bits 16 and up, with sign), the first of the
 * states that may follow (bits 4 to 15) and how many bits to read and add to it (bits 0 to 3).
 */
export const DECODE = new Int32Array((TABLES + 1) << STATE_BITS);
/** For a table, a symbol and a count, at ENCODE_START + count: the state reached. */
export const ENCODE = new Uint16Array((TABLES + 1) << STATE_BITS);
/** For a table and symbol: where its states start in ENCODE, less its frequency. */
export const ENCODE_START = new Int32Array((TABLES + 1) * SYMBOLS);
/** For a table and symbol: added to a state in [STATES, 2 STATES), the bits to write are in the upper half. -1: escape. */
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
    // Counts of 2^k..2^(k+1)-1 take STATE_BITS - k bits or one less: the sum carries into the upper half for the former.
    ENCODE_BITS[table * SYMBOLS + i] =
      count === 0 ? -1 : count === 1 ? STATE_BITS << 16 : (bits << 16) - (count << bits);
  }
  for (let state = 0; state < STATES; state++) {
    const i = symbols[state];
    const x = next[i]++;
    const bits = STATE_BITS - (31 - Math.clz32(x));
    ENCODE[ENCODE_START[table * SYMBOLS + i] + x] = state;
    DECODE[(table << STATE_BITS) | state] = ((i + ESCAPE) << 16) | (((x << bits) - STATES) << 4) | bits;
  }
});

/** The mean magnitude of the residuals for which each class is meant. */
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
