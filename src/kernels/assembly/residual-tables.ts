/**
 * The probability tables of the residual coder: table-driven asymmetric numeral systems (J. Duda, "Asymmetric numeral
 * systems: entropy coding combining speed of Huffman coding with compression rate of arithmetic coding", 2013).
 *
 * Each block of residuals has a class, which stands for their scale: in class 0 all residuals are zero, every other
 * class has a bell-shaped distribution. The distributions are not stored: they follow from a formula of additions,
 * multiplications and divisions, whose results IEEE 754 makes equal on every machine (those of exponentials are not).
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

/**
 * The first coarse class. A coarse class has the table of the class two before it, and stores one more low bit plainly.
 */
const FIRST_COARSE_CLASS = 10;
/** Squared scales of the fine classes, in squared units of a sample, up to where each is double the one before. */
const FINE_SCALES = memory.data<f64>([0, 0.7, 1.1, 1.8, 3, 5.2, 9.6, 18, 36, 72]);
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
export function lowBits(residualClass: i32): i32 {
  return residualClass < FIRST_COARSE_CLASS ? 0 : (residualClass - FIRST_COARSE_CLASS + 2) >> 1;
}

/** The number of a class's table. */
export function tableOf(residualClass: i32): i32 {
  return residualClass < FIRST_COARSE_CLASS
    ? residualClass
    : FIRST_COARSE_CLASS + ((residualClass - FIRST_COARSE_CLASS) & 1);
}

/** How many of the STATES each symbol of a table has; 0 for a symbol so rare that it is stored as an escape. */
const FREQUENCIES = memory.data((TABLES + 1) * SYMBOLS * 4);
/** The shares that the symbols of one table should have. */
const SHARES = memory.data(SYMBOLS * 8);

function frequency(table: i32, i: i32): i32 {
  return load<i32>(FREQUENCIES + ((<usize>(table * SYMBOLS + i)) << 2));
}

function setFrequency(table: i32, i: i32, count: i32): i32 {
  store<i32>(FREQUENCIES + ((<usize>(table * SYMBOLS + i)) << 2), count);
  return count;
}

/**
 * Student's t density with 7 degrees of freedom, unscaled: within a block residuals are nearly Gaussian but for heavier
 * tails.
 */
function bell(distance: f64, squaredScale: f64): f64 {
  const q = 1 / (1 + (distance * distance) / squaredScale);
  return q * q * q * q;
}

function share(table: i32, symbol: i32): f64 {
  if (symbol === ESCAPE) return 0;
  if (table === STEP_TABLE) return 1 / (1 + 2 * <f64>symbol * <f64>symbol);
  if (table === 0) return symbol === 0 ? 1 : 0;
  if (table < FIRST_COARSE_CLASS) return bell(symbol, load<f64>(FINE_SCALES + ((<usize>table) << 3)));
  // The low bits are not negative, so a symbol stands for residuals from itself to almost one symbol more.
  return bell(<f64>symbol + 0.25, table === FIRST_COARSE_CLASS ? 36 : 72);
}

function computeFrequencies(table: i32): void {
  let total: f64 = 0;
  for (let i = 0; i < SYMBOLS; i++) {
    const ofSymbol = share(table, i + ESCAPE);
    store<f64>(SHARES + ((<usize>i) << 3), ofSymbol);
    total += ofSymbol;
  }
  let left = STATES;
  for (let i = 0; i < SYMBOLS; i++)
    left -= setFrequency(table, i, <i32>floor((load<f64>(SHARES + ((<usize>i) << 3)) / total) * STATES + 0.5));
  if (table !== 0) left -= setFrequency(table, 0, 1);
  if (table === STEP_TABLE)
    for (let i = 1; i < SYMBOLS; i++) if (frequency(table, i) === 0) left -= setFrequency(table, i, 1);
  setFrequency(table, -ESCAPE, frequency(table, -ESCAPE) + left);
}

/**
 * The decoder's entries, for each table and state: the symbol (bits 16 and up, with sign), the first of the states that
 * may follow (bits 4 to 15) and how many bits to read and add to it (bits 0 to 3).
 */
const DECODE = memory.data(((TABLES + 1) << STATE_BITS) * 4);
/**
 * The state that an encoder goes to; its place is the symbol's start plus what the written bits leave of the state
 * before.
 */
const ENCODE = memory.data(((TABLES + 1) << STATE_BITS) * 2);
/** Two numbers for each table and symbol: its start, and its bits. */
const ENCODE_SYMBOLS = memory.data((TABLES + 1) * SYMBOLS * 8);

/** The encoder's numbers of a table's symbols, of which {@link startOf} and {@link bitsOf} take one; -1 marks an escape. */
export function encodingOf(table: i32): usize {
  return ENCODE_SYMBOLS + ((<usize>table) << (SYMBOL_BITS + 3));
}

/** Where the states of a symbol begin in ENCODE, less its frequency. */
export function startOf(encoding: usize, i: i32): i32 {
  return load<i32>(encoding + ((<usize>i) << 3));
}

/** A number for a symbol: added to a state in [STATES, 2 STATES), it gives the bits to write in its upper half. -1 marks an escape. */
export function bitsOf(encoding: usize, i: i32): i32 {
  return load<i32>(encoding + ((<usize>i) << 3), 4);
}

/** The encoder's next state: that at so many places behind a symbol's start. */
export function encoded(place: i32): i32 {
  return load<u16>(ENCODE + ((<usize>place) << 1));
}

/** The address of a table's decoding entries. */
export function decodingOf(table: i32): usize {
  return DECODE + ((<usize>table) << (STATE_BITS + 2));
}

/** An entry of a table for decoding. */
export function decoding(entries: usize, state: i32): i32 {
  return load<i32>(entries + ((<usize>state) << 2));
}

/** The entry for decoding, by which every stored chunk is read. */
export function decodingEntry(table: i32, state: i32): i32 {
  return decoding(decodingOf(table), state);
}

/** The mean magnitude of the residuals that each class is meant for. */
const MEAN_MAGNITUDES = memory.data(CLASSES * 8);
/** The least mean magnitude of each class: the geometric mean of its own and that of the class below. Class 0 is for zeros alone. */
const CLASS_BOUNDS = memory.data(CLASSES * 8);
/** The largest magnitude that each class codes without an escape. */
const REACHES = memory.data(CLASSES * 4);

export function meanMagnitude(residualClass: i32): f64 {
  return load<f64>(MEAN_MAGNITUDES + ((<usize>residualClass) << 3));
}

export function reach(residualClass: i32): i32 {
  return load<i32>(REACHES + ((<usize>residualClass) << 2));
}

export function classBound(residualClass: i32): f64 {
  return load<f64>(CLASS_BOUNDS + ((<usize>residualClass) << 3));
}

/** The symbol that each state of a table stands for. */
const SYMBOL_OF = memory.data(STATES);
/** How many states of each symbol have been counted. */
const COUNTED = memory.data(SYMBOLS * 4);

/** Spreads the states of each symbol evenly, as in Y. Collet's FSE. */
function strewSymbols(table: i32): void {
  let state = 0;
  for (let i = 0; i < SYMBOLS; i++) {
    for (let k = 0; k < frequency(table, i); k++) {
      store<u8>(SYMBOL_OF + state, i);
      state = (state + (STATES >> 1) + (STATES >> 3) + 3) & (STATES - 1);
    }
  }
}

function fillTable(table: i32): void {
  let start = table << STATE_BITS;
  for (let i = 0; i < SYMBOLS; i++) {
    const count = frequency(table, i);
    store<i32>(COUNTED + ((<usize>i) << 2), count);
    const numbers = encodingOf(table) + ((<usize>i) << 3);
    store<i32>(numbers, start - count);
    start += count;
    const bits = STATE_BITS + 1 - (32 - clz(max(1, count - 1)));
    // A symbol of 2^k to 2^(k+1) - 1 states takes STATE_BITS - k bits or one less; the sum carries into the upper half
    // for the former.
    store<i32>(numbers, count === 0 ? -1 : count === 1 ? STATE_BITS << 16 : (bits << 16) - (count << bits), 4);
  }
  for (let state = 0; state < STATES; state++) {
    const i: i32 = load<u8>(SYMBOL_OF + state);
    const counted = COUNTED + ((<usize>i) << 2);
    const x = load<i32>(counted);
    store<i32>(counted, x + 1);
    const bits = STATE_BITS - (31 - clz(x));
    store<u16>(ENCODE + ((<usize>(startOf(encodingOf(table), i) + x)) << 1), STATES + state);
    store<i32>(decodingOf(table) + ((<usize>state) << 2), ((i + ESCAPE) << 16) | (((x << bits) - STATES) << 4) | bits);
  }
}

function describeClass(residualClass: i32): void {
  const table = tableOf(residualClass);
  const low = lowBits(residualClass);
  let sum: f64 = 0;
  let last = 0;
  for (let i = 0; i < SYMBOLS; i++) {
    const count = frequency(table, i);
    sum += <f64>count * abs(<f64>(i + ESCAPE) + (low > 0 ? 0.25 : 0));
    if (count > 0) last = i;
  }
  const mean = (sum / STATES) * <f64>(1 << low);
  const at = (<usize>residualClass) << 3;
  store<f64>(MEAN_MAGNITUDES + at, mean);
  store<f64>(
    CLASS_BOUNDS + at,
    residualClass === 0 ? 0 : residualClass === 1 ? 5e-324 : sqrt(mean * meanMagnitude(residualClass - 1)),
  );
  store<i32>(REACHES + (at >> 1), (last + ESCAPE) << low);
}

for (let table = 0; table <= TABLES; table++) {
  computeFrequencies(table);
  strewSymbols(table);
  fillTable(table);
}
for (let residualClass = 0; residualClass < CLASSES; residualClass++) describeClass(residualClass);
